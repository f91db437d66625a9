"""The second stage: a partition of `profile-inbox`, and the single writer of everything known about its profiles."""

from collections.abc import Mapping

import orjson

from schemas.dead_letters import Oddity
from schemas.facts import Fact, FactInOrder, Receipt, Unlinked, Withdrawn
from schemas.profile import Profile
from schemas.rulebook import Rulebook
from schemas.topics import Topic
from schemas.wire import read_fact
from streams.arrivals import arrive
from streams.aside import Aside
from streams.case import CUSTOMER, Case
from streams.due_index import DueIndex
from streams.layout import Layout
from streams.limits import RECORD_BYTES_MAX
from streams.marks import decode_mark, encode_mark
from streams.profile import Summary, ordered_at, wakes
from streams.profile_record import encode
from streams.profiles import Profiles
from streams.records import APPLIED, IGNORED, LATE, count_oddity, tell
from streams.stage import POSITION_KEY, Batch, Effects, Out
from streams.walk import fold_early, retention_of, wake_at, walk
from streams.watermarks import WATERMARKS_KEY, Gate

INBOX = Topic.PROFILE_INBOX.value
UNMARKED_MAX = 2000
"""How many records that left nothing behind may be folded before the position is committed all the same."""


class CustomerStage:
    """One partition of the inbox. Its own watermark is the sources' minimum that it has read: customers' profiles
    wait until all partitions have published it.

    A profile that has expired forgets everything: cart, orders, what it was sent. So facts as old as what may be
    forgotten are forgotten too, else they would fire again what has fired. A profile whose record, or a fact of which,
    would take more than `record_bytes_max` is put aside.
    """

    def __init__(
        self, partition: int, rulebook: Rulebook, layout: Layout, record_bytes_max: int = RECORD_BYTES_MAX
    ) -> None:
        self._partition = partition
        self._record_bytes_max = record_bytes_max
        self._aside: Aside[str] = Aside("customers", Topic.CUSTOMERS_CHANGELOG, partition)
        self._too_large: dict[str, bytes] = {}
        self._rulebook = rulebook
        self._gate = Gate(layout)
        self._profiles = Profiles()
        self._visitors_due: DueIndex[str] = DueIndex()
        self._customers_due: DueIndex[str] = DueIndex()
        self._dirty: set[str] = set()
        self._effects = Effects()
        self._committed = 0
        self._now = 0
        self._at_hand = ""
        self._visitors_expired_to = 0
        self._customers_expired_to = 0
        self.open_episodes = 0
        self.waiting_facts = 0
        self.position = 0

    @property
    def watermark(self) -> int:
        """The minimum W of the sources that this partition has read, and acted on."""
        return self._gate.visitors

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a profile, its tombstone, or the stage's own mark with the vectors."""
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.position = self._committed = mark["position"]
            self._gate.heard(mark["vector"])
        else:
            name = key.decode()
            self._profiles.restore(name, None if self._aside.restore(name, value) else value)

    def open(self) -> None:
        """Derive the due indexes and the counts from the restored records."""
        self._gate.settle()
        self._visitors_expired_to, self._customers_expired_to = self._gate.visitors, self._gate.customers
        for key, seen in self._profiles.summaries():
            self.open_episodes += seen.episodes
            self.waiting_facts += seen.waiting
            self._arm(key, wake_at(key, seen, self._rulebook))
        for key in self._aside.everybody():
            self._arm(key, self._back_at(key))

    def fold(self, batch: Batch) -> None:
        """Take the facts in, then let time pass for every profile whose time has come."""
        assert not batch.records or batch.position > self.position, "a batch was folded twice"
        self._now = batch.now_ms
        for record in batch.records:
            if record.key == WATERMARKS_KEY:
                assert record.value is not None
                self._gate.heard(orjson.loads(record.value))
                self._effects.count("records", INBOX, IGNORED)
            elif record.key is not None and record.value is not None:
                self._arrive(record.key.decode(), read_fact(record.value))
        self.position = batch.position
        self._gate.settle()
        self._pass_time(self._visitors_due, self._gate.visitors)
        self._visitors_expired_to = self._gate.visitors
        self._pass_time(self._customers_due, self._gate.customers)
        self._customers_expired_to = self._gate.customers

    def take(self) -> Effects:
        """The effects since the last call. Batches of mere watermarks are committed only now and then."""
        dirty = self._dirty
        effects = self.outcome()
        changelog = effects.changelog
        for key in dirty:
            profile = self._profiles.get(key)
            changelog.append((key.encode(), self._record(effects, key, profile)))
        if changelog or effects.outputs or self.position - self._committed >= UNMARKED_MAX:
            changelog.append((POSITION_KEY, encode_mark(self.position, vector=self._gate.vector)))
            self._committed = self.position
        return effects

    def _record(self, effects: Effects, key: str, profile: Profile | None) -> bytes | None:
        """What the changelog is to hold: the profile, the note of one that is put aside, or nothing."""
        if profile is None:
            return self._aside.note(key) if key in self._aside else None
        value = encode(profile)
        too_large = self._too_large.pop(key, value if len(value) > self._record_bytes_max else None)
        if too_large is None:
            return value
        self._counted(profile, -1)
        self._profiles.drop(key)
        note = self._aside.put(effects, key, profile.touched, self.position, too_large)
        self._arm(key, self._back_at(key))
        return note

    def _back_at(self, key: str) -> int:
        """When a person who was put aside may begin anew: an opt-out may be among what is not known any more."""
        seen = Summary(None, self._aside.since(key), noted=True, episodes=0, waiting=0)
        return wake_at(key, seen, self._rulebook)

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
            self._effects.count("records", INBOX, LATE)
            return
        profile = self._profiles.get(key)
        if profile is None:
            if key in self._aside:
                self._effects.count("records", INBOX, IGNORED)
                count_oddity(self._effects, Topic.PROFILE_INBOX, Oddity.PUT_ASIDE)
                return
            if isinstance(fact, Receipt | Withdrawn | Unlinked):
                self._effects.count("records", INBOX, IGNORED)
                return
            profile = Profile()
            self._profiles.put(key, profile)
        gate = self._gate.customers if key.startswith(CUSTOMER) else self._gate.visitors
        self._counted(profile, -1)
        self._at_hand = key
        case = self._case(key, profile, gate)
        arrive(case, profile, fact, gate, self._tell)
        fold_early(case, profile, self._tell)
        self._counted(profile, 1)
        profile.touched = max(profile.touched, fact.at)
        self._dirty.add(key)
        self._arm(key, self._wake_at(key, wakes(profile)))
        self._effects.count("records", INBOX, APPLIED)

    def _is_forgotten(self, key: str, fact: Fact) -> bool:
        """Whether a profile that knew the fact may have expired: the fact says nothing any more."""
        expired_to = self._customers_expired_to if key.startswith(CUSTOMER) else self._visitors_expired_to
        return fact.at + retention_of(key, self._rulebook) < expired_to and isinstance(fact, FactInOrder)

    def _pass_time(self, due: DueIndex[str], watermark: int) -> None:
        if due.first is None or due.first >= watermark:
            return
        for key in due.due(watermark):
            first = self._profiles.wakes(key)
            at = self._wake_at(key, first)
            if at is not None and at < watermark:
                self._dirty.add(key)
                if first is None:  # it has expired
                    if not self._aside.forget(key):
                        self._profiles.drop(key)
                    continue
                at = self._wake_at(key, self._walk(key, watermark))
            self._arm(key, at)

    def _wake_at(self, key: str, first: int | None) -> int | None:
        """When the key wants to be woken, of whose profile that is the first time; None if there is no profile."""
        if first is None and (seen := self._profiles.summary(key)) is not None:
            return wake_at(key, seen, self._rulebook)
        return self._back_at(key) if key in self._aside else first

    def _walk(self, key: str, watermark: int) -> int | None:
        profile = self._profiles.get(key)
        assert profile is not None
        self._counted(profile, -1)
        self._at_hand = key
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
        """Tell another profile, unless the fact is larger than a record may be: then whoever tells it is put aside."""
        size = tell(self._effects, key.encode(), fact)
        if size > self._record_bytes_max:
            self._too_large[self._at_hand] = self._effects.outputs.pop().value
