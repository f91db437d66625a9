"""A shop with all of its processes on paper: logs, transactions, a dispatcher and a receiver, in virtual time.

Everything that is not in a log or a changelog is lost in a crash, as it is live. What is live code here: all stages,
the dispatcher's share and its ledger. `crash_points.arm` ends whoever runs at a step; `restore` makes new ones.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import orjson
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from agents.crash_points import Point, reach
from agents.dispatch.commits import Commits
from agents.dispatch.ledger import Ledger
from agents.dispatch.looks import Looks
from agents.dispatch.share import Share
from agents.web.metrics import Metrics
from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER, VISITOR
from schemas.topics import Topic
from streams.delivery.delivery import due_ms
from streams.inspection import told
from streams.intake.intake_stage import IntakeStage
from streams.profiles.customer_stage import CustomerStage
from streams.profiles.profile_record import decode as decode_profile
from streams.replay import ONE_EACH, Given
from streams.stage import STAGES_OWN, Batch, Effects, Stage
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from streams.visits.visitor_record import decode
from tests.agents.dispatch.world import Shelf
from tests.esp import Esp
from tests.streams.durable import Changelog, restore, write
from tests.world import BEGINNING_MS, ms

Json = dict[str, Any]
T0 = TopicPartition(Topic.TRIGGERS.value, 0)


class Crashed(Exception):
    """The process has ended here."""


class Books:
    """The ledger's transactions: lines, receipts and position, all or nothing."""

    def __init__(self, site: "Site", ledger: Ledger) -> None:
        self._site = site
        self._ledger = ledger

    def want(self) -> None: ...

    async def committed(self) -> None:
        self._site.commit("ledger", self._ledger.take(), Point.LEDGER_WRITTEN, Point.LEDGER_COMMITTED)

    async def close(self) -> None: ...


class Site:
    """One partition of everything, one visitor's `phone`, one customer, `ada`. Times as in `tests.world`."""

    def __init__(self, book: Rulebook, lateness: str = "5s") -> None:
        self._book = book
        self._lateness = ms(lateness)
        self._numbers = 0
        self.now = BEGINNING_MS
        self.others_lag = False
        self.logs: dict[Topic, list[tuple[bytes, bytes]]] = {topic: [] for topic in Topic}
        self.changelogs: dict[str, Changelog] = {
            name: {} for name in ("clicks", "orders", "said", "customers", "ledger")
        }
        self.esp = Esp(self)
        self.restore()

    # -- what happens ------------------------------------------------------------------------------------------------

    def adds(self, product: str = "mug") -> None:
        """The phone puts an item into its cart."""
        self._says(Topic.CLICKSTREAM, "phone", type="cart_item_added", product_id=product, visitor_id="phone")

    def signs_in(self) -> None:
        """The phone turns out to be ada's."""
        said = {"type": "identified", "visitor_id": "phone", "customer_id": "ada"}
        self._says(Topic.CLICKSTREAM, "phone", **said)

    def orders(self, ago: str = "0s") -> None:
        """The phone's purchase, as the feed tells it."""
        said = {"type": "order_placed", "order_id": self._number("O"), "visitor_id": "phone"}
        self._says(Topic.ORDERS, "phone", **said, occurred_at=self.now - ms(ago))

    def buys_elsewhere(self, ago: str = "0s") -> None:
        """Ada's purchase at the counter."""
        said = {"type": "order_placed", "order_id": self._number("O"), "customer_id": "ada"}
        self._says(Topic.ORDERS, "ada", **said, occurred_at=self.now - ms(ago))

    def sends_back(self) -> None:
        """The last purchase is cancelled: that fires nothing and takes nothing back."""
        order_id = f"O{self._numbers:05}"
        self._says(Topic.ORDERS, "phone", type="order_cancelled", order_id=order_id, visitor_id="phone")

    def opts_out(self) -> None:
        """Whoever holds the phone wants no messages."""
        self._says(Topic.ENGAGEMENTS, "phone", type="opted_out", visitor_id="phone")

    def asks_for_erasure(self) -> None:
        """Ada wants to be forgotten."""
        self._says(Topic.ENGAGEMENTS, "ada", type="erasure_requested", customer_id="ada")

    def is_down(self) -> None:
        """The receiver fails from now on."""
        self.esp.down = True

    def is_up(self) -> None:
        """The receiver takes calls again."""
        self.esp.down = False

    def lags(self) -> None:
        """Customers wait from now on for another partition of clicks."""
        self.others_lag = True

    def catches_up(self) -> None:
        """They wait no longer."""
        self.others_lag = False

    def after(self, duration: str) -> None:
        """So much later."""
        self.now += ms(duration)

    # -- what runs ---------------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """New processes: what they know is what was committed."""
        self._clicks = SessionStage(0, self._book, ONE_EACH, self._lateness)
        self._orders = IntakeStage(Topic.ORDERS, 0, self._lateness, rulebook=self._book)
        self._said = IntakeStage(Topic.ENGAGEMENTS, 0, self._lateness, rulebook=self._book)
        self._customers = CustomerStage(0, self._book, ONE_EACH)
        for name, stage in self._stages():
            restore(stage, self.changelogs[name])
        self._heard: dict[Topic, dict[str, int]] = {Topic.VISITOR_INBOX: {}, Topic.CUSTOMER_INBOX: {}}
        ledger = Ledger(T0.topic, 0, frozenset({"default"}))
        for key, value in self.changelogs["ledger"].items():
            ledger.restore(key, value)
        ledger.open()
        looks = self._looks = Looks(1000, lambda _: ledger.position or 0, lambda: self.now)
        books = self.commits = cast(Commits, Books(self, ledger))
        queues = {"default": self.esp}
        self._share = Share(T0, ledger, books, looks, Shelf(), queues, Metrics(), lambda: self.now, commit_age_max_s=60)
        self._share.resume()

    async def settle(self) -> None:
        """Run until nobody has anything left to do at this time."""
        before = -1
        while before != (before := self._done()):
            self.decide()
            self.read_triggers()
            for line in self._share.ledger.unfinished():
                if due_ms(line) <= self.now and (call := self._share.carry(line.trigger_id)) is not None:
                    await asyncio.gather(call)
            await self.commits.committed()

    def decide(self) -> None:
        """All stages take what is in their logs, and hear of each other's watermarks."""
        before = -1
        while before != (before := self._done()):
            self._fold("clicks", self._clicks, Topic.CLICKSTREAM)
            self._fold("orders", self._orders, Topic.ORDERS)
            self._fold("said", self._said, Topic.ENGAGEMENTS)
            self._publish(Topic.VISITOR_INBOX, self._orders)
            self._fold("clicks", self._clicks, Topic.VISITOR_INBOX)
            self._publish(Topic.CUSTOMER_INBOX, self._orders)
            if not self.others_lag:
                self._publish(Topic.CUSTOMER_INBOX, self._clicks)
            self._fold("customers", self._customers, Topic.CUSTOMER_INBOX)

    def read_triggers(self) -> None:
        """The dispatcher takes up what is on its topic; a fetch sent now proves that it is all."""
        log, ledger = self.logs[Topic.TRIGGERS], self._share.ledger
        start = ledger.position or 0
        if len(log) > start:
            records = [
                ConsumerRecord(T0.topic, 0, offset, self.now, 0, key, value, None, len(key), len(value), ())
                for offset, (key, value) in enumerate(log[start:], start)
            ]
            self._share.fold(records, len(log))
        self._looks.answered(T0, self.now, len(log))

    def commit(self, name: str, effects: Effects, written: Point, committed: Point) -> None:
        """One transaction: changelog, position and outputs, all or nothing."""
        if effects.changelog or effects.outputs:
            reach(written)
            write(self.changelogs[name], effects)
            for out in effects.outputs:
                self.logs[out.topic].append((out.key, out.value))
            reach(committed)

    # -- what came of it ---------------------------------------------------------------------------------------------

    def fired(self) -> dict[str, Json]:
        """The fired triggers by id; none is on the topic twice."""
        return self._triggers("fired")

    def cancelled(self) -> dict[str, Json]:
        """What was taken back, by id; nothing is twice."""
        return self._triggers("cancelled")

    def ledger(self) -> dict[str, str]:
        """Committed lines: id -> state."""
        lines = [orjson.loads(value) for value in self.changelogs["ledger"].values()]
        return {line["trigger_id"]: line["state"] for line in lines if "trigger_id" in line}

    def profiles(self) -> dict[str, Json]:
        """Committed profiles by key."""
        visitors = {key: decode(value).profile for key, value in self._records("clicks")}
        held = {VISITOR + key: profile for key, profile in visitors.items() if isinstance(profile, bytes)}
        held |= {CUSTOMER + key: value for key, value in self._records("customers")}
        return {key: told(decode_profile(value)) for key, value in held.items()}

    def _records(self, name: str) -> Iterator[tuple[str, bytes]]:
        return ((key.decode(), value) for key, value in self.changelogs[name].items() if not key.startswith(STAGES_OWN))

    def _triggers(self, kind: str) -> dict[str, Json]:
        said = [(key.decode(), orjson.loads(value)) for key, value in self.logs[Topic.TRIGGERS]]
        found = [trigger | {"_key": key} for key, trigger in said if trigger["type"] == kind]
        assert len({trigger["trigger_id"] for trigger in found}) == len(found), "said twice"
        return {trigger["trigger_id"]: trigger for trigger in found}

    def _stages(self) -> tuple[tuple[str, Stage], ...]:
        return (
            ("clicks", self._clicks),
            ("orders", self._orders),
            ("said", self._said),
            ("customers", self._customers),
        )

    def _fold(self, name: str, stage: Stage, topic: Topic) -> None:
        log = self.logs[topic]
        start = stage.positions[topic]
        records = tuple(Given(key, value, offset) for offset, (key, value) in enumerate(log[start:], start))
        stage.fold(Batch(topic, records, len(log), self.now, self.now))
        self.commit(name, stage.take(), Point.BATCHES_WRITTEN, Point.COMMITTED)

    def _publish(self, inbox: Topic, stage: Stage) -> None:
        vector, heard = stage.watermarks, self._heard[inbox]
        if any(heard.get(name) != watermark for name, watermark in vector.items()):
            heard |= vector
            self.logs[inbox].append((WATERMARKS_KEY, orjson.dumps(dict(vector))))

    def _done(self) -> int:
        return sum(map(len, self.logs.values())) + sum(hash(frozenset(log.items())) for log in self.changelogs.values())

    def _says(self, topic: Topic, key: str, **said: Any) -> None:
        record = {"event_id": self._number("e"), "occurred_at": self.now, **said}
        self.logs[topic].append((key.encode(), orjson.dumps(record)))

    def _number(self, letter: str) -> str:
        self._numbers += 1
        return f"{letter}{self._numbers:05}"
