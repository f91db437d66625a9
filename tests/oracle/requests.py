"""What people ask for in batch, from the text of the lifecycle (section 3, Named kinds): forms, changes of the account,
what was looked at and the cart by mail are sequences that fire at once; for 25 hours after the last of these no
reminder of a cart or of a checkout is sent."""

from collections import Counter

from tests.oracle.people import Person
from tests.oracle.plain import Rules, Trigger, Walk
from tests.oracle.records import Json, Record, in_order
from tests.oracle.sequences import Clause, Sequence, SequenceWalk

HOUR = 3_600_000
HELD = 25 * HOUR
MY_CART = "email_my_cart"


def field(body: Json) -> str:
    """What of the account was changed, as a text."""
    return str((body.get("properties") or {}).get("field") or "")


ASKED = [
    Sequence("form_submitted", Clause("form_submitted"), 0, anchor="each"),
    Sequence("account_changed", Clause("account_changed"), 0, value=field),
    Sequence("visit_summary", Clause("custom:visit_summary"), 0, anchor="each"),
    Sequence(MY_CART, Clause(f"custom:{MY_CART}"), 0, anchor="each"),
]


class RequestWalk(SequenceWalk):
    """One walk over all records in order, for requests, and for the reminders that they hold."""

    def __init__(self, rules: Rules) -> None:
        """Nobody has asked for anything."""
        super().__init__(ASKED)
        self.rules = rules
        self.asked: dict[str, list[int]] = {}

    def happens(self, person: Person, rule: Sequence, event: str, record: Record) -> None:
        """Whoever asks for the cart is remembered."""
        super().happens(person, rule, event, record)
        if rule.id == MY_CART and rule.after.event == event:
            self.asked.setdefault(person.name, []).append(record.at.time)

    def join(self, rule: Sequence, visitor: str, customer: str) -> None:
        """What the visitor has asked for, the customer has."""
        super().join(rule, visitor, customer)
        self.asked.setdefault(customer, []).extend(self.asked.pop(visitor, []))

    def fire_due(self, person: Person, clock: float) -> None:
        """What is asked for goes; a reminder that is due then is held."""
        super().fire_due(person, clock)
        self.fired = set()
        Walk.fire_due(self, person, clock)
        for trigger in self.fired:
            if not any(at <= trigger.due_ms <= at + HELD for at in self.asked.get(person.name, [])):
                self.found[trigger] += 1


def requests(clicks: list[Json], orders: list[Json], rules: Rules) -> Counter[Trigger]:
    """All triggers of an input, drained."""
    walk = RequestWalk(rules)
    walk.over(in_order(clicks, orders), True)
    return walk.found
