"""Ids are derived, never drawn: the same occasion has the same id under replay, crash, merge and rule edits."""

import hashlib
from collections.abc import Callable

import xxhash

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [first + second for first in CROCKFORD for second in CROCKFORD]
"""The two ULID digits of each ten bits."""


def trigger_id(rule_id: str, origin: str, event_id: str, step: int, anchor_ms: int) -> str:
    """The id of a rule's trigger for one occasion, written as a ULID: 48 bits of the anchor's time, then 80 bits of
    SHA-256 over (rule, origin visitor or order, anchor event, step). No rule version: an edit makes no second trigger.
    """
    occasion = "\x00".join((rule_id, origin, event_id, str(step)))
    digest = hashlib.sha256(occasion.encode()).digest()[:10]
    number = (anchor_ms & (1 << 48) - 1) << 80 | int.from_bytes(digest, "big")
    return "".join([PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


hash64: Callable[[bytes], bytes] = xxhash.xxh3_64_digest
"""A 64-bit hash in 8 bytes, the same in every process."""
