"""Search abandonment in batch, from the text of the lifecycle (section 3, Named kinds): a session with searches or
lists and without a product view, which has led to nothing."""

from dataclasses import replace

from tests.oracle.people import Person, Session
from tests.oracle.plain import Rules, Trigger, Walk, is_browse
from tests.oracle.records import Json, Record, in_order

LOOKED_FOR = ("product_searched", "product_list_viewed")


class SearchWalk(Walk):
    """The walk over the plain rules, which notes who searched in which session."""

    def __init__(self, rules: Rules) -> None:
        """Nobody has searched yet."""
        super().__init__(rules)
        self.searched: set[tuple[str, int]] = set()

    def take_click(self, person: Person, record: Record) -> None:
        """The click as ever; a search is of the session that it falls into."""
        super().take_click(person, record)
        if record.body["type"] in LOOKED_FOR:
            self.searched.add(key(self.session_of[record.body["visitor_id"]]))

    def fire_browse(self, person: Person, session: Session, clock: float) -> None:
        """With a product view it would be browsing; without one and with a search it is this."""
        due = session.end + (self.rules.browse_wait_ms or 0)
        is_over = clock > due and clock > session.end + self.rules.session_gap_ms
        is_one = is_over and key(session) in self.searched and not session.views
        if is_one and is_browse(person, replace(session, views=1), due):
            self.fired.add(Trigger("search_abandonment", person.name, session.end, due))
        super().fire_browse(person, session, clock)


def key(session: Session) -> tuple[str, int]:
    """Which session it is."""
    return session.visitor, session.start


def searches(clicks: list[Json], orders: list[Json], rules: Rules) -> set[Trigger]:
    """All triggers of an input, drained."""
    return SearchWalk(rules).over(in_order(clicks, orders), True)
