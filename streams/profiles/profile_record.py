"""How a profile stands in the changelog: packed, since it is written once a profile and batch.

The first byte is the version. The summary follows as numbers of a fixed width: at a restore most profiles are only
looked at, when each wants to be woken, and what is counted. The carts that were told stand behind them, and nowhere
else. The rest is the profile, by msgpack.
"""

from collections.abc import Callable
from struct import Struct
from typing import Final

from msgspec.msgpack import Decoder, Encoder

from schemas.facts.profile_facts import FactInOrder, Joining
from schemas.state.person import Person
from schemas.state.profile import Entry, Link, Profile
from schemas.state.wishes import Wish
from streams.person.shelves import clear
from streams.profiles.profile import Summary, summary
from streams.state_format import StateFormat

RECORD: Final = StateFormat("a profile", oldest=21)
VERSION: Final = RECORD.version

JSON_VERSION: Final = 5
"""Records of before were JSON, and began with a brace."""

_HEAD: Final = Struct("<B?qq?IIqH")
Written = tuple[
    Person,
    list[tuple[FactInOrder, str, int]],
    list[Link],
    bool,
    int,
    int | None,
    dict[str, Joining],
    int,
    list[Wish],
]
"""The fields of a profile in their order, but for the carts, and each entry of the journal as its fact, to whom it went
and its size."""

_encode: Callable[[Written], bytes] = Encoder().encode
_decode: Callable[[memoryview], Written] = Decoder(Written).decode


def version_of(value: bytes) -> int:
    """The version of the record, also of one that only another program can read."""
    return JSON_VERSION if value.startswith(b"{") else value[0]


def encode(profile: Profile) -> bytes:
    """The record as it stands in the changelog; equal profiles have equal bytes."""
    clear(profile.person)
    wakes, touched, noted, episodes, waiting, looked, carts = summary(profile)
    head = _HEAD.pack(VERSION, wakes is not None, wakes or 0, touched, noted, episodes, waiting, looked, len(carts))
    written = (
        profile.person,
        [(entry.fact, entry.to, entry.size) for entry in profile.journal],
        profile.links,
        profile.handed_over,
        profile.visit_start,
        profile.exited_at,
        profile.joining,
        profile.touched,
        profile.wishes,
    )
    return head + carts + _encode(written)


def decode(value: bytes) -> Profile:
    """The record that the changelog holds. Raises UnreadableState."""
    carts = summary_of(as_of_today(value)).carts
    person, journal, links, handed_over, visit_start, exited_at, joining, touched, wishes = _decode(
        memoryview(value)[_HEAD.size + len(carts) :]
    )
    entries = [Entry(fact, to, size) for fact, to, size in journal]
    return Profile(person, entries, links, handed_over, visit_start, exited_at, joining, touched, wishes, carts)


def as_of_today(value: bytes) -> bytes:
    """The record, if it is of today's version. Raises UnreadableState."""
    if value[0] != VERSION:
        RECORD.lift(version_of(value), None)
    return value


def summary_of(value: bytes) -> Summary:
    """The summary of a record of today's version."""
    _, has_wakes, wakes, touched, noted, episodes, waiting, looked, size = _HEAD.unpack_from(value)
    carts = value[_HEAD.size : _HEAD.size + size] if size else b""
    return Summary(wakes if has_wakes else None, touched, noted, episodes, waiting, looked, carts)
