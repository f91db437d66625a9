"""The last defence: a person whose record would be too large for Kafka is put aside, and not the partition.

No sequence of records should get that far, since every container has its limit. Should one all the same, then a small
note takes the record's place, and whatever else is told of that person is counted and ignored for as long as the note
is kept: what it costs is bounded, and everybody else goes on. It is said loudly, by a dead letter and a metric.
"""

import base64
import hashlib

import orjson

from schemas.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.topics import Topic
from streams.stage import Effects, Out

_NOTE = b'{"aside":'
"""No other record begins so: a visitor's with its version's byte, a profile with the word."""


def encode_note(since: int) -> bytes:
    """The note's bytes: `since` is the time of the last that is known of the person, ms."""
    return b"%b%d}" % (_NOTE, since)


def aside_since(value: bytes) -> int | None:
    """Since when the person of that record has been put aside; None for a record that is none."""
    return int(orjson.loads(value)["aside"]) if value.startswith(_NOTE) else None


def put_aside(
    effects: Effects, stage: str, topic: Topic, partition: int, position: int, key: bytes, value: bytes
) -> None:
    """Say loudly that the record of that key is not written: a dead letter with its size and its first 64 KB, which
    names the changelog that it was meant for and the position that the stage had come to."""
    letter = DeadLetter(
        reason=Rejection.PUT_ASIDE,
        detail="the person's record, or a fact of theirs, is larger than a record may be",
        stage=stage,
        topic=topic.value,
        partition=partition,
        offset=position,
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
        raw=base64.b64encode(value[:RAW_BYTES_MAX]).decode(),
    )
    effects.outputs.append(Out(Topic.DEAD_LETTERS, key, orjson.dumps(letter.model_dump(mode="json"))))
    effects.count("put_aside", stage)
    effects.count("dead_letters", stage)
