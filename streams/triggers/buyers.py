"""What persons tell products of what they have bought, where a rule asks what products know: of each product that an
order brings, or takes away, all purchases that count by now. So a product need not know what becomes of orders."""

from collections.abc import Iterable

from schemas.facts import Inherited, OrderPlaced, OrderTold
from schemas.product_facts import ProductBought, ProductKnown
from schemas.profile import PRODUCT
from streams.person.bought import Turn, purchases_of
from streams.person.rhythm import last_of_days
from streams.records import tell
from streams.triggers.case import Case

TIMES_MAX = 20
"""Purchases of one product by one person that its product knows, the last ones: nineteen gaps are many."""


def tell_turn(case: Case, fact: OrderPlaced | OrderTold, turn: Turn) -> None:
    """A record has changed what was bought with its order; what is bought by it is asked for."""
    changed = turn.got | turn.lost
    if changed and _asks(case):
        class_, visitor = fact.place()[1], fact.visitor
        times = _times_of(case, changed)
        for product in sorted(changed):
            order_id = fact.order_id if product in turn.got else ""
            told = ProductBought(fact.at, fact.event_id, case.key, product, times[product], class_, order_id, visitor)
            tell(case.effects, PRODUCT + product, told)


def tell_joined(case: Case, fact: Inherited) -> None:
    """Two halves of a person are one: what the visitor bought is the customer's from now on."""
    brought = fact.person.shelf
    if brought and _asks(case):
        products = {line.product for kept in brought.values() for line in kept.lines}
        times = _times_of(case, products)
        for product in sorted(products):
            told = ProductBought(fact.at, fact.event_id, case.key, product, times[product], fact.place()[1])
            tell(case.effects, PRODUCT + product, told)


def tell_gone(case: Case, at: int, event_id: str, class_: int) -> None:
    """What the profile has bought is another's from now on, or is forgotten."""
    if case.person.shelf and _asks(case):
        for product in sorted(purchases_of(case.person)):
            told = ProductBought(at, event_id, case.key, product, (), class_)
            tell(case.effects, PRODUCT + product, told)


def _asks(case: Case) -> bool:
    return bool(case.opened.hearing(ProductKnown.fact, case.key))


def _times_of(case: Case, products: Iterable[str]) -> dict[str, tuple[int, ...]]:
    bought = purchases_of(case.person)
    return {
        product: tuple(last_of_days([place[0] for place, _ in bought.get(product, ())])[-TIMES_MAX:])
        for product in products
    }
