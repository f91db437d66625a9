"""The shop that a hostile person visits: all stages in virtual time, and how large what they write becomes."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.topics import INBOXES, Topic
from streams.intake.intake_stage import IntakeStage
from streams.limits import RECORD_BYTES_MAX
from streams.profiles.customer_stage import CustomerStage
from streams.replay import ONE_EACH, Given
from streams.stage import POSITION_KEY, Batch, Effects, Out, Stage
from streams.triggers.opening_rules import RULE_KEY
from streams.visits.session_stage import SessionStage
from tests.streams.durable import Changelog, restore, write
from tests.world import BEGINNING_MS, rule, rulebook

Json = dict[str, Any]
Record = tuple[Topic, Json]

HOUR = 3_600_000
LATENESS = HOUR // 3

BOOK = rulebook(
    rule("browse_abandonment"),
    rule("cart_abandonment"),
    rule("checkout_abandonment"),
    rule("exit_intent"),
    rule("inactivity", wait="2h"),
    rule("lapse", wait="30d"),
    rule(
        "sequence",
        id="forms",
        wait="5h",
        after={"event": "custom:form", "where": "event.properties.text != null"},
        unless=[{"event": "product_viewed", "where": 'event.url.contains("x")'}, {"event": "order_shipped"}],
        same="properties.id",
        anchor="each",
        **{"if": "event.properties.text != event.url"},
    ),
    rule("sequence", id="orders", wait="5h", after={"event": "order"}, unless={"event": "custom:form"}, anchor="each"),
    rule("sequence", id="views", wait="1h", after={"event": "page_viewed"}, unless={"event": "page_viewed"}),
)

SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CUSTOMER_INBOX)
"""What each stage reads first: its changelog is called so here."""


class Shop:
    """All stages, one partition each, restored now and then. `largest` is by kind of record, bytes."""

    def __init__(self, book: Rulebook = BOOK, record_bytes_max: int = RECORD_BYTES_MAX) -> None:
        self.largest: Counter[str] = Counter()
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.put_aside: list[Out] = []
        self.now = BEGINNING_MS
        self.orders_held_back = False
        self._book, self._bytes_max = book, record_bytes_max
        self._changelogs: dict[Topic, Changelog] = {topic: {} for topic in SOURCES}
        self._offsets: Counter[Topic] = Counter()
        self.restart()

    def restart(self) -> None:
        """New processes take over."""
        self.sessions = SessionStage(0, self._book, ONE_EACH, LATENESS, record_bytes_max=self._bytes_max)
        self.customers = CustomerStage(0, self._book, ONE_EACH, self._bytes_max)
        self.stages: dict[Topic, Stage] = {
            Topic.CLICKSTREAM: self.sessions,
            Topic.ORDERS: IntakeStage(Topic.ORDERS, 0, LATENESS, rulebook=self._book),
            Topic.ENGAGEMENTS: IntakeStage(Topic.ENGAGEMENTS, 0, LATENESS, rulebook=self._book),
            Topic.CUSTOMER_INBOX: self.customers,
        }
        for topic, stage in self.stages.items():
            restore(stage, self._changelogs[topic])
        self.stages[Topic.VISITOR_INBOX] = self.sessions

    def take(self, records: Iterable[Record]) -> None:
        """A batch of each topic arrives now, and what they lead to is carried on."""
        given: dict[Topic, list[tuple[bytes, bytes]]] = {}
        for topic, said in records:
            owner = said["visitor_id"] if topic is Topic.CLICKSTREAM else said.get("customer_id") or said["visitor_id"]
            given.setdefault(topic, []).append((owner.encode(), orjson.dumps(said)))
        for topic, own in given.items():
            self.fold(topic, own)

    def fold(self, topic: Topic, records: list[tuple[bytes, bytes]]) -> None:
        """One batch of one topic; the facts that it leads to follow at once, until there are no more."""
        stage = self.stages[topic]
        first = self._offsets[topic]
        self._offsets[topic] += len(records)
        given = tuple(Given(key, value, first + index, self.now) for index, (key, value) in enumerate(records))
        asked = None if self._is_held_back(topic) else self.now
        stage.fold(Batch(topic, given, first + len(given), asked, self.now))
        for inbox, facts in self._keep(topic, stage.take()).items():
            self.fold(inbox, facts)

    def tick(self) -> None:
        """Nothing arrives; time passes for whatever is not held back."""
        for topic in (Topic.ORDERS, Topic.ENGAGEMENTS):
            self.fold(topic, [])
        orders = dict(self.stages[Topic.ORDERS].watermarks)
        self.sessions.heard(orders)
        self.fold(Topic.CLICKSTREAM, [])
        self.customers.heard({**orders, **self.sessions.watermarks})
        self.fold(Topic.CUSTOMER_INBOX, [])

    def _is_held_back(self, topic: Topic) -> bool:
        return self.orders_held_back and topic is Topic.ORDERS

    def _keep(self, topic: Topic, effects: Effects) -> dict[Topic, list[tuple[bytes, bytes]]]:
        """Commit it; what it tells others, by inbox."""
        topic = Topic.CLICKSTREAM if topic is Topic.VISITOR_INBOX else topic
        write(self._changelogs[topic], effects)
        for key, value in effects.changelog:
            kind = "mark" if key.startswith(POSITION_KEY) else "rule" if key.startswith(RULE_KEY) else topic.value
            self._measure(f"state:{kind}", value or b"")
        facts: dict[Topic, list[tuple[bytes, bytes]]] = {}
        for out in effects.outputs:
            self._measure(out.topic.value, out.value)
            if out.topic in INBOXES:
                for line in out.value.splitlines():
                    self._measure(f"{out.topic.value}:{orjson.loads(line)['fact']}", line)
                facts.setdefault(out.topic, []).append((out.key, out.value))
            elif out.topic is Topic.DEAD_LETTERS and b'"put_aside"' in out.value:
                self.put_aside.append(out)
        self.counts.update(effects.counts)
        return facts

    def _measure(self, kind: str, value: bytes) -> None:
        self.largest[kind] = max(self.largest[kind], len(value))
