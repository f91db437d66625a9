"""The first stage: a partition of clicks, keyed by visitor, folded into visits and into facts for people.

All of a visitor's facts go to the visitor's own profile, which is part of the same record: it alone knows who the
visitor is at which time. For as long as nobody knows, it decides itself; what belongs to a customer it forwards.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from schemas.facts.profile_facts import IN_ORDER, OF_THE_KNOWN, CartBought, Fact
from schemas.outcomes.dead_letters import Oddity
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import VISITOR
from schemas.topics import Topic
from streams.intake.owners import NOBODIES
from streams.intake.traffic import EVERYBODY, Traffic
from streams.layout import Layout
from streams.limits import RECORD_BYTES_MAX
from streams.marks import decode_mark, encode_mark, is_mark_due
from streams.profiles.inboxes import read_inbox
from streams.profiles.people import People
from streams.profiles.profiles import summary_of
from streams.profiles.wishes import is_wish
from streams.records import APPLIED, IGNORED, LATE, appended_at, count_oddity, send_told
from streams.shop import ANY_SHOP, Shop
from streams.stage import LATE_MS, OPENED_AT_A_TIME, POSITION_KEY, Batch, Effects, OpensInSteps, Out
from streams.time.watermarks import UNKNOWN, Gate, source_name, sources
from streams.visits.told import Told
from streams.visits.visit_limits import settle_visits
from streams.visits.visitor_profiles import VisitorProfiles, live
from streams.visits.visitor_record import encode, rest
from streams.visits.visitors import not_before
from streams.visits.visits import Visits

CLICKS: Final = Topic.CLICKSTREAM
INBOX: Final = Topic.VISITOR_INBOX


class SessionStage(OpensInSteps):
    """One partition of the clickstream, and the same one of `visitor-inbox`: all that has a visitor's own key.

    Visits go by W of the clicks alone. A visitor's profile waits for all orders too: an order may say whose the visitor
    is, or that it has bought. A visitor whose record, or a fact of whom, would take more than `record_bytes_max` is put
    aside. `is_home` says whether what others tell of a visitor comes to this partition, `traffic` who is no customer,
    and `shop` what else the settings say."""

    def __init__(
        self,
        partition: int,
        rulebook: Rulebook,
        layout: Layout,
        lateness_ms: int,
        nobodies: frozenset[str] = NOBODIES,
        record_bytes_max: int = RECORD_BYTES_MAX,
        is_home: Callable[[bytes], bool] | None = None,
        traffic: Traffic = EVERYBODY,
        shop: Shop = ANY_SHOP,
    ) -> None:
        self._partition = partition
        self._record_bytes_max = record_bytes_max
        self._gate = Gate(sources(layout, Topic.ORDERS))
        self._visits = Visits(partition, rulebook, lateness_ms, nobodies, is_home, traffic)
        self._people = People(rulebook, layout, record_bytes_max, traffic, shop)
        self._people.effects = self._visits.effects
        self._profiles = VisitorProfiles(self._visits, self._people, layout.partitions(Topic.PRODUCT_INBOX))
        self._reached = UNKNOWN
        self._is_open = True
        self.positions = {CLICKS: 0, INBOX: 0}
        self._marked = dict(self.positions)

    @property
    def watermark(self) -> int:
        """W of the clicks, ms."""
        return self._visits.clock.watermark

    @property
    def watermarks(self) -> Mapping[str, int]:
        """The W up to which visitors' profiles have decided, and have sent on all that customers must hear."""
        return {source_name(CLICKS, self._partition): self._reached}

    @property
    def is_waited_for(self) -> bool:
        """All customers wait for it."""
        return True

    @property
    def is_late(self) -> bool:
        """Whether it has only ever folded clicks that are late."""
        return self._visits.clock.largest < self._people.now - LATE_MS

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a visitor, its tombstone, the rulebook, a rule that opened episodes, or the
        stage's own mark."""
        self._is_open = False
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.positions = mark["positions"]
            self._marked = dict(self.positions)
            self._visits.clock.restore(mark)
            self._gate.heard(mark["vector"])
            self._people.blasts.restore(mark["blasts"])
        elif not self._people.restore(key, value):
            self._visits.visitors.restore(key, None if self._visits.aside.restore(key, value) else value)

    def open_in_steps(self) -> Iterator[None]:
        """Derive the due indexes and the counts from the restored records."""
        visits = self._visits
        self._reached = min(visits.clock.watermark, self._gate.settle())
        self._people.open(self._reached)
        visits.go_by(self._people.rulebook, self._people.in_force.previous.values())
        for number, (key, visitor) in enumerate(visits.visitors.items(), 1):
            visits.arm(key, visitor)
            visits.open += len(visitor.visits)
            seen = summary_of(visitor.profile)
            self._people.restored(VISITOR + key.decode(), seen)
            self._profiles.arm(key, visitor, seen.wakes)
            if number % OPENED_AT_A_TIME == 0:
                yield
        self._profiles.arm_everybody_aside()
        self._is_open = True

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force."""
        return self._people.rulebook

    def take_over(self, rulebook: Rulebook, *, activates: bool = True) -> None:
        """From here on, between two batches, visits and visitors go by this rulebook. With `activates` rules that are
        new take effect now; a replay has them in effect from the beginning.

        Visits that are open go by the new session gap, too. Those that are over by a shorter one are closed here, and
        that is told as of now: nobody may have passed that time yet.
        """
        assert self._is_open, "a stage takes a rulebook over before it has opened"
        visits, before = self._visits, self._people.rulebook
        self._people.take_over(rulebook, self._reached if activates else UNKNOWN, self.positions)
        if visits.go_by(rulebook, self._people.in_force.previous.values()):
            for told in visits.pass_time(visits.clock.watermark):
                self._hear({key: [not_before(fact, self._reached) for fact in facts] for key, facts in told.items()})
                self._profiles.rest(told)
        if rulebook.retention < before.retention or rulebook.looks > before.looks:
            self._profiles.arm_all()

    def fold(self, batch: Batch) -> None:
        """Take in what the records say, then let time pass: visits open and close, facts are folded, timers ring, old
        visitors are forgotten."""
        assert self._is_open, "a stage folds before it has opened"
        topic, visits = batch.topic, self._visits
        assert not batch.records or batch.position > self.positions[topic], "a batch was folded twice"
        self._people.begin(batch.now_ms, self._reached)
        if topic is CLICKS:
            appended_ms = None
            if batch.records:
                told, last = visits.fold(batch.records, batch.now_ms)
                appended_ms = None if last is None else appended_at(last, batch.now_ms)
                self._hear(told)
            for over in visits.pass_time(visits.clock.settle(batch.asked_ms, appended_ms)):
                self._hear(over)
                self._profiles.rest(over)
        else:
            self._hear(self._inbox(batch))
        self.positions[topic] = batch.position
        self._reached = min(visits.clock.watermark, self._gate.settle())
        self._profiles.pass_time(self._reached)

    def take(self) -> Effects:
        """The effects since the last call; nothing to commit when a batch left nothing behind."""
        watermark = self._visits.clock.watermark
        effects, changed = self._turn()
        changelog = effects.changelog
        records = [(key, self._record(effects, key, watermark)) for key in changed]
        self._visits.visitors.written(records)
        changelog += records
        if changelog or effects.outputs or is_mark_due(self.positions, self._marked) or self._people.has_news:
            changelog += self._people.rules_written(self._reached)
            mark = encode_mark(
                self.positions,
                **self._visits.clock.kept(),
                vector=self._gate.vector,
                blasts=self._people.blasts.kept(),
            )
            changelog.append((POSITION_KEY, mark))
            self._marked = dict(self.positions)
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        return self._turn()[0]

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        send_told(self._people.effects)
        return self._people.effects.take_outputs()

    @property
    def counts(self) -> Mapping[tuple[str, ...], int]:
        """What has been counted since the last `outcome`."""
        return self._people.effects.counts

    def heard(self, vector: dict[str, int]) -> None:
        """Take a vector of watermarks that did not come as a record: the replay's."""
        self._gate.heard(vector)

    @property
    def open_visits(self) -> int:
        """How many visits are open."""
        return self._visits.open

    @property
    def open_episodes(self) -> int:
        """How many occasions of unknown visitors wait."""
        return self._people.open_episodes

    @property
    def waiting_facts(self) -> int:
        """How many facts wait, in journals, or that a payment has not come."""
        return self._people.waiting_facts

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any visitor wants to be woken; it may have moved since."""
        visits, profiles = self._visits.next_due, self._profiles.next_due
        if visits is None or profiles is None:
            return profiles if visits is None else visits
        return min(visits, profiles)

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes, watermarks and what holds them back."""
        partition, watermark = str(self._partition), self._visits.clock.watermark
        blocking = set(self._gate.blocking()) if self._gate.watermark < watermark else set()
        return {
            ("keys", "sessions", partition): len(self._visits.visitors),
            ("open_sessions", partition): self._visits.open,
            ("watermark_timestamp_seconds", CLICKS.value, partition): watermark / 1000,
            ("open_episodes", "sessions", partition): self._people.open_episodes,
            ("gate_timestamp_seconds", "sessions", partition): self._reached / 1000,
            ("oldest_due_timestamp_seconds", "sessions", partition): (self._profiles.next_due or 0) / 1000,
            **{("blocking", "sessions", *name.rsplit("-", 1)): float(name in blocking) for name in self._gate.vector},
        }

    def _turn(self) -> tuple[Effects, list[bytes]]:
        send_told(self._people.effects)
        effects, self._people.effects = self._people.effects, Effects()
        return effects, self._visits.begin_turn(self._people.effects)

    def _record(self, effects: Effects, key: bytes, watermark: int) -> bytes | None:
        """What the changelog is to hold: the visitor, the note of one that is put aside, or nothing."""
        visits = self._visits
        visitor = visits.visitors.get(key)
        if visitor is None:
            return visits.aside.note(key) if key in visits.aside else None
        if settle_visits(visitor, watermark, effects.cut):
            count_oddity(effects, CLICKS, Oddity.HOT_KEY)
        if visitor.profile is None:
            # A late click has told nothing: nothing else wakes the visitor for the expiry.
            self._profiles.arm(key, visitor, None)
        rest(visitor)
        value = encode(visitor)
        too_large = self._people.too_large.pop(VISITOR + key.decode(), None)
        if too_large is None and len(value) <= self._record_bytes_max:
            return value
        visits.visitors.drop(key)
        visits.open -= len(visitor.visits)
        profile = live(visitor)
        self._people.forget_carts(VISITOR + key.decode(), profile)
        self._people.gone(profile)
        last_at = max(visitor.last_at, profile.touched)
        note = visits.aside.put(effects, key, profile, last_at, self.positions[CLICKS], too_large or value)
        self._profiles.arm_aside(key)
        return note

    def _inbox(self, batch: Batch) -> Told:
        """What others say of visitors: orders and engagements, customers, the dispatcher; and how far time has come."""
        effects, told, visits = self._people.effects, Told(), self._visits
        for key, fact in read_inbox(batch, self._partition, self._gate, effects):
            if self._is_forgotten(fact):
                outcome = LATE
            elif isinstance(fact, CartBought):
                outcome = APPLIED
                for holder in self._people.carts.heard(fact):
                    told.setdefault(holder.removeprefix(VISITOR).encode(), []).append(fact)
            elif key in visits.aside and not is_wish(fact):
                outcome = IGNORED
                count_oddity(effects, INBOX, Oddity.PUT_ASIDE)
            elif key in visits.visitors or key in told or type(fact) not in OF_THE_KNOWN:
                outcome = APPLIED
                told.setdefault(key, []).append(fact)
            else:
                outcome = IGNORED
            effects.count("records", INBOX.value, outcome)
        return told

    def _is_forgotten(self, fact: Fact) -> bool:
        """Whether a visitor that knew the fact may have expired: the fact says nothing any more, or it would fire again
        what has fired."""
        return fact.at + self._people.rulebook.retention < self._reached and type(fact) in IN_ORDER

    def _hear(self, told: Told) -> None:
        for key, facts in told.items():
            self._profiles.hear(key, facts, self._reached)
