"""The plain rulebook, and carts that are told by their ids. From the text of the lifecycle (section 2, Tokens) alone.

What the page leaves open is read so. A person holds a cart from the change of it, or the checkout, on that names it,
until what is in the cart is bought, or a whole cart of another id is told. The first record of an order that names the
cart counts. A click that tells the id of a cart and of its checkout tells two names of one cart. Unchanged is a whole
cart of the quantities that were bought, or a checkout since when nothing was put in; who held nothing when it was
bought, and tells the whole of it first, tells what was bought. An id is its store's; a click that names no store may
be of any.
"""

from decimal import Decimal
from typing import NamedTuple

from tests.oracle.people import Cart, Person, add_quantity, identity, product_of, quantity_of, see_another_buy
from tests.oracle.plain import Rules, Trigger, Walk, is_purchase
from tests.oracle.records import CLICK, Json, Moment, Record, clean, in_order

CHECKOUTS = ("checkout_started", "checkout_progressed")
CHANGES = ("cart_item_added", "cart_item_removed", "cart_updated")

Id = tuple[str, str]
"""A store, "" if none is named, and the id of a cart or a checkout."""


class Sale(NamedTuple):
    """An order has bought a cart; the `content` is None if nobody knows it. `over`: it has changed since."""

    at: Moment
    order: str
    content: Cart | None = None
    over: bool = False

    @property
    def time(self) -> int:
        return self.at.time


class CartWalk(Walk):
    """The walk over the plain rules, with the ids of carts."""

    def __init__(self, rules: Rules) -> None:
        """No cart is told yet."""
        super().__init__(rules)
        self.held: dict[str, set[Id]] = {}
        self.same: dict[str, dict[Id, Id]] = {}
        self.known: dict[str, dict[Id, Sale]] = {}
        self.sales: dict[Id, list[Sale]] = {}

    def concerned(self, record: Record) -> list[Person]:
        """Anybody may hold the cart that an order names."""
        if record.at.stream != CLICK and named_by_order(record.body):
            return [*dict.fromkeys([*self.people.values(), *super().concerned(record)])]
        return super().concerned(record)

    def take(self, record: Record) -> None:
        """The order itself comes first, then whoever else has lost the cart to it."""
        super().take(record)
        if record.at.stream == CLICK or not is_purchase(record.body):
            return
        order = identity(record.body) or record.at.event_id
        fresh = {
            cart
            for cart in named_by_order(record.body)
            if all(sale.order != order for sale in self.sales.get(cart, []))
        }
        for cart in fresh:
            self.sales.setdefault(cart, []).append(Sale(record.at, order))
        for person in list(self.people.values()):
            if self.held.get(person.name, set()) & fresh and order not in person.order_ids | person.other_ids:
                self.sell(person, fresh, record.at, order)
                see_another_buy(person, record)

    def cart_goes(self, person: Person, record: Record) -> None:
        """A first record of the person's order, or of another's on the person's device."""
        order = identity(record.body) or record.at.event_id
        if order in person.order_ids or (
            order in person.other_ids and person.name != self.person_of_record(record).name
        ):
            return
        self.sell(person, named_by_order(record.body), record.at, order)

    def sell(self, person: Person, carts: set[Id], at: Moment, order: str) -> None:
        """What the person holds is gone; of the carts that the order names it is known what was in them."""
        held = self.held.pop(person.name, set())
        content = dict(person.cart) if held & carts and person.cart else None
        for cart in carts | (held & self.names(person, carts) if held & carts else set()):
            known = self.known.setdefault(person.name, {})
            if cart not in known or known[cart].order != order:
                known[cart] = Sale(at, order, content)

    def names(self, person: Person, carts: set[Id]) -> set[Id]:
        """These carts by all their names."""
        same = self.same.get(person.name, {})
        own = carts | {same[cart] for cart in carts if cart in same}
        return own | {name for name, cart in same.items() if cart in own}

    def link(self, record: Record) -> None:
        """What the visitor holds, and knows of sales, is the customer's."""
        visitor, customer = record.body.get("visitor_id"), f"c:{record.body.get('customer_id')}"
        alone = None if visitor in self.customer_of else self.people.get(f"v:{visitor}")
        last = max((order.time for order in self.person(customer).first_orders), default=0) if alone else 0
        super().link(record)
        if alone is None or f"v:{visitor}" in self.people:
            return
        held, known = self.held.pop(alone.name, set()), self.known.pop(alone.name, {})
        if last <= (alone.cart_changed or 0):
            self.same.setdefault(customer, {}).update(self.same.pop(alone.name, {}))
            self.held.setdefault(customer, set()).update(held)
        own = self.known.setdefault(customer, {})
        for cart, sale in known.items():
            if cart not in own or own[cart].time < sale.time:
                own[cart] = sale

    def take_click(self, person: Person, record: Record) -> None:
        """What is told of a bought cart, unchanged, is a click as any other."""
        body = record.body
        carts = named_by_click(body)
        if not carts or body["type"] not in CHANGES + CHECKOUTS:
            super().take_click(person, record)
            return
        for cart in carts:
            self.learn(person, cart)
        known = self.known.setdefault(person.name, {})
        sales = {cart: known[cart] for cart in carts if cart in known}
        sales = {cart: sale for cart, sale in sales.items() if not sale.over and sale.time < record.at.time}
        if sales:
            if self.is_stale(person, sales, record):
                super().take_click(person, Record(record.at, body | {"type": "cart_viewed"}))
                return
            for cart in sales:
                known[cart] = known[cart]._replace(over=True)
        if body["type"] == "cart_updated":
            self.held[person.name] = self.held.get(person.name, set()) & self.names(person, set(carts))
        same = self.same.setdefault(person.name, {})
        for name in list(same):
            if name not in self.held.get(person.name, set()):
                del same[name]
        for other in carts[1:]:
            same[other] = carts[0]
        self.held.setdefault(person.name, set()).update(carts)
        super().take_click(person, record)

    def learn(self, person: Person, cart: Id) -> None:
        """Of orders that have bought the cart while the person did not hold it."""
        known = self.known.setdefault(person.name, {})
        for sale in self.sales.get(cart, []):
            is_own = sale.order in person.order_ids | person.other_ids
            if not is_own and (cart not in known or (known[cart].order != sale.order and known[cart].time < sale.time)):
                known[cart] = sale

    def is_stale(self, person: Person, sales: dict[Id, Sale], record: Record) -> bool:
        """Whether nothing has changed since the cart was bought."""
        body, last = record.body, max(sales.values(), key=lambda sale: sale.time)
        if body["type"] in CHECKOUTS:
            return not any(last.time < added <= record.at.time for added in person.added_times)
        told = whole(body) if body["type"] == "cart_updated" else {}
        if not told:
            return False
        for cart, sale in sales.items():
            if sale.content is None:
                self.known[person.name][cart] = sale._replace(content=told)
        return told == (told if last.content is None else last.content)


def triggers(clicks: list[Json], orders: list[Json], rules: Rules) -> set[Trigger]:
    """All triggers of an input, drained."""
    return CartWalk(rules).over(in_order(clicks, orders), True)


def named_by_click(body: Json) -> list[Id]:
    """The cart that a click names, by its own id and that of its checkout."""
    ids = [clean(str(body.get(name) or "")) for name in ("cart_id", "checkout_id")]
    return [(body.get("store") or "", id_) for id_ in dict.fromkeys(ids) if id_]


def named_by_order(body: Json) -> set[Id]:
    """The carts that an order names, by the cart's or the checkout's id: its store's, or one of no store's."""
    ids = {clean(str(body.get(name) or "")) for name in ("cart_id", "checkout_id")} - {""}
    return {(store, id_) for id_ in ids for store in (body.get("store") or "", "")}


def whole(body: Json) -> Cart:
    """What a whole cart tells."""
    cart: dict[str, Decimal] = {}
    for line in body.get("lines") or []:
        add_quantity(cart, product_of(line), quantity_of(line))
    return cart
