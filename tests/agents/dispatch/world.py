"""A share of the dispatcher with a clock, a courier and commits that are told what to do."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from agents.dispatch.commits import Commits
from agents.dispatch.courier import Courier, WithheldError
from agents.dispatch.ledger import Ledger
from agents.dispatch.looks import Looks
from agents.dispatch.share import Share
from agents.web.metrics import Metrics
from schemas.outcomes.deliveries import Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerCancelled
from streams.ceiling import Ceiling
from streams.delivery.delivery import Outcome, Result, RetryPolicy
from streams.delivery.resting import Trouble
from tests.streams.deliveries import NOW, POLICY, fired

T0 = TopicPartition("triggers", 0)
ID = "01HF7YAT00MUG"


def wall_clock_ms() -> int:
    """Now, in ms since the epoch."""
    return time.time_ns() // 1_000_000


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


class ScriptedCourier:
    """Asks before the first byte like the real one, then does what the test wants and gives its outcome."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.meanwhile: Callable[[], Any] = lambda: None
        self.connecting: Callable[[], Any] = lambda: None
        self.outcome = Outcome(Result.DELIVERED, 200)

    async def call(self, trigger_id: str, body: str, cleared: Callable[[], bool]) -> Outcome:
        self.connecting()
        if not cleared():
            raise WithheldError
        self.sent.append(body)
        if (waiting := self.meanwhile()) is not None:
            await waiting
        return self.outcome


class Waiting:
    """A destination's queue, carried by hand."""

    def __init__(self) -> None:
        self.scripted = ScriptedCourier()
        self.courier = cast(Courier, self.scripted)
        self.policy: RetryPolicy = POLICY
        self.is_gone = False
        self.queued: list[str] = []
        self.heeded: list[Outcome] = []
        self.troubles: list[Trouble] = []

    def push(self, share: Share, line: Delivery) -> None:
        self.queued.append(line.trigger_id)

    def drop(self, share: Share) -> None:
        self.queued.clear()

    def meet(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)

    def heed(self, line: Delivery, outcome: Outcome, began_ms: int) -> Outcome:
        self.heeded.append(outcome)
        self.is_gone = self.is_gone or outcome.result is Result.GONE
        return outcome


class Shelf:
    """Which products cannot be bought; known at once, unless somebody hides it."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.together: dict[str, list[str]] = {}
        self.is_hidden = False

    def is_gone(self, product: str) -> bool:
        return product in self.gone

    def also_bought(self, product: str) -> list[str]:
        return self.together.get(product, [])

    def is_fresh(self) -> bool:
        return not self.is_hidden

    async def fresh(self, wanted: Callable[[], bool]) -> None:
        while wanted() and self.is_hidden:  # noqa: ASYNC110  (a flag is no event)
            await asyncio.sleep(0.001)


class InstantCommits:
    """Commits at once; `during` happens while somebody waits for it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.during: Callable[[], Any] = lambda: None
        self.states: list[str] = []

    def want(self) -> None: ...

    async def committed(self) -> None:
        self.states += [line.state.value for line in self.ledger.lines.values()]
        self.during()

    async def close(self) -> None: ...


class World:
    """A share with everything around it in the hands of the test."""

    def __init__(self, ceiling: Callable[[], Ceiling] = lambda: Ceiling(1.0, 1)) -> None:
        self.clock = Clock()
        self.esp = Waiting()
        self.looks = Looks(1000, lambda _: 0, lambda: 0)
        self.looks.answered(T0, sent_ms=0, stable=0)
        self.shelf = Shelf()
        self.ledger = Ledger("triggers", 0, frozenset({"esp"}), ceiling)
        self.commits = InstantCommits(self.ledger)
        self.metrics = Metrics()
        self.offset = 0
        commits = cast(Commits, self.commits)
        self.share = Share(
            T0,
            self.ledger,
            commits,
            self.looks,
            self.shelf,
            {"esp": self.esp},
            self.metrics,
            self.clock,
            commit_age_max_s=0.5,
        )

    def reads(self, value: bytes) -> None:
        record = ConsumerRecord("triggers", 0, self.offset, 0, 0, b"c:ada", value, None, 5, len(value), ())
        self.offset += 1
        self.share.fold([record], self.offset)

    def reads_all(self, values: Sequence[bytes]) -> None:
        """All in one poll."""
        records = [
            ConsumerRecord("triggers", 0, self.offset + number, 0, 0, b"c:ada", value, None, 5, len(value), ())
            for number, value in enumerate(values)
        ]
        self.share.fold(records, self.offset + len(values))
        if not self.share.is_stalled:
            self.offset += len(values)

    def fires(self, **changes: Any) -> None:
        self.reads(fired(**changes).model_dump_json().encode())

    def cancels(self, trigger_id: str = ID) -> None:
        cancelled = TriggerCancelled(
            trigger_id=trigger_id,
            kind="cart_abandonment",
            rule_id="cart",
            profile="c:ada",
            reason="ordered",
            cancelled_at_ms=NOW,
        )
        self.reads(cancelled.model_dump_json().encode())

    async def carries(self, trigger_id: str = ID) -> None:
        if (call := self.share.carry(trigger_id)) is not None:
            await asyncio.wait_for(call, 5)

    @property
    def state(self) -> DeliveryState | None:
        return self.ledger.state(ID)

    def outcomes(self) -> dict[str, int]:
        counts = self.ledger.take().counts
        return {name[2]: by for name, by in counts.items() if name[0] == "records"}
