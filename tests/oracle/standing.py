"""Who people are, from the text of the lifecycle (sections 3 and 5) alone: their numbers at a moment, the groups that
they are in at each look, and what rules make of the changes. A plain computation over the records of known customers.

What the page leaves open is read so: a visit counts at its last click, and for as long as it runs it counts now; a sum
with an unknown part is unknown; a tier is expiring if it would be another after `lead` without anything happening, and
is told of once until it would last again; of a churn only the day on which it falls through the threshold counts.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

import xxhash

from tests.oracle.plain import Trigger

DAY = 86_400_000
YEAR = 365 * DAY


class Bought(NamedTuple):
    """An order: when it was placed, what it comes to, and its currency, as far as that is told."""

    order: str
    at: int
    total: Decimal | None
    currency: str | None


class Undone(NamedTuple):
    """An order is cancelled (`back` is None), or so much of it is given back."""

    order: str
    at: int
    back: Decimal | None


class Visit(NamedTuple):
    """A visit from its first click to its last, and the product views in it."""

    start: int
    end: int
    views: int


class History(NamedTuple):
    """All that a customer ever did. What happens at one time is in the order: visits begin, orders, visits are over."""

    customer: str
    visits: list[Visit]
    bought: list[Bought]
    undone: list[Undone]


class Shop(NamedTuple):
    """What a shop says: its currency, the pause that ends a visit, the parameters of churn; and what one of another
    currency was worth from which midnight, UTC, on, in days since the epoch."""

    currency: str
    gap: int
    r: float
    alpha: float
    a: float
    b: float
    rates: tuple[tuple[str, int, Decimal], ...] = ()

    def worth(self, total: Decimal, currency: str | None, at: int) -> Decimal | None:
        """In the shop's currency, to the cent: at the last rate of that day or before; None if there is none."""
        if currency == self.currency:
            return total
        known = [(day, rate) for other, day, rate in self.rates if other == currency and day * DAY <= at]
        return (total * max(known)[1]).quantize(Decimal("0.01"), ROUND_HALF_EVEN) if known else None


class Person:
    """A customer at a moment, after the first `told` of the events that are told."""

    def __init__(self, shop: Shop, history: History, now: int, until: int, closed: bool) -> None:
        """All that happened before `until`, looked at from `now`. Visits of exactly that end are over if `closed`."""
        self.shop, self.now = shop, now
        back: dict[str, Decimal] = {}
        gone: set[str] = set()
        for undone in history.undone:
            if undone.at > until:
                continue
            if undone.back is None:
                gone.add(undone.order)
            else:
                back[undone.order] = back.get(undone.order, Decimal(0)) + undone.back
        self.orders: list[tuple[int, Decimal | None]] = []
        for one in history.bought:
            left = None if one.total is None else one.total - back.get(one.order, Decimal(0))
            if (
                one.at <= until
                and one.order not in gone
                and not (left is not None and left <= 0 < back.get(one.order, 0))
            ):
                self.orders.append((one.at, None if left is None else shop.worth(left, one.currency, one.at)))
        self.orders.sort(key=lambda order: order[0])
        over = [one for one in history.visits if (one.end + shop.gap, not closed) <= (until, False)]
        self.over = over
        self.running = sum(one.start <= until for one in history.visits) - len(over)

    def within(self, window: int) -> list[Decimal | None]:
        """What the orders of a window come to."""
        return [total for at, total in self.orders if self.now - window < at <= self.now]

    def spend(self, window: int) -> Decimal | None:
        """None if a part of it is unknown."""
        totals = self.within(window)
        known = [total for total in totals if total is not None]
        return sum(known, Decimal(0)) if len(known) == len(totals) else None

    def visits(self, window: int) -> int:
        """Visits that are over by their last click, and those that run."""
        return self.running + sum(self.now - window < one.end <= self.now for one in self.over)

    def views(self, window: int) -> int:
        """Of visits that are over."""
        return sum(one.views for one in self.over if self.now - window < one.end <= self.now)

    def days_since_order(self) -> float | None:
        """None for who has never bought."""
        return (self.now - self.orders[-1][0]) / DAY if self.orders else None

    def alive(self) -> float | None:
        """By the formula of the note, in weeks of whole days."""
        days = sorted({at // DAY for at, _ in self.orders})
        if not days:
            return None
        x, shop = len(days) - 1, self.shop
        recency, age = (days[-1] - days[0]) / 7, (self.now // DAY - days[0]) / 7
        if x == 0:
            return 1.0
        ratio = (shop.alpha + age) / (shop.alpha + recency)
        return float(1 / (1 + shop.a / (shop.b + x - 1) * ratio ** (shop.r + x)))

    def at_risk(self) -> Decimal | None:
        """Of the spend of a year, to the cent."""
        alive, spend = self.alive(), self.spend(YEAR)
        if alive is None or spend is None:
            return None
        return Decimal(round((1 - alive) * float(spend) * 100)) / 100


Holds = Callable[[Person], bool]


class Groups(NamedTuple):
    """What holds of whoever is in them, in their order."""

    segments: dict[str, Holds]
    stages: dict[str, Holds]
    tiers: dict[str, Holds]


class Told(NamedTuple):
    """A change: the kind of it, the group, and when it was found."""

    kind: str
    group: str
    at: int


class Waits(NamedTuple):
    """How long each kind waits, and what those that look day by day look for."""

    kinds: dict[str, int]
    lead: int
    below: float
    least: Decimal


UNDONE_BY = {
    "segment_entered": "segment_left",
    "segment_left": "segment_entered",
    "tier_entered": "tier_left",
    "tier_left": "tier_entered",
    "stage_changed": "stage_changed",
    "tier_expiring": "tier_lasts",
    "churn_risk": "bought",
}


def instant(customer: str) -> int:
    """The time of day at which the customer is looked at."""
    return int.from_bytes(xxhash.xxh3_64_digest(f"c:{customer}".encode())) % DAY


def looks(shop: Shop, history: History, end: int) -> Iterator[tuple[int, bool, bool]]:
    """When the customer is looked at: the time, whether it is for time alone, and whether visits of exactly that end
    are over by then. Facts of one time come first."""
    facts = [(one.start, 0) for one in history.visits]
    facts += [(one.at, 1) for one in history.bought] + [(one.at, 1) for one in history.undone]
    facts += [(one.end + shop.gap, 2) for one in history.visits]
    begun = min(facts)[0]
    day = begun - begun % DAY + instant(history.customer)
    days = [(at, 3) for at in range(day if day > begun else day + DAY, end, DAY)]
    for at, place in sorted([*facts, *days]):
        yield at, place == 3, place >= 2


def found(groups: Groups, person: Person) -> tuple[set[str], str, str]:
    """Segments, stage and tier."""
    segments = {name for name, holds in groups.segments.items() if holds(person)}
    stage = next((name for name, holds in groups.stages.items() if holds(person)), "")
    return segments, stage, next((name for name, holds in groups.tiers.items() if holds(person)), "")


def changes(shop: Shop, groups: Groups, waits: Waits, history: History, end: int) -> Iterator[Told]:
    """All that is told of the customer, in order."""
    before: tuple[set[str], str, str] = (set(), "", "")
    days = Days(shop, groups, waits, history)
    for at, daily, closed in looks(shop, history, end):
        now = found(groups, Person(shop, history, at, at, closed))
        yield from (Told("segment_left", name, at) for name in groups.segments if name in before[0] - now[0])
        yield from (Told("segment_entered", name, at) for name in groups.segments if name in now[0] - before[0])
        if now[1] != before[1]:
            yield Told("stage_changed", now[1], at)
        if now[2] != before[2]:
            yield from [Told("tier_left", before[2], at)] * bool(before[2])
            yield from [Told("tier_entered", now[2], at)] * bool(now[2])
        before = now
        if daily:
            yield from days.tier(at, now[2], closed)
            yield from days.churn(at, closed)
        elif any(one.at == at for one in history.bought):
            yield Told("bought", "", at)


class Days:
    """What is looked for day by day."""

    def __init__(self, shop: Shop, groups: Groups, waits: Waits, history: History) -> None:
        """Nothing is expiring, and nobody is known to be alive."""
        self.shop, self.groups, self.waits, self.history = shop, groups, waits, history
        self.expiring, self.above = "", False

    def tier(self, at: int, tier: str, closed: bool) -> Iterator[Told]:
        """Whether it ends soon."""
        later = Person(self.shop, self.history, at + self.waits.lead, at, closed)
        ends = bool(tier) and found(self.groups, later)[2] != tier
        if self.expiring and not (ends and tier == self.expiring):
            yield Told("tier_lasts", self.expiring, at)
        if ends and tier != self.expiring:
            yield Told("tier_expiring", tier, at)
        self.expiring = tier if ends else ""

    def churn(self, at: int, closed: bool) -> Iterator[Told]:
        """Whether P(alive) has fallen through the threshold since the day before."""
        person = Person(self.shop, self.history, at, at, closed)
        alive, risk = person.alive(), person.at_risk()
        if alive is None:
            return
        if alive < self.waits.below and self.above and risk is not None and risk >= self.waits.least:
            yield Told("churn_risk", "", at)
        self.above = alive >= self.waits.below


def triggers(waits: Waits, customer: str, told: Iterable[Told], end: int) -> Iterator[Trigger]:
    """What fires before `end`: whatever is not undone by its due time."""
    all_told = list(told)
    for number, one in enumerate(all_told):
        if one.kind not in waits.kinds:
            continue
        due = one.at + waits.kinds[one.kind]
        contrary = UNDONE_BY[one.kind]
        any_group = contrary in ("stage_changed", "bought")
        ended = any(
            later.kind == contrary and (any_group or later.group == one.group) and later.at <= due
            for later in all_told[number + 1 :]
        )
        if not ended and due < end:
            yield Trigger(one.kind, f"c:{customer}", one.at, due)
