"""The first stage: a partition of clicks, keyed by visitor, folded into visits and into facts for profiles.

All of a visitor's facts go to the visitor's own profile, `v:<visitor>`: it alone knows who the visitor is at which
time, and forwards to the customer's.
"""

import orjson
from pydantic import TypeAdapter

from schemas.clicks import Click
from schemas.dead_letters import Rejection
from schemas.facts import Fact
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.wire import Rejected, Unknown, read_click
from streams.click_facts import facts_of
from streams.due_index import DueIndex
from streams.records import (
    APPLIED,
    DUPLICATE,
    FUTURE,
    FUTURE_MS_MAX,
    IGNORED,
    LATE,
    MISKEYED,
    quarantine,
    taken_at,
)
from streams.seen import is_repeat
from streams.stage import POSITION_KEY, Batch, Effects, Out, Record
from streams.visitors import Visitor, advance, next_due, settle, visit_of
from streams.watermarks import SourceClock

CLICKS = Topic.CLICKSTREAM.value
EMPTY = Rejected(Rejection.EMPTY, "the record is empty")
_visitor: TypeAdapter[Visitor] = TypeAdapter(Visitor)


class SessionStage:
    """One partition of the clickstream."""

    def __init__(self, partition: int, rulebook: Rulebook, lateness_ms: int) -> None:
        self._partition = partition
        self._gap = rulebook.session_gap
        self._longest = rulebook.session_max
        self._retention = rulebook.retention
        self._clock = SourceClock(lateness_ms)
        self._visitors: dict[str, Visitor] = {}
        self._due = DueIndex()
        self._dirty: set[str] = set()
        self._effects = Effects()
        self._committed = 0
        self.open_visits = 0
        self.position = 0

    @property
    def watermark(self) -> int:
        """W of this partition, ms."""
        return self._clock.watermark

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a visitor, its tombstone, or the stage's own mark."""
        if key == POSITION_KEY:
            assert value is not None
            mark = orjson.loads(value)
            self.position = self._committed = mark["position"]
            self._clock.watermark, self._clock.largest = mark["watermark"], mark["largest"]
        elif value is None:
            self._visitors.pop(key.decode(), None)
        else:
            self._visitors[key.decode()] = _visitor.validate_json(value)

    def open(self) -> None:
        """Derive the due index and the counts from the restored records."""
        for visitor_id, visitor in self._visitors.items():
            assert visitor.version == 1, f"the state of {visitor_id!r} was written by a newer version"
            self._due.arm(visitor_id, next_due(visitor, self._gap, self._retention))
            self.open_visits += len(visitor.visits)

    def fold(self, batch: Batch) -> None:
        """Fold the clicks, then let time pass: W moves, visits open and close, old visitors expire."""
        assert not batch.records or batch.records[0].offset >= self.position, "a batch was folded twice"
        for record in batch.records:
            self._record(record, batch.now_ms)
        self.position = batch.position
        self._pass_time(self._clock.settle(batch.asked_ms))

    def take(self) -> Effects:
        """The effects since the last call; nothing to commit when a batch left nothing behind."""
        dirty = self._dirty
        effects = self.outcome()
        changelog = effects.changelog
        for visitor_id in dirty:
            visitor = self._visitors.get(visitor_id)
            if visitor is not None:
                for visit in visitor.visits:
                    settle(visit, self._clock.watermark)
            changelog.append((visitor_id.encode(), None if visitor is None else orjson.dumps(visitor)))
        if changelog or effects.outputs or self.position > self._committed:
            clock = self._clock
            mark = {"position": self.position, "watermark": clock.watermark, "largest": clock.largest, "version": 1}
            changelog.append((POSITION_KEY, orjson.dumps(mark)))
            self._committed = self.position
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        effects, self._effects, self._dirty = self._effects, Effects(), set()
        return effects

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

    def _record(self, record: Record, now_ms: int) -> None:
        value = record.value
        effects = self._effects
        if value is None:
            effects.count("records", CLICKS, IGNORED)  # a tombstone says nothing on a topic that is not compacted
            return
        click = read_click(value) if value else EMPTY
        if isinstance(click, Click):
            taken = taken_at(record, now_ms)
            at = click.occurred_at
            if at > taken:
                if at > taken + FUTURE_MS_MAX:
                    quarantine(effects, FUTURE, Topic.CLICKSTREAM, self._partition, record)
                    return
                at = taken
                effects.count("clock_ahead", CLICKS)
            if record.key != click.visitor_id.encode():
                quarantine(effects, MISKEYED, Topic.CLICKSTREAM, self._partition, record)
                return
            self._click(click, at)
        elif isinstance(click, Unknown):
            effects.count("records", CLICKS, IGNORED)
        else:
            quarantine(effects, click, Topic.CLICKSTREAM, self._partition, record)

    def _click(self, click: Click, at: int) -> None:
        visitor_id = click.visitor_id
        visitor = self._visitors.get(visitor_id)
        if visitor is None:
            self._visitors[visitor_id] = visitor = Visitor()
        if is_repeat(visitor, click.event_id, at):
            self._effects.count("records", CLICKS, DUPLICATE)
            return
        self._dirty.add(visitor_id)
        self._clock.saw(at)
        watermark = self._clock.watermark
        if at >= watermark:
            self._effects.count("records", CLICKS, APPLIED)
        else:
            self._effects.count("records", CLICKS, LATE)
            self._effects.observed.append(("lateness_seconds", CLICKS, (watermark - at) / 1000))
        if at > visitor.last_at:
            visitor.last_at = at
        before = len(visitor.visits)
        visit = visit_of(visitor, at, click.event_id, self._gap, self._longest, watermark)
        self.open_visits += len(visitor.visits) - before
        for fact in facts_of(click, at, visit):
            self._tell(visitor_id, fact)
        self._due.arm(visitor_id, next_due(visitor, self._gap, self._retention))

    def _tell(self, visitor_id: str, fact: Fact) -> None:
        self._effects.outputs.append(Out(Topic.PROFILE_INBOX, b"v:" + visitor_id.encode(), orjson.dumps(fact)))
        self._effects.count("facts", fact.fact)

    def _pass_time(self, watermark: int) -> None:
        for visitor_id in self._due.due(watermark):
            visitor = self._visitors.get(visitor_id)
            if visitor is None:
                continue
            before = len(visitor.visits)
            for fact in advance(visitor_id, visitor, self._gap, watermark):
                self._tell(visitor_id, fact)
                self._dirty.add(visitor_id)
            closed = before - len(visitor.visits)
            if closed:
                self.open_visits -= closed
                self._effects.count("sessions_closed", by=closed)
            due = next_due(visitor, self._gap, self._retention)
            if due < watermark and not visitor.visits:
                del self._visitors[visitor_id]
                self._dirty.add(visitor_id)
            else:
                self._due.arm(visitor_id, due)
