"""Ids are derived, never drawn: the same occasion has the same id under replay, crash, merge and rule edits."""

import hashlib
from collections.abc import Callable

import xxhash

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of a ULID, of five bits each."""
PAIRS = [one + other for one in CROCKFORD for other in CROCKFORD]
SHIFTS = range(120, -1, -10)
"""Its 26 digits are written by two: 13 pairs make 130 bits, of which the first two are none."""


def trigger_id(rule_id: str, origin: str, event_id: str, step: int, anchor_ms: int, same: str = "") -> str:
    """The id of a rule's trigger for one occasion, written as a ULID: 48 bits of the anchor's time, then 80 bits of
    SHA-256 over (rule, origin visitor or order, anchor event, step), and `same` where one event is the anchor of
    several occasions, such as an order of several products. No rule version: an edit makes no second trigger.
    """
    occasion = "\x00".join((rule_id, origin, event_id, str(step), *([same] if same else [])))
    digest = hashlib.sha256(occasion.encode()).digest()[:10]
    number = (anchor_ms & (1 << 48) - 1) << 80 | int.from_bytes(digest, "big")
    return "".join([PAIRS[number >> shift & 1023] for shift in SHIFTS])


BUCKETS = 10_000


def bucket_of(rule_id: str, key: str) -> int:
    """In which ten-thousandth of all persons, for that rule, the person of that key is; the same in every process."""
    digest = hashlib.sha256(f"{rule_id}\x00{key}".encode()).digest()[:8]
    return int.from_bytes(digest, "big") % BUCKETS


hash64: Callable[[bytes], bytes] = xxhash.xxh3_64_digest
"""A 64-bit hash in 8 bytes, the same in every process."""
