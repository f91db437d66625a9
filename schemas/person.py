"""What is remembered of one person: the part of a profile that moves when a visitor turns out to be a customer.

Slotted and mutable: only the fold in `streams` changes it. Times in ms, UTC; 0 means never. Money in minor units.
"""

from dataclasses import dataclass, field

from schemas.triggers import Kind

Ordered = tuple[int, int, str]
"""(time, class, event id) of the first record of an order: where it stands among the person's events."""


@dataclass(slots=True, frozen=True)
class Activity:
    """The last sign of life: a click or an order. `origin` is the visitor or the order that it stems from."""

    at: int
    event_id: str
    origin: str
    visitor: str | None


@dataclass(slots=True, frozen=True)
class Held:
    """A line of the cart as it stands, its `quantity` in thousandths; `changed_at` is the time of the event that last
    changed it."""

    quantity: int
    unit_price: int | None
    currency: str | None
    changed_at: int


Cart = dict[str, Held]
"""Product -> line. A line has a quantity above nothing."""


@dataclass(slots=True, frozen=True)
class Episode:
    """An occasion that waits for its due time: `anchor` is the time of the event that the wait counts from, `event_id`
    that event, `origin` the visitor or order that it stems from. The rule's version is that of the opening."""

    rule_id: str
    rule_version: str
    kind: Kind
    anchor: int
    due: int
    event_id: str
    origin: str
    visitor: str | None
    start: int = 0
    products: tuple[str, ...] = ()
    step: int = 1


@dataclass(slots=True)
class Fired:
    """A trigger that went out in the last days. `key` is its Kafka key for good; `settled` once the dispatcher gave its
    last word, or it was taken back."""

    trigger_id: str
    key: str
    rule_id: str
    rule_version: str
    kind: Kind
    anchor: int
    due: int
    fired_at: int
    visitor: str | None
    settled: bool = False
    cancelled: bool = False


@dataclass(slots=True)
class Spoke:
    """When a rule last spoke to this person, and of which anchor."""

    anchor: int
    at: int


@dataclass(slots=True)
class Person:
    """All that the detectors and the policy look at. An order that both halves of a merge knew has two places."""

    cart: Cart = field(default_factory=dict)
    cart_changed_at: int = 0
    added_at: int = 0
    orders: dict[str, tuple[Ordered, ...]] = field(default_factory=dict)
    last_order_at: int = 0
    active: Activity | None = None
    visits: dict[str, int] = field(default_factory=dict)
    visitors: list[str] = field(default_factory=list)
    exits: dict[str, int] = field(default_factory=dict)
    viewed: tuple[str, ...] = ()
    episodes: list[Episode] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    spoke: dict[str, Spoke] = field(default_factory=dict)
    opted_out: bool = False
    erased: bool = False
