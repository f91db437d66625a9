"""A visitor who behaves as no person does: what waits for it ends, and nothing new does, until a paid order."""

from schemas.facts.suspected import Suspected
from schemas.outcomes.decisions import Reason
from streams.person.person_limits import few_suspected
from streams.person.shelves import buying_of, own_presence, presence_of
from streams.triggers.case import Case
from streams.triggers.receipts import suspected


def suspect(case: Case, fact: Suspected) -> None:
    """Suspect the visitor from here on, unless a paid order came since what is told began, that instant included."""
    person = case.person
    if fact.since <= buying_of(person).paid_at or fact.visitor in presence_of(person).suspected:
        return
    own_presence(person).suspected[fact.visitor] = fact.at
    few_suspected(person, case.effects.cut)
    for episode in [episode for episode in person.episodes if episode.visitor == fact.visitor]:
        case.end(episode, Reason.SUSPECTED)
    suspected(case, fact)
