"""Reads back, committed, what lies on the topics after a run, into files of the run folder."""

from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.settings.settings import Settings
from schemas.topics import Topic
from streams.inspection import told
from streams.profiles.profile_record import decode as decode_profile
from streams.stage import POSITION_KEY
from streams.visits.visitor_record import decode as decode_visitor
from streams.visits.visitor_record import encode as encode_visitor
from tests.chaos.generator import PARTITIONS
from tests.chaos.recompute import settings_again
from tests.written import written_ends

SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS)
POLL_MS = 200


async def read_back(settings: Settings, folder: Path) -> None:
    """All that the verdict needs of Kafka: input, triggers, ledger, dead letters and states, of both apps."""
    again = settings_again(settings.kafka.bootstrap, settings.app)
    ends: dict[str, int] = {}
    with (folder / "input.jsonl").open("wb") as file:
        for topic in SOURCES:
            async for record in records(settings, topic, ends):
                file.write(orjson.dumps(_input(topic, record)) + b"\n")
    for of, name in ((settings, "live"), (again, "again")):
        with (folder / f"triggers-{name}.jsonl").open("wb") as file:
            async for record in records(of, Topic.TRIGGERS, {}):
                place = {"at": record.timestamp, "partition": record.partition, "offset": record.offset}
                file.write(orjson.dumps(orjson.loads(record.value) | place) + b"\n")
        for topic in (Topic.CUSTOMERS_CHANGELOG, Topic.SESSIONS_CHANGELOG, Topic.INTAKE_CHANGELOG):
            await _last(of, topic, folder / f"{topic.value}-{name}.jsonl")
    await _last(settings, Topic.DELIVERIES, folder / "deliveries.jsonl")
    with (folder / "dead-letters.jsonl").open("wb") as file:
        async for record in records(settings, Topic.DEAD_LETTERS, {}):
            letter = orjson.loads(record.value)
            file.write(
                orjson.dumps({name: letter[name] for name in ("reason", "topic", "partition", "offset")}) + b"\n"
            )
    (folder / "ends.json").write_bytes(orjson.dumps(ends))


async def records(settings: Settings, topic: Topic, ends: dict[str, int]) -> AsyncIterator[Any]:
    """Every record of the topic from beginning to end, read committed; the ends are noted."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap, isolation_level="read_committed", fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(settings.topic(topic), number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        wanted = await written_ends(settings.kafka.bootstrap, partitions)
        ends.update({f"{topic.value}-{partition.partition}": end for partition, end in wanted.items()})
        while not all([await consumer.position(partition) >= wanted[partition] for partition in partitions]):
            for polled in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in polled:
                    yield record
    finally:
        await consumer.stop()


def _input(topic: Topic, record: Any) -> dict[str, Any]:
    line: dict[str, Any] = {"topic": topic.value, "partition": record.partition, "offset": record.offset}
    line["at"] = record.timestamp
    try:
        body = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        body = None
    line["body"] = body if isinstance(body, dict) and "event_id" in body else None
    return line


async def _last(settings: Settings, topic: Topic, file: Path) -> None:
    """The last value of each key; a stage's own marks by partition, with a key that says so."""
    values: dict[str, Any] = {}
    async for record in records(settings, topic, {}):
        key = record.key.decode()
        if record.key.startswith(POSITION_KEY):
            key = f"\x00position-{record.partition}-{key[1:]}"
        if record.value is None:
            values.pop(key, None)
        else:
            values[key] = record.value
    with file.open("wb") as sink:
        for key, value in values.items():
            sink.write(orjson.dumps([key, _said(topic, value)]) + b"\n")


def _said(topic: Topic, value: bytes) -> Any:
    """The record as JSON; what is packed of a visitor's visits can still be compared as text."""
    if value.startswith(b"{"):
        return orjson.Fragment(value)
    if topic is Topic.CUSTOMERS_CHANGELOG:
        return told(decode_profile(value))
    visitor = decode_visitor(value)
    held = visitor.profile
    profile = told(decode_profile(held)) if isinstance(held, bytes) else None
    return {"visits": b64encode(encode_visitor(replace(visitor, profile=None))).decode(), "profile": profile}
