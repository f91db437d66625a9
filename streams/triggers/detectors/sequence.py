"""Sequence, the general rule: after an event, unless another event came while the rule waits.

`after` arms, `unless` ends what stands before it in the order of events, and is looked for again when the episode is
due: the anchor may have come late, or with a visitor who turned out to be this person. A purchase stands where the
first record of its order does.
"""

from collections.abc import Iterator

from schemas.facts.profile_facts import Became, FactInOrder, Happened, OrderPlaced, ProductHappened
from schemas.outcomes.decisions import Reason
from schemas.rules.events import PURCHASE
from schemas.rules.sequence import AfterAnEvent, Clause, Sequence, is_any_purchase
from schemas.state.order import Ordered
from schemas.state.person import NO_PURCHASE, Episode
from streams.person.answers import answers_of, remember_answer
from streams.person.change import Change
from streams.person.memory import own_orders, where_it_stands
from streams.person.waiting import place_of
from streams.triggers.absence import arm_after, end_answered, is_answered, seen_of
from streams.triggers.case import Case
from streams.triggers.conditions.condition import Condition
from streams.triggers.event_fields import OfEvent, part_of, same_value
from streams.triggers.row import Row
from streams.triggers.rule_conditions import of_events


def observe(case: Case, rule: AfterAnEvent, fact: FactInOrder, change: Change) -> None:
    """End what the event answers, then arm what it is the anchor of."""
    if isinstance(fact, OrderPlaced):
        if fact.by is not None or not change.bought:
            return  # somebody else's purchase, or news of one that is known
        fact = where_it_stands(fact, change)
    elif not isinstance(fact, Happened):
        return
    after, *unless = case.opened.conditions_of(rule).wheres
    for clause, where in zip(rule.unless, unless, strict=True):
        if _meets(fact, clause, where):
            _answer(case, rule, clause, fact)
    if _meets(fact, rule.after, after) and (change.moved is None or _leaves(case, rule, change.moved)):
        _arm(case, rule, fact)


def _meets(fact: OrderPlaced | Happened, clause: Clause, where: Condition | None) -> bool:
    """Whether it is the clause's event. One that could not be judged was counted where it was told."""
    event = PURCHASE if isinstance(fact, OrderPlaced) else fact.event
    return clause.event == event and (where is None or where.judge(OfEvent(fact.said)).held)


def _answer(case: Case, rule: AfterAnEvent, clause: Clause, fact: OrderPlaced | Happened) -> None:
    """End what the event answers. Purchases are remembered as such; all else is an answer to keep."""
    same = None
    if rule.same is not None and rule.tells_apart(clause):
        same = same_value(fact.said, rule.same)
        if not same:
            return  # it counts for the occasions of its value only, and has none
    reason = Reason.ORDERED if clause.event == PURCHASE else Reason.HAPPENED
    end_answered(case, rule, fact.place(), reason, same)
    if same is not None or not is_any_purchase(clause):
        remember_answer(case.person, rule, fact.place(), same or "", case.effects.cut)


def _arm(case: Case, rule: AfterAnEvent, fact: OrderPlaced | Happened) -> None:
    same = "" if rule.same is None else same_value(fact.said, rule.same)
    several = rule.anchor == "each" and not same
    if rule.anchor != "latest" and not several and _first_stays(case, rule, fact.place()[:3], same):
        return
    asked = of_events(case.opened.conditions_of(rule))
    arm_after(
        case,
        rule,
        fact,
        start=None if rule.ends_with_a_purchase else NO_PURCHASE,
        products=seen_of(case, fact),
        several=several,
        same=same,
        said=part_of(fact.said, asked, case.effects.cut),
    )


def _first_stays(case: Case, rule: AfterAnEvent, place: Ordered, same: str) -> bool:
    """Whether the rule was waiting at that place already: then this event changes nothing. A late one that stands
    before the anchor, and would still have waited then, takes its place. What a merge has answered waits no more."""
    waiting = next(iter(case.waiting(rule, same)), None)
    if waiting is not None and (reason := look_again(case, waiting, rule)) is not None:
        case.end(waiting, reason)
        return False
    if waiting is None:
        own = (fired for fired in case.person.fired if fired.rule_id == rule.id and fired.same == same)
        return any(fired.anchor <= place[0] <= fired.due for fired in own)
    anchor = place_of(waiting)
    over = place[0] + rule.first_wait < anchor[0] or waiting.step > 1
    if anchor <= place or over or any(place < one < anchor for one in _answers(case, rule, same)):
        return True
    case.person.episodes.remove(waiting)
    return False


def _leaves(case: Case, rule: AfterAnEvent, known: Ordered) -> bool:
    """Whether the rule waits from that place on, where a purchase was thought to stand. It does no more: a late record
    says that it was earlier."""
    gone = [one for one in case.waiting(rule) if one.step == 1 and place_of(one) == known]
    for episode in gone:
        case.person.episodes.remove(episode)
    return bool(gone)


def _answers(case: Case, rule: AfterAnEvent, same: str) -> Iterator[Ordered]:
    yield from answers_of(case.person, rule.id, same)
    if rule.ends_with_a_purchase:
        yield from own_orders(case.person)


def look_again(case: Case, episode: Episode, rule: AfterAnEvent) -> Reason | None:
    """Why a due episode is none after all: it is answered by what came before its anchor was known, or with a merge."""
    if rule.ends_with_a_purchase and is_answered(episode, own_orders(case.person)):
        return Reason.ORDERED
    return Reason.HAPPENED if is_answered(episode, answers_of(case.person, rule.id, episode.same)) else None


ROW: Row = Row(
    kind="sequence",
    section=Sequence,
    hears=frozenset({Happened.fact, OrderPlaced.fact, Became.fact, ProductHappened.fact}),
    observe=observe,
    look_again=look_again,
)
