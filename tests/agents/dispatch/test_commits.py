"""The ledger's transactions: what is not known to be written is not committed."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaError

from agents.dispatch import commits as module
from agents.dispatch.commits import Commits
from agents.dispatch.ledger import Ledger
from agents.dispatch.tasks import Tasks
from agents.exits import Exit
from agents.seam import TransactionalProducer
from agents.settings.settings import Settings
from agents.web.metrics import Metrics


class Ended(Exception):
    """Stands in for the end of the process."""


class RefusingBroker:
    """A producer whose every `refused`-th record is refused, after the others have been acknowledged."""

    def __init__(self, refused: int) -> None:
        self.steps: list[str] = []
        self._refused = refused
        self._sent = 0

    async def begin_transaction(self) -> None:
        self.steps.append("begin")

    async def send(self, *_: Any, **__: Any) -> "asyncio.Future[None]":
        self._sent += 1
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        if self._refused and self._sent % self._refused == 0:
            loop.call_later(0.01, written.set_exception, KafkaError("refused"))
        else:
            written.set_result(None)
        return written

    async def end_transaction(self) -> None:
        self.steps.append("end")

    async def stop(self) -> None: ...


def ledger(records: int) -> Ledger:
    """One with so many changes to be committed."""
    full = Ledger("triggers", 0, frozenset())
    for number in range(records):
        full._dirty[b"%d" % number] = b"line"
    return full


async def test_all_that_was_noted_is_committed_at_once() -> None:
    """One transaction, and whoever waits hears of it."""
    broker = RefusingBroker(refused=0)
    commits = Commits(cast(TransactionalProducer, broker), ledger(3), Settings(), Metrics(), Tasks())
    await asyncio.wait_for(commits.committed(), 5)
    assert broker.steps == ["begin", "end"]
    await commits.close()


async def test_a_refused_record_ends_the_process_before_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka would commit the others, and a delivery would be made whose line nobody finds again."""
    ended: list[Exit] = []

    def end(code: Exit, event: str, error: BaseException, **fields: Any) -> None:
        ended.append(code)
        raise Ended

    monkeypatch.setattr(module, "end_process", end)
    broker, tasks = RefusingBroker(refused=2), Tasks()
    commits = Commits(cast(TransactionalProducer, broker), ledger(3), Settings(), Metrics(), tasks)
    commits.want()
    with pytest.raises(Ended):
        await asyncio.wait_for(tasks.crashed, 5)
    assert ended == [Exit.COMMIT_FAILED]
    assert broker.steps == ["begin"]
