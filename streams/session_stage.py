"""The first stage: a partition of clicks, keyed by visitor, folded into visits and into facts for profiles.

All of a visitor's facts go to the visitor's own profile, `v:<visitor>`: it alone knows who the visitor is at which
time, and forwards to the customer's.
"""

from collections.abc import Mapping

from schemas.clicks import Click, ClickType
from schemas.dead_letters import Oddity
from schemas.plain_clicks import PlainClick
from schemas.refusals import Rejected, Unknown
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.wire import read_click
from streams.click_facts import FACT_OF, linked
from streams.due_index import DueIndex
from streams.marks import UNMARKED_MAX, decode_mark, encode_mark
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
    tell,
)
from streams.seen import is_repeat
from streams.stage import POSITION_KEY, Batch, Effects, Out, Record, Records
from streams.visitor_record import decode, encode
from streams.visitors import Visit, Visitor, advance, insert, next_due, settle, viewed
from streams.watermarks import SourceClock, source_name

CLICKS, INBOX = Topic.CLICKSTREAM.value, Topic.VISITOR_INBOX.value
SOURCES = (Topic.CLICKSTREAM, Topic.VISITOR_INBOX)
PRODUCT_VIEWED = ClickType.PRODUCT_VIEWED
UNLIMITED = 1 << 60
HOT_CLICKS = 500
"""More clicks of one visitor within the allowed lateness and a poll are a bot's, or of an id that many share."""


class SessionStage:
    """One partition of the clickstream, and the one of the visitors' inbox beside it, which says nothing yet."""

    def __init__(
        self, partition: int, rulebook: Rulebook, lateness_ms: int, nobodies: frozenset[str] = NOBODIES
    ) -> None:
        self._partition = partition
        self._nobodies = nobodies
        self._gap = rulebook.session_gap
        self._longest = UNLIMITED if rulebook.session_max is None else rulebook.session_max
        self._retention = rulebook.retention
        self._clock = SourceClock(lateness_ms)
        self._visitors: dict[bytes, Visitor] = {}
        self._due: DueIndex[bytes] = DueIndex()
        self._dirty: list[bytes] = []
        self._turn = 1
        self._effects = Effects()
        self.open_visits = 0
        self.positions = dict.fromkeys(SOURCES, 0)
        self._committed = dict(self.positions)

    @property
    def watermark(self) -> int:
        """W of this partition of the clickstream, ms."""
        return self._clock.watermark

    @property
    def watermarks(self) -> Mapping[str, int]:
        """W of this partition of the clickstream."""
        return {source_name(Topic.CLICKSTREAM, self._partition): self._clock.watermark}

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a visitor, its tombstone, or the stage's own mark."""
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.positions.update(mark["positions"])
            self._committed = dict(self.positions)
            self._clock.restore(mark)
        elif value is None:
            self._visitors.pop(key, None)
        else:
            self._visitors[key] = decode(value)

    def open(self) -> None:
        """Derive the due index and the counts from the restored records."""
        for key, visitor in self._visitors.items():
            self._due.arm(key, next_due(visitor, self._gap, self._retention))
            self.open_visits += len(visitor.visits)

    def fold(self, batch: Batch) -> None:
        """Fold the clicks, then let time pass: W moves, visits open and close, old visitors expire."""
        assert not batch.records or batch.position > self.positions[batch.topic], "a batch was folded twice"
        self.positions[batch.topic] = batch.position
        if batch.topic is Topic.VISITOR_INBOX:
            if batch.records:
                self._effects.count("records", INBOX, IGNORED, by=len(batch.records))
            return
        if batch.records:
            self._clicks(batch.records, batch.now_ms)
        self._pass_time(self._clock.settle(batch.asked_ms))

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
            mark = encode_mark(self.positions, **self._clock.kept())
            changelog.append((POSITION_KEY, mark))
            self._committed = dict(self.positions)
        return effects

    def _has_moved(self) -> bool:
        """Whether the positions are to be committed for their own sake: mere watermarks are only now and then."""
        now, before = self.positions, self._committed
        clicks, inbox = Topic.CLICKSTREAM, Topic.VISITOR_INBOX
        return now[clicks] > before[clicks] or now[inbox] - before[inbox] >= UNMARKED_MAX

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        effects, self._effects, self._dirty, self._turn = self._effects, Effects(), [], self._turn + 1
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        return self._effects.take_outputs()

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any visitor wants to be woken; it may have moved since."""
        return self._due.first

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes and the watermark."""
        partition = str(self._partition)
        return {
            ("keys", "sessions", partition): len(self._visitors),
            ("open_sessions", partition): self.open_visits,
            ("watermark_timestamp_seconds", CLICKS, partition): self.watermark / 1000,
        }

    def _clicks(self, records: Records, now_ms: int) -> None:  # noqa: C901  the hot path, in one place
        """Fold the clicks. Names are local, calls are few, and nothing is done a click that can be done a batch: this
        loop decides how many clicks a core can take."""
        visitors, gap, longest = self._visitors, self._gap, self._longest
        effects, dirty, turn = self._effects, self._dirty, self._turn
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
                tell(effects, b"v:" + key, linked(said, at))
            kind = said.type
            if kind is PRODUCT_VIEWED:  # half of all clicks
                if visit is not None:
                    viewed(visit, said.product_id)
            elif kind in FACT_OF and (fact := FACT_OF[kind](said, at, visit)) is not None:
                tell(effects, b"v:" + key, fact)
        self._clock.saw(largest)
        for outcome, number in ((APPLIED, applied), (LATE, late), (DUPLICATE, repeats)):
            if number:
                effects.count("records", CLICKS, outcome, by=number)

    def _unusable(self, said: Rejected | Unknown | None, record: Record) -> None:
        """A bad record is put aside; a tombstone, or a type we do not know, says nothing to us."""
        if isinstance(said, Rejected):
            self._put_aside(said, record)
        else:
            self._effects.count("records", CLICKS, IGNORED)
            self._note(Oddity.UNKNOWN_TYPE if said is not None else Oddity.TOMBSTONE)

    def _out_of_time(self, at: int, taken: int, record: Record) -> None:
        """No click of our days, or of the future: it must not move anything."""
        if at > taken:
            self._put_aside(FUTURE, record)
        elif is_in_seconds(record, at):
            self._put_aside(IN_SECONDS, record)
        else:
            let_pass(self._effects, Topic.CLICKSTREAM, at, taken)

    def _note(self, oddity: Oddity) -> None:
        count_oddity(self._effects, Topic.CLICKSTREAM, oddity)

    def _put_aside(self, rejected: Rejected, record: Record) -> None:
        quarantine(self._effects, rejected, Topic.CLICKSTREAM, self._partition, record)

    def _insert(self, key: bytes, visitor: Visitor, at: int, event_id: str) -> Visit | None:
        """A click that begins a visit, or joins others: what the visitor waits for may come earlier now."""
        before = len(visitor.visits)
        visit = insert(visitor, at, event_id, self._gap, self._longest, self._clock.watermark)
        self.open_visits += len(visitor.visits) - before
        self._due.arm(key, next_due(visitor, self._gap, self._retention))
        return visit

    def _touch(self, key: bytes, visitor: Visitor) -> None:
        """What is noted at the visitor itself needs no look into a set, which is anywhere in memory."""
        if visitor.turn != self._turn:
            visitor.turn = self._turn
            self._dirty.append(key)

    def _pass_time(self, watermark: int) -> None:
        first = self._due.first
        if first is None or first >= watermark:
            return
        for key in self._due.due(watermark):
            visitor = self._visitors.get(key)
            if visitor is None:
                continue
            before = len(visitor.visits)
            for fact in advance(key.decode(), visitor, self._gap, watermark):
                tell(self._effects, b"v:" + key, fact)
                self._touch(key, visitor)
            closed = before - len(visitor.visits)
            if closed:
                self.open_visits -= closed
                self._effects.count("sessions_closed", by=closed)
            due = next_due(visitor, self._gap, self._retention)
            if due < watermark and not visitor.visits:
                del self._visitors[key]
                self._touch(key, visitor)
            else:
                self._due.arm(key, due)
