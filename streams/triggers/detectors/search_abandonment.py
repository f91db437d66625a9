"""Search abandonment: a session with searches, or lists of products, and no product looked at.

Otherwise it is as browse abandonment is, and the shallowest rung of the ladder.
"""

from schemas.facts.profile_facts import FactInOrder, SessionClosed
from schemas.rules.kinds import SearchAbandonment
from streams.person.change import Change
from streams.triggers.case import Case
from streams.triggers.detectors import browse_abandonment
from streams.triggers.detectors.browse_abandonment import observe_visits
from streams.triggers.row import Row


def observe(case: Case, rule: SearchAbandonment, fact: FactInOrder, change: Change) -> None:
    """Arm an episode for a session that is over; end those that have led to something."""
    is_one = isinstance(fact, SessionClosed) and fact.searches >= rule.min_searches and not fact.views
    observe_visits(case, rule, fact, change, is_one=is_one)


ROW: Row = browse_abandonment.ROW._replace(
    kind="search_abandonment", section=SearchAbandonment, observe=observe, rung=-1
)
