"""Steps in batch, from the text of the lifecycle (section 3, Steps) alone: a rule that has fired fires again, until the
person answers. For carts and lapses; a recording knows no outage, so a step fires when it is due."""

from typing import NamedTuple

from tests.oracle.people import Person
from tests.oracle.plain import Rules, Trigger, Walk
from tests.oracle.records import Record


class Run(NamedTuple):
    """An occasion of which the person has heard: the next step, when the one before was due, when this one is."""

    anchor: int
    step: int
    asked: int
    due: int


class StepWalk(Walk):
    """The walk over the plain rules, each of which goes on after its first step: `waits` are those of the further
    steps, ms. An order is an answer."""

    def __init__(self, rules: Rules, waits: tuple[int, ...]) -> None:
        """No run is under way."""
        super().__init__(rules)
        self.waits = waits
        self.runs: dict[tuple[str, str], Run] = {}

    def fire_cart(self, person: Person, clock: float) -> None:
        """The first step as ever, then those that follow."""
        anchor = person.cart_anchor
        super().fire_cart(person, clock)
        if anchor is not None and person.cart_anchor is None:
            self.begin("cart_abandonment", person, anchor, anchor + (self.rules.cart_wait_ms or 0))
        self.go_on("cart_abandonment", person, clock)

    def fire_lapse(self, person: Person, clock: float) -> None:
        """The first step as ever, then those that follow."""
        anchor = person.lapse_anchor
        super().fire_lapse(person, clock)
        if anchor is not None and person.lapse_anchor is None:
            self.begin("lapse", person, anchor, anchor + (self.rules.lapse_ms or 0))
        self.go_on("lapse", person, clock)

    def begin(self, kind: str, person: Person, anchor: int, due: int) -> None:
        """The first step has fired."""
        self.runs[kind, person.name] = Run(anchor, 2, due, due + self.waits[0])

    def go_on(self, kind: str, person: Person, clock: float) -> None:
        """Fire the steps that were due before this time."""
        while (run := self.runs.get((kind, person.name))) is not None and clock > run.due:
            self.fired.add(Trigger(kind, person.name, run.anchor, run.due))
            if run.step > len(self.waits):
                del self.runs[kind, person.name]
            else:
                due = run.due + self.waits[run.step - 1]
                self.runs[kind, person.name] = Run(run.anchor, run.step + 1, run.due, due)

    def take(self, record: Record) -> None:
        """The record, and then: whoever began anew, emptied the cart or has ordered since hears no further step."""
        before = self.concerned(record)  # with the link the device may be somebody else's
        super().take(record)
        for person in (*before, *self.concerned(record)):
            self.look(person)

    def link(self, record: Record) -> None:
        """At the first link the visitor's runs move; of two the later armed goes on."""
        visitor = record.body.get("visitor_id", "")
        was_somebody = "v:" + visitor in self.people
        super().link(record)
        if not was_somebody or "v:" + visitor in self.people:
            return
        customer = self.person("c:" + record.body["customer_id"])
        for kind in ("cart_abandonment", "lapse"):
            brought = self.runs.pop((kind, "v:" + visitor), None)
            own = self.runs.get((kind, customer.name))
            if brought is not None and (own is None or brought.anchor > own.anchor):
                self.runs[kind, customer.name] = brought
        self.look(customer)

    def look(self, person: Person) -> None:
        """Drop the runs that are over."""
        cart, lapse = ("cart_abandonment", person.name), ("lapse", person.name)
        orders = [order.time for order in person.first_orders]
        if cart in self.runs:
            asked = self.runs[cart].asked
            if person.cart_anchor is not None or not person.cart or any(time > asked for time in orders):
                del self.runs[cart]
        if lapse in self.runs:
            anchor = self.runs[lapse].anchor
            if person.lapse_anchor is not None or any(time > anchor for time in orders):
                del self.runs[lapse]
