"""Apache Kafka from pip alone: it starts, keeps what it was told, and leaves nothing behind."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents.demo.broker import BrokerDidNotStart, Kafka
from tests.waiting import WITHIN_S

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("kafka_installed")]

TOPIC = "clicks"


async def create_topic(kafka: Kafka, copies: int = 1) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=copies)])
    finally:
        await admin.close()


async def produce(kafka: Kafka, values: Sequence[bytes], commit: bool = True) -> None:
    """All values in one transaction, which is committed or aborted."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id="shop")
    await producer.start()
    try:
        await producer.begin_transaction()
        for value in values:
            await producer.send_and_wait(TOPIC, value)
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()


async def committed(kafka: Kafka, count: int) -> list[bytes]:
    """The first values of the topic that are committed."""
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(WITHIN_S):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_broker_keeps_transactions_and_leaves_no_process(tmp_path: Path) -> None:
    """What is committed can be read, what is aborted can't, and after the stop the process is gone."""
    with await asyncio.to_thread(Kafka.start, tmp_path) as kafka:
        pid = kafka.pid()
        await create_topic(kafka)
        await produce(kafka, [b"sees a mug", b"adds the mug"])
        await produce(kafka, [b"never happened"], commit=False)
        await produce(kafka, [b"buys the mug"])

        assert await committed(kafka, 3) == [b"sees a mug", b"adds the mug", b"buys the mug"]

    assert not exists(pid)
    kafka.stop()  # a second stop is harmless


async def test_data_and_ports_survive_a_kill(tmp_path: Path) -> None:
    """A broker killed and restarted is the same one, with what had been committed."""
    with Kafka.start(tmp_path) as kafka:
        await create_topic(kafka)
        await produce(kafka, [b"before"])
        bootstrap, pid = kafka.bootstrap, kafka.pid()

        kafka.kill()
        assert not kafka.is_running()
        with pytest.raises(ValueError, match="not running"):
            kafka.pid()
        kafka.restart()

        await produce(kafka, [b"after"])
        assert await committed(kafka, 2) == [b"before", b"after"]
        assert kafka.bootstrap == bootstrap
        assert kafka.pid() != pid


async def test_a_cluster_started_again_on_its_folder_is_the_same(tmp_path: Path) -> None:
    """The folder is all that a cluster is: addresses and data come back with it."""
    with Kafka.start(tmp_path) as first:
        await create_topic(first)
        await produce(first, [b"yesterday"])

    with Kafka.start(tmp_path) as second:
        assert second.bootstrap == first.bootstrap
        assert await committed(second, 1) == [b"yesterday"]


async def test_a_paused_broker_goes_on_and_can_be_stopped(tmp_path: Path) -> None:
    """Pausing loses nothing, and a broker that is paused does not outlive its stop."""
    with Kafka.start(tmp_path) as kafka:
        await create_topic(kafka)
        kafka.pause()
        slow = asyncio.create_task(produce(kafka, [b"late"]))
        await asyncio.sleep(0.5)
        assert not slow.done()
        kafka.resume()
        await slow
        assert await committed(kafka, 1) == [b"late"]

        pid = kafka.pid()
        kafka.pause()

    assert not exists(pid)


@pytest.mark.slow
async def test_three_brokers_go_on_without_one(tmp_path: Path) -> None:
    """They form one cluster, whose records are written by a majority while a broker is dead, and it comes back."""
    with Kafka.start(tmp_path, brokers=3) as kafka:
        pids = [kafka.pid(broker) for broker in (1, 2, 3)]
        await create_topic(kafka, copies=3)
        await produce(kafka, [b"by three"])
        kafka.kill(2)
        await produce(kafka, [b"by two"])
        kafka.restart(2)

        assert await committed(kafka, 2) == [b"by three", b"by two"]
        with pytest.raises(ValueError, match="no broker 4"):
            kafka.kill(4)
        pids.append(kafka.pid(2))

    assert not any(map(exists, pids))


def test_a_refused_start_says_why(tmp_path: Path) -> None:
    """Kafka's own words are in the error."""
    with pytest.raises(BrokerDidNotStart, match=r"Kafka broker 1(.|\n)*num\.network\.threads"):
        Kafka.start(tmp_path, extra={"num.network.threads": "many"})


def test_a_broker_that_dies_while_starting_says_why(tmp_path: Path) -> None:
    """Not only the settings' check speaks: here the formatting goes well, and then the broker itself gives up."""
    with Kafka.start(tmp_path):
        pass

    with pytest.raises(BrokerDidNotStart, match=r"ended while starting(.|\n)*no\.such\.Reporter"):
        Kafka.start(tmp_path, extra={"metric.reporters": "no.such.Reporter"})
