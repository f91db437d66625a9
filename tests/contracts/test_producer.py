"""What the producer of the seam relies on in aiokafka, and what the shell may rely on in it."""

import time

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.transaction import EndTxnRequest

from agents.exits import CommitFailed
from agents.seam import Entry, RecordTooLarge, TransactionalProducer
from schemas.topics import Topic
from tests.agents.worker.site import Site

pytestmark = pytest.mark.kafka


async def test_a_commit_whose_answer_is_lost_fails_though_it_may_have_worked(site: Site) -> None:
    """The repeated EndTxn that aiokafka sends would succeed; the first could still end the next transaction."""
    topic = site.settings.topic(Topic.DECISIONS)
    producer = TransactionalProducer(bootstrap_servers=site.settings.kafka.bootstrap, transactional_id=site.name)
    await producer.start()
    send = producer._send
    lost: list[EndTxnRequest] = []

    async def losing(node_id: object, request: object, **options: object) -> object:
        answer = await send(node_id, request, **options)
        if isinstance(request, EndTxnRequest) and not lost:
            lost.append(request)
            raise KafkaConnectionError("the answer was lost")
        return answer

    producer._send = losing
    await producer.begin_transaction()
    await producer.send_and_wait(topic, b"x", partition=0)
    with pytest.raises(CommitFailed, match="nobody knows"):
        await producer.end_transaction()
    await producer.stop()
    assert [record.value for record in await site.read(Topic.DECISIONS)] == [b"x"]


async def test_batches_filled_directly_hold_what_they_were_given(site: Site) -> None:
    """In order, with headers and tombstones; a record that does not fit is handed back for the next batch."""
    topic = site.settings.topic(Topic.DECISIONS)
    entries: list[Entry] = [
        (b"k%d" % number, b"v" * 300, [("h", b"%d" % number)] if number == 7 else ()) for number in range(9)
    ]
    entries.append((b"k9", None, ()))
    left = iter(entries)
    options = {"bootstrap_servers": site.settings.kafka.bootstrap, "transactional_id": site.name}
    async with TransactionalProducer(**options, max_batch_size=2000) as producer:
        await producer.begin_transaction()
        while True:
            batch = producer.create_batch()
            unfit = producer.fill(batch, left, 1, size_max=1000)
            batch.close()
            await (await producer.send_batch(batch, topic, partition=0))
            if unfit is None:
                break
            left = iter([unfit, *left])
        await producer.end_transaction()
        with pytest.raises(RecordTooLarge, match="1001 bytes, and 1000 are allowed"):
            producer.fill(producer.create_batch(), iter([(b"k", b"v" * 1000, ())]), 1, size_max=1000)
    read = await site.read(Topic.DECISIONS)
    assert [(record.key, record.value, tuple(record.headers)) for record in read] == [
        (key, value, tuple(headers)) for key, value, headers in entries
    ]


async def test_a_fenced_producer_cannot_commit(site: Site) -> None:
    """Whoever starts a producer of the same id later is the owner."""
    topic = site.settings.topic(Topic.DECISIONS)
    options = {"bootstrap_servers": site.settings.kafka.bootstrap, "transactional_id": site.name}
    async with TransactionalProducer(**options) as old:
        await old.begin_transaction()
        await old.send_and_wait(topic, b"from the past", partition=0)
        async with TransactionalProducer(**options):
            with pytest.raises(CommitFailed, match="Fenced"):
                await old.end_transaction()
    assert await site.read(Topic.DECISIONS) == []


async def test_acknowledgements_carry_the_brokers_time_of_append(site: Site) -> None:
    """That is how a worker knows the brokers' clock."""
    async with AIOKafkaProducer(bootstrap_servers=site.settings.kafka.bootstrap) as producer:
        before = time.time() * 1000
        written = await producer.send_and_wait(site.settings.topic(Topic.CUSTOMER_INBOX), b"x", partition=0)
        assert written.timestamp_type == 1
        assert before - 1000 < written.timestamp < time.time() * 1000 + 1000
        created = await producer.send_and_wait(site.settings.topic(Topic.DECISIONS), b"x", partition=0)
        assert created.timestamp_type == 0
