"""The abandonment ladder: search < browse < cart < checkout is one occasion of one person; the deepest stage speaks.

Each stage waits for itself. One that is due while a deeper one waits is held back until that one is judged: if the
deeper one fires, the shallower ones end; if it is refused for a reason of its own (cool-down, too small a cart, too
late), the next one below speaks in its place. So an occasion is mentioned once, and not lost because its deepest stage
may not speak.
"""

from collections.abc import Iterable

from schemas.state.person import Episode
from streams.person.waiting import rings_at
from streams.triggers.kinds import row_of
from streams.triggers.row import OFF_LADDER


def rung(episode: Episode) -> int:
    """How deep its stage is; OFF_LADDER off the ladder."""
    return row_of(episode.kind).rung


def held_until(episodes: Iterable[Episode], episode: Episode) -> int | None:
    """Until when deeper stages hold the episode back: the latest of them is looked at then. None if none waits. Kinds
    off the ladder know no depth, and neither do later steps: their occasion was judged."""
    own = rung(episode)
    if own == OFF_LADDER or episode.step > 1:
        return None
    return max([rings_at(other) for other in episodes if rung(other) > own and other.step == 1], default=None)


def below(episodes: Iterable[Episode], episode: Episode) -> list[Episode]:
    """The waiting episodes of shallower stages."""
    own = rung(episode)
    return [other for other in episodes if OFF_LADDER < rung(other) < own]
