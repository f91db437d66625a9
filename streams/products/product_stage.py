"""The stage of products: a partition of `catalog`, and the same one of `product-inbox`, keyed by product.

How a change of a product reaches the persons whom it concerns: clicks tell the product who has seen it, carted it or
asked for it, and the product tells those visitors, each by the visitor's own key. So it is done, and not by an index of
products at the persons, for these reasons. A visitor's record already knows who the visitor is at which time, and
passes facts on: identity needs nothing new, however late a link comes. Who looked and the change are in one place, so
they are compared in the order of their times: the product waits until W of all clicks has passed the change. Requests
are served in one order, whatever partitions the persons live on. And there is nothing to rebuild: looks and requests
are records of the changelog, committed with the position, as everything else. The price is a fact a look, and only
where a rule asks for looks; and whoever is erased must be told to the products, too.

Persons do not wait for the catalogue (W of it gates nothing): what they hear of a product is some moments late to them,
and is judged when it comes.

What products know of themselves (how long one lasts, what does as well, of which category they are) persons ask when
they buy. A person knows all that becomes of orders, and on which devices they were placed; so it is the person's fold
that tells each product of its purchases, all that count by now, and not the feed. Of one buyer the last word stands,
and nothing has to be taken back. The answer waits until W of the catalogue, of all visitors and of all customers has
passed the purchase: then it says what was known then, whoever was folded first.

What is bought together is told in the same way: each product of an order hears what else was in it. At each midnight a
product counts its orders, and tells each partner with how many it was bought; the lift of a pair needs no more
(`streams.products.together`). So no stage has to know all pairs of a shop.
"""

from collections.abc import Iterator, Mapping

from schemas.events.catalog import CatalogRecord
from schemas.mending.ids import read_detail_id
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.refusals import Rejected
from schemas.reading.wire import read_catalog
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.layout import Layout
from streams.marks import decode_mark, encode_mark, is_mark_due
from streams.products.folding import Products
from streams.profiles.inboxes import read_inbox
from streams.records import AGE_MS_MAX, IGNORED, appended_at, count_oddity, quarantine, send_told, taken_at
from streams.stage import OPENED_AT_A_TIME, POSITION_KEY, Batch, Effects, OpensInSteps, Out, Record
from streams.time.watermarks import UNKNOWN, Gate, SourceClock, sources
from streams.triggers.in_force import RULEBOOK_KEY, decode, encode, first

CATALOG, INBOX = Topic.CATALOG, Topic.PRODUCT_INBOX

MISKEYED = Rejected(Rejection.KEY_MISMATCH, "the Kafka key is not the product that the record names")


class ProductStage(OpensInSteps):
    """One partition of products. It waits for its own catalogue and for what all clicks have told."""

    def __init__(self, partition: int, rulebook: Rulebook, layout: Layout, lateness_ms: int) -> None:
        self._partition = partition
        self._clock = SourceClock(lateness_ms)
        self._gate = Gate(sources(layout, Topic.CLICKSTREAM))
        self._buyers = Gate(sources(layout, Topic.CUSTOMER_INBOX))
        self._in_force = first(rulebook)
        self._products = Products(rulebook.rules)
        self._is_open = True
        self.positions = {CATALOG: 0, INBOX: 0}
        self._marked = dict(self.positions)

    @property
    def watermark(self) -> int:
        """The W, ms, up to which products have been folded."""
        return min(self._clock.watermark, self._gate.watermark)

    @property
    def watermarks(self) -> Mapping[str, int]:
        """Nobody waits for products."""
        return {}

    @property
    def is_waited_for(self) -> bool:
        """Nobody's timers wait for products."""
        return False

    @property
    def is_late(self) -> bool:
        """What it tells may matter to whoever is here now."""
        return False

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record: a product, a visitor's looks or request, the rulebook, or the stage's own mark."""
        self._is_open = False
        if key == POSITION_KEY:
            mark = decode_mark(value)
            self.positions = mark["positions"]
            self._marked = dict(self.positions)
            self._clock.restore(mark)
            self.heard(mark["vector"])
        elif key == RULEBOOK_KEY:
            assert value is not None, "the rulebook of a partition has a tombstone"
            self._in_force = decode(value)
        else:
            self._products.shelves.restore(key, value)

    def open_in_steps(self) -> Iterator[None]:
        """Derive the due index from the restored records."""
        self._gate.settle()
        self._buyers.settle()
        self._go_by_rules()
        for number, (product, shelf) in enumerate(self._products.shelves.by_product.items(), 1):
            self._products.arm(product, shelf, self.watermark, min(self.watermark, self._buyers.watermark))
            if number % OPENED_AT_A_TIME == 0:
                yield
        self._is_open = True

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force."""
        return self._in_force.rulebook

    def take_over(self, rulebook: Rulebook, *, activates: bool = True) -> None:
        """From here on, between two batches, this rulebook says what is told of products, and to whom."""
        assert self._is_open, "a stage takes a rulebook over before it has opened"
        self._in_force.take_over(rulebook, self.watermark if activates else UNKNOWN, self.positions)
        self._go_by_rules()

    def _go_by_rules(self) -> None:
        """Where a rule is a canary, the version before it asks of products, too."""
        self._products.go_by((*self.rulebook.rules, *self._in_force.previous.values()))

    def fold(self, batch: Batch) -> None:
        """Take in what the catalogue and the clicks say, then fold the records that W has passed."""
        assert self._is_open, "a stage folds before it has opened"
        topic = batch.topic
        assert not batch.records or batch.position > self.positions[topic], "a batch was folded twice"
        if topic is CATALOG:
            last: Record | None = None
            for last in batch.records:
                self._record(last, batch.now_ms)
            self._clock.settle(batch.asked_ms, None if last is None else appended_at(last, batch.now_ms))
        else:
            effects = self._products.effects
            for _, fact in read_inbox(batch, self._partition, self._gate, effects, self._buyers):
                effects.count("records", INBOX.value, self._products.hear(fact, self.watermark))
        self.positions[topic] = batch.position
        self._gate.settle()
        self._products.pass_time(self.watermark)
        self._products.answer(min(self.watermark, self._buyers.settle()))
        self._products.publish()

    def take(self) -> Effects:
        """The effects since the last call; nothing to commit when a batch left nothing behind."""
        effects = self.outcome()
        changelog = effects.changelog
        changelog += self._products.shelves.entries()
        if self._in_force.is_news:
            self._in_force.is_news = False
            changelog.append((RULEBOOK_KEY, encode(self._in_force)))
        if changelog or effects.outputs or is_mark_due(self.positions, self._marked):
            mark = encode_mark(self.positions, **self._clock.kept(), vector=self._gate.vector | self._buyers.vector)
            changelog.append((POSITION_KEY, mark))
            self._marked = dict(self.positions)
        return effects

    def outcome(self) -> Effects:
        """The effects since the last call without a changelog, for a driver that keeps no state."""
        send_told(self._products.effects)
        effects, self._products.effects = self._products.effects, Effects()
        return effects

    def outputs(self) -> list[Out]:
        """Only the records to be produced; the counts stay for the next `outcome`."""
        send_told(self._products.effects)
        return self._products.effects.take_outputs()

    @property
    def counts(self) -> Mapping[tuple[str, ...], int]:
        """What has been counted since the last `outcome`."""
        return self._products.effects.counts

    def heard(self, vector: dict[str, int]) -> None:
        """Take a vector of watermarks that did not come as a record: the replay's."""
        self._gate.heard(vector)
        self._buyers.heard(vector)

    @property
    def waiting(self) -> int:
        """How many records of the catalogue wait for W."""
        return self._products.waiting

    @property
    def next_due(self) -> int | None:
        """The earliest time at which a product wants to be looked at; it may have moved since."""
        return self._products.next_due

    @property
    def next_answer(self) -> int | None:
        """The earliest purchase of which products are asked and have not answered, ms; it may have been since."""
        return self._products.next_answer

    def gauges(self) -> dict[tuple[str, ...], float]:
        """State sizes, watermarks and what holds them back."""
        partition, own = str(self._partition), self._clock.watermark
        blocking = set(self._gate.blocking()) if self._gate.watermark < own else set()
        return {
            ("keys", "products", partition): len(self._products.shelves.by_product),
            ("watermark_timestamp_seconds", CATALOG.value, partition): own / 1000,
            ("gate_timestamp_seconds", "products", partition): self.watermark / 1000,
            **{("blocking", "products", *name.rsplit("-", 1)): float(name in blocking) for name in self._gate.vector},
        }

    def _record(self, record: Record, now_ms: int) -> None:
        value, name, effects = record.value, CATALOG.value, self._products.effects
        if value is None:
            effects.count("records", name, IGNORED)
            self._note(Oddity.TOMBSTONE)
            return
        said = read_catalog(value, self._note)
        if not isinstance(said, Rejected) and not _is_key_of(record.key, said.product_id):
            said = MISKEYED
        if isinstance(said, Rejected):
            quarantine(effects, said, CATALOG, self._partition, record)
            return
        at = self._time_of(said, record, now_ms)
        effects.count("records", name, self._products.take_in(said, value, at, self.watermark))

    def _time_of(self, said: CatalogRecord, record: Record, now_ms: int) -> int:
        """When the record counts: a time that cannot be is that of the broker, as one that is not told."""
        taken = taken_at(record, now_ms)
        at = taken if said.occurred_at is None else said.occurred_at
        if at < taken - AGE_MS_MAX:
            self._note(Oddity.FIELD_DROPPED)
            at = taken
        if at > taken:
            self._products.effects.count("clock_ahead", CATALOG.value)
            at = taken
        self._clock.saw(at, taken)
        return at

    def _note(self, oddity: Oddity) -> None:
        count_oddity(self._products.effects, CATALOG, oddity)


def _is_key_of(key: bytes | None, product: str) -> bool:
    """Whether the product has that key, however its id was written there. Without a key nothing speaks against it."""
    if key is None:
        return True
    return bool(read_detail_id(key.decode("utf-8", "replace")).said == product)
