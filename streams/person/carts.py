"""The cart: what the person has put into it, and what it is worth."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from schemas.facts.profile_facts import CartChanged, CartLine, FactInOrder
from schemas.outcomes.outcome_records import LineRecord
from schemas.rules.rulebook import CartMerge
from schemas.state.cart import NO_CART_NAMED, Cart, CartNamed, Held
from schemas.state.order import Ordered
from schemas.state.person import Person
from streams.person.money import decimal_of
from streams.person.quantities import THOUSAND, number_of
from streams.person.shelves import buying_of, carts_of, own_carts

LINES_MAX: Final = 200
"""Products a cart: more than anybody reads in a message. What comes on top of them is left out."""

TAKEN_OUT_MAX: Final = 50
"""Products a person whose removal is remembered, the latest: they only matter if something older arrives late."""

HELD_MAX: Final = 1_000_000_000 * THOUSAND
"""The most that a line holds, in thousandths: what one click may say. What clicks add beyond is not kept: a number of
the state has 64 bits, and what a trigger says has to be held by every JSON reader."""


class CartChange:
    """What a fact did to the cart: it `changed`, it has more in it (`grew`), nothing is in it any more (`emptied`)."""

    __slots__ = ("changed", "emptied", "grew")

    def __init__(self, *, changed: bool = False, grew: bool = False, emptied: bool = False) -> None:
        self.changed = changed
        self.grew = grew
        self.emptied = emptied


def change_cart(person: Person, fact: CartChanged) -> CartChange:
    """Add, remove or set lines, in place.

    An item added or removed always is a change. A cart set to the products and quantities that it has is none: its
    prices are taken over, and that is all. Removing more than there is drops the line; what would make the cart longer
    than its limit is left out. What arrives late changes nothing if a later whole cart or a purchase has overtaken it.
    """
    added = fact.change == "add"
    if added:
        person.added_at = max(person.added_at, fact.at)
    if is_overtaken(person, fact):
        return CartChange(grew=added)
    cart, had = person.cart, bool(person.cart)
    if fact.change == "set":
        change = _set(person, fact)
    elif added:
        taken_out = carts_of(person).taken_out
        lines = [line for line in fact.lines if taken_out.get(line.product, 0) <= fact.at]
        for line in lines:
            _put(cart, line, fact.at)
            if line.product in taken_out:
                del taken_out[line.product]
        change = CartChange(changed=bool(lines), grew=True)
    else:
        for line in fact.lines:
            _take(person, line, fact.at)
        change = CartChange(changed=True, emptied=had and not cart)
    if change.changed:
        person.cart_changed_at = max(person.cart_changed_at, fact.at)
    return change


def purchases(person: Person) -> Iterator[Ordered]:
    """Where the purchases that end carts stand among the person's events: the person's own, those whose payment is
    waited for, and those that somebody else made on the person's device."""
    for places in person.orders.values():
        yield from places
    buying = buying_of(person)
    yield from buying.others.values()
    for awaited in buying.awaited.values():
        yield awaited.place


def _has_purchases(person: Person) -> bool:
    return bool(person.orders) or buys_unseen(person)


def buys_unseen(person: Person) -> bool:
    """Whether there are purchases that `Person.orders` does not have."""
    buying = buying_of(person)
    return bool(buying.others or buying.awaited)


def bought_after(person: Person, place: Ordered) -> bool:
    """Whether a purchase that ends carts stands later among the person's events."""
    return any(bought > place for bought in purchases(person))


def is_bought_after(person: Person, fact: FactInOrder) -> bool:
    """The same of a fact: as a rule there is no purchase, and where the fact stands need not be asked."""
    return _has_purchases(person) and bought_after(person, fact.place()[:3])


def bought_since(person: Person, at: int) -> bool:
    """Whether there was a purchase that ends carts at that time, ms, or later."""
    if not _has_purchases(person):
        return False  # as a rule
    return any(bought[0] >= at for bought in purchases(person))


def is_overtaken(person: Person, fact: CartChanged) -> bool:
    """Whether a later whole cart has said what is in it, or a purchase has taken what was. In the order of events
    nothing is: facts that come late are."""
    if (fact.at, fact.event_id) < person.told:
        return True
    if person.last_order_at < fact.at and not buys_unseen(person):
        return False
    return is_bought_after(person, fact)


def _set(person: Person, fact: CartChanged) -> CartChange:
    """The whole cart takes the place of what was last changed before it. A price that it does not tell is as before."""
    cart, at, taken_out = person.cart, fact.at, carts_of(person).taken_out
    wanted: Cart = {}
    for line in fact.lines:
        _put(wanted, line, at)
    now: Cart = {}
    for product, line_now in wanted.items():
        held = cart.get(product)
        if held is not None and held.changed_at > at:
            now[product] = held
        elif taken_out.get(product, 0) <= at:
            now[product] = line_now if held is None else _as_told(held, line_now)
    now |= {product: held for product, held in cart.items() if held.changed_at > at and product not in now}
    before = {product: held.quantity for product, held in cart.items()}
    after = {product: held.quantity for product, held in now.items()}
    if before != after:
        cart.clear()
    cart.update(now)
    _forget_taken_out(person, at)
    person.told = (at, fact.event_id)
    return CartChange(
        changed=before != after,
        grew=any(quantity > before.get(product, 0) for product, quantity in after.items()),
        emptied=not cart and (bool(before) or not wanted),
    )


def _as_told(held: Held, told: Held) -> Held:
    """The line as a whole cart tells it: of the same quantity it was not changed."""
    known = told.unit_price is None
    return Held(
        told.quantity,
        held.unit_price if known else told.unit_price,
        held.currency if known else told.currency,
        held.changed_at if held.quantity == told.quantity else told.changed_at,
    )


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


def _take(person: Person, line: CartLine, at: int) -> None:
    cart = person.cart
    held = cart.get(line.product)
    left = 0 if held is None else held.quantity - line.quantity
    if held is not None and left > 0:
        cart[line.product] = Held(left, held.unit_price, held.currency, max(at, held.changed_at))
        return
    if held is not None:
        del cart[line.product]
    taken_out = own_carts(person).taken_out
    taken_out[line.product] = max(at, taken_out.get(line.product, 0))
    if len(taken_out) > TAKEN_OUT_MAX:
        del taken_out[min(taken_out, key=taken_out.__getitem__)]


def name_cart(person: Person, fact: CartChanged) -> None:
    """What the feed calls the cart, and where it comes back: the last click counts that says so. A click that names
    another cart, and no link, leaves no link."""
    known = carts_of(person).named
    if fact.named is None or (fact.at, fact.event_id) < (known.at, known.event_id):
        return
    id_, url = fact.named
    is_same = not id_ or id_ == known.id
    own_carts(person).named = CartNamed(fact.at, fact.event_id, id_ or known.id, url or (known.url if is_same else ""))


def buy(person: Person, at: int) -> None:
    """An order at `at` takes all lines last changed at or before its time: in order of time, the whole cart. Whoever
    held it by an id does so no more."""
    cart = person.cart
    for product in [product for product, held in cart.items() if held.changed_at <= at]:
        del cart[product]
    carts = person.carts
    if carts is not None:
        carts.held = {named: since for named, since in carts.held.items() if since > at}
        if carts.named.at <= at:
            carts.named = NO_CART_NAMED
        _forget_taken_out(person, at)


def _forget_taken_out(person: Person, at: int) -> None:
    """What was taken out by then, ms, is out of a cart that is no more."""
    carts = person.carts
    if carts is not None and carts.taken_out:
        carts.taken_out = {product: since for product, since in carts.taken_out.items() if since > at}


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


def merge_carts(own: Cart, brought: Mapping[str, Held], how: CartMerge, *, own_is_later: bool) -> None:
    """Two carts of one person meet: the `brought` lines come on top, or of each product the larger quantity counts, or
    the brought cart takes the place of the own, unless that changed later (`own_is_later`). An empty cart replaces
    nothing."""
    if how == "add":
        pour(own, brought)
    elif how == "max":
        for product, other in brought.items():
            held = own.get(product)
            if held is not None:
                later = other if other.changed_at > held.changed_at else held
                own[product] = replace(later, quantity=max(held.quantity, other.quantity))
            elif len(own) < LINES_MAX:
                own[product] = other
    elif brought and not (own and own_is_later):
        own.clear()
        own.update(brought)


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
    return decimal_of(_rounded(worth), currency), currency


def _rounded(thousandths: int) -> int:
    """The nearest whole number, the even one of two: as `round` of a decimal, which costs ten times as much."""
    whole, rest = divmod(thousandths, THOUSAND)
    return whole + (2 * rest + whole % 2 > THOUSAND)


def is_worth(cart: Mapping[str, Held], least: Decimal, currency: str | None) -> bool:
    """Whether there is something in the cart, worth at least `least` of that currency. A cart of unknown worth meets
    only 0, and so does one in another currency: 60 yen are not 50 euros. Where neither names a currency, they compare.
    """
    if not cart:
        return False
    if least == 0:
        return True
    value, own = value_of(cart)
    return value is not None and own == currency and value >= least


def trigger_lines(cart: Mapping[str, Held]) -> tuple[LineRecord, ...]:
    """The cart as a trigger shows it, in the order in which the products came in."""
    return tuple(
        LineRecord(
            product_id=product,
            quantity=number_of(held.quantity),
            unit_price=None if held.unit_price is None else str(decimal_of(held.unit_price, held.currency)),
        )
        for product, held in cart.items()
    )
