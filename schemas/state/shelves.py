"""What is kept of a person's subscriptions, and of what the feed calls the cart."""

from msgspec import Struct


class Subscription(Struct, frozen=True, array_like=True, gc=False):
    """Whether it is `active`, by the last record that was heard, at `by`; its `products`, as the last one that names
    any has them; and until when products were subscribed that are not any more."""

    active: bool
    by: tuple[int, int, str]
    products: tuple[str, ...]
    until: dict[str, tuple[int, int, str]]


class CartNamed(Struct, frozen=True, array_like=True, gc=False):
    """What the feed calls the cart, and where it says that the cart comes back; "" if it does not. By the last click
    that said either, at `at`, an event of that id."""

    at: int = 0
    event_id: str = ""
    id: str = ""
    url: str = ""


NO_CART_NAMED = CartNamed()


class Sold(Struct, frozen=True, array_like=True, gc=False):
    """A cart that an order has bought at `at`; `order` is a hash of that. `content` is a hash of what was in it, "" if
    that is not known; it is `over` once it has changed since."""

    at: int
    order: str
    content: str = ""
    over: bool = False


class Known(Struct, frozen=True, array_like=True, gc=False):
    """What products have told, at `at`, of one that was bought: see `ProductKnown`."""

    at: int
    cycle: int | None
    gap: int | None
    substitutes: tuple[str, ...]
    category: str | None
