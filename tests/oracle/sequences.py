"""Sequences in batch: what the lifecycle says of them (section 3), over the walk that knows whose a record is.

A clause is an event's name and a test of the record, said in Python and not in the rulebook's language. Nothing is
ended on the way: each anchor is looked at when it is due, with all that is known of the person.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.oracle.people import Person, identity
from tests.oracle.plain import Rules, Trigger, Walk, is_purchase
from tests.oracle.records import CLICK, Json, Moment, Record, in_order

GAP = 30 * 60_000
Test = Callable[[Json], bool]


def always(body: Json) -> bool:
    """Nothing has to hold."""
    return True


class Clause(NamedTuple):
    """An event by its name, a test of its record, and whether it counts only for its own value."""

    event: str
    where: Test = always
    by_value: bool = True


@dataclass(frozen=True)
class Sequence:
    """A rule. `value` reads what tells occasions apart; `holds` is asked of the number of the person's orders."""

    id: str
    after: Clause
    wait_ms: int
    unless: tuple[Clause, ...] = ()
    value: Callable[[Json], str] | None = None
    anchor: str = "latest"
    holds: Callable[[int], bool] | None = None


class Armed(NamedTuple):
    """An occasion that waits."""

    anchor: Moment
    value: str


@dataclass
class Known:
    """Of one person and one rule: what waits, and what has answered, for which value; None for every one."""

    waiting: list[Armed] = field(default_factory=list)
    answers: list[tuple[Moment, str | None]] = field(default_factory=list)


class SequenceWalk(Walk):
    """One walk over all records in order, for sequences alone."""

    def __init__(self, rules: list[Sequence]) -> None:
        """Nobody is known yet."""
        super().__init__(Rules(GAP))
        self.sequences = rules
        self.known: dict[tuple[str, str], Known] = {}
        self.found: Counter[Trigger] = Counter()

    def of(self, person: str, rule: Sequence) -> Known:
        """What is known of that person for the rule."""
        return self.known.setdefault((person, rule.id), Known())

    def take(self, record: Record) -> None:
        """The link first, then the record itself as the events that it is."""
        body = record.body
        visitor = body.get("visitor_id")
        is_new = visitor is not None and visitor not in self.customer_of
        orders_before = {name: set(person.order_ids) for name, person in self.people.items()}
        super().take(record)
        if is_new and visitor in self.customer_of:
            for rule in self.sequences:
                self.join(rule, f"v:{visitor}", f"c:{self.customer_of[visitor]}")
                inherited = orders_before.pop(f"v:{visitor}", set())
                orders_before.setdefault(f"c:{self.customer_of[visitor]}", set()).update(inherited)
        person = self.person_of_record(record)
        for event in events_of(record, orders_before.get(person.name, set())):
            for rule in self.sequences:
                self.happens(person, rule, event, record)

    def happens(self, person: Person, rule: Sequence, event: str, record: Record) -> None:
        """It answers what waits, then arms."""
        known, body = self.of(person.name, rule), record.body
        for clause in rule.unless:
            if clause.event == event and clause.where(body):
                value = rule.value(body) if rule.value is not None and clause.by_value else None
                if value != "":
                    known.answers.append((record.at, value))
        if rule.after.event == event and rule.after.where(body):
            self.arm(known, rule, Armed(record.at, "" if rule.value is None else rule.value(body)))

    def arm(self, known: Known, rule: Sequence, armed: Armed) -> None:
        """What is answered waits no more; then the rule's own word on several."""
        waiting = [one for one in known.waiting if not is_answered(known, rule, one)]
        if rule.anchor != "each" or armed.value:
            rivals = [one for one in waiting if one.value == armed.value]
            if rivals and rule.anchor != "latest":
                known.waiting = waiting
                return
            waiting = [one for one in waiting if one not in rivals]
        known.waiting = [*waiting, armed]

    def join(self, rule: Sequence, visitor: str, customer: str) -> None:
        """Two become one: of one value the later waits on, of each all do."""
        brought = self.known.pop((visitor, rule.id), Known())
        known = self.of(customer, rule)
        for armed in brought.waiting:
            if is_answered(brought, rule, armed):
                continue
            rivals = [
                one
                for one in known.waiting
                if one.value == armed.value
                and (rule.anchor != "each" or one.value)
                and not is_answered(known, rule, one)
            ]
            if any(one.anchor > armed.anchor for one in rivals):
                continue
            known.waiting = [one for one in known.waiting if one not in rivals] + [armed]
        known.answers += brought.answers

    def fire_due(self, person: Person, clock: float) -> None:
        """What was due before this time is looked at, once."""
        for rule in self.sequences:
            known = self.of(person.name, rule)
            due = [one for one in known.waiting if one.anchor.time + rule.wait_ms < clock]
            known.waiting = [one for one in known.waiting if one not in due]
            for armed in due:
                holds = rule.holds is None or rule.holds(len(person.first_orders))
                if holds and not is_answered(known, rule, armed):
                    at = armed.anchor.time
                    self.found[Trigger(rule.id, person.name, at, at + rule.wait_ms)] += 1


def is_answered(known: Known, rule: Sequence, armed: Armed) -> bool:
    """An answer after the anchor, in the order of events, and not later than its due time."""
    return any(
        armed.anchor < at and at.time <= armed.anchor.time + rule.wait_ms and value in (None, armed.value)
        for at, value in known.answers
    )


def events_of(record: Record, known_orders: set[str]) -> list[str]:
    """The names by which rules may ask for the record; a purchase is one where it is the first of its order."""
    body = record.body
    name = f"custom:{body.get('name')}" if body["type"] == "custom" else body["type"]
    purchase = body["type"] == "order_completed" if record.at.stream == CLICK else is_purchase(body)
    is_first = not identity(body) or identity(body) not in known_orders
    return ["order", name] if purchase and is_first else [name]


def sequences(clicks: list[Json], orders: list[Json], rules: list[Sequence]) -> Counter[Trigger]:
    """All triggers of an input, drained; the rule's id stands for the kind."""
    walk = SequenceWalk(rules)
    walk.over(in_order(clicks, orders), True)
    return walk.found
