"""The plain rulebook in batch: the oracle that the product is compared with.

Written from the text of the semantics (section 2), and of what the lifecycle adds to it on orders, carts and checkouts,
alone; it shares no code with the product. All records are sorted
and walked once; a timer of a person is looked at when a record concerns that person, and at the end of the input.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tests.oracle.people import (
    Person,
    Session,
    cart_updated,
    cart_value,
    checkout,
    inherit,
    item_added,
    item_removed,
    see_another_buy,
    take_order,
)
from tests.oracle.records import CLICK, Json, Record, in_order

PLACED = ("order_placed", "order_completed")
NEWS = ("order_updated", "order_paid", "order_shipped", "order_delivered")
NOT_PAID = ("pending", "failed", "expired", "voided")


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
    currency: str | None = None
    cart_merge: str = "add"


def triggers(clicks: list[Json], orders: list[Json], rules: Rules, drain: bool = True) -> set[Trigger]:
    """All triggers of an input; without `drain` the clock ends at the time of the last event."""
    return Walk(rules).over(in_order(clicks, orders), drain)


class Walk:
    """One walk over all records in order."""

    def __init__(self, rules: Rules) -> None:
        """Nobody is known yet."""
        self.rules = rules
        self.people: dict[str, Person] = {}
        self.customer_of: dict[str, str] = {}
        self.session_of: dict[str, Session] = {}
        self.named_by: dict[str, str] = {}  # visitor: whom the last click of its session that names somebody names
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

    def person_of_record(self, record: Record) -> Person:
        """An order is its customer's, if it names one; anything else the person's whom its visitor is."""
        customer = record.body.get("customer_id")
        if record.at.stream != CLICK and customer:
            return self.person("c:" + customer)
        return self.person_of_visitor(record.body["visitor_id"])

    def concerned(self, record: Record) -> list[Person]:
        """Everybody whom a record can change: the visitor's person before any link, and the customer."""
        result = []
        if record.body.get("visitor_id"):
            result.append(self.person_of_visitor(record.body["visitor_id"]))
        if record.body.get("customer_id"):
            result.append(self.person("c:" + record.body["customer_id"]))
        return result

    def link(self, record: Record) -> None:
        """A record with both ids: from here on the visitor is that customer; only the first customer inherits.

        A click tells that unless the last click before it in its visit that names a customer names the same.
        """
        visitor, customer = record.body.get("visitor_id"), record.body.get("customer_id")
        if not visitor or not customer:
            return
        if record.at.stream == CLICK:
            if self.named_by.get(visitor) == customer:
                return
            self.named_by[visitor] = customer
        if visitor not in self.customer_of:
            alone = self.people.pop("v:" + visitor, None)
            if alone is not None:
                inherit(self.person("c:" + customer), alone, self.rules.cart_merge)
        self.customer_of[visitor] = customer

    # -- records -----------------------------------------------------------------------------------------------------

    def take(self, record: Record) -> None:
        """Whoever the visitor was until then sees that another buys; then the link, then the record itself."""
        body = record.body
        before = self.customer_of.get(body.get("visitor_id", ""))
        if is_purchase(body) and body.get("customer_id") and before not in (None, body["customer_id"]):
            self.cart_goes(self.person(f"c:{before}"), record)
            see_another_buy(self.person(f"c:{before}"), record)
        if record.at.stream == CLICK and not self.goes_on(record):
            self.named_by.pop(body["visitor_id"], None)
        self.link(record)
        person = self.person_of_record(record)
        if record.at.stream == CLICK:
            self.take_click(person, record)
        elif is_purchase(body):
            self.cart_goes(person, record)
            take_order(person, record, placed=body["type"] in PLACED)

    def cart_goes(self, person: Person, record: Record) -> None:
        """The record is about to buy what is in the person's cart; for walks that look at it."""

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
                checkout(person, record.at, self.rules.session_gap_ms)
            case "order_completed":
                self.cart_goes(person, record)
                take_order(person, record, placed=True)
            case "exit_signal":
                self.exit_signal(person, session, time)

    def goes_on(self, record: Record) -> bool:
        """Whether the visitor's session goes on with this click; a pause of exactly the gap is none."""
        session = self.session_of.get(record.body["visitor_id"])
        return session is not None and record.at.time - session.end <= self.rules.session_gap_ms

    def session_at_click(self, person: Person, record: Record) -> Session:
        """The visitor's session that this click continues (a pause of exactly the gap included) or begins."""
        visitor, time = record.body["visitor_id"], record.at.time
        session = self.session_of.get(visitor)
        if session is None or not self.goes_on(record):
            session = Session(start=time, end=time, owner=person, visitor=visitor)
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
        for order in person.bought():
            if order.time >= session.start:
                return
        wanted = Decimal(str(self.rules.min_cart_value))
        cart_is_enough = bool(person.cart) and cart_value(person, self.rules.currency) >= wanted
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
        for order in person.purchases():
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


def is_purchase(body: Json) -> bool:
    """Whether the record shows that an order exists and is not waiting for its money, or has not got it."""
    return body["type"] in PLACED + NEWS and body.get("payment_state") not in NOT_PAID


def is_browse(person: Person, session: Session, due: int) -> bool:
    """A product view, nothing added in the session or by the person until due, no order from the start until due. What
    a whole cart has gained in the session counts for the person whose it is."""
    gained = person.gained.get(session.visitor, -1) >= session.start
    if session.views == 0 or session.items_added > 0 or gained:
        return False
    ordered = any(session.start <= order.time <= due for order in person.purchases())
    added_after = any(session.end < added <= due for added in person.added_times)
    return not ordered and not added_after
