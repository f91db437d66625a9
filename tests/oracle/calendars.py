"""Calendar rules in batch: what the lifecycle says of them (section 3, Calendar), over the walk that knows whose a
record is. Local times are looked for minute by minute."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.oracle.people import Person
from tests.oracle.plain import Rules, Trigger, Walk
from tests.oracle.records import CLICK, EPOCH, Json, Moment, Record, in_order

GAP = 30 * 60_000
APART = timedelta(days=300)
SIGN_UPS = ("subscribed", "registered")


@dataclass(frozen=True)
class Calendar:
    """A rule: `date` is `first_order`, `signup` or the name of a trait."""

    id: str
    date: str
    once: bool = False
    lead: int = 0
    hour: int = 9
    minute: int = 0
    march: bool = False


class Day(NamedTuple):
    """A day of the year, and the year if one was told."""

    year: int | None
    month: int
    day: int


@dataclass
class Told:
    """What is known of one person: traits and zone by when they were told, first times, and of each rule the day that
    is waited for and those of which was spoken."""

    traits: dict[str, tuple[Moment, Any]] = field(default_factory=dict)
    zone: tuple[Moment, str] | None = None
    signed_up: int | None = None
    waiting: dict[str, date] = field(default_factory=dict)
    spoken: dict[str, list[date]] = field(default_factory=dict)


class CalendarWalk(Walk):
    """One walk over all records in order, for calendar rules alone; nobody is ever forgotten."""

    def __init__(self, rules: list[Calendar], zone: str) -> None:
        """Nobody has told anything yet."""
        super().__init__(Rules(GAP))
        self.calendars, self.shop_zone = rules, zone
        self.told: dict[str, Told] = {}
        self.found: Counter[Trigger] = Counter()

    def of(self, name: str) -> Told:
        """What that person has told."""
        return self.told.setdefault(name, Told())

    def take(self, record: Record) -> None:
        """The link, then what the record says; then everybody concerned waits for the day that follows from it."""
        visitor = record.body.get("visitor_id")
        is_new = visitor is not None and visitor not in self.customer_of
        super().take(record)
        if is_new and visitor in self.customer_of:
            customer = self.person("c:" + self.customer_of[visitor])
            join(self.of(customer.name), self.told.pop("v:" + visitor, Told()))
            self.wait(customer, record.at.time)
        person = self.person_of_record(record)
        if record.at.stream == CLICK:
            self.hear(self.of(person.name), record)
        self.wait(person, record.at.time)

    def hear(self, told: Told, record: Record) -> None:
        """Traits, the zone, a sign-up."""
        body = record.body
        for name, value in (body.get("traits") or {}).items():
            told.traits[name] = (record.at, value)
        zone = (body.get("context") or {}).get("timezone")
        if zone is not None:
            told.zone = (record.at, zone)
        if body["type"] in SIGN_UPS:
            told.signed_up = min(told.signed_up or record.at.time, record.at.time)

    def zone_of(self, told: Told) -> ZoneInfo:
        """What the person says, else the last click's, else the shop's."""
        if "timezone" in told.traits:
            return ZoneInfo(told.traits["timezone"][1])
        return ZoneInfo(self.shop_zone if told.zone is None else told.zone[1])

    def day_of(self, rule: Calendar, person: Person) -> Day | None:
        """The person's date of that rule."""
        told = self.of(person.name)
        if rule.date == "first_order":
            return local(min((order.time for order in person.first_orders), default=None), self.zone_of(told))
        if rule.date == "signup":
            return local(told.signed_up, self.zone_of(told))
        return read(told.traits[rule.date][1]) if rule.date in told.traits else None

    def wait(self, person: Person, now: int) -> None:
        """Wait on for the same day if it still is one, else for the first that is due now or later."""
        told = self.of(person.name)
        for rule in self.calendars:
            day = self.day_of(rule, person)
            waiting = told.waiting.pop(rule.id, None)
            spoken = told.spoken.get(rule.id, [])
            if day is None:
                continue
            if waiting is not None and waiting in days(rule, day, waiting.year) and may(rule, spoken, waiting):
                told.waiting[rule.id] = waiting
                continue
            zone, this_year = self.zone_of(told), moment(now).year
            for year in range(this_year - 1, this_year + 6):
                for one in days(rule, day, year):
                    if rule.id not in told.waiting and may(rule, spoken, one) and due(rule, one, zone) >= now:
                        told.waiting[rule.id] = one

    def fire_due(self, person: Person, clock: float) -> None:
        """What was due before this time is spoken of, and the next one waited for."""
        told = self.of(person.name)
        while True:
            zone = self.zone_of(told)
            times = [
                (due(rule, told.waiting[rule.id], zone), rule) for rule in self.calendars if rule.id in told.waiting
            ]
            at, rule = min(times, key=lambda one: (one[0], one[1].id), default=(None, None))
            if at is None or rule is None or at >= clock:
                return
            day = told.waiting.pop(rule.id)
            told.spoken.setdefault(rule.id, []).append(day)
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            self.found[Trigger(rule.id, person.name, millis(midnight), at)] += 1
            self.wait(person, at + 1)


def join(told: Told, brought: Told) -> None:
    """Two become one: the later word counts, the later day is waited for, and what either was told is told."""
    for name, trait in brought.traits.items():
        told.traits[name] = max(trait, told.traits.get(name, trait), key=lambda one: one[0])
    zones = [zone for zone in (told.zone, brought.zone) if zone is not None]
    told.zone = max(zones, default=None)
    told.signed_up = min((one for one in (told.signed_up, brought.signed_up) if one is not None), default=None)
    for rule, day in brought.waiting.items():
        told.waiting[rule] = max(day, told.waiting.get(rule, day))
    for rule, spoken in brought.spoken.items():
        told.spoken[rule] = [*told.spoken.get(rule, []), *spoken]


def read(value: Any) -> Day | None:
    """A date as it is told, or none."""
    parts = value.split("-") if isinstance(value, str) else []
    try:
        numbers = [int(part) for part in parts]
        if len(numbers) == 2:
            date(2000, *numbers)
            return Day(None, *numbers)
        return Day(*numbers) if len(numbers) == 3 and date(*numbers) else None
    except ValueError:
        return None


def days(rule: Calendar, day: Day, year: int) -> list[date]:
    """The day that the rule is about in that year; none if it is about none."""
    if day.year is not None:
        very_day = rule.once and rule.date not in ("first_order", "signup")
        if (year != day.year) if very_day else (year <= day.year):
            return []
    try:
        return [date(year, day.month, day.day)]
    except ValueError:
        return [date(year, 3, 1) if rule.march else date(year, 2, 28)]


def may(rule: Calendar, spoken: list[date], day: date) -> bool:
    """Once a calendar year, and not within 300 days of the last; or once."""
    if rule.once and spoken:
        return False
    return all(day.year > one.year and day - one >= APART for one in spoken)


def due(rule: Calendar, day: date, zone: ZoneInfo) -> int:
    """When it is that time on that day: the first minute that the clocks of the zone show it, or a later one."""
    day -= timedelta(days=rule.lead)
    wanted = datetime(day.year, day.month, day.day, rule.hour, rule.minute)
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    instant += max(timedelta(), wanted - shown - timedelta(hours=3))
    while instant.astimezone(zone).replace(tzinfo=None) < wanted:
        instant += timedelta(minutes=1)
    return millis(instant)


def local(time: int | None, zone: ZoneInfo) -> Day | None:
    """The day that it was there."""
    if time is None:
        return None
    there = moment(time).astimezone(zone)
    return Day(there.year, there.month, there.day)


def moment(time: int) -> datetime:
    """The instant, UTC."""
    return EPOCH + timedelta(milliseconds=time)


def millis(instant: datetime) -> int:
    """The instant in ms."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def calendars(clicks: list[Json], orders: list[Json], rules: list[Calendar], zone: str, end: int) -> Counter[Trigger]:
    """All triggers of an input that are due before `end`; the rule's id stands for the kind."""
    walk = CalendarWalk(rules, zone)
    walk.over(in_order(clicks, orders), False)
    for person in walk.people.values():
        walk.fire_due(person, end)
    return walk.found
