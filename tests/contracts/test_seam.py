"""What the seam relies on in Faust and aiokafka, and what the shell may rely on in the seam."""

import asyncio
import inspect
import time

import aiokafka
import faust
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.errors import UnknownError
from faust.transport.drivers import aiokafka as driver

from agents.seam import Delivery, PositionGone
from agents.seam.inlets import QUEUED_MAX
from schemas.topics import Topic
from tests.agents.worker.site import Site
from tests.contracts.reading_app import TICK_S, ReadingApp, reading, wait_a_fetch
from tests.waiting import until

needs_kafka = pytest.mark.kafka


def test_the_versions_are_the_ones_the_seam_was_written_for() -> None:
    """It reaches into both: a new version is a decision, taken after these tests have passed on it."""
    assert faust.__version__ == "0.15.3"
    assert aiokafka.__version__.startswith("0.14.")


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (Fetcher, ["_get_actions_per_node", "_create_fetch_waiter", "_notify", "seek_to", "error_future"]),
        (FetchResult, ["check_assignment", "has_more", "_update_position"]),
        (PartitionRecords, ["_consumer_record", "_unpack_records"]),
        (driver.Consumer, ["_new_offset", "_add_gap", "perform_seek", "getmany", "_new_consumer_thread"]),
        (driver.AIOKafkaConsumerThread, ["_create_worker_consumer", "_ensure_consumer", "on_start"]),
        (faust.App, ["_crash", "on_rebalance_complete", "on_partitions_revoked", "on_partitions_assigned"]),
    ],
)
def test_what_the_seam_reaches_into_is_there(owner: type, names: list[str]) -> None:
    """A rename in a library would turn an override into a method that nobody calls."""
    assert [name for name in names if not hasattr(owner, name)] == []


def test_faust_filters_events_by_offset() -> None:
    """That is why events are numbered by us."""
    assert "offset >= r_offset" in inspect.getsource(driver.Consumer._drain_messages)


@needs_kafka
async def test_an_error_of_the_group_is_heard_while_nothing_is_read(site: Site) -> None:
    """A broker on its way down answers a join with an error that nobody knows: aiokafka waits for a poll to tell it,
    and before there are partitions there is none."""
    async with reading(site) as app:
        await until(lambda: len(app.inlets) == 2)
        app.app.consumer.close_inlets()
        app.app.consumer._thread._consumer._coordinator._pending_exception = UnknownError()
        await until(lambda: bool(app.crashes))
        assert isinstance(app.crashes[0], UnknownError)
        app.crashes.clear()


@needs_kafka
async def test_one_event_a_partition_and_poll_without_gaps(site: Site) -> None:
    """Batches carry aiokafka's records; each begins where the one before it ended."""
    await site.send([b"k%d" % number for number in range(2000)])
    async with reading(site, records_max=300) as app:
        await until(lambda: len(app.values(0)) + len(app.values(1)) == 2000)
        for deliveries in app.deliveries.values():
            position, record = 0, None
            for delivery in deliveries:
                batch = delivery.batch
                assert delivery.start == position
                assert len(batch.records) == batch.position - position <= 300
                records = list(batch.records)
                assert [record.offset for record in records] == list(range(position, batch.position))
                position = batch.position
                record = records[0] if records else record
            assert record is not None
            assert (record.value, record.timestamp_type) == (b"x", 1)
            assert record.key is not None
            assert record.timestamp > 1_600_000_000_000


@needs_kafka
async def test_a_batch_with_backlog_proves_nothing(site: Site) -> None:
    """Only the one that reaches the end says when the fetch was sent, and that is before it was delivered."""
    await site.send([b"same"] * 1000)
    async with reading(site, records_max=100) as app:
        await until(lambda: len(app.values(0)) + len(app.values(1)) == 1000)
        deliveries = max(app.deliveries.values(), key=lambda found: sum(len(d.batch.records) for d in found))
        last = next(index for index, d in enumerate(deliveries) if d.batch.position == 1000)
        assert all(delivery.batch.asked_ms is None for delivery in deliveries[:last])
        asked_ms = deliveries[last].batch.asked_ms
        assert asked_ms is not None
        assert asked_ms <= deliveries[last].batch.now_ms


@needs_kafka
async def test_an_empty_partition_ticks_and_its_proof_moves_on_with_silence(site: Site) -> None:
    """A tick every `tick_s`, and no more of them, however busy the machine is; what they prove grows."""
    async with reading(site) as app:
        await until(lambda: any(tick.batch.asked_ms for tick in app.deliveries[0]))
        begun, began_s = len(app.deliveries[0]), time.monotonic()
        await until(lambda: len({tick.batch.asked_ms for tick in app.deliveries[0][begun:]}) >= 3)
        await until(lambda: len(app.deliveries[0]) - begun >= 10)
        ticks = [delivery.batch for delivery in app.deliveries[0][begun:]]
        assert len(ticks) <= (time.monotonic() - began_s) / TICK_S * 1.2 + 1
        assert all(not tick.records and tick.position == 0 for tick in ticks)
        proofs = [tick.asked_ms for tick in ticks]
        assert all(asked_ms is not None for asked_ms in proofs)
        assert proofs == sorted(proofs, key=lambda asked_ms: asked_ms or 0)
        assert all(tick.now_ms >= (tick.asked_ms or 0) for tick in ticks)


@needs_kafka
@pytest.mark.parametrize("ending", ["commit", "abort"])
async def test_a_log_that_ends_in_a_transaction_is_read_to_its_end(site: Site, ending: str) -> None:
    """Markers and aborted records take offsets: the end is where the position is, not after the last record."""
    topic = site.settings.topic(Topic.CLICKSTREAM)
    async with reading(site) as app, site.producer(transactional_id=site.name) as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"in doubt", b"k", 0)
        during = await wait_a_fetch(app)
        assert not app.ticks_after(0, during), "a partition with an open transaction is not at its end"
        await (producer.commit_transaction() if ending == "commit" else producer.abort_transaction())
        after = await wait_a_fetch(app)
        await until(lambda: app.ticks_after(0, after), "the partition is at its end again")
        last = app.ticks_after(0, after)[-1]
        assert last.position == 2
        assert app.values(0) == ([b"in doubt"] if ending == "commit" else [])


@needs_kafka
async def test_a_partition_that_is_not_taken_stalls_nobody_else(site: Site) -> None:
    """Two deliveries wait for it; the other partition goes on getting records, ticks and proofs."""
    topic = site.settings.topic(Topic.CLICKSTREAM)
    async with reading(site, records_max=50) as app, site.producer() as producer:
        await until(lambda: bool(app.deliveries[0]))
        app.take = {1}
        for number in range(2000):
            await producer.send(topic, b"%d" % number, partition=0)
        await producer.flush()
        await until(lambda: app.inlets[0].under_way == QUEUED_MAX)
        since, ticks = time.time(), len(app.deliveries[1])
        await producer.send_and_wait(topic, b"quick", partition=1)
        await until(lambda: app.values(1) == [b"quick"])
        await until(lambda: len(app.deliveries[1]) - ticks >= 10 and app.ticks_after(1, since))
        stuck = app.inlets[0].under_way
        assert stuck == QUEUED_MAX
        app.take = {0, 1}
        app.inlets[0].taken(stuck)
        await until(lambda: len(app.values(0)) == 2000)
        assert app.values(0) == [b"%d" % number for number in range(2000)]


@needs_kafka
async def test_reading_begins_where_the_inlet_says_and_goes_back_with_it(site: Site) -> None:
    """Positions are ours: neither the group's offsets nor where aiokafka stands decide."""
    topic = site.settings.topic(Topic.CLICKSTREAM)
    async with site.producer() as producer:
        for number in range(10):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)
    app = ReadingApp(site)
    app.starts[0] = 7
    await app.app.start()
    await until(lambda: app.values(0) == [b"7", b"8", b"9"])
    app.app.consumer.close_inlets()
    inlet = app.app.consumer.open_inlet(TopicPartition(topic, 0), Topic.CLICKSTREAM, 4)

    def anew() -> list[Delivery]:
        return [delivery for delivery in app.deliveries[0] if delivery.inlet is inlet]

    def values() -> list[bytes | None]:
        return [record.value for delivery in anew() for record in delivery.batch.records]

    await until(lambda: values() == [b"4", b"5", b"6", b"7", b"8", b"9"])
    assert anew()[0].start == 4
    await app.app.stop()
    assert not app.crashes


@needs_kafka
async def test_faust_never_commits(site: Site) -> None:
    """The position lives in the changelog, with the state; what a group has committed moves nothing."""
    await site.send([b"k"] * 10)
    async with reading(site) as app:
        await until(lambda: len(app.values(0)) + len(app.values(1)) == 10)
        await app.app.consumer.commit()
    async with AIOKafkaConsumer(
        bootstrap_servers=site.settings.kafka.bootstrap, group_id=site.name, enable_auto_commit=False
    ) as consumer:
        assert [await consumer.committed(partition) for partition in site.partitions(Topic.CLICKSTREAM)] == [None] * 2


@needs_kafka
async def test_a_position_that_is_gone_is_told_as_a_crash(site: Site) -> None:
    """Records deleted in front of a reader must not be jumped over in silence."""
    topic = TopicPartition(site.settings.topic(Topic.CLICKSTREAM), 0)
    async with site.producer() as producer:
        for _ in range(10):
            await producer.send_and_wait(topic.topic, b"x", partition=0)
    admin = AIOKafkaAdminClient(bootstrap_servers=site.settings.kafka.bootstrap)
    await admin.start()
    await admin.delete_records({topic: RecordsToDelete(before_offset=5)})
    await admin.close()
    app = ReadingApp(site)
    starting = asyncio.create_task(app.app.start())
    await until(lambda: bool(app.crashes))
    assert isinstance(app.crashes[0], PositionGone)
    starting.cancel()
    await app.app.stop()


@needs_kafka
async def test_a_receiver_that_raises_is_told_as_a_crash(site: Site) -> None:
    """Faust would acknowledge the event, restart the agent, and go on without it."""
    app = ReadingApp(site)
    app.take = {0, 1}
    app.deliveries = {}
    await app.app.start()
    await until(lambda: bool(app.crashes))
    assert isinstance(app.crashes[0], KeyError)
    await app.app.stop()
