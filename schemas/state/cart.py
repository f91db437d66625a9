"""What is kept of a person's cart, and of what the feed calls it."""

from msgspec import Struct


class Held(Struct, frozen=True, array_like=True, gc=False):
    """A line of the cart as it stands, its `quantity` in thousandths; `changed_at` is the time of the event that last
    changed it."""

    quantity: int
    unit_price: int | None
    currency: str | None
    changed_at: int


Cart = dict[str, Held]
"""Product -> line. A line has a quantity above nothing."""


class CartNamed(Struct, frozen=True, array_like=True, gc=False):
    """What the feed calls the cart, and where it says that the cart comes back; "" if it does not. By the last click
    that said either, at `at`, an event of that id."""

    at: int = 0
    event_id: str = ""
    id: str = ""
    url: str = ""


NO_CART_NAMED = CartNamed()


class Sold(Struct, frozen=True, array_like=True, gc=False):
    """An order has bought a cart at `at`; `order` is a hash of that. `content` is a hash of what was in it, "" if that
    is not known; it is `over` once the cart has changed since."""

    at: int
    order: str
    content: str = ""
    over: bool = False
