"""The Kafka clients of the dispatcher, set up the way its guarantees need them."""

from aiokafka import AIOKafkaConsumer

from agents.kafka import connection
from agents.seam import TransactionalProducer
from agents.settings.settings import Settings
from schemas.topics import Topic

PRODUCER_BATCH_BYTES = 256 * 1024
FOLD_RECORDS_MAX = 500  # so that taking up a backlog never blocks running calls for long
RETRY_BACKOFF_MS = 10  # a transaction that follows another closely is first told to wait
LOOKS_PER_AGE = 4  # fetches return this often within `look_max_age_ms`, also in silence


def trigger_consumer(settings: Settings) -> AIOKafkaConsumer:
    """The group member. It starts nowhere by itself: positions come from the ledger."""
    kafka = settings.kafka
    return AIOKafkaConsumer(
        **connection(kafka),
        group_id=f"{settings.app}-dispatcher",
        group_instance_id=None if settings.instance is None else f"{settings.instance}-dispatcher",
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=int(kafka.session_timeout_s * 1000),
        heartbeat_interval_ms=int(kafka.session_timeout_s * 1000 / 5),
        rebalance_timeout_ms=int(kafka.rebalance_timeout_s * 1000),
        max_poll_records=min(kafka.poll_records_max, FOLD_RECORDS_MAX),
        max_partition_fetch_bytes=kafka.fetch_partition_bytes_max,
        fetch_max_wait_ms=min(kafka.fetch_max_wait_ms, settings.dispatch.look_max_age_ms // LOOKS_PER_AGE),
    )


def product_consumer(settings: Settings) -> AIOKafkaConsumer:
    """Reads all products, and what becomes of them, for as long as the process runs."""
    kafka = settings.kafka
    return AIOKafkaConsumer(
        **connection(kafka),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=min(kafka.poll_records_max, FOLD_RECORDS_MAX),
        max_partition_fetch_bytes=kafka.fetch_partition_bytes_max,
        fetch_max_wait_ms=min(kafka.fetch_max_wait_ms, settings.dispatch.look_max_age_ms // LOOKS_PER_AGE),
    )


def ledger_consumer(settings: Settings) -> AIOKafkaConsumer:
    """Reads a ledger from its beginning to its end."""
    return AIOKafkaConsumer(
        **connection(settings.kafka),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=settings.kafka.fetch_partition_bytes_max,
        fetch_max_wait_ms=50,  # its stop waits for the running fetch
    )


def ledger_producer(settings: Settings, partition: int) -> TransactionalProducer:
    """The one writer of a ledger partition: its start fences whoever was it before."""
    return TransactionalProducer(
        **connection(settings.kafka),
        transactional_id=f"{settings.app}-dispatcher-{settings.topic(Topic.TRIGGERS)}-{partition}",
        transaction_timeout_ms=settings.kafka.transaction_timeout_ms,
        max_batch_size=PRODUCER_BATCH_BYTES,
        retry_backoff_ms=RETRY_BACKOFF_MS,
    )
