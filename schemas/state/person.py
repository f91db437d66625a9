"""What is remembered of one person: the part of a profile that moves when a visitor turns out to be a customer.

Structs of msgspec, which stand in records as arrays, in the order of their fields. Only the fold in `streams` changes
them. Times in ms, UTC; 0 means never. Money in minor units.
"""

from typing import Any, Literal

from msgspec import Struct, field

from schemas.state.order import BoughtLine as BoughtLine
from schemas.state.order import GivenBack as GivenBack
from schemas.state.order import KeptOrder as KeptOrder
from schemas.state.order import Ordered as Ordered
from schemas.state.order import Part as Part
from schemas.state.shelves import NO_CART_NAMED as NO_CART_NAMED
from schemas.state.shelves import CartNamed as CartNamed
from schemas.state.shelves import Known as Known
from schemas.state.shelves import Sold as Sold
from schemas.state.shelves import Subscription as Subscription
from schemas.state.standing import Bought as Bought
from schemas.state.standing import Standing as Standing
from schemas.state.standing import Visited as Visited

Answer = tuple[int, int, str, str]
"""Where an event stands among the person's that ends what a rule waits for, and the value that it counts for."""

NO_PURCHASE = 1 << 62
"""The `start` of an occasion that no purchase makes wrong."""


Trait = tuple[int, str, Any]
"""When a person has told something of themselves, the event that said it, and what was told."""

Shown = tuple[int, int]
"""(when the price of a product changed, when the person looked at it last before that)."""

Zone = tuple[int, str, str]
"""When it was seen in which time zone a person is, the event that said it, and the zone's name."""


class Activity(Struct, frozen=True, array_like=True, gc=False):
    """The last sign of life: a click or an order. `origin` is the visitor or the order that it stems from."""

    at: int
    event_id: str
    origin: str
    visitor: str | None


class Held(Struct, frozen=True, array_like=True, gc=False):
    """A line of the cart as it stands, its `quantity` in thousandths; `changed_at` is the time of the event that last
    changed it."""

    quantity: int
    unit_price: int | None
    currency: str | None
    changed_at: int


Cart = dict[str, Held]
"""Product -> line. A line has a quantity above nothing."""


class Awaited(Struct, frozen=True, array_like=True, gc=False):
    """An order whose payment is open since the record at `place`, and is waited for until `due`, that instant included.
    `taken` are the lines that it took out of the cart."""

    place: Ordered
    due: int
    visitor: str | None
    taken: Cart


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


class Send(Struct, frozen=True, array_like=True, gc=False):
    """What was sent and cannot be taken back any more, for the caps: when, and on which channel ("" for none in
    particular)."""

    at: int
    channel: str
    category: str


class Spoke(Struct, array_like=True, gc=False):
    """Of which anchor a rule last fired, whatever became of it; and `at`, when the last trigger was sent that counts as
    heard, among those that `Person.fired` has no more."""

    anchor: int
    at: int = 0


class Word(Struct, frozen=True, array_like=True, gc=False):
    """What was said at that time of messages, or of being known; `mark` is a hash of the event's id. `unsaid` is a word
    that turned out to be somebody else's. `scope` is what messages it is about: "" for all, else `channel/category`
    with either of them empty for any."""

    at: int
    mark: int
    said: Literal["given", "refused", "erased", "unsaid"]
    scope: str = ""


class Response(Struct, frozen=True, array_like=True, gc=False):
    """What a person did with a message at `at`: the `kind` is the engagement's type, but for a click that no visit has
    followed. `trigger_id` and `rule_id` say of which message, "" where nothing is said."""

    at: int
    kind: str
    trigger_id: str
    rule_id: str


class Person(Struct, array_like=True, gc=False):
    """All that the detectors and the policy look at. An order that both halves of a merge knew has two places.

    `told` is (time, event id) of the last whole cart; `taken_out` says when a product that is not in the cart was last
    taken out, since then and since the last purchase: both keep what arrives late from bringing back what is gone.
    `gained` says when a visitor's whole cart last had more in it, for the visit that runs. `others` are the purchases
    that somebody else made on this person's device. `consent_at` is the time of the last word on consent, `erased_at`
    that of the last wish to be forgotten: older words change nothing. `words` are the last ones, in order: should one
    turn out to be somebody else's, then what was said before counts again. `scopes` are the last words on some messages
    alone, by what they are about: when, and whether they refuse. `sends` are older than what `fired` holds. `first_id`
    is the id under which it was first asked whether the person is held out. `choice` is until when triggers that are
    due at once were or are collected, and which rule was chosen, "" for as long as none is. `answers` are,
    by rule, the events that end what it waits for, in order, but for those that others stand for. `traits` are what the
    person has told, by name, and `zone` is where the person was last seen, as far as rules ask for them.
    `signed_up_at` is when the person first subscribed, registered or gave consent, if a rule asks for that. `shelf` is
    what is known of orders from their feed, `awaited` those of them whose payment is waited for. `bought` says when a
    product was last bought, where a rule asks; `shown` of which change of its price was heard last, and when the person
    looked at it last as far as was heard. `suspected` are
    visitors who behave as no person does, and since when; `paid_at` is the time of the last purchase of the feed, which
    says otherwise. `visited` are the visits that are over, `older` the purchases of which nothing else is known any
    more, each in the order of time; `standing` is what the person was found to be. `begun` says when the visits of the
    last day began, `responses` what the person did with messages, where a rule asks: both in the order of time.
    `subscriptions` are known by their ids, `known` is what products have told of those that were bought, where a rule
    asks. `held` says since when the person holds a cart of that id, `sold` what is known of bought ones; `aliases` are
    second names of held ones, each with the first. `heard` are hashes of the last records of orders and engagements."""

    cart: Cart = field(default_factory=dict)
    cart_changed_at: int = 0
    added_at: int = 0
    told: tuple[int, str] = (0, "")
    taken_out: dict[str, int] = field(default_factory=dict)
    gained: dict[str, int] = field(default_factory=dict)
    orders: dict[str, tuple[Ordered, ...]] = field(default_factory=dict)
    last_order_at: int = 0
    others: dict[str, Ordered] = field(default_factory=dict)
    active: Activity | None = None
    visits: dict[str, int] = field(default_factory=dict)
    visitors: list[str] = field(default_factory=list)
    exits: dict[str, int] = field(default_factory=dict)
    viewed: tuple[str, ...] = ()
    episodes: list[Episode] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    spoke: dict[str, Spoke] = field(default_factory=dict)
    opted_out: bool = False
    consent_at: int = 0
    erased: bool = False
    erased_at: int = 0
    words: list[Word] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    first_id: str = ""
    choice: tuple[int, str] = (0, "")
    scopes: dict[str, tuple[int, bool]] = field(default_factory=dict)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    traits: dict[str, Trait] = field(default_factory=dict)
    zone: Zone = (0, "", "")
    first_order_at: int = 0
    signed_up_at: int = 0
    shelf: dict[str, KeptOrder] = field(default_factory=dict)
    awaited: dict[str, Awaited] = field(default_factory=dict)
    bought: dict[str, int] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    suspected: dict[str, int] = field(default_factory=dict)
    paid_at: int = 0
    visited: list[Visited] = field(default_factory=list)
    older: list[Bought] = field(default_factory=list)
    standing: Standing = field(default_factory=Standing)
    begun: list[int] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    cart_named: CartNamed = NO_CART_NAMED
    known: dict[str, Known] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    sold: dict[str, Sold] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    heard: bytes = b""
