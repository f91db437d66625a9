"""The last defence: a person whose record would be too large for Kafka is put aside, and not the partition.

No sequence of records should get that far, since every container has its limit. Should one all the same, then a small
note takes the record's place, and whatever else is told of that person is counted and ignored for as long as the note
is kept: what it costs is bounded, and everybody else goes on. It is said loudly, by a dead letter and a metric.

Wishes alone are heard: the note says what the person wants, and who must hear of it.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import orjson
from msgspec.json import Decoder, Encoder

from schemas.outcomes.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.state.profile import HERE, Profile
from schemas.state.wishes import Note
from schemas.topics import Topic
from streams.person.consent import handed_over, unsay
from streams.profiles import profile_record
from streams.stage import Effects, Out

Key = TypeVar("Key", str, bytes)

_NOTE = b'{"aside":'
"""No other record begins so: a visitor's with its version's byte, a profile with the word."""


def is_note(value: bytes) -> bool:
    """Whether a record of a changelog says no more than that somebody is put aside."""
    return value.startswith(_NOTE)


_encode: Callable[[Note], bytes] = Encoder().encode
_decode: Callable[[bytes], Note] = Decoder(Note).decode
_NOTHING: Final = profile_record.encode(Profile())


class Aside(Generic[Key]):
    """Who is put aside, of one partition of a changelog."""

    __slots__ = ("_changelog", "_notes", "_partition", "_stage")

    def __init__(self, stage: str, changelog: Topic, partition: int) -> None:
        self._stage, self._changelog, self._partition = stage, changelog, partition
        self._notes: dict[Key, tuple[int, Profile]] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._notes

    def everybody(self) -> list[Key]:
        """All of them."""
        return list(self._notes)

    def since(self, key: Key) -> int:
        """The time of the last that is known of the person, ms."""
        return self._notes[key][0]

    def heard(self, key: Key) -> Profile:
        """What is known of the person's wishes: it may be changed."""
        return self._notes[key][1]

    def restore(self, key: Key, value: bytes | None) -> bool:
        """Take a record of the changelog, or a tombstone; whether it is a note. The last one of a key counts. Raises
        UnreadableState."""
        if value is not None and is_note(value):
            note = _decode(value)
            heard = Profile() if note.heard is None else profile_record.decode(note.heard)
            self._notes[key] = note.aside, heard
            return True
        self._notes.pop(key, None)
        return False

    def note(self, key: Key) -> bytes:
        """What stands in the record's place."""
        aside, heard = self._notes[key]
        record = profile_record.encode(heard)
        return _encode(Note(aside, None if record == _NOTHING else record))

    def forget(self, key: Key, now: int) -> Profile | None:
        """Let the person begin anew at that W, ms; None if nobody of that key was put aside. What is left is whether
        messages are wanted, and anything may be known: nobody can tell when the person was last here."""
        note = self._notes.pop(key, None)
        if note is None:
            return None
        _, heard = note
        person = handed_over(heard.person)
        for wish in heard.wishes:
            if wish.to != HERE:
                unsay(person, wish.fact.place())
        return Profile(person, touched=now)

    def put(self, effects: Effects, key: Key, profile: Profile, since: int, position: int, value: bytes) -> bytes:
        """Put the person of that key aside, whose record, or a fact of whom, is `value`; what is written instead.

        The dead letter names the changelog that the record was meant for and the position that the stage had come to.
        """
        self._notes[key] = since, _what_is_heard(profile)
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


def _what_is_heard(profile: Profile) -> Profile:
    """Of a profile that is too large: what was wished, and whom wishes concern: a customer's devices; whose a visitor
    was first, for what was said before that, and last."""
    person = handed_over(profile.person)
    person.visitors = list(profile.person.visitors)
    links = [*profile.links[:1], *profile.links[1:][-1:]]
    return Profile(person, links=links, handed_over=bool(links), wishes=list(profile.wishes))
