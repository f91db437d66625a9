"""The cart: what the person has put into it, and what it is worth."""

from collections.abc import Mapping
from decimal import Decimal

from schemas.facts import CartChanged, CartLine
from schemas.person import Cart, Held
from schemas.triggers import TriggerLine
from streams.money import decimal_of
from streams.quantities import THOUSAND, number_of

LINES_MAX = 200

HELD_MAX = 1_000_000_000 * THOUSAND
"""The most that a line holds, in thousandths: what one click may say. What clicks add beyond is not kept: a number of
the state has 64 bits, and what a trigger says has to be held by every JSON reader."""


def change_cart(cart: Cart, fact: CartChanged) -> bool:
    """Add, remove or set lines, in place; whether that is a change of the cart.

    An item added or removed always is one. A cart set to the products and quantities that it has is none. Removing
    more than there is drops the line; what would make the cart longer than its cap is left out.
    """
    if fact.change == "set":
        wanted: Cart = {}
        for line in fact.lines:
            _put(wanted, line, fact.at)
        same = {product: held.quantity for product, held in cart.items()} == {
            product: held.quantity for product, held in wanted.items()
        }
        if not same:
            cart.clear()
            cart.update(wanted)
        return not same
    for line in fact.lines:
        if fact.change == "add":
            _put(cart, line, fact.at)
        else:
            _take(cart, line, fact.at)
    return True


def _put(cart: Cart, line: CartLine, at: int) -> None:
    held = cart.get(line.product)
    quantity = min(line.quantity + (held.quantity if held is not None else 0), HELD_MAX)
    if quantity <= 0 or (held is None and len(cart) >= LINES_MAX):
        return
    known = held is not None and line.unit_price is None
    cart[line.product] = Held(
        quantity,
        held.unit_price if known and held is not None else line.unit_price,
        held.currency if known and held is not None else line.currency,
        max(at, held.changed_at) if held is not None else at,
    )


def _take(cart: Cart, line: CartLine, at: int) -> None:
    held = cart.get(line.product)
    if held is None:
        return
    left = held.quantity - line.quantity
    if left <= 0:
        del cart[line.product]
    else:
        cart[line.product] = Held(left, held.unit_price, held.currency, max(at, held.changed_at))


def buy(cart: Cart, at: int) -> None:
    """An order at `at` takes all lines last changed at or before its time: in order of time, the whole cart."""
    for product in [product for product, held in cart.items() if held.changed_at <= at]:
        del cart[product]


def pour(cart: Cart, other: Mapping[str, Held]) -> None:
    """The lines of another cart of the same person come on top."""
    for product, more in other.items():
        held = cart.get(product)
        if held is None:
            if len(cart) < LINES_MAX:
                cart[product] = more
        else:
            later = more if more.changed_at > held.changed_at else held
            quantity = min(held.quantity + more.quantity, HELD_MAX)
            cart[product] = Held(quantity, later.unit_price, later.currency, later.changed_at)


def value_of(cart: Mapping[str, Held]) -> tuple[Decimal | None, str | None]:
    """What the cart is worth, rounded half to even to the currency's unit, and in which currency; (None, None) when a
    price is unknown or currencies are mixed."""
    currencies = {held.currency for held in cart.values()}
    if len(currencies) != 1:
        return None, None
    (currency,) = currencies
    worth = 0
    for held in cart.values():
        if held.unit_price is None:
            return None, None
        worth += held.unit_price * held.quantity
    return decimal_of(round(Decimal(worth) / THOUSAND), currency), currency


def is_worth(cart: Mapping[str, Held], least: Decimal) -> bool:
    """Whether there is something in the cart, worth at least `least`; a cart of unknown worth meets only 0."""
    if not cart:
        return False
    if least == 0:
        return True
    value, _ = value_of(cart)
    return value is not None and value >= least


def trigger_lines(cart: Mapping[str, Held]) -> tuple[TriggerLine, ...]:
    """The cart as a trigger shows it, in the order in which the products came in."""
    return tuple(
        TriggerLine(
            product_id=product,
            quantity=number_of(held.quantity),
            unit_price=None if held.unit_price is None else str(decimal_of(held.unit_price, held.currency)),
        )
        for product, held in cart.items()
    )
