"""What one stage tells the next about a profile: the records of `customer-inbox`, keyed by profile.

A fact is a dataclass, written by orjson and read through one `TypeAdapter`; `fact` tells them apart. Nobody changes
one. They are made on the hot path: freezing them would treble the cost of that, slots would treble that of writing.
Every fact has the time that it counts at (`at`, ms UTC) and the id of the event it stems from; `place()`
is the one order in which a profile folds its facts, whatever the order of arrival.

Workers of two versions read each other's facts during a rollout. Readers pass over fields that they do not know, so a
new field that may be passed over needs nothing. Whatever else changes in a kind of fact (a field that an old reader
must not miss, a new word in a closed set) raises its number in `RAISED`. An old reader then ends before it has written
anything, and so it does at a kind of fact that it does not know.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

from schemas.person import Cart, Person

# Among facts of one instant: a click before an order, an order before the end of a session.
CLICK, ORDER, CLOSE = 0, 1, 2
# Among facts of one event: what those hear whom the visitor was until then, what changes whose the event is, then the
# visit it opens, then the event itself.
LEAVING, LINKING, OPENING, ITSELF = -1, 0, 1, 2

Place = tuple[int, int, str, int]
"""(time, class, event id, part): where a fact stands in a profile's history."""


@dataclass(slots=True, frozen=True)
class CartLine:
    """One product and its quantity, in thousandths; `unit_price` in minor units of `currency`, where known."""

    product: str
    quantity: int
    unit_price: int | None = None
    currency: str | None = None


@dataclass
class SessionOpened:
    """A visit began at `at`. Sent when no earlier click can belong to it any more; also to a customer whom a running
    visit turns out to be, `seen` False if it was an order that said so and not a click."""

    at: int
    event_id: str
    visitor: str
    seen: bool = True
    fact: Literal["session_opened"] = "session_opened"

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, OPENING)


@dataclass
class SessionClosed:
    """A visit is over: `at` = `end` + gap. `views` counts product views, `added` items put into the cart;
    `products` are the last viewed, capped. `event_id` is its last click's. `clicks` are the clicks' times since
    `start`, ascending, capped; `ties` those of one and the same instant with their event ids: they say who was active
    until when if the visitor became somebody else on the way."""

    at: int
    event_id: str
    visitor: str
    start: int
    end: int
    views: int
    added: int
    products: tuple[str, ...]
    clicks: tuple[int, ...] = ()
    ties: tuple[tuple[int, str], ...] = ()
    fact: Literal["session_closed"] = "session_closed"

    def place(self) -> Place:
        return (self.at, CLOSE, self.event_id, ITSELF)


@dataclass
class CartChanged:
    """Products were added to the cart, removed from it, or the whole cart was set to `lines`."""

    at: int
    event_id: str
    visitor: str
    change: Literal["add", "remove", "set"]
    lines: tuple[CartLine, ...]
    fact: Literal["cart_changed"] = "cart_changed"

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


@dataclass
class CheckoutReached:
    """A checkout was started, or taken a step further."""

    at: int
    event_id: str
    visitor: str
    fact: Literal["checkout_reached"] = "checkout_reached"

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


@dataclass
class OrderPlaced:
    """A purchase, on the site (`on_site`: it was a click) or from the order feed; the first of an `order_id` counts, in
    the order of events. `news` is a record that says something of an order, by which it must have been placed; of one
    that is known it is no sign of the customer's life. `by` is set where the fact is not for the buyer, but for whoever
    the visitor was until then: the customer who bought on that device. It ends what was left there, and is no order of
    theirs."""

    at: int
    event_id: str
    visitor: str | None
    order_id: str
    on_site: bool
    news: bool = False
    by: str | None = None
    fact: Literal["order_placed"] = "order_placed"

    def place(self) -> Place:
        part = ITSELF if self.by is None else LEAVING
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, part)


@dataclass
class ExitSignalled:
    """The visitor moves to leave. Judged on arrival, against what is known then; never waits in a journal.
    `exited_at` is the visitor's last exit intent that the visitor's profile knows of, where it forwards the signal."""

    at: int
    event_id: str
    visitor: str
    session_start: int
    views: int
    products: tuple[str, ...]
    exited_at: int | None = None
    fact: Literal["exit_signalled"] = "exit_signalled"

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


@dataclass
class Linked:
    """From here on the visitor is this customer. Goes to the visitor's profile, which answers the customer's. A click
    tells it only where it is news in its visit."""

    at: int
    event_id: str
    visitor: str
    customer: str
    on_site: bool
    fact: Literal["linked"] = "linked"

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, LINKING)


@dataclass
class Unlinked:
    """The link that the same event told is no news any more: a click that came later stands before it and names the
    same customer. Goes where the `Linked` went; if W has passed that, it says nothing."""

    at: int
    event_id: str
    visitor: str
    customer: str
    fact: Literal["unlinked"] = "unlinked"

    def place(self) -> Place:
        """That of the link."""
        return (self.at, CLICK, self.event_id, LINKING)


@dataclass
class VisitLeft:
    """The visitor's running visit is no longer this customer's. `last` is the visitor's last click as this customer,
    0 if there was none."""

    at: int
    event_id: str
    visitor: str
    last: int
    fact: Literal["visit_left"] = "visit_left"

    def place(self) -> Place:
        return (self.at, CLOSE, self.event_id, LINKING)


@dataclass
class Joining:
    """On its way to this customer: what the visitor's profile knows now, for decisions that cannot wait until the
    `Inherited` of the same visitor arrives."""

    at: int
    event_id: str
    visitor: str
    cart: Cart
    cart_changed_at: int
    ordered: tuple[tuple[str, int], ...]
    on_site: bool
    fact: Literal["joining"] = "joining"

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, LINKING)


@dataclass
class ExitSpoken:
    """An exit intent of the visitor was fired by a customer's profile: told to the visitor's, since the session may
    change hands and must not hear of it again."""

    at: int
    event_id: str
    visitor: str
    fact: Literal["exit_spoken"] = "exit_spoken"


@dataclass
class Inherited:
    """All that the visitor was until the link at `at`: from here on it is the customer's."""

    at: int
    event_id: str
    visitor: str
    on_site: bool
    person: Person
    fact: Literal["inherited"] = "inherited"

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, LINKING)


@dataclass
class Withdrawn:
    """The fact at `gone`, or the preview, was sent to the wrong customer: another link has come to light. Drop it."""

    at: int
    event_id: str
    gone: Place
    fact: Literal["withdrawn"] = "withdrawn"


@dataclass
class Recalled:
    """The customer that the visitor is about to become has ordered at `at`, opted out or is erased: what the visitor
    was sent, and is not delivered, goes. Sent for as long as the `Inherited` is awaited."""

    at: int
    event_id: str
    reason: Literal["ordered", "opted_out", "erased"]
    fact: Literal["recalled"] = "recalled"


@dataclass
class ConsentChanged:
    """Messages are welcome again (`given`), or not any more. Applies on arrival."""

    at: int
    event_id: str
    given: bool
    fact: Literal["consent_changed"] = "consent_changed"


@dataclass
class ErasureAsked:
    """The person asked to be forgotten. Applies on arrival; `spread` when a profile tells its other half."""

    at: int
    event_id: str
    spread: bool = False
    fact: Literal["erasure_asked"] = "erasure_asked"


@dataclass
class Receipt:
    """The dispatcher's word on a trigger, once it is terminal: `state` is one of the terminal delivery states."""

    at: int
    event_id: str
    trigger_id: str
    state: str
    fact: Literal["receipt"] = "receipt"


FactInOrder = (
    SessionOpened | SessionClosed | VisitLeft | CartChanged | CheckoutReached | OrderPlaced | Linked | Inherited
)
"""Facts that wait in the journal and are folded in the order of `place()`."""

FactOnArrival = (
    ExitSignalled | ExitSpoken | Unlinked | Withdrawn | Joining | Recalled | ConsentChanged | ErasureAsked | Receipt
)
"""Facts that count the moment they arrive."""

Fact = FactInOrder | FactOnArrival

FACTS_OF_THE_KNOWN = (Receipt, Withdrawn, Unlinked, ExitSpoken, Recalled)
"""What only somebody who is known can make sense of: it makes nobody known."""

FactOnWire = Annotated[Fact, Field(discriminator="fact")]
"""How a fact is read from an inbox."""

RAISED: dict[str, int] = {}
"""The versions of the kinds of facts that have changed since their first, by what `fact` says."""

FACT_VERSIONS: dict[str, int] = {kind.fact: RAISED.get(kind.fact, 1) for kind in get_args(Fact)}
"""The kinds of facts that this program knows, and up to which version of each."""

UPGRADE = "a newer Afterclick wrote it; nothing was changed; start that version here, or a later one"
"""What a NewerFact asks for."""


class NewerFact(Exception):
    """A newer program wrote this. What it means is not known here, so nothing may be folded past it."""
