"""What a click tells the visitor's profile: the facts that a decision may hang on, and nothing else."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from schemas.events.clicks import ClickType, Line
from schemas.events.orders import OrderLine, order_of_store
from schemas.events.plain_clicks import AnyClick
from schemas.facts.profile_facts import (
    CartChanged,
    CartLine,
    CheckoutReached,
    ExitSignalled,
    Fact,
    Linked,
    OrderPlaced,
    Unlinked,
)
from streams.person.money import minor_units
from streams.person.named_carts import hashes_of
from streams.person.quantities import thousandths
from streams.visits.fresh_clicks import FreshClick
from streams.visits.namings import name, renamed
from streams.visits.visitors import Visit

PRODUCTS_MAX: Final = 100
"""Products of a purchase by which a request for one of them is over. More are a wholesaler's, who asks for none."""


ADDRESSES: Final = ("https://", "http://")
ADDRESS_CHARS_MAX: Final = 2048
"""Of a link that brings a cart back: mail programs take no longer one."""


def _added(click: AnyClick, at: int, visit: Visit | None) -> Fact:
    if visit is not None:
        visit.added += 1
    return CartChanged(at, click.event_id, click.visitor_id, "add", (_own_line(click),), _cart_of(click))


def _removed(click: AnyClick, at: int, visit: Visit | None) -> Fact:
    return CartChanged(at, click.event_id, click.visitor_id, "remove", (_own_line(click),), _cart_of(click))


def _set(click: AnyClick, at: int, visit: Visit | None) -> Fact | None:
    if click.lines is None:
        return None  # what is in the cart cannot be read
    lines = tuple(cart_line(line, click.currency) for line in click.lines)
    return CartChanged(at, click.event_id, click.visitor_id, "set", lines, _cart_of(click))


def _checkout(click: AnyClick, at: int, visit: Visit | None) -> Fact:
    return CheckoutReached(at, click.event_id, click.visitor_id)


def _ordered(click: AnyClick, at: int, visit: Visit | None) -> Fact:
    order_id = order_of_store(click.order_id, click.store) if click.order_id else click.event_id
    products = products_of(click.lines or ())
    return OrderPlaced(at, click.event_id, click.visitor_id, order_id, on_site=True, products=products)


def _exit(click: AnyClick, at: int, visit: Visit | None) -> Fact | None:
    if visit is None:
        return None  # the visit is closed: whoever it was has left long ago
    return ExitSignalled(at, click.event_id, click.visitor_id, visit.start, visit.views, tuple(visit.products))


SEARCHES: Final = frozenset({ClickType.PRODUCT_SEARCHED, ClickType.PRODUCT_LIST_VIEWED})
"""Looking for products, without looking at one."""

FACT_OF: Final[dict[ClickType, Callable[[AnyClick, int, Visit | None], Fact | None]]] = {
    ClickType.CART_ITEM_ADDED: _added,
    ClickType.CART_ITEM_REMOVED: _removed,
    ClickType.CART_UPDATED: _set,
    ClickType.CHECKOUT_STARTED: _checkout,
    ClickType.CHECKOUT_PROGRESSED: _checkout,
    ClickType.ORDER_COMPLETED: _ordered,
    ClickType.EXIT_SIGNAL: _exit,
}
"""What a click of a type tells, at its time (clamped), in its visit: a fact or None; updates the visit's summary.
Types that are not here only make a visit, or count in its summary."""


def products_of(lines: Iterable[Line | OrderLine]) -> tuple[str, ...]:
    """The products of an order's lines, each once; the first of very many."""
    return tuple(dict.fromkeys(line.product_id for line in lines))[:PRODUCTS_MAX]


def bought_by(fact: Fact, customer: str) -> OrderPlaced:
    """The purchase, for whoever the visitor was until the click that names the customer."""
    assert isinstance(fact, OrderPlaced)
    return replace(fact, by=customer)


def name_cart(fact: Fact, click: AnyClick) -> None:
    """Let the fact, which nobody has seen yet, say which cart its click is about: the ids of the cart and of its
    checkout, where both are told, are two names of one."""
    if isinstance(fact, CheckoutReached | CartChanged | OrderPlaced):
        of_an_order = isinstance(fact, OrderPlaced)
        fact.carts = hashes_of((click.cart_id, click.checkout_id), click.store, of_an_order=of_an_order)


def named(visitor: str, naming: FreshClick) -> Linked | Unlinked:
    """What a click that names a customer tells: that the visitor is that customer from here on, or that this is no
    news any more."""
    at, event_id, customer = naming.at, naming.event_id, naming.customer
    assert customer is not None
    if naming.is_link:
        return Linked(at, event_id, visitor, customer, on_site=True)
    return Unlinked(at, event_id, visitor, customer)


def links(click: AnyClick, at: int, visit: Visit | None) -> Iterator[Linked | Unlinked]:
    """What a click tells of links that comes between others, or joins visits. One of a visit that is closed tells its
    own."""
    customer = click.customer_id
    if visit is None:
        if customer is not None:
            yield named(click.visitor_id, FreshClick(at, click.event_id, customer, is_link=True))
        return
    if customer is not None:
        name(visit, at, click.event_id, customer)
    if visit.namings:
        for naming in renamed(visit, click.event_id):
            yield named(click.visitor_id, naming)


def _cart_of(click: AnyClick) -> tuple[str, str] | None:
    """What the feed calls the cart, and where it comes back. What is no address is said by nobody."""
    cart_id, url = click.cart_id or "", click.restore_url or ""
    if not url.startswith(ADDRESSES) or len(url) > ADDRESS_CHARS_MAX:
        url = ""
    return (cart_id, url) if cart_id or url else None


def _own_line(click: AnyClick) -> CartLine:
    assert click.product_id is not None
    price = None if click.price is None else minor_units(click.price, click.currency)
    return CartLine(click.product_id, thousandths(click.quantity), price, click.currency)


def cart_line(line: Line, currency: str | None) -> CartLine:
    """The line with its price in minor units of the record's currency, which the line alone may have named."""
    currency = currency or line.currency
    price = None if line.unit_price is None else minor_units(line.unit_price, currency)
    return CartLine(line.product_id, thousandths(line.quantity), price, currency)
