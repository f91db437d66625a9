"""The last defence: a person whose record would be too large for Kafka is put aside, and not the partition.

No sequence of records should get that far, since every container has its limit. Should one all the same, then a small
note takes the record's place, and whatever else is told of that person is counted and ignored for as long as the note
is kept: what it costs is bounded, and everybody else goes on. It is said loudly, by a dead letter and a metric.
"""

import base64
import hashlib
from typing import Generic, TypeVar

import orjson

from schemas.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.topics import Topic
from streams.stage import Effects, Out

Key = TypeVar("Key", str, bytes)

_NOTE = b'{"aside":'
"""No other record begins so: a visitor's with its version's byte, a profile with the word."""


def is_note(value: bytes) -> bool:
    """Whether a record of a changelog says no more than that somebody is put aside."""
    return value.startswith(_NOTE)


class Aside(Generic[Key]):
    """Who is put aside, of one partition of a changelog."""

    __slots__ = ("_changelog", "_partition", "_since", "_stage")

    def __init__(self, stage: str, changelog: Topic, partition: int) -> None:
        self._stage, self._changelog, self._partition = stage, changelog, partition
        self._since: dict[Key, int] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._since

    def everybody(self) -> list[Key]:
        """All of them."""
        return list(self._since)

    def since(self, key: Key) -> int:
        """The time of the last that is known of the person, ms."""
        return self._since[key]

    def restore(self, key: Key, value: bytes | None) -> bool:
        """Take a record of the changelog, or a tombstone; whether it is a note. The last one of a key counts."""
        if value is not None and is_note(value):
            self._since[key] = orjson.loads(value)["aside"]
            return True
        self._since.pop(key, None)
        return False

    def note(self, key: Key) -> bytes:
        """What stands in the record's place."""
        return b"%b%d}" % (_NOTE, self._since[key])

    def forget(self, key: Key) -> bool:
        """Let the person begin anew; False if nobody of that key was put aside."""
        return self._since.pop(key, None) is not None

    def put(self, effects: Effects, key: Key, since: int, position: int, value: bytes) -> bytes:
        """Put the person of that key aside, whose record, or a fact of whom, is `value`; what is written instead.

        The dead letter names the changelog that the record was meant for and the position that the stage had come to.
        """
        self._since[key] = since
        raw_key = key.encode() if isinstance(key, str) else key
        letter = DeadLetter(
            reason=Rejection.PUT_ASIDE,
            detail=f"a record of {len(value)} bytes is more than is kept of one person",
            stage=self._stage,
            topic=self._changelog.value,
            partition=self._partition,
            offset=position,
            size=len(value),
            sha256=hashlib.sha256(value).hexdigest(),
            raw=base64.b64encode(value[:RAW_BYTES_MAX]).decode(),
        )
        effects.outputs.append(Out(Topic.DEAD_LETTERS, raw_key, orjson.dumps(letter.model_dump(mode="json"))))
        effects.count("put_aside", self._stage)
        effects.count("dead_letters", self._stage)
        return self.note(key)
