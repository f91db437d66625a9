"""What a person becomes: into a segment and out of it, to another stage, into a tier and out of it.

The wait counts from the look at which it was found; that it is undone by the due time ends it, and so does a merge into
somebody of whom it is not so. There is one occasion of a rule for each segment, stage or tier.
"""

from schemas.facts.profile_facts import Became, FactInOrder
from schemas.outcomes.decisions import Reason
from schemas.rules.events import BECOMES
from schemas.rules.groups import OfAGroup
from schemas.state.person import NO_PURCHASE, Episode, Person
from streams.person.change import Change
from streams.person.shelves import standing_of
from streams.triggers.case import Case
from streams.triggers.row import Row

NO_STAGE = "none"
"""What stands for a stage that is none."""


def becoming(kind: str, section: type[OfAGroup], undone_by: str, *, is_there: bool = True) -> Row:
    """The row of a kind that is the name of its event; `is_there` if the person is in the group by that."""

    def observe(case: Case, rule: OfAGroup, fact: FactInOrder, change: Change) -> None:
        """End what is undone, then arm for what the rule is about."""
        if not isinstance(fact, Became):
            return
        value = fact.said.get(BECOMES[fact.event], NO_STAGE)
        if fact.event == undone_by:
            for episode in case.waiting(rule):
                if episode.same == value or undone_by == kind:
                    case.end(episode, Reason.UNDONE)
        if fact.event == kind and rule.group in (None, value):
            at, class_, event_id, _ = fact.place()
            case.arm(rule, at, event_id, case.key, None, start=NO_PURCHASE, class_=class_, same=value)

    def look_again(case: Case, episode: Episode, rule: OfAGroup) -> Reason | None:
        """Why a due episode is none after all: it is not so any more, since two have become one."""
        return None if (episode.same in _groups(case.person)[rule.of]) is is_there else Reason.UNDONE

    return Row(kind, section, frozenset({Became.fact}), observe, look_again)


def _groups(person: Person) -> dict[str, tuple[str, ...]]:
    standing = standing_of(person)
    return {"segment": standing.segments, "stage": (standing.stage or NO_STAGE,), "tier": (standing.tier,)}
