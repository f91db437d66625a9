"""How a profile stands in the changelog: packed, since it is written once a profile and batch.

The first byte is the version. The summary follows as numbers of a fixed width: at a restore most profiles are only
looked at, when each wants to be woken, and what is counted. The carts that were told stand behind them, and nowhere
else. The rest is the profile, by msgpack.
"""

from collections.abc import Callable
from struct import Struct
from typing import Final

from msgspec.msgpack import Decoder, Encoder

from schemas.state.profile import Profile
from streams.person.shelves import clear
from streams.profiles.profile import Summary, summary
from streams.state_format import StateFormat

RECORD: Final = StateFormat("a profile", oldest=20)
VERSION: Final = RECORD.version

JSON_VERSION: Final = 5
"""Records of before were JSON, and began with a brace."""

_HEAD: Final = Struct("<B?qq?IIqH")
_encode: Callable[[Profile], bytes] = Encoder().encode
_decode: Callable[[memoryview], Profile] = Decoder(Profile).decode


def version_of(value: bytes) -> int:
    """The version of the record, also of one that only another program can read."""
    return JSON_VERSION if value.startswith(b"{") else value[0]


def encode(profile: Profile) -> bytes:
    """The record as it stands in the changelog; equal profiles have equal bytes."""
    clear(profile.person)
    wakes, touched, noted, episodes, waiting, looked, carts = summary(profile)
    head = _HEAD.pack(VERSION, wakes is not None, wakes or 0, touched, noted, episodes, waiting, looked, len(carts))
    if not carts:
        return head + _encode(profile)
    profile.carts = b""
    record = head + carts + _encode(profile)
    profile.carts = carts
    return record


def decode(value: bytes) -> Profile:
    """The record that the changelog holds. Raises UnreadableState."""
    carts = summary_of(as_of_today(value)).carts
    profile = _decode(memoryview(value)[_HEAD.size + len(carts) :])
    profile.carts = carts
    return profile


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
