"""What a person has bought, product by product, as far as it counts: what was undone, or is not paid, does not."""

from typing import NamedTuple

from schemas.events.orders import Payment
from schemas.state.order import Ordered
from schemas.state.person import Person
from streams.person.order_lines import pieces_left
from streams.person.orders import NOTHING, counted, counts
from streams.person.shelves import buying_of

Purchase = tuple[Ordered, str]
"""Where a purchase stands among the person's events, and the id of its order."""

NONE: frozenset[str] = frozenset()


class Turn(NamedTuple):
    """What a record has changed of one order: the products bought with it `before` and `after`, None where it counts as
    no purchase; `moved` if the purchase stands elsewhere than it was known to."""

    before: frozenset[str] | None = None
    after: frozenset[str] | None = None
    moved: bool = False

    @property
    def began(self) -> bool:
        """Whether the order counts as a purchase from now on, or from elsewhere."""
        return self.after is not None and (self.before is None or self.moved)

    @property
    def ceased(self) -> bool:
        """Whether it counts no more."""
        return self.before is not None and self.after is None

    @property
    def got(self) -> frozenset[str]:
        """The products that are bought from now on, or from elsewhere."""
        return (self.after or NONE) - (NONE if self.moved else self.before or NONE)

    @property
    def lost(self) -> frozenset[str]:
        """The products that are bought no more."""
        return (self.before or NONE) - (self.after or NONE)


def bought_with(person: Person, order_id: str) -> frozenset[str] | None:
    """The products bought with the order, less what was given back; None if it counts as no purchase."""
    if order_id not in person.orders or not counts(person, order_id):
        return None
    kept = buying_of(person).kept.get(order_id, NOTHING)
    return frozenset([product for product, quantity in pieces_left(kept).items() if quantity > 0])


def purchases_of(person: Person) -> dict[str, list[Purchase]]:
    """The purchases of each product, in order; several lines of one order are one purchase."""
    found: dict[str, list[Purchase]] = {}
    for purchase in sorted(counted(person)):
        for product in bought_with(person, purchase[1]) or NONE:
            found.setdefault(product, []).append(purchase)
    return found


def is_pending(person: Person, order_id: str) -> bool:
    """Whether the order is none for as long as its payment is open."""
    kept = buying_of(person).kept.get(order_id, NOTHING)
    return not kept.reversed and kept.payment == Payment.OPEN
