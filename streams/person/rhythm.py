"""How often and how regularly somebody buys: the numbers of one person's purchases."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from schemas.rules.words import DAY_MS

DAYS_A_WEEK = 7


class Rhythm(NamedTuple):
    """What BG/NBD asks of a person. `frequency` is how many purchases followed the first one, `recency` how many weeks
    lie between the first and the last of them, `age` how many weeks between the first one and today."""

    frequency: int
    recency: float
    age: float


def day_of(at: int) -> int:
    """The day, UTC, in which a time in ms lies, counted from 1970-01-01. Midnight belongs to the day that it begins."""
    return at // DAY_MS


def rhythm(days: Iterable[int], today: int) -> Rhythm:
    """The rhythm of somebody who bought on these days, in any order, as it is on the day `today`.

    Several purchases on one day are one. There is at least one day, and none lies after `today`, which may itself be
    one: then the age counts up to it, too.
    """
    bought = sorted(set(days))
    first, last = bought[0], bought[-1]
    assert last <= today, "nobody has bought tomorrow"
    return Rhythm(len(bought) - 1, (last - first) / DAYS_A_WEEK, (today - first) / DAYS_A_WEEK)


def mean_gap_days(times: Sequence[int]) -> float | None:
    """The mean of the gaps between purchases at these times, ms, earliest first, in days of 24 hours. None for fewer
    than two purchases: one says nothing of a gap. Purchases of one day are counted as they are given."""
    gaps = len(times) - 1
    return (times[-1] - times[0]) / (gaps * DAY_MS) if gaps > 0 else None


def median_gap(times: Sequence[int]) -> int | None:
    """The median of the same gaps, in ms; of an even number of gaps, the mean of the two in the middle, and what is
    finer is cut off. One long pause moves the mean, and hardly the median. None for fewer than two purchases."""
    gaps = sorted(later - earlier for earlier, later in pairwise(times))
    middle = len(gaps) // 2
    return (gaps[middle] + gaps[~middle]) // 2 if gaps else None


def mean_gap_times(times: Sequence[int], thousandths: int) -> int | None:
    """So many thousandths of the mean gap, in ms; what is finer is cut off. None for fewer than two purchases."""
    gaps = len(times) - 1
    return (times[-1] - times[0]) * thousandths // (1000 * gaps) if gaps > 0 else None


def last_of_days(times: Iterable[int]) -> list[int]:
    """These times, earliest first, but of each day, UTC, the last one alone: what is bought twice on one day was
    forgotten the first time, and says nothing of how long it lasts."""
    return sorted({day_of(at): at for at in sorted(times)}.values())


def next_order_at(times: Sequence[int]) -> int | None:
    """When the next purchase is to be expected, ms: a mean gap after the last of these times, which are as for
    `mean_gap_days`; what is finer than a millisecond is cut off. It may lie in the past: then it is overdue. None for
    fewer than two purchases."""
    gaps = len(times) - 1
    return times[-1] + (times[-1] - times[0]) // gaps if gaps > 0 else None
