"""What is remembered of one person: the part of a profile that moves when a visitor turns out to be a customer.

Structs of msgspec, which stand in records as arrays, in the order of their fields. Only the fold in `streams` changes
them. Times in ms, UTC; 0 means never. Money in minor units.
"""

from typing import Any

from msgspec import Struct, field

from schemas.state.cart import Cart
from schemas.state.order import Ordered
from schemas.state.shelves import Account, Buying, Carts, Consent, Dealings, Goods, Presence
from schemas.state.standing import Standing, Visited

NO_PURCHASE = 1 << 62
"""The `start` of an occasion that no purchase makes wrong."""


class Activity(Struct, frozen=True, array_like=True, gc=False):
    """The last sign of life: a click or an order. `origin` is the visitor or the order that it stems from."""

    at: int
    event_id: str
    origin: str
    visitor: str | None


class Episode(Struct, frozen=True, array_like=True, gc=False):
    """An occasion that waits for its due time: `anchor` is the time of the event that the wait counts from, `event_id`
    that event, `origin` the visitor or order that it stems from. The rule's version is that of the opening. A purchase
    from `start` on makes it wrong: the session's start, or when something was last put in before the checkout, else the
    anchor; NO_PURCHASE if none does. One that a deeper rung of the ladder holds back, or that policy defers, is looked
    at again at `until`; 0 if neither does. `asked_at` is when the first step of the run was judged, 0 for that itself:
    what the person did since is an answer. `class_` is the anchor's among events of one instant. Of a rule that has
    `several`, others may wait beside it; of one that tells occasions apart by a field, one for each value, `same`.
    `said` is what the rule's condition asks of the anchor's event, `was` what the product of a price drop cost, in
    minor units."""

    rule_id: str
    rule_version: str
    kind: str
    anchor: int
    due: int
    event_id: str
    origin: str
    visitor: str | None
    start: int = 0
    products: tuple[str, ...] = ()
    step: int = 1
    until: int = 0
    asked_at: int = 0
    class_: int = 0
    several: bool = False
    same: str = ""
    said: dict[str, Any] = {}
    was: int = 0


class Fired(Struct, array_like=True, gc=False):
    """A trigger that went out in the last days. `key` is its Kafka key for good; `settled` once the dispatcher gave its
    last word, or it was taken back; `delivered` if that word was so, or nobody gives any. A purchase from `start` on
    makes it wrong, none if that is NO_PURCHASE. One of a `shadow` never went out, so there is nothing to take back.
    `at` is when it counts as sent: when it was judged and, once it was delivered, the time of that. `same`, `origin`
    and `was` are its episode's."""

    trigger_id: str
    key: str
    rule_id: str
    rule_version: str
    kind: str
    anchor: int
    due: int
    fired_at: int
    visitor: str | None
    settled: bool = False
    cancelled: bool = False
    delivered: bool = False
    start: int = 0
    step: int = 1
    shadow: bool = False
    at: int = 0
    channel: str = ""
    category: str = ""
    same: str = ""
    origin: str = ""
    was: int = 0


def ends_with_a_purchase(one: Episode | Fired) -> bool:
    """Whether a purchase makes the occasion, or the trigger, wrong."""
    return one.start != NO_PURCHASE


class Person(Struct, array_like=True, gc=False):
    """All that the detectors and the policy look at: what is asked of nearly everybody, then the shelves, each None for
    as long as there is nothing on it. An order that both halves of a merge knew has two places.

    `told` is (time, event id) of the last whole cart: it keeps what arrives late from bringing back what is gone.
    `visited` are the visits that are over, `begun` says when those of the last day began: both in the order of time.
    `consent_at` is the time of the last word on consent, `erased_at` that of the last wish to be forgotten: older words
    change nothing. `first_id` is the id under which it was first asked whether the person is held out. `choice` is
    until when triggers that are due at once were or are collected, and which rule was chosen, "" for as long as none
    is. `heard` are hashes of the last records of orders and engagements."""

    cart: Cart = field(default_factory=dict)
    cart_changed_at: int = 0
    added_at: int = 0
    told: tuple[int, str] = (0, "")
    orders: dict[str, tuple[Ordered, ...]] = field(default_factory=dict)
    last_order_at: int = 0
    active: Activity | None = None
    visits: dict[str, int] = field(default_factory=dict)
    visitors: list[str] = field(default_factory=list)
    viewed: tuple[str, ...] = ()
    visited: list[Visited] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    opted_out: bool = False
    consent_at: int = 0
    erased: bool = False
    erased_at: int = 0
    first_id: str = ""
    choice: tuple[int, str] = (0, "")
    heard: bytes = b""
    carts: Carts | None = None
    buying: Buying | None = None
    goods: Goods | None = None
    dealings: Dealings | None = None
    consent: Consent | None = None
    account: Account | None = None
    presence: Presence | None = None
    standing: Standing | None = None
