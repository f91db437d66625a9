"""What every source stage does with a record before it means anything: its time, its key, its one counted outcome."""

import base64
import hashlib

import orjson

from schemas.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.facts import Fact
from schemas.topics import Topic
from schemas.wire import Rejected, write_fact
from streams.stage import LOG_APPEND_TIME, Effects, Out, Record

FUTURE_MS_MAX = 24 * 3_600_000

APPLIED, DUPLICATE, LATE, IGNORED, QUARANTINED = "applied", "duplicate", "late", "ignored", "quarantined"
"""The outcomes: consumed = applied + duplicate + late + ignored + quarantined."""


def taken_at(record: Record, now_ms: int) -> int:
    """When the broker took the record; where the topic keeps the producer's times, the clock of the fetch stands in."""
    return record.timestamp if record.timestamp_type == LOG_APPEND_TIME else now_ms


def tell(effects: Effects, key: bytes, fact: Fact) -> None:
    """Send a fact to the profile of that key."""
    effects.outputs.append(Out(Topic.PROFILE_INBOX, key, write_fact(fact)))
    effects.count("facts", fact.fact)


def quarantine(effects: Effects, rejected: Rejected, topic: Topic, partition: int, record: Record) -> None:
    """Put the record aside: a dead letter with reason, origin, digest and the first 64 KB, and its counts."""
    value = record.value or b""
    letter = DeadLetter(
        reason=rejected.reason,
        detail=rejected.detail,
        stage=topic.value,
        topic=topic.value,
        partition=partition,
        offset=record.offset,
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
        raw=base64.b64encode(value[:RAW_BYTES_MAX]).decode(),
    )
    key = f"{topic.value}-{partition}-{record.offset}".encode()
    effects.outputs.append(Out(Topic.DEAD_LETTERS, key, orjson.dumps(letter.model_dump(mode="json"))))
    effects.count("records", topic.value, QUARANTINED)
    effects.count("quarantined", topic.value, rejected.reason.value)
    effects.count("dead_letters", topic.value)


FUTURE = Rejected(Rejection.FUTURE, "occurred_at: more than 24 hours ahead of the broker's clock")
MISKEYED = Rejected(Rejection.KEY_MISMATCH, "the Kafka key is not the visitor or customer that the record names")
"""Two owners for one person would be the price of taking such a record."""
