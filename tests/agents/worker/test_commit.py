"""A source partition's transactions, with a producer that fails."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced

from agents.exits import CommitFailed
from agents.seam import TransactionalProducer
from agents.settings.settings import Partitioner, Settings
from agents.worker.broker_clock import BrokerClock
from agents.worker.commit import Commits
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


class WritingProducer(FailingProducer):
    """Takes every batch, and remembers whose record went to which partition."""

    def __init__(self) -> None:
        super().__init__(KafkaError("never raised"))
        self.written: list[tuple[str, int]] = []

    async def send_batch(self, _batch: Any, topic: str, *, partition: int) -> "asyncio.Future[None]":
        self.written.append((topic, partition))
        sent: asyncio.Future[None] = asyncio.Future()
        sent.set_result(None)
        return sent


@pytest.mark.parametrize(("partitioner", "place"), [("murmur2", 6), ("crc32", 2)])
async def test_what_is_told_of_a_visitor_goes_where_its_clicks_are(partitioner: Partitioner, place: int) -> None:
    """And what is told of a customer, to whom we alone write, always by murmur2."""
    producer = WritingProducer()
    layout = Layout({Topic.CUSTOMER_INBOX: 10, Topic.VISITOR_INBOX: 10, Topic.INTAKE_CHANGELOG: 1})
    settings = Settings(clickstream_partitioner=partitioner)
    clock = BrokerClock()
    clock.trust_wall_clock()
    commits = Commits(cast(TransactionalProducer, producer), settings, layout, TopicPartition("changelog", 0), clock)
    effects = Effects()
    effects.outputs += [Out(topic, b"123456789", b"fact") for topic in (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX)]
    effects.changelog.append((POSITION_KEY, b"1"))

    assert await commits.commit(effects)
    assert producer.written == [("visitor-inbox", place), ("customer-inbox", 6), ("changelog", 0)]
