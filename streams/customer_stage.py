"""The second stage: a partition of `customer-inbox`, and the single writer of everything known about its customers."""

from collections.abc import Mapping
from itertools import dropwhile

import orjson

from schemas.facts import Fact, Receipt, Withdrawn
from schemas.profile import CUSTOMER, Profile
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.wire import read_fact
from streams.due_index import DueIndex
from streams.layout import Layout
from streams.marks import decode_mark, encode_mark
from streams.people import People
from streams.profile import wakes
from streams.profile_record import encode
from streams.profiles import Profiles
from streams.records import APPLIED, IGNORED
from streams.stage import POSITION_KEY, Batch, Effects, Out
from streams.watermarks import WATERMARKS_KEY, Gate, sources

INBOX = Topic.CUSTOMER_INBOX
UNMARKED_MAX = 2000
"""How many records that left nothing behind may be folded before the position is committed all the same."""


class CustomerStage:
    """One partition of the inbox. Its customers wait for all orders, and for what each partition of clicks has sent on."""

    def __init__(self, partition: int, rulebook: Rulebook, layout: Layout) -> None:
        self._partition = partition
        self._gate = Gate(sources(layout, Topic.CLICKSTREAM, Topic.ORDERS))
        self._people = People(rulebook)
        self._profiles = Profiles()
        self._due: DueIndex[str] = DueIndex()
        self._dirty: set[str] = set()
        self._committed = 0
        self.position = 0

    @property
    def positions(self) -> Mapping[Topic, int]:
        """The next offset of the inbox."""
        return {INBOX: self.position}

    @property
    def watermarks(self) -> Mapping[str, int]:
        """Nobody waits for customers."""
        return {}

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a customer, its tombstone, or the stage's own mark with the vector."""
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.position = self._committed = mark["positions"][INBOX]
            self._gate.heard(mark["vector"])
        else:
            self._profiles.restore(key.decode(), value)

    def open(self) -> None:
        """Derive the due index and the counts from the restored records."""
        self._gate.settle()
        for key, seen in self._profiles.summaries():
            self._people.count(seen.episodes, seen.waiting)
            self._arm(key, seen.wakes)

    def fold(self, batch: Batch) -> None:
        """Take the facts in, then let time pass for every customer whose time has come."""
        assert not batch.records or batch.position > self.position, "a batch was folded twice"
        people, effects = self._people, self._people.effects
        people.now = batch.now_ms
        told: dict[str, list[Fact]] = {}
        for record in batch.records:
            if record.key == WATERMARKS_KEY:
                assert record.value is not None
                self._gate.heard(orjson.loads(record.value))
                effects.count("records", INBOX.value, IGNORED)
            elif record.key is not None and record.value is not None:
                told.setdefault(record.key.decode(), []).append(read_fact(record.value))
        for key, facts in told.items():
            self._hear(key, facts)
        self.position = batch.position
        self._pass_time(self._gate.settle())

    def take(self) -> Effects:
        """The effects since the last call. Batches of mere watermarks are committed only now and then."""
        dirty = self._dirty
        effects = self.outcome()
        changelog = effects.changelog
        for key in dirty:
            profile = self._profiles.get(key)
            changelog.append((key.encode(), None if profile is None else encode(profile)))
        if changelog or effects.outputs or self.position - self._committed >= UNMARKED_MAX:
            changelog.append((POSITION_KEY, encode_mark(self.positions, vector=self._gate.vector)))
            self._committed = self.position
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        effects, self._people.effects, self._dirty = self._people.effects, Effects(), set()
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        return self._people.effects.take_outputs()

    def heard(self, vector: Mapping[str, int]) -> None:
        """Take a vector of watermarks that did not come as a record: the replay's."""
        self._gate.heard(vector)
        self._gate.settle()

    @property
    def open_episodes(self) -> int:
        """How many occasions wait."""
        return self._people.open_episodes

    @property
    def waiting_facts(self) -> int:
        """How many facts wait in journals."""
        return self._people.waiting_facts

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any customer wants to be woken; it may have moved since."""
        return self._due.first

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes, the gate and what holds it back."""
        partition = str(self._partition)
        blocking = set(self._gate.blocking())
        held = {("blocking", *name.rsplit("-", 1)): float(name in blocking) for name in self._gate.vector}
        return {
            ("keys", "customers", partition): len(self._profiles),
            ("open_episodes", "customers", partition): self.open_episodes,
            ("gate_timestamp_seconds", "customers", partition): self._gate.watermark / 1000,
            ("oldest_due_timestamp_seconds", "customers", partition): (self.next_due or 0) / 1000,
            **held,
        }

    def _hear(self, key: str, facts: list[Fact]) -> None:
        effects, profile = self._people.effects, self._profiles.get(key)
        if profile is None:
            known = list(dropwhile(_says_nothing_alone, facts))
            if len(known) < len(facts):
                effects.count("records", INBOX.value, IGNORED, by=len(facts) - len(known))
            if not known:
                return
            facts, profile = known, Profile()
            self._profiles.put(key, profile)
        self._people.hear(CUSTOMER + key, profile, facts, self._gate.watermark)
        self._dirty.add(key)
        self._arm(key, wakes(profile))
        effects.count("records", INBOX.value, APPLIED, by=len(facts))

    def _pass_time(self, watermark: int) -> None:
        if self._due.first is None or self._due.first >= watermark:
            return
        for key in self._due.due(watermark):
            due = self._profiles.wakes(key)
            if due is not None and due < watermark:
                self._dirty.add(key)
                profile = self._profiles.get(key)
                assert profile is not None
                due = self._people.pass_time(CUSTOMER + key, profile, watermark)
            self._arm(key, due)

    def _arm(self, key: str, due: int | None) -> None:
        if due is not None:
            self._due.arm(key, due)


def _says_nothing_alone(fact: Fact) -> bool:
    """Whether the fact is about something that only a profile which is there can know."""
    return isinstance(fact, Receipt | Withdrawn)
