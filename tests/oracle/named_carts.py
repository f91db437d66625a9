"""The plain rulebook, and carts that are told by their ids. From the text of the lifecycle (section 2, Tokens) alone.

What the page leaves open is read so. A person holds a cart from the change of it, or the checkout, on that names it,
until what is in the cart is bought, or a whole cart of another id is told. The first record of an order that names the
cart counts, whoever it is told of; an order that is the person's has bought it when it was placed, but for what was
told since. A click that tells the id of a cart and of its checkout tells two names of one cart. Unchanged is a whole
cart of the quantities that were bought, or a checkout since when nothing was put in; who held nothing when it was
bought, and tells the whole of it first, tells what was bought. An id is its store's; a click that names no store may
be of any. At the first link the customer holds what the visitor does, but for what was told before the customer's last
order, if that is later than the last change of the visitor's cart, too: then that order was about it. To take out what
is not in the cart is a change of it.
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
        self.held: dict[str, dict[Id, int]] = {}
        self.touched: dict[str, int] = {}
        self.told: dict[str, set[Id]] = {}
        self.placed: dict[str, dict[str, Moment]] = {}
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
            lost = self.held.get(person.name, {}).keys() & fresh
            if lost and order not in self.placed.get(person.name, {}):
                self.sell(person, fresh, record.at, order)
                see_another_buy(person, record)
            for cart in self.told.get(person.name, set()) & fresh:
                self.hear(person, cart, Sale(record.at, order))

    def cart_goes(self, person: Person, record: Record) -> None:
        """A first record of the person's order, or of another's on the person's device; or one more."""
        order = identity(record.body) or record.at.event_id
        if order in person.order_ids or (
            order in person.other_ids and person.name != self.person_of_record(record).name
        ):
            for cart in named_by_order(record.body):
                self.hear(person, cart, Sale(record.at, order))
            return
        before = {cart for cart, sale in self.known.get(person.name, {}).items() if sale.order == order}
        self.sell(person, named_by_order(record.body) | before, record.at, order)

    def sell(self, person: Person, carts: set[Id], at: Moment, order: str) -> None:
        """What the person holds is gone; of the carts that the order names it is known what was in them."""
        self.placed.setdefault(person.name, {})[order] = at
        held = self.held.pop(person.name, {}).keys()
        content = dict(person.cart) if held & carts and person.cart else None
        for cart in carts | (held & self.names(person, carts) if held & carts else set()):
            known = self.known.setdefault(person.name, {})
            before = known.get(cart)
            learnt = before.content if before is not None and before.order == order else None
            known[cart] = Sale(at, order, learnt if content is None else content)

    def hear(self, person: Person, cart: Id, sale: Sale) -> None:
        """An order has bought a cart that the person does not hold, or holds since; of two the later counts."""
        known = self.known.setdefault(person.name, {})
        own = self.placed.get(person.name, {}).get(sale.order)
        at = sale.at if own is None else own
        is_news = cart not in known or (known[cart].order != sale.order and known[cart].at < at)
        if is_news and cart not in self.held.get(person.name, {}):
            known[cart] = Sale(at, sale.order)

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
        held, known = self.held.pop(alone.name, {}), self.known.pop(alone.name, {})
        for cart in held:
            self.learn(self.person(customer), cart)
        changed = max(alone.cart_changed or 0, self.touched.pop(alone.name, 0))
        held = {cart: since for cart, since in held.items() if last <= max(since, changed)}
        own_held = self.held.setdefault(customer, {})
        own_held.update({cart: since for cart, since in held.items() if cart not in own_held})
        same = self.same.pop(alone.name, {})
        self.same.setdefault(customer, {}).update({name: cart for name, cart in same.items() if name in own_held})
        own = self.known.setdefault(customer, {})
        placed, theirs = self.placed.setdefault(customer, {}), self.placed.pop(alone.name, {})
        new = theirs.keys() - placed.keys()
        for cart in [cart for cart, sale in own.items() if sale.order in new]:
            if cart not in known or known[cart].order != own[cart].order:
                del own[cart]
        for cart, sale in known.items():
            if cart in own and own[cart].order == sale.order:
                at = sale.at if sale.order in new else max(sale.at, own[cart].at)
                content = sale.content if own[cart].content is None else own[cart].content
                own[cart] = Sale(at, sale.order, content, own[cart].over or sale.over)
            elif cart not in own or own[cart].time < sale.time:
                own[cart] = sale
        for order, at in theirs.items():
            placed[order] = max(at, placed.get(order, at))

    def take_click(self, person: Person, record: Record) -> None:
        """What is told of a bought cart, unchanged, is a click as any other."""
        body = record.body
        if body["type"] == "cart_item_removed":
            self.touched[person.name] = record.at.time
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
        self.hold(person, carts, record)
        super().take_click(person, record)

    def hold(self, person: Person, carts: list[Id], record: Record) -> None:
        """From here on the person holds the cart of these names; no other if it is a whole one."""
        held = self.held.setdefault(person.name, {})
        if record.body["type"] == "cart_updated":
            for cart in held.keys() - self.names(person, set(carts)):
                del held[cart]
        same = self.same.setdefault(person.name, {})
        for name in same.keys() - held.keys():
            del same[name]
        for other in carts[1:]:
            same[other] = carts[0]
        held.update({cart: record.at.time for cart in carts if cart not in held})

    def learn(self, person: Person, cart: Id) -> None:
        """Of orders that have bought the cart before the person told it."""
        told = self.told.setdefault(person.name, set())
        if cart not in told:
            told.add(cart)
            for sale in self.sales.get(cart, []):
                self.hear(person, cart, sale)

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
