"""How many calls each destination may have at a time."""

from collections.abc import Mapping


def slots_of(wanted: Mapping[str, int], most: int) -> dict[str, int]:
    """What each wants, as far as `most` calls in all allow: who wants less than an even share leaves the rest to the
    others. Everybody gets one at least, so with more than `most` destinations there are more calls than that.

    The shares are fixed: no destination can ever use up another's, however long its calls hang.
    """
    slots: dict[str, int] = {}
    left = most
    for number, (name, want) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        slots[name] = max(1, min(want, left // (len(wanted) - number)))
        left = max(0, left - slots[name])
    return slots
