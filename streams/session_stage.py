"""The first stage: a partition of clicks, keyed by visitor, folded into visits and into facts for people.

All of a visitor's facts go to the visitor's own profile, which is part of the same record: it alone knows who the
visitor is at which time. For as long as nobody knows, it decides itself; what belongs to a customer it forwards.
"""

from collections.abc import Mapping

import orjson

from schemas.clicks import Click, ClickType
from schemas.dead_letters import Oddity
from schemas.facts import Fact, FactInOrder, Receipt
from schemas.plain_clicks import PlainClick
from schemas.profile import VISITOR, Profile
from schemas.refusals import Rejected, Unknown
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.wire import read_click, read_fact
from streams.click_facts import FACT_OF, linked
from streams.due_index import DueIndex
from streams.layout import Layout
from streams.marks import decode_mark, encode_mark
from streams.people import People
from streams.profile import wakes
from streams.profile_record import decode as decode_profile
from streams.profiles import summary_of, woken
from streams.records import (
    AGE_MS_MAX,
    APPLIED,
    DUPLICATE,
    FUTURE,
    FUTURE_MS_MAX,
    IGNORED,
    IN_SECONDS,
    LATE,
    MISKEYED,
    NOBODIES,
    NOBODYS,
    count_oddity,
    is_in_seconds,
    is_nobody,
    let_pass,
    quarantine,
    taken_at,
)
from streams.seen import is_repeat
from streams.stage import POSITION_KEY, Batch, Effects, Out, Record, Records
from streams.visitor_record import decode, encode
from streams.visitors import Visit, Visitor, advance, insert, next_due, settle, viewed
from streams.walk import expires_at
from streams.watermarks import UNKNOWN, WATERMARKS_KEY, Gate, SourceClock, source_name, sources

CLICKS = Topic.CLICKSTREAM.value
INBOX = Topic.VISITOR_INBOX.value
PRODUCT_VIEWED = ClickType.PRODUCT_VIEWED
UNLIMITED = 1 << 60
UNMARKED_MAX = 2000
"""How many records that left nothing behind may be folded before the position is committed all the same."""
HOT_CLICKS = 500
"""More clicks of one visitor within the allowed lateness and a poll are a bot's, or of an id that many share."""

Told = dict[bytes, list[Fact]]
"""Facts in the order in which they came, by the visitor whom they are about."""


class SessionStage:
    """One partition of the clickstream, and the same one of `visitor-inbox`: all that has a visitor's own key.

    Visits go by W of the clicks alone. A visitor's profile waits for all orders too: an order may say whose the visitor
    is, or that it has bought.
    """

    def __init__(
        self,
        partition: int,
        rulebook: Rulebook,
        layout: Layout,
        lateness_ms: int,
        nobodies: frozenset[str] = NOBODIES,
    ) -> None:
        self._partition = partition
        self._nobodies = nobodies
        self._gap = rulebook.session_gap
        self._longest = UNLIMITED if rulebook.session_max is None else rulebook.session_max
        self._retention = rulebook.retention
        self._clock = SourceClock(lateness_ms)
        self._gate = Gate(sources(layout, Topic.ORDERS))
        self._people = People(rulebook)
        self._visitors: dict[bytes, Visitor] = {}
        self._visits_due: DueIndex[bytes] = DueIndex()
        self._due: DueIndex[bytes] = DueIndex()
        self._dirty: list[bytes] = []
        self._turn = 1
        self._reached = UNKNOWN
        self.open_visits = 0
        self.positions = {Topic.CLICKSTREAM: 0, Topic.VISITOR_INBOX: 0}
        self._committed = dict(self.positions)

    @property
    def reached(self) -> int:
        """The W, ms, that the visitors' profiles have come to, and up to which all has been sent on to customers."""
        return self._reached

    @property
    def watermarks(self) -> Mapping[str, int]:
        """How far what customers hear of these clicks has come."""
        return {source_name(Topic.CLICKSTREAM, self._partition): self._reached}

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a visitor, its tombstone, or the stage's own mark."""
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.positions = {Topic(name): position for name, position in mark["positions"].items()}
            self._committed = dict(self.positions)
            self._clock.restore(mark)
            self._gate.heard(mark["vector"])
        elif value is None:
            self._visitors.pop(key, None)
        else:
            self._visitors[key] = decode(value)

    def open(self) -> None:
        """Derive the due indexes and the counts from the restored records."""
        self._reached = min(self._clock.watermark, self._gate.settle())
        for key, visitor in self._visitors.items():
            self._arm_visits(key, visitor)
            self.open_visits += len(visitor.visits)
            seen = summary_of(visitor.profile)
            self._people.count(seen.episodes, seen.waiting)
            self._arm(key, visitor, seen.wakes)

    def fold(self, batch: Batch) -> None:
        """Take in what the records say, then let time pass: visits open and close, facts are folded, timers ring, old
        visitors are forgotten."""
        position = self.positions[batch.topic]
        assert not batch.records or batch.position > position, "a batch was folded twice"
        self._people.now = batch.now_ms
        if batch.topic is Topic.CLICKSTREAM:
            if batch.records:
                self._hear(self._clicks(batch.records, batch.now_ms))
            watermark = self._clock.settle(batch.asked_ms)
            self._hear(self._pass_visits(watermark))
        else:
            self._hear(self._inbox(batch.records))
        self.positions[batch.topic] = batch.position
        self._reached = min(self._clock.watermark, self._gate.settle())
        self._pass_time(self._reached)

    def take(self) -> Effects:
        """The effects since the last call; nothing to commit when a batch left nothing behind."""
        dirty, visitors, watermark = self._dirty, self._visitors, self._clock.watermark
        effects = self.outcome()
        changelog = effects.changelog
        for key in dirty:
            visitor = visitors.get(key)
            if visitor is None:
                changelog.append((key, None))
                continue
            for visit in visitor.visits:
                if len(visit.fresh) > HOT_CLICKS:
                    count_oddity(effects, Topic.CLICKSTREAM, Oddity.HOT_KEY)
                settle(visit, watermark)
            changelog.append((key, encode(visitor)))
        if changelog or effects.outputs or self._has_moved():
            mark = encode_mark(self.positions, **self._clock.kept(), vector=self._gate.vector)
            changelog.append((POSITION_KEY, mark))
            self._committed = dict(self.positions)
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        effects, self._people.effects, self._dirty = self._people.effects, Effects(), []
        self._turn += 1
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        return self._people.effects.take_outputs()

    def heard(self, vector: Mapping[str, int]) -> None:
        """Take a vector of watermarks that did not come as a record: the replay's."""
        self._gate.heard(vector)

    @property
    def open_episodes(self) -> int:
        """How many occasions of unknown visitors wait."""
        return self._people.open_episodes

    @property
    def waiting_facts(self) -> int:
        """How many facts wait in journals."""
        return self._people.waiting_facts

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any visitor wants to be woken; it may have moved since."""
        visits, profiles = self._visits_due.first, self._due.first
        if visits is None or profiles is None:
            return profiles if visits is None else visits
        return min(visits, profiles)

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes, watermarks and what holds them back."""
        partition = str(self._partition)
        blocking = set(self._gate.blocking()) if self._gate.watermark < self._clock.watermark else set()
        held = {("blocking", *name.rsplit("-", 1)): float(name in blocking) for name in self._gate.vector}
        return {
            ("keys", "sessions", partition): len(self._visitors),
            ("open_sessions", partition): self.open_visits,
            ("watermark_timestamp_seconds", CLICKS, partition): self._clock.watermark / 1000,
            ("open_episodes", "sessions", partition): self.open_episodes,
            ("gate_timestamp_seconds", "sessions", partition): self._reached / 1000,
            ("oldest_due_timestamp_seconds", "sessions", partition): (self._due.first or 0) / 1000,
            **held,
        }

    def _clicks(self, records: Records, now_ms: int) -> Told:  # noqa: C901  the hot path, in one place
        """Fold the clicks into visits; what they tell the visitors' profiles. Names are local, calls are few, and nothing is done a click that can be done a batch: this
        loop decides how many clicks a core can take."""
        visitors, gap, longest = self._visitors, self._gap, self._longest
        effects, dirty, turn = self._people.effects, self._dirty, self._turn
        told: Told = {}
        watermark, largest, applied, late, repeats = self._clock.watermark, 0, 0, 0, 0
        oldest = max(watermark - self._retention, now_ms - AGE_MS_MAX)
        nobodies, note = self._nobodies, self._note
        for record in records:
            value = record.value
            said = read_click(value, note) if value is not None else None
            if not isinstance(said, (PlainClick, Click)):
                self._unusable(said, record)
                continue
            at, visitor_id, customer_id = said.occurred_at, said.visitor_id, said.customer_id
            key = record.key
            if key is None or key != visitor_id.encode():
                self._put_aside(MISKEYED, record)
                continue
            if customer_id is not None and is_nobody(customer_id, nobodies):
                self._put_aside(NOBODYS, record)
                continue
            if at > now_ms or at > record.timestamp or at < oldest:
                taken = taken_at(record, now_ms)
                if at < oldest or at > taken + FUTURE_MS_MAX:
                    self._out_of_time(at, taken, record)
                    continue
                if at > taken:
                    at = taken
                    effects.count("clock_ahead", CLICKS)
            visitor = visitors.get(key)
            if visitor is None:
                if is_nobody(visitor_id, nobodies):
                    self._put_aside(NOBODYS, record)
                    continue
                if (plain := visitor_id.strip().lower()) != visitor_id and plain.encode() in visitors:
                    note(Oddity.SIMILAR_ID)
                visitors[key] = visitor = Visitor()
            event_id = said.event_id
            if is_repeat(visitor, event_id, at):
                repeats += 1
                continue
            if visitor.turn != turn:
                visitor.turn = turn
                dirty.append(key)
            if at > visitor.last_at:
                visitor.last_at = at
                if at > largest:
                    largest = at
            if at >= watermark:
                applied += 1
            else:
                late += 1
                effects.observed.append(("lateness_seconds", CLICKS, (watermark - at) / 1000))
            visits = visitor.visits
            visit = visits[-1] if visits else None
            if visit and visit.end < at <= visit.end + gap and at <= visit.start + longest:
                visit.fresh.append((at, event_id))
                visit.end, visit.last_id = at, event_id
            else:
                visit = self._insert(key, visitor, at, event_id)
            if customer_id is not None:
                told.setdefault(key, []).append(linked(said, at))
            kind = said.type
            if kind is PRODUCT_VIEWED:  # half of all clicks
                if visit is not None:
                    viewed(visit, said.product_id)
            elif kind in FACT_OF and (fact := FACT_OF[kind](said, at, visit)) is not None:
                told.setdefault(key, []).append(fact)
        self._clock.saw(largest)
        for outcome, number in ((APPLIED, applied), (LATE, late), (DUPLICATE, repeats)):
            if number:
                effects.count("records", CLICKS, outcome, by=number)
        return told

    def _unusable(self, said: Rejected | Unknown | None, record: Record) -> None:
        """A bad record is put aside; a tombstone, or a type we do not know, says nothing to us."""
        if isinstance(said, Rejected):
            self._put_aside(said, record)
        else:
            self._people.effects.count("records", CLICKS, IGNORED)
            self._note(Oddity.UNKNOWN_TYPE if said is not None else Oddity.TOMBSTONE)

    def _out_of_time(self, at: int, taken: int, record: Record) -> None:
        """No click of our days, or of the future: it must not move anything."""
        if at > taken:
            self._put_aside(FUTURE, record)
        elif is_in_seconds(record, at):
            self._put_aside(IN_SECONDS, record)
        else:
            let_pass(self._people.effects, Topic.CLICKSTREAM, at, taken)

    def _note(self, oddity: Oddity) -> None:
        count_oddity(self._people.effects, Topic.CLICKSTREAM, oddity)

    def _put_aside(self, rejected: Rejected, record: Record) -> None:
        quarantine(self._people.effects, rejected, Topic.CLICKSTREAM, self._partition, record)

    def _insert(self, key: bytes, visitor: Visitor, at: int, event_id: str) -> Visit | None:
        """A click that begins a visit, or joins others: what the visitor waits for may come earlier now."""
        before = len(visitor.visits)
        visit = insert(visitor, at, event_id, self._gap, self._longest, self._clock.watermark)
        self.open_visits += len(visitor.visits) - before
        self._arm_visits(key, visitor)
        return visit

    def _inbox(self, records: Records) -> Told:
        """What others say of visitors: orders and engagements, customers, the dispatcher; and how far time has come."""
        effects, told = self._people.effects, Told()
        for record in records:
            if record.key == WATERMARKS_KEY:
                assert record.value is not None
                self._gate.heard(orjson.loads(record.value))
                effects.count("records", INBOX, IGNORED)
            elif record.key is not None and record.value is not None:
                fact = read_fact(record.value)
                if self._is_forgotten(fact):
                    effects.count("records", INBOX, LATE)
                elif record.key in self._visitors or record.key in told or not isinstance(fact, Receipt):
                    told.setdefault(record.key, []).append(fact)
                    effects.count("records", INBOX, APPLIED)
                else:
                    effects.count("records", INBOX, IGNORED)
        return told

    def _is_forgotten(self, fact: Fact) -> bool:
        """Whether a visitor that knew the fact may have expired: the fact says nothing any more, or it would fire again
        what has fired."""
        return fact.at + self._retention < self._reached and isinstance(fact, FactInOrder)

    def _hear(self, told: Told) -> None:
        visitors, people, reached = self._visitors, self._people, self._reached
        for key, facts in told.items():
            visitor = visitors.get(key)
            if visitor is None:
                visitor = visitors[key] = Visitor()
            self._touch(key, visitor)
            profile = self._profile(visitor)
            people.hear(VISITOR + key.decode(), profile, facts, reached)
            self._arm(key, visitor, wakes(profile))

    def _profile(self, visitor: Visitor) -> Profile:
        """The visitor's profile as a live object; a new one where there is none yet."""
        held = visitor.profile
        if not isinstance(held, Profile):
            held = visitor.profile = Profile() if held is None else decode_profile(held)
        return held

    def _pass_visits(self, watermark: int) -> Told:
        """Visits of which W has passed the beginning, or the end and the gap."""
        told: Told = {}
        first = self._visits_due.first
        if first is None or first >= watermark:
            return told
        for key in self._visits_due.due(watermark):
            visitor = self._visitors.get(key)
            if visitor is None:
                continue
            before = len(visitor.visits)
            for fact in advance(key.decode(), visitor, self._gap, watermark):
                told.setdefault(key, []).append(fact)
            closed = before - len(visitor.visits)
            if closed:
                self.open_visits -= closed
                self._people.effects.count("sessions_closed", by=closed)
            self._arm_visits(key, visitor)
        return told

    def _pass_time(self, watermark: int) -> None:
        """Facts and timers of which W has passed the time, and visitors who are to be forgotten."""
        if self._due.first is None or self._due.first >= watermark:
            return
        for key in self._due.due(watermark):
            visitor = self._visitors.get(key)
            if visitor is None:
                continue
            first = woken(visitor.profile)
            at = self._wake_at(visitor, first)
            if at is not None and at < watermark:
                self._touch(key, visitor)
                if first is None:
                    del self._visitors[key]
                    continue
                first = self._people.pass_time(VISITOR + key.decode(), self._profile(visitor), watermark)
            self._arm(key, visitor, first)

    def _arm(self, key: bytes, visitor: Visitor, first: int | None) -> None:
        at = self._wake_at(visitor, first)
        if at is not None:
            self._due.arm(key, at)

    def _wake_at(self, visitor: Visitor, first: int | None) -> int | None:
        """When the visitor's profile wants to be woken, of which that is the first waiting time: for its expiry, if
        nothing waits and no visit is open."""
        if first is not None or visitor.visits:
            return first
        if visitor.profile is None:
            return visitor.last_at + self._retention
        return expires_at(summary_of(visitor.profile), self._retention)

    def _arm_visits(self, key: bytes, visitor: Visitor) -> None:
        due = next_due(visitor, self._gap)
        if due is not None:
            self._visits_due.arm(key, due)
        else:
            self._arm(key, visitor, woken(visitor.profile))

    def _touch(self, key: bytes, visitor: Visitor) -> None:
        """What is noted at the visitor itself needs no look into a set, which is anywhere in memory."""
        if visitor.turn != self._turn:
            visitor.turn = self._turn
            self._dirty.append(key)

    def _has_moved(self) -> bool:
        """Whether the position is worth a commit: batches of mere watermarks are committed only now and then."""
        clicks, inbox = Topic.CLICKSTREAM, Topic.VISITOR_INBOX
        positions, committed = self.positions, self._committed
        return positions[clicks] > committed[clicks] or positions[inbox] - committed[inbox] >= UNMARKED_MAX
