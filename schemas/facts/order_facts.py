"""What the stages tell each other of orders."""

from typing import Any, ClassVar

from msgspec import Struct, field

from schemas.events.orders import STORE_ENDS
from schemas.facts.said import CLICK, CLOSE, ITSELF, LEAVING, ORDER, Place, Said
from schemas.state.order import BoughtLine

OVERDUE = "overdue"
"""The type of what is no record: that an open payment was waited for, and did not come. Nobody sends it."""


class OrderDetails(Struct, frozen=True, array_like=True, gc=False):
    """What a record of the order feed says of its order: the `type` of the record, what it says of the `payment`
    (`schemas.events.orders.Payment`) and until when that is waited for, `due`; the products, what they come to
    (`amount`) and the `total` that it names, in minor units of `currency`; where it was placed; hashes of the
    parcels that it is about. `backfill` if it tells of long ago: nothing is armed by it. `failed_as` is the payment's
    state by which it has failed (`schemas.events.orders.FAILURES`)."""

    type: str
    payment: str | None = None
    due: int | None = None
    lines: tuple[BoughtLine, ...] = ()
    amount: int | None = None
    total: int | None = None
    currency: str | None = None
    channel: str | None = None
    parcels: tuple[bytes, ...] = ()
    backfill: bool = False
    failed_as: str | None = None


class SubscriptionTold(Said, tag="subscription_told"):
    """A record of a subscription, of that `type`; its `products`, capped, where the record names any."""

    fact: ClassVar[str] = "subscription_told"
    at: int
    event_id: str
    visitor: str | None
    subscription: str
    type: str
    products: tuple[str, ...] = ()

    def place(self) -> Place:
        return (self.at, ORDER, self.event_id, ITSELF)


class OrderPlaced(Said, tag="order_placed"):
    """A purchase, on the site (`on_site`: it was a click) or from the order feed; the first of an `order_id` counts, in
    the order of events. `news` is a record that says something of an order, by which it must have been placed; of one
    that is known it is no sign of the customer's life. `by` is set where the fact is not for the buyer, but for whoever
    the visitor was until then: the customer who bought on that device. It ends what was left there, and is no order of
    theirs. `said` are the fields that rules ask of purchases, `details` what a record of the order feed says of the
    order, for the buyer; `products` are those of the record's lines, capped. `carts` are hashes of the ids of the cart
    that it bought, if it names one and a rule asks."""

    fact: ClassVar[str] = "order_placed"
    at: int
    event_id: str
    visitor: str | None
    order_id: str
    on_site: bool
    news: bool = False
    by: str | None = None
    said: dict[str, Any] = field(default_factory=dict)
    details: OrderDetails | None = None
    products: tuple[str, ...] = ()
    carts: tuple[str, ...] = ()

    def place(self) -> Place:
        part = ITSELF if self.by is None else LEAVING
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, part)


class OrderTold(Said, tag="order_told"):
    """A record of an order that shows no purchase: its payment is open or has failed, it was cancelled, or something
    was given back. `due` is until when an open payment is waited for; `carts` are as those of a purchase."""

    fact: ClassVar[str] = "order_told"
    at: int
    event_id: str
    visitor: str | None
    order_id: str
    details: OrderDetails
    due: int = 0
    carts: tuple[str, ...] = ()

    def place(self) -> Place:
        return (self.at, ORDER if self.details.type != OVERDUE else CLOSE, self.event_id, ITSELF)


class CartBought(Said, tag="cart_bought"):
    """A record of the order feed names a cart, or a checkout, by its id: `carts` are hashes of it. It goes to every
    partition of people, and there to those who have told that id: whoever holds the cart has lost it to the order of
    `buyer`, who hears of the order itself. That is a hash of the key of a profile: what lies in every partition names
    nobody, and nothing of it has to be forgotten with anybody."""

    fact: ClassVar[str] = "cart_bought"
    at: int
    event_id: str
    order_id: str
    carts: tuple[str, ...]
    buyer: str
    visitor: str | None = None

    def place(self) -> Place:
        """Right behind the order itself."""
        return (self.at, ORDER, self.event_id + STORE_ENDS, ITSELF)
