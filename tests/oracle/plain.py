"""The plain rulebook in batch: the oracle that the product is compared with.

Written from the text of the semantics (section 2) alone, and shares no code with the product. All records are sorted
and walked once; a timer of a person is looked at when a record concerns that person, and at the end of the input.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

Json = dict[str, Any]
Cart = dict[str, Decimal]

CLICK, ORDER = 0, 1
PLACED = ("order_placed", "order_completed")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Trigger(NamedTuple):
    """One detection: what, whose (`c:<customer>` or `v:<visitor>`), counted from when, due when."""

    kind: str
    person: str
    anchor_ms: int
    due_ms: int


@dataclass(frozen=True)
class Rules:
    """The settings of the plain rulebook; `None` (or `exit=False`) switches a kind off."""

    session_gap_ms: int
    cart_wait_ms: int | None = None
    browse_wait_ms: int | None = None
    checkout_wait_ms: int | None = None
    inactivity_ms: int | None = None
    lapse_ms: int | None = None
    exit: bool = False
    min_views: int = 3
    min_cart_value: Decimal | float = 0


class Moment(NamedTuple):
    """The place of a record in the order of events: time, click before order, event id."""

    time: int
    stream: int
    event_id: str


class Record(NamedTuple):
    """A click or an order at its place."""

    at: Moment
    body: Json


@dataclass(eq=False)
class Session:
    """Clicks of one visitor without a pause longer than the gap; `owner` is the visitor's person at the last click."""

    start: int
    end: int
    owner: "Person"
    views: int = 0
    items_added: int = 0
    exit_fired: bool = False


@dataclass(eq=False)
class Person:
    """A customer with its visitors, or a visitor alone: everything that is judged per person."""

    name: str
    cart: Cart = field(default_factory=dict)
    prices: dict[str, Decimal] = field(default_factory=dict)
    cart_anchor: int | None = None
    cart_changed: int | None = None
    checkout_anchor: Moment | None = None
    activity_anchor: int | None = None
    lapse_anchor: int | None = None
    order_ids: set[str] = field(default_factory=set)
    first_orders: list[Moment] = field(default_factory=list)
    added_times: list[int] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


def triggers(clicks: list[Json], orders: list[Json], rules: Rules, drain: bool = True) -> set[Trigger]:
    """All triggers of an input; without `drain` the clock ends at the time of the last event."""
    return Walk(rules).over(in_order(clicks, orders), drain)


def in_order(clicks: Iterable[Json], orders: Iterable[Json]) -> list[Record]:
    """All records by (time, click before order, event id), each event id once."""
    records = [Record(moment(body, CLICK), body) for body in clicks]
    records += [Record(moment(body, ORDER), body) for body in orders]
    records.sort(key=lambda record: record.at)
    seen: set[str] = set()
    result = []
    for record in records:
        if record.at.event_id not in seen:
            seen.add(record.at.event_id)
            result.append(record)
    return result


def moment(body: Json, stream: int) -> Moment:
    """The place of a click or order in the order of events."""
    return Moment(millis(body["occurred_at"]), stream, body["event_id"])


def millis(occurred_at: int | str) -> int:
    """Epoch milliseconds of an integer or an RFC 3339 time; finer digits are cut off."""
    if isinstance(occurred_at, int):
        return occurred_at
    return (datetime.fromisoformat(occurred_at) - EPOCH) // timedelta(milliseconds=1)


class Walk:
    """One walk over all records in order."""

    def __init__(self, rules: Rules) -> None:
        """Nobody is known yet."""
        self.rules = rules
        self.people: dict[str, Person] = {}
        self.customer_of: dict[str, str] = {}
        self.session_of: dict[str, Session] = {}
        self.fired: set[Trigger] = set()

    def over(self, records: list[Record], drain: bool) -> set[Trigger]:
        """Walk all records, then let the clock run out or stop at the last one."""
        for record in records:
            for person in self.concerned(record):
                self.fire_due(person, record.at.time)
            self.take(record)
        end = math.inf if drain else max((record.at.time for record in records), default=0)
        for person in self.people.values():
            self.fire_due(person, end)
        return self.fired

    # -- whose -------------------------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        """The person of this name."""
        return self.people.setdefault(name, Person(name))

    def person_of_visitor(self, visitor: str) -> Person:
        """The customer that the visitor is at this point of the walk, else the visitor alone."""
        if visitor in self.customer_of:
            return self.person("c:" + self.customer_of[visitor])
        return self.person("v:" + visitor)

    def person_of_record(self, body: Json) -> Person:
        """The customer named by the record, else the person of its visitor."""
        if body.get("customer_id"):
            return self.person("c:" + body["customer_id"])
        return self.person_of_visitor(body["visitor_id"])

    def concerned(self, record: Record) -> list[Person]:
        """Everybody whom a record can change: the visitor's person before any link, and the customer."""
        result = []
        if record.body.get("visitor_id"):
            result.append(self.person_of_visitor(record.body["visitor_id"]))
        if record.body.get("customer_id"):
            result.append(self.person("c:" + record.body["customer_id"]))
        return result

    def link(self, body: Json) -> None:
        """A record with both ids: from here on the visitor is that customer; only the first customer inherits."""
        visitor, customer = body.get("visitor_id"), body.get("customer_id")
        if not visitor or not customer:
            return
        if visitor not in self.customer_of:
            alone = self.people.pop("v:" + visitor, None)
            if alone is not None:
                inherit(self.person("c:" + customer), alone)
        self.customer_of[visitor] = customer

    # -- records -----------------------------------------------------------------------------------------------------

    def take(self, record: Record) -> None:
        """The link first, then the record itself."""
        self.link(record.body)
        person = self.person_of_record(record.body)
        if record.at.stream == CLICK:
            self.take_click(person, record)
        elif record.body["type"] in PLACED:
            take_order(person, record)

    def take_click(self, person: Person, record: Record) -> None:
        """Every click is activity and belongs to a session; some do more."""
        time, body = record.at.time, record.body
        person.activity_anchor = time
        session = self.session_at_click(person, record)
        match body["type"]:
            case "product_viewed":
                session.views += 1
            case "cart_item_added":
                session.items_added += 1
                item_added(person, time, body)
            case "cart_item_removed":
                item_removed(person, time, body)
            case "cart_updated":
                cart_updated(person, time, body)
            case "checkout_started" | "checkout_progressed":
                checkout(person, record.at)
            case "order_completed":
                take_order(person, record)
            case "exit_signal":
                self.exit_signal(person, session, time)

    def session_at_click(self, person: Person, record: Record) -> Session:
        """The visitor's session that this click continues (a pause of exactly the gap included) or begins."""
        visitor, time = record.body["visitor_id"], record.at.time
        session = self.session_of.get(visitor)
        if session is None or time - session.end > self.rules.session_gap_ms:
            session = Session(start=time, end=time, owner=person)
            self.session_of[visitor] = session
            person.sessions.append(session)
        session.end = time
        if session.owner is not person:
            session.owner.sessions.remove(session)
            person.sessions.append(session)
            session.owner = person
        return session

    def exit_signal(self, person: Person, session: Session, time: int) -> None:
        """Fires at once: the first in a session without an order so far, with a cart or enough views."""
        if not self.rules.exit or session.exit_fired:
            return
        for order in person.first_orders:
            if order.time >= session.start:
                return
        wanted = Decimal(str(self.rules.min_cart_value))
        cart_is_enough = bool(person.cart) and cart_value(person) >= wanted
        if cart_is_enough or session.views >= self.rules.min_views:
            session.exit_fired = True
            self.fired.add(Trigger("exit_intent", person.name, time, time))

    # -- timers ------------------------------------------------------------------------------------------------------

    def fire_due(self, person: Person, clock: float) -> None:
        """Fire what was due before this time; what is due at exactly this time still waits."""
        self.fire_cart(person, clock)
        self.fire_checkout(person, clock)
        self.fire_inactivity(person, clock)
        self.fire_lapse(person, clock)
        for session in list(person.sessions):
            self.fire_browse(person, session, clock)

    def fire_cart(self, person: Person, clock: float) -> None:
        """Cart abandonment: disarmed by firing, the cart stays."""
        anchor, wait = person.cart_anchor, self.rules.cart_wait_ms
        if anchor is not None and wait is not None and clock > anchor + wait:
            self.fired.add(Trigger("cart_abandonment", person.name, anchor, anchor + wait))
            person.cart_anchor = None

    def fire_checkout(self, person: Person, clock: float) -> None:
        """Checkout abandonment: unless an order came after the anchor and not later than the due time."""
        anchor, wait = person.checkout_anchor, self.rules.checkout_wait_ms
        if anchor is None or wait is None or clock <= anchor.time + wait:
            return
        person.checkout_anchor = None
        for order in person.first_orders:
            if order > anchor and order.time <= anchor.time + wait:
                return
        self.fired.add(Trigger("checkout_abandonment", person.name, anchor.time, anchor.time + wait))

    def fire_inactivity(self, person: Person, clock: float) -> None:
        """Inactivity: the last activity was not followed in time; once per silence."""
        anchor, wait = person.activity_anchor, self.rules.inactivity_ms
        if anchor is not None and wait is not None and clock > anchor + wait:
            self.fired.add(Trigger("inactivity", person.name, anchor, anchor + wait))
            person.activity_anchor = None

    def fire_lapse(self, person: Person, clock: float) -> None:
        """Lapse: the last first-order was not followed in time; once per silence."""
        anchor, wait = person.lapse_anchor, self.rules.lapse_ms
        if anchor is not None and wait is not None and clock > anchor + wait:
            self.fired.add(Trigger("lapse", person.name, anchor, anchor + wait))
            person.lapse_anchor = None

    def fire_browse(self, person: Person, session: Session, clock: float) -> None:
        """Browse abandonment: judged once, when the session is closed and the wait is over."""
        wait = self.rules.browse_wait_ms
        if clock <= session.end + self.rules.session_gap_ms:
            return
        if wait is None:
            person.sessions.remove(session)
            return
        due = session.end + wait
        if clock <= due:
            return
        person.sessions.remove(session)
        if is_browse(person, session, due):
            self.fired.add(Trigger("browse_abandonment", person.name, session.end, due))


def is_browse(person: Person, session: Session, due: int) -> bool:
    """A product view, nothing added in the session or by the person until due, no order from the start until due."""
    if session.views == 0 or session.items_added > 0:
        return False
    ordered = any(session.start <= order.time <= due for order in person.first_orders)
    added_after = any(session.end < added <= due for added in person.added_times)
    return not ordered and not added_after


def inherit(customer: Person, visitor: Person) -> None:
    """A first link: cart, anchors, activity, orders, items added and pending browses of the visitor move."""
    inherit_cart(customer, visitor)
    customer.cart_anchor = later(customer.cart_anchor, visitor.cart_anchor) if customer.cart else None
    customer.activity_anchor = later(customer.activity_anchor, visitor.activity_anchor)
    customer.lapse_anchor = later(customer.lapse_anchor, visitor.lapse_anchor)
    if customer.checkout_anchor is None or (
        visitor.checkout_anchor is not None and visitor.checkout_anchor > customer.checkout_anchor
    ):
        customer.checkout_anchor = visitor.checkout_anchor
    customer.order_ids |= visitor.order_ids
    customer.first_orders += visitor.first_orders
    customer.added_times += visitor.added_times
    for session in visitor.sessions:
        session.owner = customer
        customer.sessions.append(session)


def inherit_cart(customer: Person, visitor: Person) -> None:
    """Add the visitor's lines unless the customer ordered later than the visitor's last cart change."""
    for order in customer.first_orders:
        if visitor.cart_changed is not None and order.time > visitor.cart_changed:
            return
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
    """Out of the cart; an empty cart disarms, else an armed anchor moves."""
    before = dict(person.cart)
    add_quantity(person.cart, product_of(body), -quantity_of(body))
    if person.cart != before:
        person.cart_changed = time
    if not person.cart:
        person.cart_anchor = None
    elif person.cart_anchor is not None:
        person.cart_anchor = time
        person.cart_changed = time


def cart_updated(person: Person, time: int, body: Json) -> None:
    """The whole cart replaced; a change moves the anchor like an item added, an empty cart disarms."""
    cart: Cart = {}
    for line in body.get("lines") or []:
        add_quantity(cart, product_of(line), quantity_of(line))
        note_price(person, line)
    if cart != person.cart:
        person.cart = cart
        person.cart_changed = time
        person.cart_anchor = time if cart else None


def checkout(person: Person, at: Moment) -> None:
    """A checkout step: moves and arms the anchor of a cart that is not empty, and the checkout's own."""
    person.checkout_anchor = at
    if person.cart:
        person.cart_anchor = at.time


def take_order(person: Person, record: Record) -> None:
    """An order placed: always activity; the first of its id empties the cart and counts for lapse."""
    person.activity_anchor = record.at.time
    order_id = record.body.get("order_id")
    if order_id and order_id in person.order_ids:
        return
    if order_id:
        person.order_ids.add(order_id)
    person.first_orders.append(record.at)
    person.lapse_anchor = record.at.time
    if person.cart:
        person.cart = {}
        person.cart_changed = record.at.time
    person.cart_anchor = None


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
    price = line.get("price", line.get("unit_price"))
    if price is not None:
        person.prices[product_of(line)] = Decimal(str(price))


def cart_value(person: Person) -> Decimal:
    """Quantity times the price last seen; a product without a price is worth nothing."""
    value = Decimal(0)
    for product, quantity in person.cart.items():
        value += quantity * person.prices.get(product, Decimal(0))
    return value
