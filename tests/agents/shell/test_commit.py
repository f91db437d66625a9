"""A source partition's transactions, with a producer that fails."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced

from agents.broker_clock import BrokerClock
from agents.commit import Commits
from agents.exits import CommitFailed
from agents.seam import TransactionalProducer
from agents.settings import Settings
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import POSITION_KEY, Effects, Out


class FailingProducer:
    """Takes one batch, and fails with the error at the second; nothing is ever committed."""

    def __init__(self, error: Exception) -> None:
        self.is_committed = False
        self._error = error
        self._sent = 0

    async def begin_transaction(self) -> None: ...

    def create_batch(self) -> Any:
        return self

    def fill(self, *_: Any) -> None: ...

    def close(self) -> None: ...

    async def send_batch(self, *_: Any, **__: Any) -> "asyncio.Future[None]":
        self._sent += 1
        if self._sent == 2:
            raise self._error
        return asyncio.Future()

    async def end_transaction(self) -> None:
        self.is_committed = True


@pytest.mark.parametrize("error", [KafkaError("refused"), ProducerFenced(), IllegalOperation("not in transaction")])
async def test_whoever_is_fenced_between_two_batches_ends_as_fenced(error: Exception) -> None:
    """aiokafka tells the next send only that there is no transaction any more: that is no bug of ours."""
    producer = FailingProducer(error)
    layout = Layout({Topic.CUSTOMER_INBOX: 1, Topic.SESSIONS_CHANGELOG: 1})
    clock = BrokerClock()
    clock.trust_wall_clock()
    commits = Commits(cast(TransactionalProducer, producer), Settings(), layout, TopicPartition("changelog", 0), clock)
    effects = Effects()
    effects.outputs.append(Out(Topic.CUSTOMER_INBOX, b"v:ada", b"fact"))
    effects.changelog.append((POSITION_KEY, b"1"))
    with pytest.raises(CommitFailed):
        await commits.commit(effects)
    assert not producer.is_committed
