"""The profiles of a partition of customers. One that was restored, or has nothing to wait for, or of which nothing was
heard for a while, stays as its bytes until somebody needs more than its summary: most of them lie still for days, and a
new owner has to begin soon.

Visitors rest likewise (`streams.visits.held_visitors`), by other means, since each has what the other needs not. Here a
profile is looked at without being decoded, by its summary, and rests as soon as nothing is awaited. There every click
asks: who has changed is noted at the visitor itself, and who rests is decided for a whole commit at once.
"""

from collections import OrderedDict
from collections.abc import Iterator

from schemas.state.profile import Profile
from streams.profiles.profile import Summary, summary, wakes
from streams.profiles.profile_record import as_of_today, decode, encode
from streams.profiles.profile_record import summary_of as recorded_summary
from streams.stage import ALIVE_AT_A_TIME

NOTHING = Summary(None, 0, False, 0, 0)


class Profiles:
    """Profiles by key, each held once: as bytes, or as the live object."""

    __slots__ = ("_alive", "_held")

    def __init__(self) -> None:
        self._held: dict[str, Profile | bytes] = {}
        self._alive: OrderedDict[str, None] = OrderedDict()  # who was written last, the latest last

    def __len__(self) -> int:
        return len(self._held)

    def restore(self, key: str, value: bytes | None) -> None:
        """Take a record of the changelog, or a tombstone. The last one of a key counts. Raises UnreadableState."""
        if value is None:
            self._held.pop(key, None)
        else:
            self._held[key] = as_of_today(value)

    def get(self, key: str) -> Profile | None:
        """The live profile of that key: it may be changed."""
        held = self._held.get(key)
        if isinstance(held, bytes):
            held = self._held[key] = decode(held)
        return held

    def put(self, key: str, profile: Profile) -> None:
        """A profile that was not there before."""
        self._held[key] = profile

    def rest(self, key: str) -> None:
        """Keep the profile of that key as its record until somebody asks for it again; not if more is soon heard of the
        person."""
        held = self._held.get(key)
        if isinstance(held, Profile) and not _is_awaited(held):
            self._held[key] = encode(held)

    def record(self, key: str) -> bytes | None:
        """The record of that key, None if there is no profile. The profile rests from then on, unless more is soon
        heard of the person; and then, too, once so many others were written as may be alive at a time."""
        held = self._held.get(key)
        if not isinstance(held, Profile):
            return held
        record = encode(held)
        self._alive.pop(key, None)
        if not _is_awaited(held):
            self._held[key] = record
            return record
        self._alive[key] = None
        while len(self._alive) > ALIVE_AT_A_TIME:
            oldest, _ = self._alive.popitem(last=False)  # a plain dict would look for it past all that have gone
            if isinstance(held := self._held[oldest], Profile):
                self._held[oldest] = encode(held)
        return record

    def drop(self, key: str) -> bytes:
        """Forget the profile of that key; the carts that it has told. Raises KeyError if there is none."""
        self._alive.pop(key, None)
        return summary_of(self._held.pop(key)).carts

    def summary(self, key: str) -> Summary | None:
        """What is known of that key without touching its profile."""
        held = self._held.get(key)
        return None if held is None else summary_of(held)

    def wakes(self, key: str) -> int | None:
        """That of the summary: it is asked for with every fact, the rest of a live profile's summary seldom."""
        return woken(self._held.get(key))

    def summaries(self) -> Iterator[tuple[str, Summary]]:
        """All keys, in the order in which they first came, each with its summary."""
        for key, held in self._held.items():
            yield key, summary_of(held)


def _is_awaited(profile: Profile) -> bool:
    """Whether more is soon heard of the person: facts wait, or a visit is open."""
    return bool(profile.journal or profile.person.visits)


def summary_of(held: Profile | bytes | None) -> Summary:
    """The summary of a profile, whether it is held as bytes or alive; of none at all that nothing waits."""
    if held is None:
        return NOTHING
    return recorded_summary(held) if isinstance(held, bytes) else summary(held)


def woken(held: Profile | bytes | None) -> int | None:
    """When the first fact or episode comes due: asked for with every fact, the rest of a summary seldom."""
    if held is None:
        return None
    return recorded_summary(held).wakes if isinstance(held, bytes) else wakes(held)
