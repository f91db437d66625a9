"""Which events a visitor's record has folded already: 64-bit hashes in two generations.

An id is remembered for at least the window and at most twice as long, and the number kept is capped, so that neither
time nor a bot lets the record grow without bound.
"""

from typing import Final

from streams.ids import hash64
from streams.visits.visitors import Visitor

SEEN_WINDOW_MS: Final = 24 * 3_600_000
SEEN_MAX: Final = 256
HASH_BYTES: Final = 8


def is_repeat(visitor: Visitor, event_id: str, at: int) -> bool:
    """Whether the event was folded before; if not, it is remembered. `at` is the event's time, ms.

    The hashes stand one behind the other, and are searched for as bytes: a match across two of them is as unlikely as
    two ids of one hash.
    """
    mark = hash64(event_id.encode())
    seen = visitor.seen
    # `in` would take a mark for a number first, and format an error of it each time.
    if seen.find(mark) >= 0 or ((older := visitor.older) and older.find(mark) >= 0):
        return True
    if not seen:
        visitor.seen_since = at
    elif len(seen) >= SEEN_MAX * HASH_BYTES or at - visitor.seen_since > SEEN_WINDOW_MS:
        visitor.older = seen
        visitor.seen_since = at
        seen = b""
    visitor.seen = seen + mark
    return False
