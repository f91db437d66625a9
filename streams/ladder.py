"""The abandonment ladder: browse < cart < checkout is one occasion of one person, and the deepest stage speaks."""

from collections.abc import Iterable

from schemas.person import Episode
from schemas.triggers import Kind

RUNGS = {Kind.BROWSE_ABANDONMENT: 0, Kind.CART_ABANDONMENT: 1, Kind.CHECKOUT_ABANDONMENT: 2}


def deeper_waits(episodes: Iterable[Episode], kind: Kind) -> bool:
    """Whether a deeper stage than `kind` waits. Kinds off the ladder know no depth."""
    rung = RUNGS.get(kind)
    return rung is not None and any(RUNGS.get(episode.kind, -1) > rung for episode in episodes)


def shallower_waiting(episodes: Iterable[Episode], kind: Kind) -> list[Episode]:
    """The waiting episodes of shallower stages than `kind`."""
    rung = RUNGS.get(kind, -1)
    return [episode for episode in episodes if RUNGS.get(episode.kind, rung) < rung]
