"""What is known of one person's orders, and what waits counting from them; how two such books become one."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.order_records import is_undone, payment
from tests.oracle.records import Moment, Record


class Waits(NamedTuple):
    """The settings of the rules that count from an order, ms; None switches a kind off."""

    payment: int
    failed: int | None = None
    first: int | None = None
    push: int | None = None
    post: int | None = None
    delivered: int | None = None


class Occasion(NamedTuple):
    """What waits: counted from when, of which order."""

    anchor: int
    order: str


class Opened(NamedTuple):
    """A payment that is waited for, since when, and what the order took out of the cart."""

    since: Moment
    due: int
    took: dict[str, Decimal]


@dataclass
class Book:
    """What is known of one person's orders."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    purchases: dict[str, Moment] = field(default_factory=dict)
    opened: dict[str, Opened] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)  # product: when its line last changed
    cart_changed: int = 0
    waiting: dict[str, Occasion] = field(default_factory=dict)  # by kind
    posts: set[tuple[str, Occasion]] = field(default_factory=set)
    spoken: dict[str, int] = field(default_factory=dict)
    spans: list[tuple[Moment, int, bool]] = field(default_factory=list)  # open since, until, by a record


def both(one: Opened, other: Opened) -> Opened:
    """One payment, which two halves of a person knew of."""
    return Opened(min(one.since, other.since), max(one.due, other.due), one.took | other.took)


def join(own: Book, brought: Book) -> None:
    """Two books become one."""
    for order, records in brought.records.items():
        own.records[order] = sorted([*own.records.get(order, []), *records], key=lambda record: record.at)
    for order, at in brought.purchases.items():
        own.purchases[order] = min(at, own.purchases.get(order, at))
    for order, opened in brought.opened.items():
        own.opened[order] = both(own.opened.get(order, opened), opened)
    for product, time in brought.changed.items():
        own.changed[product] = max(time, own.changed.get(product, time))
    own.cart_changed = max(own.cart_changed, brought.cart_changed)
    for kind, occasion in brought.waiting.items():
        if kind not in own.waiting or occasion.anchor > own.waiting[kind].anchor:
            own.waiting[kind] = occasion
    own.posts |= brought.posts
    for kind, anchor in brought.spoken.items():
        own.spoken[kind] = max(anchor, own.spoken.get(kind, anchor))
    own.spans += brought.spans
    for order in list(own.opened):
        if is_undone(own.records[order]) or payment(own.records[order]) != "open":
            del own.opened[order]
