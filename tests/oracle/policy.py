"""Policy in batch: who hears what, when, of all that the plain rulebook finds.

Written from part 4 of the lifecycle, and shares no code with the product: all records are walked once, and what is due
to a person is judged in the order of its moments. What was sent counts as delivered the moment that it was judged for.
At one moment the deepest stage of the ladder is looked at first, then the kinds by name.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.oracle.people import Person, Session
from tests.oracle.plain import Rules, Walk, is_browse
from tests.oracle.records import Moment, Record

DEPTH = {"checkout_abandonment": 2, "cart_abandonment": 1, "browse_abandonment": 0}
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Cap(NamedTuple):
    """At most so many in so long, of the kinds that it is about."""

    most: int
    per: int
    kinds: frozenset[str]
    defers: bool = False


class Quiet(NamedTuple):
    """Of these kinds, on these days, from this minute of the day to that."""

    kinds: frozenset[str]
    days: tuple[str, ...]
    begins: int
    ends: int


@dataclass(frozen=True)
class Policy:
    """The settings; what is None, empty or 0 is off."""

    zone: str = "UTC"
    held_out: int = 0
    salt: str = ""
    quiet: tuple[Quiet, ...] = ()
    cool_downs: Mapping[str, int] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    priorities: Mapping[str, int] | None = None
    settle: int = 0
    gap: int | None = None
    expires: int | None = None


class Verdict(NamedTuple):
    """What became of an occasion: `until` if it was put off."""

    said: str
    reason: str
    kind: str
    person: str
    anchor: int
    due: int
    until: int | None = None


class Waiting(NamedTuple):
    """An occasion that waits; in the order in which those of a person are looked at."""

    moment: int
    depth: int
    kind: str
    anchor: int
    visitor: str
    due: int

    @property
    def key(self) -> tuple[str, int, str]:
        """What tells it from others of the person."""
        return self.kind, self.anchor, self.visitor


@dataclass
class Memory:
    """What policy remembers of a person."""

    put_off: dict[tuple[str, int, str], int] = field(default_factory=dict)
    sends: list[tuple[int, str]] = field(default_factory=list)
    heard: dict[str, int] = field(default_factory=dict)
    first_id: str = ""
    choice: int = -1
    chosen: str = ""


class PolicyWalk(Walk):
    """The plain walk, whose timers ask policy."""

    def __init__(self, rules: Rules, policy: Policy) -> None:
        """Nobody is known yet."""
        super().__init__(rules)
        self.policy = policy
        self.memories: dict[str, Memory] = {}
        self.verdicts: set[Verdict] = set()
        self.calendar = Calendar(policy.zone)

    # -- whose -------------------------------------------------------------------------------------------------------

    def link(self, record: Record) -> None:
        """What was said to the visitor was said to the customer."""
        visitor, customer = record.body.get("visitor_id"), record.body.get("customer_id")
        if visitor and customer and visitor not in self.customer_of and f"v:{visitor}" in self.memories:
            own, other = self.memory(f"c:{customer}"), self.memories.pop(f"v:{visitor}")
            anchors = {key[:2] for key in own.put_off} | self.anchors_of(f"c:{customer}")
            own.put_off |= {key: until for key, until in other.put_off.items() if key[:2] not in anchors}
            own.sends = sorted(own.sends + other.sends)
            for kind, at in other.heard.items():
                own.heard[kind] = max(at, own.heard.get(kind, 0))
            own.first_id = own.first_id or other.first_id
            if (other.choice, other.chosen) > (own.choice, own.chosen):
                own.choice, own.chosen = other.choice, other.chosen
        super().link(record)

    def memory(self, name: str) -> Memory:
        """What policy remembers of the person of that name."""
        return self.memories.setdefault(name, Memory())

    def anchors_of(self, name: str) -> set[tuple[str, int]]:
        """The cart, checkout and silences that wait of that person."""
        person = self.people.get(name)
        return set() if person is None else {one.key[:2] for one in self.waiting(person) if one.depth != 0}

    # -- timers ------------------------------------------------------------------------------------------------------

    def fire_due(self, person: Person, clock: float) -> None:
        """Judge what is due before this time, moment by moment; what is due at exactly this time still waits."""
        while due := [one for one in self.waiting(person) if one.moment < clock]:
            self.look_at(person, min(due))
        for session in list(person.sessions):
            if self.rules.browse_wait_ms is None and clock > session.end + self.rules.session_gap_ms:
                person.sessions.remove(session)

    def waiting(self, person: Person) -> Iterator[Waiting]:
        """All that waits."""
        rules = self.rules
        checkout = None if person.checkout_anchor is None else person.checkout_anchor.time
        for kind, anchor, wait in (
            ("cart_abandonment", person.cart_anchor, rules.cart_wait_ms),
            ("checkout_abandonment", checkout, rules.checkout_wait_ms),
            ("inactivity", person.activity_anchor, rules.inactivity_ms),
            ("lapse", person.lapse_anchor, rules.lapse_ms),
        ):
            if anchor is not None and wait is not None:
                yield self.one(person, kind, anchor, anchor + wait, "")
        for session in person.sessions:
            if rules.browse_wait_ms is not None:
                due = session.end + rules.browse_wait_ms
                yield self.one(person, "browse_abandonment", session.end, due, session.visitor)

    def one(self, person: Person, kind: str, anchor: int, due: int, visitor: str) -> Waiting:
        """The occasion at its moment."""
        until = self.memory(person.name).put_off.get((kind, anchor, visitor), 0)
        return Waiting(max(due, until), -DEPTH.get(kind, -1), kind, anchor, visitor, due)

    def is_worth_it(self, person: Person, one: Waiting) -> bool:
        """Whether there is still something to say at its moment."""
        if one.kind == "checkout_abandonment":
            anchor = person.checkout_anchor or Moment(0, 0, "")
            return not any(order > anchor and order.time <= one.moment for order in person.purchases())
        if one.kind == "browse_abandonment":
            return is_browse(person, self.session_of_waiting(person, one), one.moment)
        return True

    def session_of_waiting(self, person: Person, one: Waiting) -> Session:
        """The session that the occasion is about."""
        return next(s for s in person.sessions if (s.end, s.visitor) == (one.anchor, one.visitor))

    def disarm(self, person: Person, one: Waiting) -> None:
        """It waits no more."""
        match one.kind:
            case "cart_abandonment":
                person.cart_anchor = None
            case "checkout_abandonment":
                person.checkout_anchor = None
            case "inactivity":
                person.activity_anchor = None
            case "lapse":
                person.lapse_anchor = None
            case _:
                person.sessions.remove(self.session_of_waiting(person, one))

    def look_at(self, person: Person, one: Waiting) -> None:
        """Its moment has come."""
        memory = self.memory(person.name)
        if not self.is_worth_it(person, one):
            self.disarm(person, one)
            return
        said, reason, until = self.alone(person, one)
        if said == "fired" and self.policy.priorities is not None:
            said, reason, until = self.among_all(person, one)
        if until is not None and self.policy.expires is not None and until >= one.due + self.policy.expires:
            said, reason, until = "suppressed", "deadline", None
        self.verdicts.add(Verdict(said, reason, one.kind, person.name, one.anchor, one.due, until))
        if until is not None:
            memory.put_off[one.key] = until
            return
        self.disarm(person, one)
        if said == "fired":
            memory.sends.append((one.moment, one.kind))
            if memory.choice == one.moment:
                memory.chosen = one.kind
        if said in ("fired", "held_out"):
            memory.heard[one.kind] = max(one.moment, memory.heard.get(one.kind, 0))

    # -- what speaks against it ----------------------------------------------------------------------------------------

    def alone(self, person: Person, one: Waiting) -> tuple[str, str, int | None]:
        """Holdout, quiet hours, cool-down, caps: the first that speaks."""
        policy, memory, now = self.policy, self.memory(person.name), one.moment
        if policy.held_out:
            memory.first_id = memory.first_id or person.name[2:]
            drawn = hashlib.sha256(policy.salt.encode() + b"\0" + memory.first_id.encode()).hexdigest()
            if int(drawn[:16], 16) % 10_000 < policy.held_out:
                return "held_out", "holdout", None
        ends = [end for quiet in policy.quiet if one.kind in quiet.kinds for end in self.calendar.ends(quiet, now)]
        if ends:
            return "deferred", "quiet_hours", max(ends)
        heard = memory.heard.get(one.kind)
        if heard is not None and now - heard < policy.cool_downs.get(one.kind, 0):
            return "suppressed", "cool_down", None
        for cap in policy.caps:
            if one.kind in cap.kinds:
                counted = sorted(at for at, kind in memory.sends if kind in cap.kinds and now - cap.per < at <= now)
                if len(counted) >= cap.most:
                    room = counted[len(counted) - cap.most] + cap.per
                    return ("deferred", "capped", room) if cap.defers else ("suppressed", "capped", None)
        return "fired", "due", None

    def among_all(self, person: Person, one: Waiting) -> tuple[str, str, int | None]:
        """One of those that are due at once goes; the first waits for the others."""
        policy, memory = self.policy, self.memory(person.name)
        assert policy.priorities is not None
        if one.moment > memory.choice:
            memory.choice, memory.chosen = one.moment + policy.settle, ""
        if one.moment < memory.choice:
            return "deferred", "settling", memory.choice
        better = bool(memory.chosen)
        for other in self.waiting(person):
            if other.moment == one.moment and self.rank(other) < self.rank(one):
                better = better or (self.is_worth_it(person, other) and self.alone(person, other)[0] == "fired")
        if not better:
            return "fired", "due", None
        if policy.gap is None:
            return "suppressed", "outranked", None
        return "deferred", "outranked", one.moment + policy.gap

    def rank(self, one: Waiting) -> tuple[int, str, int, str]:
        """The least wins. (Worth is left out: the kinds that share a priority here are all about the cart, or none.)"""
        assert self.policy.priorities is not None
        return -self.policy.priorities.get(one.kind, 0), one.kind, one.anchor, one.visitor


class Calendar:
    """The clock on the wall, minute by minute."""

    def __init__(self, zone: str) -> None:
        """Of that zone."""
        self.zone = ZoneInfo(zone)
        self.known: dict[tuple[str, int], int] = {}

    def first(self, day: datetime, minute: int) -> int:
        """The first minute at which the wall shows that minute of that day, or a later one."""
        wall = day + timedelta(minutes=minute)
        name = (f"{day:%Y-%m-%d}", minute)
        if name not in self.known:
            at = wall.replace(tzinfo=UTC) - timedelta(hours=26)
            while at.astimezone(self.zone).replace(tzinfo=None) < wall:
                at += timedelta(minutes=1)
            self.known[name] = int(at.timestamp() * 1000)
        return self.known[name]

    def ends(self, quiet: Quiet, now: int) -> Iterator[int]:
        """The ends of the windows that this moment lies in."""
        midnight = datetime.fromtimestamp(now / 1000, UTC).replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        for days in (-2, -1, 0, 1):
            day = midnight + timedelta(days=days)
            next_day = quiet.ends <= quiet.begins
            begin = self.first(day, quiet.begins)
            end = self.first(day + timedelta(days=next_day), quiet.ends)
            if WEEK[day.weekday()] in quiet.days and begin <= now < end:
                yield end
