"""What one stage tells the next about a profile: the lines of the records of the inboxes, keyed by profile.

A fact is a struct of msgspec; `fact` tells them apart. Nobody changes one: they are not frozen only for the hot path.
Each has its time (`at`, ms UTC) and its event's id; `place()` is the one order in which a profile folds its facts.
"""

from typing import Any, ClassVar, Literal, get_args

from msgspec import Struct, field

from schemas.facts.event_facts import Became as Became  # all facts are found here
from schemas.facts.event_facts import Happened as Happened
from schemas.facts.event_facts import ProductHappened as ProductHappened
from schemas.facts.order_facts import CartBought as CartBought
from schemas.facts.order_facts import OrderPlaced as OrderPlaced
from schemas.facts.order_facts import OrderTold as OrderTold
from schemas.facts.order_facts import SubscriptionTold as SubscriptionTold
from schemas.facts.product_facts import (
    BoughtTogether,
    PartnerCounted,
    PriceChanged,
    ProductBought,
    ProductKnown,
    ProductLooked,
    Released,
    StockAsked,
    StockChanged,
    VisitorForgotten,
)
from schemas.facts.said import ASKED as ASKED
from schemas.facts.said import BECOMING as BECOMING
from schemas.facts.said import CATALOG as CATALOG
from schemas.facts.said import CLICK as CLICK
from schemas.facts.said import CLOSE as CLOSE
from schemas.facts.said import ITSELF as ITSELF
from schemas.facts.said import LEAVING as LEAVING
from schemas.facts.said import LINKING as LINKING
from schemas.facts.said import OPENING as OPENING
from schemas.facts.said import ORDER as ORDER
from schemas.facts.said import TOLD as TOLD
from schemas.facts.said import WISHING as WISHING
from schemas.facts.said import Place as Place
from schemas.facts.said import Said as Said
from schemas.facts.suspected import Suspected
from schemas.state.cart import Cart
from schemas.state.person import Person


class OfAVisitor(Said):
    """What is told of a visitor."""

    at: int
    event_id: str
    visitor: str


class OfAClick(OfAVisitor):
    """What a click tells of itself."""

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


class CartLine(Struct, frozen=True, gc=False):
    """One product and its quantity, in thousandths; `unit_price` in minor units of `currency`, where known."""

    product: str
    quantity: int
    unit_price: int | None = None
    currency: str | None = None


class SessionOpened(OfAVisitor, tag="session_opened"):
    """A visit began at `at`. Sent when no earlier click can belong to it any more; also to a customer whom a running
    visit turns out to be, `seen` False if it was an order that said so and not a click."""

    fact: ClassVar[str] = "session_opened"
    seen: bool = True

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, OPENING)


class SessionClosed(OfAVisitor, tag="session_closed"):
    """A visit is over: `at` = `end` + gap. `views` counts product views, `added` items put into the cart, `searches`
    searches and lists that were looked at; `products` are the last viewed, capped. `event_id` is its last click's.
    `clicks` are the clicks' times since `start`, ascending, capped; `ties` those of one and the same instant with their
    event ids: they say who was active until when if the visitor became somebody else on the way."""

    fact: ClassVar[str] = "session_closed"
    start: int
    end: int
    views: int
    added: int
    products: tuple[str, ...]
    clicks: tuple[int, ...] = ()
    ties: tuple[tuple[int, str], ...] = ()
    searches: int = 0

    def place(self) -> Place:
        return (self.at, CLOSE, self.event_id, ITSELF)


class CartChanged(OfAClick, tag="cart_changed"):
    """Products were added to the cart, removed from it, or the whole cart was set to `lines`. `named` is what the feed
    calls it, and where it comes back, "" for what it does not say. `carts` are hashes of its ids, the cart's and the
    checkout's; none if none is told or no rule asks."""

    fact: ClassVar[str] = "cart_changed"
    change: Literal["add", "remove", "set"]
    lines: tuple[CartLine, ...]
    named: tuple[str, str] | None = None
    carts: tuple[str, ...] = ()


class CheckoutReached(OfAClick, tag="checkout_reached"):
    """A checkout was started, or taken a step further; with the hashes of the cart's ids, as above."""

    fact: ClassVar[str] = "checkout_reached"
    carts: tuple[str, ...] = ()


class TraitsTold(OfAClick, tag="traits_told"):
    """What the person has told of themselves with a click, as far as a rule asks for it, and the time zone that the
    click was made in, "" if it is not told."""

    fact: ClassVar[str] = "traits_told"
    traits: dict[str, Any] = field(default_factory=dict)
    zone: str = ""

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, TOLD)


class ExitSignalled(OfAClick, tag="exit_signalled"):
    """The visitor moves to leave. Judged on arrival, against what is known then; never waits in a journal.
    `exited_at` is the visitor's last exit intent that the visitor's profile knows of, where it forwards the signal."""

    fact: ClassVar[str] = "exit_signalled"
    session_start: int
    views: int
    products: tuple[str, ...]
    exited_at: int | None = None


class Linked(OfAVisitor, tag="linked"):
    """From here on the visitor is this customer. Goes to the visitor's profile, which answers the customer's. A click
    tells it only where it is news in its visit."""

    fact: ClassVar[str] = "linked"
    customer: str
    on_site: bool

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, LINKING)


class Unlinked(OfAVisitor, tag="unlinked"):
    """The link that the same event told is no news any more: a click that came later stands before it and names the
    same customer. Goes where the `Linked` went; if W has passed that, it says nothing."""

    fact: ClassVar[str] = "unlinked"
    customer: str

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, LINKING)


class VisitLeft(OfAVisitor, tag="visit_left"):
    """The visitor's visit is no longer this customer's. `last` is the last click as this customer, 0 if none."""

    fact: ClassVar[str] = "visit_left"
    last: int

    def place(self) -> Place:
        return (self.at, CLOSE, self.event_id, LINKING)


class Joining(OfAVisitor, tag="joining"):
    """On its way to this customer: what the visitor's profile knows now, for decisions that cannot wait until the
    `Inherited` of the same visitor arrives. `others` is what somebody else bought of it."""

    fact: ClassVar[str] = "joining"
    cart: Cart
    cart_changed_at: int
    ordered: tuple[tuple[str, int], ...]
    on_site: bool
    others: tuple[tuple[str, int], ...] = ()

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, LINKING)


class ExitSpoken(OfAVisitor, tag="exit_spoken"):
    """An exit intent of the visitor was fired by a customer's profile: told to the visitor's, since the session may
    change hands and must not hear of it again."""

    fact: ClassVar[str] = "exit_spoken"


class Inherited(OfAVisitor, tag="inherited"):
    """All that the visitor was until the link at `at`: from here on it is the customer's."""

    fact: ClassVar[str] = "inherited"
    on_site: bool
    person: Person

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, LINKING)


class Withdrawn(Said, tag="withdrawn"):
    """The fact, wish or preview at `gone` was sent to the wrong customer: another link has come to light. Drop it."""

    fact: ClassVar[str] = "withdrawn"
    at: int
    event_id: str
    gone: Place


class Recalled(Said, tag="recalled"):
    """The customer that the visitor is about to become has ordered at `at`, opted out or is erased: what the visitor
    was sent, and is not delivered, goes. Sent for as long as the `Inherited` is awaited."""

    fact: ClassVar[str] = "recalled"
    at: int
    event_id: str
    reason: Literal["ordered", "opted_out", "erased"]


class Wished(Said):
    """What is said of messages and of being known: it applies on arrival. By its place it may be called back."""

    at: int
    event_id: str

    def place(self) -> Place:
        return (self.at, ORDER, self.event_id, WISHING)


class ConsentChanged(Wished, tag="consent_changed"):
    """Messages are welcome again (`given`), or not any more: all, or those of a `channel` or a `category`. `spread`
    when the customer hears of it, too, so that a visitor does not pass it on: whose word it is, is `customer`."""

    fact: ClassVar[str] = "consent_changed"
    given: bool
    spread: bool = False
    channel: str = ""
    category: str = ""
    customer: str = ""


class ErasureAsked(Wished, tag="erasure_asked"):
    """The person asked to be forgotten. `spread` if the other half hears of it, too; `customer` is whose wish it is."""

    fact: ClassVar[str] = "erasure_asked"
    spread: bool = False
    customer: str = ""


class Receipt(Said, tag="receipt"):
    """The dispatcher's word on a trigger, once it is terminal: `state` is one of the terminal delivery states."""

    fact: ClassVar[str] = "receipt"
    at: int
    event_id: str
    trigger_id: str
    state: str


OfAVisit = SessionOpened | SessionClosed | VisitLeft
OfAProduct = PriceChanged | StockChanged | Released
OfAnOrder = OrderPlaced | OrderTold | CartBought | SubscriptionTold
OfAPerson = CartChanged | CheckoutReached | OfAnOrder | Suspected | Happened | TraitsTold
FactInOrder = OfAVisit | OfAPerson | Linked | Inherited | OfAProduct | ProductKnown | ProductHappened
"""Facts that wait in the journal and are folded in the order of `place()`."""

FactOnArrival = (
    ExitSignalled | ExitSpoken | Unlinked | Withdrawn | Joining | Recalled | ConsentChanged | ErasureAsked | Receipt
)
"""Facts that count the moment they arrive."""

FactOfProduct = ProductLooked | StockAsked | ProductBought | BoughtTogether | PartnerCounted | VisitorForgotten
"""What products are told. No person hears it."""

Fact = FactInOrder | FactOnArrival | FactOfProduct

IN_ORDER: frozenset[type] = frozenset(get_args(FactInOrder))
"""The same, to be asked for by `type(fact)`: to ask a union of as many classes costs fifty times as much."""

OF_THE_KNOWN: frozenset[type] = frozenset(
    {
        *(Receipt, Withdrawn, Unlinked, ExitSpoken, Recalled),
        *(PriceChanged, StockChanged, CartBought, ProductKnown, ProductHappened),
    }
)
"""What only somebody who is known can make sense of: it makes nobody known."""
