"""What is known of a person: cart, orders, anchors, visits; and what a visitor brings along."""

from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.records import Json, Moment, Record

Cart = dict[str, Decimal]
Price = tuple[Decimal, str | None]
"""Of one piece, and in which currency."""


@dataclass(eq=False)
class Session:
    """Clicks of one visitor without a pause longer than the gap; `owner` is the visitor's person at the last click."""

    start: int
    end: int
    owner: "Person"
    visitor: str = ""
    views: int = 0
    items_added: int = 0
    exit_fired: bool = False
    stood_for: bool | None = None  # by an order whose payment was waited for when it was over; None: not over yet


@dataclass(eq=False)
class Person:
    """A customer with its visitors, or a visitor alone: everything that is judged per person."""

    name: str
    cart: Cart = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    cart_anchor: int | None = None
    cart_changed: int | None = None
    checkout_anchor: Moment | None = None
    activity_anchor: int | None = None
    lapse_anchor: int | None = None
    order_ids: set[str] = field(default_factory=set)
    first_orders: list[Moment] = field(default_factory=list)
    other_ids: set[str] = field(default_factory=set)
    others_orders: list[Moment] = field(default_factory=list)
    added_times: list[int] = field(default_factory=list)
    gained: dict[str, int] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    unpaid: dict[str, Moment] = field(default_factory=dict)

    def purchases(self) -> list[Moment]:
        """What ends carts: own orders, those whose payment is waited for, and those that somebody else made on the
        person's device."""
        return self.bought() + list(self.unpaid.values())

    def bought(self) -> list[Moment]:
        """Those of them that are purchases."""
        return self.first_orders + self.others_orders


def inherit(customer: Person, visitor: Person, cart_merge: str = "add") -> None:
    """A first link: cart, anchors, activity, orders, items added and pending browses of the visitor move."""
    inherit_cart(customer, visitor, cart_merge)
    customer.cart_anchor = later(customer.cart_anchor, visitor.cart_anchor) if customer.cart else None
    customer.activity_anchor = later(customer.activity_anchor, visitor.activity_anchor)
    customer.lapse_anchor = later(customer.lapse_anchor, visitor.lapse_anchor)
    if customer.checkout_anchor is None or (
        visitor.checkout_anchor is not None and visitor.checkout_anchor > customer.checkout_anchor
    ):
        customer.checkout_anchor = visitor.checkout_anchor
    customer.order_ids |= visitor.order_ids
    customer.first_orders += visitor.first_orders
    customer.other_ids |= visitor.other_ids
    customer.others_orders += visitor.others_orders
    customer.added_times += visitor.added_times
    for device, time in visitor.gained.items():
        customer.gained[device] = max(time, customer.gained.get(device, time))
    for session in visitor.sessions:
        session.owner = customer
        customer.sessions.append(session)


def inherit_cart(customer: Person, visitor: Person, cart_merge: str) -> None:
    """The visitor's cart meets the customer's unless the customer ordered later than its last change: the lines are
    added, or the larger quantity counts, or the customer's own stays if it changed later, and else is replaced."""
    for order in customer.first_orders:
        if visitor.cart_changed is not None and order.time > visitor.cart_changed:
            return
    own_is_later = (customer.cart_changed or 0) > (visitor.cart_changed or 0)
    if cart_merge == "replace" and customer.cart and visitor.cart:
        customer.cart = customer.cart if own_is_later else dict(visitor.cart)
    elif cart_merge == "max":
        for product, quantity in visitor.cart.items():
            customer.cart[product] = max(quantity, customer.cart.get(product, quantity))
    else:
        for product, quantity in visitor.cart.items():
            add_quantity(customer.cart, product, quantity)
    customer.prices |= visitor.prices


def later(one: int | None, other: int | None) -> int | None:
    """The later of two anchors, either of which may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


# -- the cart --------------------------------------------------------------------------------------------------------


def item_added(person: Person, time: int, body: Json) -> None:
    """Into the cart; the anchor moves, and arms again after a trigger."""
    person.added_times.append(time)
    add_quantity(person.cart, product_of(body), quantity_of(body))
    note_price(person, body)
    person.cart_changed = time
    person.cart_anchor = time if person.cart else None


def item_removed(person: Person, time: int, body: Json) -> None:
    """Out of the cart; an empty cart disarms, a checkout that waits too; else an armed anchor moves."""
    before = dict(person.cart)
    add_quantity(person.cart, product_of(body), -quantity_of(body))
    if before:
        person.cart_changed = time
    if not person.cart:
        person.cart_anchor = None
        if before:
            person.checkout_anchor = None
    elif person.cart_anchor is not None:
        person.cart_anchor = time


def cart_updated(person: Person, time: int, body: Json) -> None:
    """The whole cart replaced; a change moves the anchor like an item added, an empty cart disarms, a checkout that
    waits too. New prices alone are no change. More of anything is an item added."""
    cart: Cart = {}
    for line in body.get("lines") or []:
        add_quantity(cart, product_of(line), quantity_of(line))
        note_price(person, line)
    if not cart:
        person.checkout_anchor = None
    if any(quantity > person.cart.get(product, 0) for product, quantity in cart.items()):
        person.added_times.append(time)
        person.gained[body["visitor_id"]] = time
    if cart != person.cart:
        person.cart = cart
        person.cart_changed = time
        person.cart_anchor = time if cart else None


def checkout(person: Person, at: Moment, gap: int) -> None:
    """A checkout step: moves and arms the anchor of a cart that is not empty, and the checkout's own; not if it is the
    thank-you page of a purchase."""
    if is_thank_you(person, at, gap):
        return
    person.checkout_anchor = at
    if person.cart:
        person.cart_anchor = at.time


def is_thank_you(person: Person, at: Moment, gap: int) -> bool:
    """Whether the person has bought at most the gap before, and has put nothing into the cart since."""
    for purchase in person.purchases():
        since = [added for added in person.added_times if purchase.time < added <= at.time]
        if at.time - purchase.time <= gap and not since:
            return True
    return False


def take_order(person: Person, record: Record, *, placed: bool) -> None:
    """A record of a purchase: the first of its id empties the cart, counts for lapse and is activity; a later one is
    activity if it says that the order was placed, and nothing if it is news of it."""
    order_id = identity(record.body)
    first = not order_id or order_id not in person.order_ids
    if first or placed:
        person.activity_anchor = record.at.time
    if not first:
        return
    if order_id:
        person.order_ids.add(order_id)
    person.first_orders.append(record.at)
    person.lapse_anchor = record.at.time
    if person.cart:
        person.cart = {}
        person.cart_changed = record.at.time
    person.cart_anchor = None


def see_another_buy(person: Person, record: Record) -> None:
    """Somebody else has bought on the person's device: what was left there is bought. No order of the person's, and no
    activity."""
    order_id = identity(record.body)
    if order_id and order_id in person.order_ids | person.other_ids:
        return
    if order_id:
        person.other_ids.add(order_id)
    person.others_orders.append(record.at)
    person.cart = {}
    person.cart_anchor = None


def identity(body: Json) -> str | None:
    """What an order is known by: its id is its store's. None where it has no id."""
    order_id = body.get("order_id")
    return f"{body['store']} | {order_id}" if order_id and body.get("store") else order_id


def add_quantity(cart: Cart, product: str, quantity: Decimal) -> None:
    """Change a line's quantity; a line at zero or below is dropped."""
    cart[product] = cart.get(product, Decimal(0)) + quantity
    if cart[product] <= 0:
        del cart[product]


def product_of(line: Json) -> str:
    """The product of a click or of a line; a missing one is a product of its own."""
    return line.get("product_id") or ""


def quantity_of(line: Json) -> Decimal:
    """The quantity of a click or of a line, 1 by default."""
    quantity = line.get("quantity")
    return Decimal(1) if quantity is None else Decimal(str(quantity))


def note_price(person: Person, line: Json) -> None:
    """Remember the unit price last seen for a product."""
    price = line.get("price")
    if price is not None:
        person.prices[product_of(line)] = (Decimal(str(price)), line.get("currency"))


def cart_value(person: Person, currency: str | None) -> Decimal:
    """Quantity times the price last seen; a product without a price in that currency is worth nothing."""
    value = Decimal(0)
    for product, quantity in person.cart.items():
        price, own = person.prices.get(product, (Decimal(0), currency))
        value += quantity * price if own == currency else 0
    return value
