"""Welcomes in batch, from the text of the lifecycle (section 3, Named kinds): the first sign-up of a person is answered
after a wait, if the person has not ordered by then."""

from tests.oracle.people import Person
from tests.oracle.plain import Rules, Trigger, Walk
from tests.oracle.records import CLICK, Json, Record, in_order

GAP = 30 * 60_000
SIGN_UPS = ("subscribed", "registered")


class WelcomeWalk(Walk):
    """One walk over all records in order, for welcomes alone."""

    def __init__(self, wait_ms: int) -> None:
        """Nobody has signed up yet."""
        super().__init__(Rules(GAP))
        self.wait_ms = wait_ms
        self.signed_up: dict[str, list[int]] = {}
        self.judged: dict[str, set[int]] = {}

    def take(self, record: Record) -> None:
        """The link, with all that either has done; then the sign-up."""
        visitor = record.body.get("visitor_id")
        is_new = visitor is not None and visitor not in self.customer_of
        super().take(record)
        if is_new and visitor in self.customer_of:
            customer = "c:" + self.customer_of[visitor]
            self.signed_up[customer] = self.signed_up.get(customer, []) + self.signed_up.pop("v:" + visitor, [])
            self.judged[customer] = self.judged.get(customer, set()) | self.judged.pop("v:" + visitor, set())
        if record.at.stream == CLICK and record.body["type"] in SIGN_UPS:
            name = self.person_of_record(record).name
            self.signed_up.setdefault(name, []).append(record.at.time)

    def fire_due(self, person: Person, clock: float) -> None:
        """The first sign-up, once."""
        times, judged = self.signed_up.get(person.name, []), self.judged.setdefault(person.name, set())
        if not times or min(times) + self.wait_ms >= clock or min(times) in judged:
            return
        judged.add(min(times))
        if not person.first_orders and not any(one.person == person.name for one in self.fired):
            self.fired.add(Trigger("welcome", person.name, min(times), min(times) + self.wait_ms))


def welcomes(clicks: list[Json], orders: list[Json], wait_ms: int) -> set[Trigger]:
    """All triggers of an input, drained."""
    return WelcomeWalk(wait_ms).over(in_order(clicks, orders), True)
