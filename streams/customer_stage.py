"""The second stage: a partition of `customer-inbox`, and the single writer of everything known about its profiles."""

from collections.abc import Mapping

import orjson

from schemas.facts import Fact, FactInOrder, Receipt, Withdrawn
from schemas.profile import Profile
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.wire import read_fact
from streams.arrivals import arrive
from streams.case import CUSTOMER, Case
from streams.due_index import DueIndex
from streams.layout import Layout
from streams.marks import UNMARKED_MAX, decode_mark, encode_mark
from streams.profile import ordered_at, wakes
from streams.profile_record import encode
from streams.profiles import Profiles
from streams.records import APPLIED, IGNORED, LATE, tell
from streams.stage import POSITION_KEY, Batch, Effects, Out
from streams.walk import wake_at, walk
from streams.watermarks import WATERMARKS_KEY, Gate, source_name

INBOX = Topic.CUSTOMER_INBOX


class CustomerStage:
    """One partition of the inbox. Its own watermark is the sources' minimum that it has read: customers' profiles
    wait until all partitions have published it.

    A visitor's profile that has expired forgets everything: cart, orders, what it was sent. So facts as old as what may
    be forgotten are forgotten too, else they would fire again what has fired. A customer's profile does not expire.
    """

    def __init__(self, partition: int, rulebook: Rulebook, layout: Layout) -> None:
        self._partition = partition
        self._rulebook = rulebook
        self._gate = Gate(layout)
        self._profiles = Profiles()
        self._visitors_due: DueIndex[str] = DueIndex()
        self._customers_due: DueIndex[str] = DueIndex()
        self._dirty: set[str] = set()
        self._effects = Effects()
        self._committed = 0
        self._now = 0
        self._expired_to = 0
        self.open_episodes = 0
        self.waiting_facts = 0
        self.positions = {INBOX: 0}

    @property
    def watermark(self) -> int:
        """The minimum W of the sources that this partition has read, and acted on."""
        return self._gate.visitors

    @property
    def watermarks(self) -> Mapping[str, int]:
        """That minimum, under the partition's name: customers' profiles wait for it."""
        return {source_name(INBOX, self._partition): self._gate.visitors}

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a profile, its tombstone, or the stage's own mark with the vectors."""
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.positions.update(mark["positions"])
            self._committed = self.positions[INBOX]
            self._gate.heard(mark["vector"])
        else:
            self._profiles.restore(key.decode(), value)

    def open(self) -> None:
        """Derive the due indexes and the counts from the restored records."""
        self._gate.settle()
        self._expired_to = self._gate.visitors
        for key, seen in self._profiles.summaries():
            self.open_episodes += seen.episodes
            self.waiting_facts += seen.waiting
            self._arm(key, wake_at(key, seen, self._rulebook.retention))

    def fold(self, batch: Batch) -> None:
        """Take the facts in, then let time pass for every profile whose time has come."""
        assert not batch.records or batch.position > self.positions[INBOX], "a batch was folded twice"
        self._now = batch.now_ms
        for record in batch.records:
            if record.key == WATERMARKS_KEY:
                assert record.value is not None
                self._gate.heard(orjson.loads(record.value))
                self._effects.count("records", INBOX.value, IGNORED)
            elif record.key is not None and record.value is not None:
                self._arrive(record.key.decode(), read_fact(record.value))
        self.positions[INBOX] = batch.position
        self._gate.settle()
        self._pass_time(self._visitors_due, self._gate.visitors)
        self._expired_to = self._gate.visitors
        self._pass_time(self._customers_due, self._gate.customers)

    def take(self) -> Effects:
        """The effects since the last call. Batches of mere watermarks are committed only now and then."""
        dirty = self._dirty
        effects = self.outcome()
        changelog = effects.changelog
        for key in dirty:
            profile = self._profiles.get(key)
            changelog.append((key.encode(), None if profile is None else encode(profile)))
        if changelog or effects.outputs or self.positions[INBOX] - self._committed >= UNMARKED_MAX:
            changelog.append((POSITION_KEY, encode_mark(self.positions, vector=self._gate.vector)))
            self._committed = self.positions[INBOX]
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        effects, self._effects, self._dirty = self._effects, Effects(), set()
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        return self._effects.take_outputs()

    def heard(self, vector: Mapping[str, int]) -> None:
        """Take a vector of watermarks that did not come as a record: the replay's."""
        self._gate.heard(vector)
        self._gate.settle()

    def customers_wait(self, watermark: int) -> bool:
        """Whether no customer's profile has anything to do before `watermark`."""
        first = self._customers_due.first
        return first is None or first >= watermark

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any profile wants to be woken; it may have moved since."""
        visitors, customers = self._visitors_due.first, self._customers_due.first
        if visitors is None or customers is None:
            return customers if visitors is None else visitors
        return min(visitors, customers)

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes, the gate and what holds it back."""
        partition = str(self._partition)
        blocking = set(self._gate.blocking())
        held = {("blocking", *name.rsplit("-", 1)): float(name in blocking) for name in self._gate.gating()}
        return {
            ("keys", "customers", partition): len(self._profiles),
            ("open_episodes", partition): self.open_episodes,
            ("gate_timestamp_seconds", partition): self._gate.customers / 1000,
            ("oldest_due_timestamp_seconds", partition): (self.next_due or 0) / 1000,
            **held,
        }

    def _arrive(self, key: str, fact: Fact) -> None:
        if self._is_forgotten(key, fact):
            self._effects.count("records", INBOX.value, LATE)
            return
        profile = self._profiles.get(key)
        if profile is None:
            if isinstance(fact, Receipt | Withdrawn):
                self._effects.count("records", INBOX.value, IGNORED)
                return
            profile = Profile()
            self._profiles.put(key, profile)
        gate = self._gate.customers if key.startswith(CUSTOMER) else self._gate.visitors
        self._counted(profile, -1)
        arrive(self._case(key, profile, gate), profile, fact, gate, self._tell)
        self._counted(profile, 1)
        profile.touched = max(profile.touched, fact.at)
        self._dirty.add(key)
        self._arm(key, self._wake_at(key, wakes(profile)))
        self._effects.count("records", INBOX.value, APPLIED)

    def _is_forgotten(self, key: str, fact: Fact) -> bool:
        """Whether a visitor's profile that knew the fact may have expired: the fact says nothing any more."""
        return (
            fact.at + self._rulebook.retention < self._expired_to
            and isinstance(fact, FactInOrder)
            and not key.startswith(CUSTOMER)
        )

    def _pass_time(self, due: DueIndex[str], watermark: int) -> None:
        if due.first is None or due.first >= watermark:
            return
        for key in due.due(watermark):
            first = self._profiles.wakes(key)
            at = self._wake_at(key, first)
            if at is not None and at < watermark:
                self._dirty.add(key)
                if first is None:  # it has expired
                    self._profiles.drop(key)
                    continue
                at = self._wake_at(key, self._walk(key, watermark))
            self._arm(key, at)

    def _wake_at(self, key: str, first: int | None) -> int | None:
        """When the key wants to be woken, of whose profile that is the first time; None if there is no profile."""
        if first is None and (seen := self._profiles.summary(key)) is not None:
            return wake_at(key, seen, self._rulebook.retention)
        return first

    def _walk(self, key: str, watermark: int) -> int | None:
        profile = self._profiles.get(key)
        assert profile is not None
        self._counted(profile, -1)
        walk(self._case(key, profile, watermark), profile, watermark, self._tell)
        self._counted(profile, 1)
        return wakes(profile)

    def _counted(self, profile: Profile, sign: int) -> None:
        self.open_episodes += sign * len(profile.person.episodes)
        self.waiting_facts += sign * len(profile.journal)

    def _case(self, key: str, profile: Profile, at: int) -> Case:
        return Case(
            key,
            profile.person,
            self._rulebook,
            self._effects,
            at=at,
            now=max(self._now, at),
            ordered_at=lambda: ordered_at(profile),
        )

    def _arm(self, key: str, due: int | None) -> None:
        if due is not None:
            (self._customers_due if key.startswith(CUSTOMER) else self._visitors_due).arm(key, due)

    def _tell(self, key: str, fact: Fact) -> None:
        tell(self._effects, key.encode(), fact)
