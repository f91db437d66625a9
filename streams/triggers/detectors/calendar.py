"""Calendar: a date of the person's comes, such as a birthday, and nothing that they do ends that.

One occasion a person and rule waits, for the next such day; when it was judged, whatever came of it, the year after
follows. Its anchor is the day as midnight of UTC, and its event the day as it is written: so a person who moves to
another time zone is told at another time of the same occasion.
"""

from datetime import UTC, date, datetime, timedelta

from schemas.facts.profile_facts import (
    FactInOrder,
    Happened,
    Inherited,
    OrderPlaced,
    OrderTold,
    SessionClosed,
    SessionOpened,
    TraitsTold,
)
from schemas.outcomes.decisions import Reason
from schemas.rules.calendar import FIRST_ORDER, SIGNUP, SIGNUPS, TRAITS, Calendar, CalendarRule
from schemas.rules.words import DAY_MS
from schemas.state.person import NO_PURCHASE, Episode, Person
from streams.person.change import Change
from streams.person.orders import counted
from streams.person.shelves import account_of, buying_of, dealings_of
from streams.person.traits import NOTHING, zone_of
from streams.person.waiting import rings_at
from streams.profiles.retention import retention_of
from streams.time.local_time import instant_of, local_day
from streams.triggers.case import Case
from streams.triggers.dates import DateSaid, read_date
from streams.triggers.occasions import begun
from streams.triggers.row import Row

APART_MS = 300 * DAY_MS
"""Whoever changes a date is not greeted again within so many days of the last time; exactly so many later they are."""

YEARS_AHEAD = 4
"""Years that are looked at: this one, one that was spoken of, one too near to the last time, and one to spare."""

UNREADABLE = "dates_unreadable"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SIGNS = (TraitsTold, OrderPlaced, OrderTold, Happened, SessionOpened, SessionClosed, Inherited)
"""Of what a person's dates may hang, and signs of life of whoever was known before the rule."""


def observe(case: Case, rule: CalendarRule, fact: FactInOrder, change: Change) -> None:
    """Wait for the next such day, from the fact on. Whoever is known before the rule is, is seen at the next visit."""
    if isinstance(fact, TraitsTold):
        name = rule.date.removeprefix(TRAITS)
        if name in rule.traits and name in fact.traits:
            zone = zone_of(case.person, case.rulebook)
            if read_date(fact.traits[name], zone) is None:
                case.effects.count(UNREADABLE, rule.id)
    if not isinstance(fact, Happened) or fact.event in SIGNUPS:
        _wait(case, rule, fact.at, fact.at)


def again(case: Case, episode: Episode) -> None:
    """The episode was judged: the next day is waited for, by today's version of the rule."""
    for rule in case.opened.hearing(TraitsTold.fact, case.key):
        if rule.id == episode.rule_id and isinstance(rule, CalendarRule):
            active = case.person.active
            _wait(case, rule, rings_at(episode) + 1, rings_at(episode) if active is None else active.at)


def _wait(case: Case, rule: CalendarRule, at: int, seen_at: int) -> None:
    """Let the rule wait for the first such day that is due at `at` or later. The person was last seen at `seen_at`:
    nothing waits for a day on which the person would be forgotten, or nobody ever were. What is put off stays."""
    waiting = case.episode(rule)
    if waiting is not None and waiting.until:
        return
    person, zone = case.person, zone_of(case.person, case.rulebook)
    said = date_of(person, rule, zone)
    day = None if said is None or waiting is None else _still(case, rule, said, waiting)
    if day is None and said is not None:
        until = seen_at + retention_of(case.key, case.rulebook)
        day = _next_day(person, rule, said, zone, at, until)
    if day is None:
        if waiting is not None:
            case.end(waiting, Reason.DATE_GONE)
        return
    if waiting is not None:
        person.episodes.remove(waiting)
    anchor, due = _midnight(day), _due(rule, day, zone)
    person.episodes.append(begun(rule, anchor, due, day.isoformat(), case.key, None, NO_PURCHASE))


def date_of(person: Person, rule: CalendarRule, zone: str) -> DateSaid | None:
    """The person's date that the rule is about; None if it is not known."""
    if rule.date not in (FIRST_ORDER, SIGNUP):
        return read_date(account_of(person).traits.get(rule.date.removeprefix(TRAITS), NOTHING)[2], zone)
    at = first_order_at(person) if rule.date == FIRST_ORDER else account_of(person).signed_up_at
    if not at:
        return None
    day = local_day(at, zone)
    return DateSaid(day.year, day.month, day.day)


def first_order_at(person: Person) -> int:
    """When the person first ordered, of the orders that count; 0 for never. Of very many orders the oldest are not
    kept, but when the first one was."""
    if not any(places[0][0] == buying_of(person).first_order_at for places in person.orders.values()):
        return buying_of(person).first_order_at
    return min((place[0] for place, _ in counted(person)), default=0)


def _still(case: Case, rule: CalendarRule, said: DateSaid, waiting: Episode) -> date | None:
    """The day that is waited for, if it still is such a day: it may be due at another time, and no more."""
    day = (_EPOCH + timedelta(milliseconds=waiting.anchor)).date()
    is_it = day == said.in_year(day.year, rule.leap) and _is_meant(rule, said, day.year)
    return day if is_it and _may_speak(case.person, rule, day) else None


def _next_day(person: Person, rule: CalendarRule, said: DateSaid, zone: str, at: int, until: int) -> date | None:
    """The first such day that is due from `at` on, and not later than `until`."""
    first = (_EPOCH + timedelta(milliseconds=at)).year - 1
    if said.year is not None:
        first = max(first, said.year)
    for year in range(first, first + YEARS_AHEAD + 1):
        day = said.in_year(year, rule.leap)
        if _is_meant(rule, said, year) and _may_speak(person, rule, day):
            due = _due(rule, day, zone)
            if due >= at:
                return day if due <= until else None
    return None


def _is_meant(rule: CalendarRule, said: DateSaid, year: int) -> bool:
    """Whether the rule is about the date in that year: a yearly day first returns in the year after it was; a trait
    that names its year, and counts once, is that very day."""
    if said.year is None:
        return True
    if rule.every == "once" and rule.date.startswith(TRAITS):
        return year == said.year
    return year > said.year


def _may_speak(person: Person, rule: CalendarRule, day: date) -> bool:
    """Whether the rule may speak of that day, after those of which it has: once in a calendar year, and not within 300
    days; or once and for all."""
    spoke = dealings_of(person).spoke.get(rule.id)
    if spoke is None:
        return True
    last = (_EPOCH + timedelta(milliseconds=spoke.anchor)).year
    return rule.every == "year" and day.year > last and _midnight(day) - spoke.anchor >= APART_MS


def _due(rule: CalendarRule, day: date, zone: str) -> int:
    return instant_of(day - timedelta(milliseconds=rule.lead), rule.at, zone) + rule.first_wait


def _midnight(day: date) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)


ROW: Row = Row(
    kind="calendar", section=Calendar, hears=frozenset(fact.fact for fact in SIGNS), observe=observe, again=again
)
