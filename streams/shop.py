"""What the settings say of the shop, and the rulebook does not: where carts come back, what other money is worth, and
whether anybody reports what became of triggers."""

from dataclasses import dataclass

from streams.person.rates import NO_RATES, Rates
from streams.triggers.restore_links import RestoreLinks


@dataclass(frozen=True, slots=True)
class Shop:
    """`links` is None where the shop has no template for them. Without `receipts` nobody reports what became of
    triggers: what has fired counts as delivered when it was judged."""

    links: RestoreLinks | None = None
    rates: Rates = NO_RATES
    receipts: bool = True


ANY_SHOP = Shop()
"""Nothing is said."""
