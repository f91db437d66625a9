"""What a click tells the visitor's profile: the facts that a decision may hang on, and nothing else."""

from collections.abc import Iterator

from schemas.clicks import Click, ClickType, Line
from schemas.facts import CartChanged, CartLine, CheckoutReached, ExitSignalled, Fact, Linked, OrderPlaced
from streams.money import minor_units
from streams.visitors import Visit, viewed

CART_TYPES = frozenset({ClickType.CART_ITEM_ADDED, ClickType.CART_ITEM_REMOVED, ClickType.CART_UPDATED})


def facts_of(click: Click, at: int, visit: Visit | None) -> Iterator[Fact]:
    """What a click tells the visitor's profile beyond that there was a visit; updates the visit's summary.

    Every click that names a customer says so: whether that is news only the profile knows, since orders name customers
    too.
    """
    if click.customer_id is not None:
        yield Linked(at, click.event_id, click.visitor_id, click.customer_id, on_site=True)
    kind = click.type
    if kind is ClickType.PRODUCT_VIEWED:
        if visit is not None:
            viewed(visit, click.product_id)
    elif kind in CART_TYPES:
        yield _cart_change(click, at, visit)
    elif kind is ClickType.CHECKOUT_STARTED or kind is ClickType.CHECKOUT_PROGRESSED:
        yield CheckoutReached(at, click.event_id, click.visitor_id)
    elif kind is ClickType.ORDER_COMPLETED:
        yield OrderPlaced(at, click.event_id, click.visitor_id, click.order_id or click.event_id, on_site=True)
    elif kind is ClickType.EXIT_SIGNAL and visit is not None:
        yield ExitSignalled(at, click.event_id, click.visitor_id, visit.start, visit.views, tuple(visit.products))


def _cart_change(click: Click, at: int, visit: Visit | None) -> CartChanged:
    if click.type is ClickType.CART_UPDATED:
        assert click.lines is not None
        lines = tuple(cart_line(line, click) for line in click.lines)
        return CartChanged(at, click.event_id, click.visitor_id, "set", lines)
    assert click.product_id is not None
    line = cart_line(Line(product_id=click.product_id, quantity=click.quantity, unit_price=click.price), click)
    if click.type is ClickType.CART_ITEM_REMOVED:
        return CartChanged(at, click.event_id, click.visitor_id, "remove", (line,))
    if visit is not None:
        visit.added += 1
    return CartChanged(at, click.event_id, click.visitor_id, "add", (line,))


def cart_line(line: Line, click: Click) -> CartLine:
    """The line with its price in minor units of the click's currency."""
    price = None if line.unit_price is None else minor_units(line.unit_price, click.currency)
    return CartLine(line.product_id, line.quantity, price, click.currency)
