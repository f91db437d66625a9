"""Ids are derived, never drawn: the same occasion has the same id under replay, crash, merge and rule edits."""

import hashlib
from collections.abc import Callable
from typing import Final

import xxhash

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of a ULID, of five bits each."""
_TIME: Final = (1 << 48) - 1
PAIRS: Final = [one + other for one in CROCKFORD for other in CROCKFORD]
"""Its 26 digits are written by two. Five pairs make 50 bits, of which the first two are none: those of the time. Four
make the 40 bits of half of the hash. No number is so large that a machine word does not hold it."""


def trigger_id(rule_id: str, origin: str, event_id: str, step: int, anchor_ms: int, same: str = "") -> str:
    """The id of a rule's trigger for one occasion, written as a ULID: 48 bits of the anchor's time, then 80 bits of
    SHA-256 over (rule, origin visitor or order, anchor event, step), and `same` where one event is the anchor of
    several occasions, such as an order of several products. No rule version: an edit makes no second trigger.
    """
    occasion = "\x00".join((rule_id, origin, event_id, str(step), *([same] if same else [])))
    digest, pairs, at = hashlib.sha256(occasion.encode()).digest(), PAIRS, anchor_ms & _TIME
    written = [
        pairs[at >> 40],
        pairs[at >> 30 & 1023],
        pairs[at >> 20 & 1023],
        pairs[at >> 10 & 1023],
        pairs[at & 1023],
    ]
    for first in (0, 5):  # `int.from_bytes` takes ten times as long to read its arguments
        half = 0
        for place in range(first, first + 5):
            half = half << 8 | digest[place]
        written += [pairs[half >> shift & 1023] for shift in (30, 20, 10, 0)]
    return "".join(written)


BUCKETS: Final = 10_000


def bucket_of(salt: str, who: str) -> int:
    """In which ten-thousandth of all somebody is, 0 to 9999: the first 8 bytes of the SHA-256 over salt, a zero byte
    and `who`, as a number, modulo 10,000. With another salt they are shuffled anew; the same in every process."""
    digest = hashlib.sha256(f"{salt}\x00{who}".encode()).digest()[:8]
    return int.from_bytes(digest, "big") % BUCKETS


hash64: Final[Callable[[bytes], bytes]] = xxhash.xxh3_64_digest
"""A 64-bit hash in 8 bytes, the same in every process."""
