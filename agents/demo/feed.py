"""Reads what Afterclick says, as an ESP would: the trigger topic, read committed, and the ledger of deliveries."""

import time
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, replace
from itertools import islice
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer
from pydantic import TypeAdapter

from agents.demo.snapshot import FeedLine
from agents.demo.words import short
from agents.kafka import connection
from agents.settings.settings import Settings
from schemas.outcomes.deliveries import TERMINAL, Delivery, DeliveryState
from schemas.outcomes.triggers import Trigger, TriggerFired
from schemas.topics import Topic
from streams.stage import POSITION_KEY

REMEMBERED_MAX = 20_000
TAKEN_BACK = "taken back"
FETCH_WAIT_MS = 100
_trigger: TypeAdapter[Trigger] = TypeAdapter(Trigger)


@dataclass(slots=True)
class _Entry:
    line: FeedLine
    emitted_ms: int

    def ended(self, state: str, outcome: str) -> None:
        self.line = replace(self.line, state=state, outcome=outcome)


class Feed:
    """The last triggers with what became of them, and how long each kind took from due to emitted (s); what was due
    before `since_ms`, when nobody was there to decide it, counts from then on.

    `news` are the lines that have changed for good, for whoever prints them one by one.
    """

    def __init__(self, settings: Settings, since_ms: int = 0) -> None:
        self._since_ms = since_ms
        self.seconds: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED_MAX))
        self.news: deque[FeedLine] = deque(maxlen=REMEMBERED_MAX)
        self._triggers = settings.topic(Topic.TRIGGERS)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._early: OrderedDict[str, Delivery] = OrderedDict()
        self._consumer = AIOKafkaConsumer(
            self._triggers,
            settings.topic(Topic.DELIVERIES),
            **connection(settings.kafka),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    async def read(self) -> None:
        """Take in what comes, until cancelled."""
        while True:
            for records in (await self._consumer.getmany(timeout_ms=FETCH_WAIT_MS)).values():
                for record in records:
                    if record.topic == self._triggers:
                        self.heard(_trigger.validate_json(record.value), record.timestamp)
                    elif record.value is not None and record.key != POSITION_KEY:
                        self.noted(Delivery.model_validate_json(record.value))

    def heard(self, trigger: Trigger, emitted_ms: int) -> None:
        """A trigger was fired, or taken back."""
        if isinstance(trigger, TriggerFired):
            due_ms = max(trigger.due_ms, self._since_ms)
            self.seconds[trigger.kind].append(max(emitted_ms - due_ms, 0) / 1000)
            self._entries[trigger.trigger_id] = _Entry(_line(trigger, emitted_ms), emitted_ms)
            _cap(self._entries)
            early = self._early.pop(trigger.trigger_id, None)
            if early is not None:
                self.noted(early)
        elif (entry := self._entries.get(trigger.trigger_id)) is not None:
            entry.ended(TAKEN_BACK, f"taken back: {trigger.reason}")
            self._entries.move_to_end(trigger.trigger_id)
            self.news.append(entry.line)

    def noted(self, delivery: Delivery) -> None:
        """The ledger has a new state; it may be heard of before the trigger itself."""
        entry = self._entries.get(delivery.trigger_id)
        if entry is None:
            self._early[delivery.trigger_id] = delivery
            _cap(self._early)
        elif entry.line.state != TAKEN_BACK:
            entry.ended(delivery.state.value, _outcome(delivery, entry.emitted_ms))
            if delivery.state in TERMINAL:
                self._entries.move_to_end(delivery.trigger_id)
                if delivery.state is not DeliveryState.CANCELLED:  # its reason is on the trigger topic
                    self.news.append(entry.line)

    def lines(self, most: int) -> tuple[FeedLine, ...]:
        """The last triggers to be fired, or to have an outcome, the latest at the end."""
        return tuple(entry.line for entry in islice(reversed(self._entries.values()), most))[::-1]


def _cap(entries: OrderedDict[str, _Entry] | OrderedDict[str, Delivery]) -> None:
    if len(entries) > REMEMBERED_MAX:
        entries.popitem(last=False)


def _line(fired: TriggerFired, emitted_ms: int) -> FeedLine:
    at = time.strftime("%H:%M:%S", time.localtime(emitted_ms / 1000))
    who = fired.customer_id or fired.visitor_id or ""
    return FeedLine(at, fired.kind, who, _what(fired), DeliveryState.PENDING.value, "…")


def _what(fired: TriggerFired) -> str:
    if fired.lines:
        items = sum(line.quantity for line in fired.lines)
        value = "" if fired.value is None else f" {fired.value} {fired.currency}"
        return f"{items} item{'s' * (items != 1)}{value}"
    if fired.viewed:
        return f"{len(fired.viewed)} product{'s' * (len(fired.viewed) != 1)} viewed"
    waited_s = (fired.due_ms - fired.anchor_ms) / 1000
    return f"after {short(waited_s)}" if waited_s > 0 else ""


def _outcome(delivery: Delivery, emitted_ms: int) -> str:
    if delivery.state is DeliveryState.DELIVERED:
        repeated = f", call {delivery.calls}" if delivery.calls > 1 else ""
        return f"delivered {short((delivery.updated_at_ms - emitted_ms) / 1000)}{repeated}"
    if delivery.state is DeliveryState.RETRY:
        return f"{delivery.status}, again soon"
    return delivery.state.value.replace("_", " ")
