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
