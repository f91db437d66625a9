"""The second stage: a partition of `customer-inbox`, and the single writer of everything known about its customers."""

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.facts.profile_facts import IN_ORDER, OF_THE_KNOWN, CartBought, Fact
from schemas.outcomes.dead_letters import Oddity
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER, Profile
from schemas.topics import Topic
from streams.intake.traffic import EVERYBODY, Traffic
from streams.layout import Layout
from streams.limits import RECORD_BYTES_MAX
from streams.marks import decode_mark, encode_mark, is_mark_due
from streams.profiles.aside import Aside
from streams.profiles.inboxes import read_inbox
from streams.profiles.people import People
from streams.profiles.profile import Summary, summary, wakes
from streams.profiles.profiles import Profiles
from streams.profiles.walk import back_at, is_over, wake_at
from streams.profiles.wishes import is_wish
from streams.records import APPLIED, IGNORED, LATE, count_oddity, send_told
from streams.shop import ANY_SHOP, Shop
from streams.stage import ALIVE_AT_A_TIME, LATE_MS, OPENED_AT_A_TIME, POSITION_KEY, Batch, Effects, OpensInSteps, Out
from streams.time.due_index import DueIndex
from streams.time.watermarks import UNKNOWN, Gate, source_name, sources

INBOX: Final = Topic.CUSTOMER_INBOX


class CustomerStage(OpensInSteps):
    """One partition of the inbox. Its customers wait for all orders, and for what all of the clickstream has sent on.
    A customer who has expired is forgotten with everything: cart, orders, what was sent. So facts as old as what may be
    forgotten are forgotten too, else they would fire again what has fired. A customer whose record, or a fact of whom,
    would take more than `record_bytes_max` is put aside."""

    def __init__(
        self,
        partition: int,
        rulebook: Rulebook,
        layout: Layout,
        record_bytes_max: int = RECORD_BYTES_MAX,
        traffic: Traffic = EVERYBODY,
        shop: Shop = ANY_SHOP,
    ) -> None:
        self._partition = partition
        self._record_bytes_max = record_bytes_max
        self._gate = Gate(sources(layout, Topic.CLICKSTREAM, Topic.ORDERS))
        self._people = People(rulebook, layout, record_bytes_max, traffic, shop)
        self._profiles = Profiles()
        self._aside: Aside[str] = Aside("customers", Topic.CUSTOMERS_CHANGELOG, partition)
        self._due: DueIndex[str] = DueIndex()
        self._dirty: dict[str, None] = {}
        self._expired_to = self._forgotten_before = self._latest = UNKNOWN
        self._is_open = True
        self.is_waited_for = False  # only what products know of all who buy waits for customers
        self.positions = {INBOX: 0}
        self._marked = dict(self.positions)

    @property
    def watermark(self) -> int:
        """The W, ms, that the customers have come to."""
        return self._gate.watermark

    @property
    def watermarks(self) -> Mapping[str, int]:
        """The W up to which customers have been folded, and products have been told of what they bought."""
        return {source_name(INBOX, self._partition): self._gate.watermark}

    @property
    def is_late(self) -> bool:
        """Whether only what is late has been folded since the last `take`: more comes at once of every partition of the
        stage before."""
        return max(self._latest, self._gate.watermark) < self._people.now - LATE_MS

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a customer, its tombstone, the rulebook, a rule that opened episodes, or the
        stage's own mark with the vector."""
        self._is_open = False
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.positions = mark["positions"]
            self._marked = dict(self.positions)
            self._gate.heard(mark["vector"])
            self._people.blasts.restore(mark["blasts"])
        elif not self._people.restore(key, value):
            name = key.decode()
            self._profiles.restore(name, None if self._aside.restore(name, value) else value)

    def open_in_steps(self) -> Iterator[None]:
        """Derive the due index and the counts from the restored records."""
        self._expired_to = self._gate.settle()
        self._people.open(self._gate.watermark)
        for number, (key, seen) in enumerate(self._arm_all(), 1):
            self._people.restored(CUSTOMER + key, seen)
            if number % OPENED_AT_A_TIME == 0:
                yield
        self._is_open = True

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force."""
        return self._people.rulebook

    def take_over(self, rulebook: Rulebook, *, activates: bool = True) -> None:
        """From here on, between two batches, customers are judged by this rulebook. With `activates` rules that are new
        take effect now; a replay has them in effect from the beginning."""
        assert self._is_open, "a stage takes a rulebook over before it has opened"
        before = self._people.rulebook
        self._people.take_over(rulebook, self._gate.watermark if activates else UNKNOWN, self.positions)
        if rulebook.customer_retention < before.customer_retention or rulebook.looks > before.looks:
            for _ in self._arm_all():
                pass

    def fold(self, batch: Batch) -> None:
        """Take the facts in, then let time pass for every customer whose time has come."""
        assert self._is_open, "a stage folds before it has opened"
        assert not batch.records or batch.position > self.positions[INBOX], "a batch was folded twice"
        self._people.begin(batch.now_ms, self._gate.watermark)
        self._forgotten_before = self._expired_to - self._people.rulebook.customer_retention
        told: dict[str, list[Fact]] = {}
        for key, fact in read_inbox(batch, self._partition, self._gate, self._people.effects):
            if type(fact) is not CartBought:
                told.setdefault(key.decode(), []).append(fact)
                continue
            holders = self._people.carts.heard(fact)
            if len(holders) != 1:  # each counts it, and it is one fact
                self._people.effects.count("records", INBOX.value, APPLIED, by=1 - len(holders))
            for holder in holders:
                told.setdefault(holder.removeprefix(CUSTOMER), []).append(fact)
        for name, facts in told.items():
            self._hear(name, facts)
        self.positions[INBOX] = batch.position
        self._pass_time(self._gate.settle())
        self._expired_to = self._gate.watermark

    def take(self) -> Effects:
        """The effects since the last call; nothing to commit when a batch left nothing behind."""
        dirty, effects = self._dirty, self.outcome()
        changelog = effects.changelog
        changelog += [(key.encode(), self._record(effects, key)) for key in dirty]
        is_due = is_mark_due(self.positions, self._marked)
        if changelog or effects.outputs or is_due or self._people.has_news:
            changelog += self._people.rules_written(self._gate.watermark)
            mark = encode_mark(self.positions, vector=self._gate.vector, blasts=self._people.blasts.kept())
            changelog.append((POSITION_KEY, mark))
            self._marked = dict(self.positions)
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        send_told(self._people.effects)
        effects, self._people.effects, self._dirty, self._latest = self._people.effects, Effects(), {}, UNKNOWN
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        send_told(self._people.effects)
        return self._people.effects.take_outputs()

    def heard(self, vector: dict[str, int]) -> None:
        """Take a vector of watermarks that did not come as a record: the replay's, which folds when somebody is due."""
        self._gate.heard(vector)
        watermark = self._gate.settle()
        if self._due.first is None or self._due.first >= watermark:
            self._expired_to = watermark

    @property
    def open_episodes(self) -> int:
        """How many occasions of customers wait."""
        return self._people.open_episodes

    @property
    def waiting_facts(self) -> int:
        """How many facts wait, in journals, or that a payment has not come."""
        return self._people.waiting_facts

    @property
    def next_due(self) -> int | None:
        """The earliest time at which any customer wants to be woken; it may have moved since."""
        return self._due.first

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes, the gate and what holds it back."""
        partition = str(self._partition)
        blocking = self._blocking()
        return {
            ("keys", "customers", partition): len(self._profiles),
            ("open_episodes", "customers", partition): self._people.open_episodes,
            ("gate_timestamp_seconds", "customers", partition): self._gate.watermark / 1000,
            ("oldest_due_timestamp_seconds", "customers", partition): (self.next_due or 0) / 1000,
            **{("blocking", "customers", *name.rsplit("-", 1)): float(name in blocking) for name in self._gate.vector},
        }

    def _blocking(self) -> set[str]:
        """What holds the gate back. Sessions wait for orders, too: where both have come as far, these are to blame."""
        blocking = self._gate.blocking()
        return set([name for name in blocking if name.startswith(Topic.ORDERS)] or blocking)

    def _record(self, effects: Effects, key: str) -> bytes | None:
        """What the changelog is to hold: the customer, the note of one that is put aside, or nothing."""
        value = self._profiles.record(key)
        if value is None:
            return self._aside.note(key) if key in self._aside else None
        too_large = self._people.too_large.pop(CUSTOMER + key, None)
        if too_large is None and len(value) <= self._record_bytes_max:
            return value
        profile = self._profiles.get(key)
        assert profile is not None
        self._people.gone(profile)
        self._people.carts.forget(CUSTOMER + key, self._profiles.drop(key))
        note = self._aside.put(effects, key, profile, profile.touched, self.positions[INBOX], too_large or value)
        self._due.arm(key, self._back_at(key))
        return note

    def _back_at(self, key: str) -> int:
        return back_at(CUSTOMER, self._aside.since(key), self._people.rulebook)

    def _hear(self, key: str, facts: list[Fact]) -> None:
        profile = self._profiles.get(key)
        kept: list[Fact] = []
        for fact in facts:
            if fact.at > self._latest:
                self._latest = fact.at
            outcome = self._outcome_of(key, fact, known=profile is not None or (bool(kept) and key not in self._aside))
            if outcome == APPLIED:
                kept.append(fact)
            else:
                self._people.effects.count("records", INBOX.value, outcome)
        if not kept:
            return
        self._people.effects.count("records", INBOX.value, APPLIED, by=len(kept))
        self._dirty[key] = None
        if key in self._aside:
            self._people.hear(CUSTOMER + key, self._aside.heard(key), kept, self._gate.watermark)
            return
        if profile is None:
            profile = Profile()
            self._profiles.put(key, profile)
        self._people.hear(CUSTOMER + key, profile, kept, self._gate.watermark)
        self._arm(key, wakes(profile))

    def _outcome_of(self, key: str, fact: Fact, *, known: bool) -> str:
        """What becomes of the fact. One whose customer may have expired says nothing any more."""
        if fact.at < self._forgotten_before and type(fact) in IN_ORDER:
            return LATE
        if known:
            return APPLIED
        if key in self._aside:
            if is_wish(fact):
                return APPLIED
            count_oddity(self._people.effects, INBOX, Oddity.PUT_ASIDE)
            return IGNORED
        return IGNORED if type(fact) in OF_THE_KNOWN else APPLIED

    def _pass_time(self, watermark: int) -> None:
        if self._due.first is None or self._due.first >= watermark:
            return
        for number, key in enumerate(self._due.due(watermark), 1):
            first = self._profiles.wakes(key)
            at = self._wake_at(key, first)
            if at is not None and at < watermark:
                self._dirty[key] = None
                if first is None and is_over(CUSTOMER + key, self._profiles.summary(key), self._people.in_force):
                    self._forget(key, watermark)
                    continue
                profile = self._profiles.get(key)
                assert profile is not None
                first = self._people.pass_time(CUSTOMER + key, profile, watermark)
            self._arm(key, first)
            if number >= ALIVE_AT_A_TIME:
                self._profiles.rest(key)

    def _arm_all(self) -> Iterator[tuple[str, Summary]]:
        """Wake everybody when it is time by today's rulebook: the key and the summary of each."""
        for key, seen in self._profiles.summaries():
            self._due.arm(key, wake_at(CUSTOMER + key, seen, self._people.in_force))
            yield key, seen
        for key in self._aside.everybody():
            self._due.arm(key, self._back_at(key))

    def _forget(self, key: str, watermark: int) -> None:
        """The customer has expired, or was put aside and begins anew."""
        anew = self._aside.forget(key, watermark)
        if anew is None:
            self._people.carts.forget(CUSTOMER + key, self._profiles.drop(key))
        elif summary(anew).noted:
            self._profiles.put(key, anew)
            self._arm(key, None)

    def _arm(self, key: str, first: int | None) -> None:
        at = self._wake_at(key, first)
        if at is not None:
            self._due.arm(key, at)

    def _wake_at(self, key: str, first: int | None) -> int | None:
        """When the key wants to be woken, of whose profile that is the first time; None if there is no profile."""
        if (first is None or self._people.in_force.looks) and (seen := self._profiles.summary(key)) is not None:
            return wake_at(CUSTOMER + key, seen, self._people.in_force)
        return self._back_at(key) if first is None and key in self._aside else first
