"""The shelves of a person: what is kept of few people, or is asked for seldom. A shelf with nothing on it is not there.

Times in ms, UTC; 0 means never. `streams.person.shelves` has the ways to them.
"""

from typing import Any, Literal

from msgspec import Struct, field

from schemas.state.cart import NO_CART_NAMED, Cart, CartNamed, Sold
from schemas.state.order import KeptOrder, Ordered
from schemas.state.standing import Bought

Answer = tuple[int, int, str, str]
"""Where an event stands among the person's that ends what a rule waits for, and the value that it counts for."""

Trait = tuple[int, str, Any]
"""When a person has told something of themselves, the event that said it, and what was told."""

Shown = tuple[int, int, int]
"""(when the price of a product changed, when the person looked at it last before that, what it cost then, in minor
units; 0 if that is not known)."""

Zone = tuple[int, str, str]
"""When it was seen in which time zone a person is, the event that said it, and the zone's name."""


class Carts(Struct, array_like=True, gc=False):
    """What is known of carts beside the one that stands. `taken_out` says when a product that is not in it was last
    taken out, since the last whole cart and the last purchase, `gained` when a visitor's whole cart last had more in
    it, for the visit that runs. `named` is what the feed calls the one that stands. By their hashes: `held` says since
    when the person holds a cart of that id, `sold` which orders have bought one, the last one last; `aliases` are
    second names of held ones, each with the first."""

    taken_out: dict[str, int] = field(default_factory=dict)
    gained: dict[str, int] = field(default_factory=dict)
    named: CartNamed = NO_CART_NAMED
    held: dict[str, int] = field(default_factory=dict)
    sold: dict[str, tuple[Sold, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)


class Awaited(Struct, frozen=True, array_like=True, gc=False):
    """An order whose payment is open since the record at `place`, and is waited for until `due`, that instant included.
    `taken` are the lines that it took out of the cart."""

    place: Ordered
    due: int
    visitor: str | None
    taken: Cart


class Subscription(Struct, frozen=True, array_like=True, gc=False):
    """Whether it is `active`, by the last record that was heard, at `by`; its `products`, as the last one that names
    any has them; and until when products were subscribed that are not any more."""

    active: bool
    by: tuple[int, int, str]
    products: tuple[str, ...]
    until: dict[str, tuple[int, int, str]]


class Buying(Struct, array_like=True, gc=False):
    """`kept` is what is known of orders from their feed, `awaited` those of them whose payment is waited for; `others`
    are the purchases that somebody else made on this person's device, `older` those of the person of which nothing else
    is known any more, in the order of time; `subscriptions` are known by their ids. `paid_at` is the time of the last
    purchase of the feed."""

    kept: dict[str, KeptOrder] = field(default_factory=dict)
    awaited: dict[str, Awaited] = field(default_factory=dict)
    others: dict[str, Ordered] = field(default_factory=dict)
    older: list[Bought] = field(default_factory=list)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    paid_at: int = 0
    first_order_at: int = 0


class Known(Struct, frozen=True, array_like=True, gc=False):
    """What products have told, at `at`, of one that was bought: see `ProductKnown`."""

    at: int
    cycle: int | None
    gap: int | None
    substitutes: tuple[str, ...]
    category: str | None


class Goods(Struct, array_like=True, gc=False):
    """By product, where a rule asks: `bought` says when it was last bought, `known` what products have told of it,
    `shown` of which change of its price was heard last, and when the person looked at it last as far as was heard."""

    bought: dict[str, int] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)


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


class Response(Struct, frozen=True, array_like=True, gc=False):
    """What a person did with a message at `at`: the `kind` is the engagement's type, but for a click that no visit has
    followed. `trigger_id` and `rule_id` say of which message, "" where nothing is said."""

    at: int
    kind: str
    trigger_id: str
    rule_id: str


class Dealings(Struct, array_like=True, gc=False):
    """What rules and the person have had to do with each other. `sends` are older than what `Person.fired` holds;
    `spoke` and `answers` go by rule: the latter are the events that end what it waits for, in order, but for those that
    others stand for. `responses` are what the person did with messages, where a rule asks, in the order of time."""

    sends: list[Send] = field(default_factory=list)
    spoke: dict[str, Spoke] = field(default_factory=dict)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    responses: list[Response] = field(default_factory=list)


class Word(Struct, frozen=True, array_like=True, gc=False):
    """What was said at that time of messages, or of being known; `mark` is a hash of the event's id. `unsaid` is a word
    that turned out to be somebody else's. `scope` is what messages it is about: "" for all, else `channel/category`
    with either of them empty for any."""

    at: int
    mark: int
    said: Literal["given", "refused", "erased", "unsaid"]
    scope: str = ""


class Consent(Struct, array_like=True, gc=False):
    """`words` are the last ones on consent and on being known, in order: should one turn out to be somebody else's,
    then what was said before counts again. `scopes` are the last words on some messages alone, by what they are about:
    when, and whether they refuse."""

    words: list[Word] = field(default_factory=list)
    scopes: dict[str, tuple[int, bool]] = field(default_factory=dict)


class Account(Struct, array_like=True, gc=False):
    """What the person has told of themselves, as far as rules ask: the `traits` by name, in which `zone` the person was
    last seen, and when the person first subscribed, registered or gave consent."""

    traits: dict[str, Trait] = field(default_factory=dict)
    zone: Zone = (0, "", "")
    signed_up_at: int = 0


class Presence(Struct, array_like=True, gc=False):
    """`exits` says when an exit intent last fired in a visit of a visitor; `suspected` are visitors who behave as no
    person does, and since when."""

    exits: dict[str, int] = field(default_factory=dict)
    suspected: dict[str, int] = field(default_factory=dict)
