"""Tier expiring: the tier ends soon, if nothing happens until then.

At each daily look the tier is asked for as it will be `lead` later with what is known today. It is told once, until the
tier lasts again; that it does, or is over, ends it.
"""

from schemas.facts.profile_facts import BECOMING
from schemas.outcomes.decisions import Reason
from schemas.rules.groups import TierExpiring
from schemas.state.person import NO_PURCHASE, Episode
from streams.person.shelves import own_standing, standing_of
from streams.triggers.case import Case
from streams.triggers.row import Row
from streams.triggers.standing import DAILY, event_id, tier_at


def look_daily(case: Case, rule: TierExpiring, at: int) -> None:
    """Arm at the first look at which the tier will be another by then; end when that is so no more."""
    standing = own_standing(case.person)
    tier, told = standing.tier, standing.marks.get(rule.id, "")
    expires = bool(tier) and rule.group in (None, tier) and tier_at(case, at + rule.lead) != tier
    if not expires or tier != told:
        for episode in case.waiting(rule):
            case.end(episode, Reason.UNDONE)
    if expires and tier != told:
        id_ = event_id(case, rule.kind, tier, at)
        case.arm(rule, at, id_, case.key, None, start=NO_PURCHASE, class_=BECOMING, same=tier)
    standing.marks[rule.id] = tier if expires else ""


def look_again(case: Case, episode: Episode, rule: TierExpiring) -> Reason | None:
    """Why a due episode is none after all: the tier is another, or lasts for longer by what came since."""
    if standing_of(case.person).tier != episode.same:
        return Reason.UNDONE
    return Reason.UNDONE if tier_at(case, episode.due + rule.lead) == episode.same else None


ROW: Row = Row(
    kind="tier_expiring",
    section=TierExpiring,
    hears=frozenset({DAILY}),
    look_again=look_again,
    look_daily=look_daily,
)
