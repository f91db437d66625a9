"""`afterclick segments export` on a real Kafka: who hears no marketing, as a list."""

import asyncio
import secrets

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner, Result

from agents.cli import app
from agents.demo.broker import Kafka
from schemas.topics import Topic
from tests.streams.test_members import changelog, shop

pytestmark = pytest.mark.kafka
PARTITIONS = 2


async def stored(kafka: Kafka, prefix: str) -> None:
    """The shop's customers, on two partitions that go by the same rulebook."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await producer.start()
    try:
        await admin.create_topics([NewTopic(prefix + topic.value, PARTITIONS, 1) for topic in Topic])
        topic = prefix + Topic.CUSTOMERS_CHANGELOG.value
        for key, value in changelog(shop()).items():
            own = range(PARTITIONS) if key.startswith(b"\x00") else [key[-1] % PARTITIONS]
            for partition in own:
                await producer.send_and_wait(topic, value, key, partition)
    finally:
        await producer.stop()
        await admin.close()


def export(kafka: Kafka, prefix: str, *words: str) -> Result:
    """The command's end."""
    settings = {"AFTERCLICK_TOPIC_PREFIX": prefix, "AFTERCLICK_KAFKA__BOOTSTRAP": kafka.bootstrap}
    return CliRunner().invoke(app, ["segments", "export", *words], env=settings)


def test_it_lists_who_is_in_a_segment(kafka: Kafka) -> None:
    """An id a line, by default of those who hear no marketing; what it says of itself goes to standard error."""
    prefix = f"export-{secrets.token_hex(4)}-"
    asyncio.run(stored(kafka, prefix))
    plain = export(kafka, prefix)
    assert (plain.exit_code, plain.stdout) == (0, "cem\n"), plain.output
    assert "1 customers" in plain.stderr
    named = export(kafka, prefix, "--segment", "buyer", "--segment", "loyal", "--json")
    lines = [orjson.loads(line) for line in named.stdout.splitlines()]
    assert [(line["customer"], line["segments"]) for line in lines] == [("ada", ["buyer", "loyal"]), ("bob", ["buyer"])]
    wrong = export(kafka, prefix, "--segment", "loyall")
    assert wrong.exit_code == 2
    assert "segments export: the rulebook 'story' has no segment 'loyall'; did you mean 'loyal'?" in wrong.stderr
