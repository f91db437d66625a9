"""The shop of the demo: a seed becomes an endless stream of what its shoppers say, in the order of time.

Pure: no clock and no waiting inside; the player gives it real time.
"""

import heapq
from collections.abc import Iterator
from datetime import date
from itertools import count
from random import Random

from agents.demo.behaviours import BEHAVIOURS
from agents.demo.said import Said
from agents.demo.shelves import catalogue
from agents.demo.shopper import Shopper
from schemas.topics import Topic

ARRIVALS_EVERY_MS = (150, 1200)
"""Between two shoppers of the crowd."""
EVERY_KIND_WITHIN_S = 16.0
"""So long after the opening everything has been done once that leads to a kind of trigger."""
PACES = (2.0, 4.0)
"""How much slower than the first shoppers the crowd is."""
REGULARS_SHARE = 0.3
"""How many sign in to one of a few accounts, so that people are met again, on other devices."""
SILENCING = "opts out"
REPEATED_SHARE = 0.004
"""How many clicks a flaky network sends twice."""
REPEATED_AFTER_MS = 180
GARBAGE_FIRST_MS = 5_000
GARBAGE_EVERY_MS = 17_000
GARBAGE = b'{"event_id": "torn off by a dying pho'
NAMES = ("ada", "bo", "cat", "dan", "eva", "fay", "gia", "hal", "ida", "jon", "kim", "lea", "max", "noa", "ole")


def shop(seed: int, today: date) -> Iterator[Said]:
    """What is said from the opening on, ordered by time, without an end. The same seed says the same on the same day,
    `today`: it is the one on which dates of persons come."""
    waiting: list[tuple[int, int, Said]] = []
    order = count()
    for arrives_ms, said in _groups(seed, today):
        # Whoever comes later says nothing earlier.
        while waiting and waiting[0][0] < arrives_ms:
            yield heapq.heappop(waiting)[2]
        for one in said:
            heapq.heappush(waiting, (one.at_ms, next(order), one))


def _groups(seed: int, today: date) -> Iterator[tuple[int, list[Said]]]:
    """Shoppers and mishaps by their arrival."""
    everybody = _first_of_each(seed, today), _crowd(seed, today)
    return heapq.merge(*everybody, catalogue(), _garbage(), key=lambda group: group[0])


def _first_of_each(seed: int, today: date) -> Iterator[tuple[int, list[Said]]]:
    """One of each behaviour comes in the first seconds and is quick, so that every run shows all of them."""
    for number, doing in enumerate(sorted(BEHAVIOURS, key=lambda doing: BEHAVIOURS[doing].first_s), start=1):
        yield _one(seed, today, number, int(BEHAVIOURS[doing].first_s * 1000), doing)


def _crowd(seed: int, today: date) -> Iterator[tuple[int, list[Said]]]:
    """Everybody else, as chance has it."""
    rng = Random(f"{seed}")
    doings, weights = list(BEHAVIOURS), [behaviour.weight for behaviour in BEHAVIOURS.values()]
    at_ms = 0
    for number in count(len(BEHAVIOURS) + 1):
        at_ms += rng.randrange(*ARRIVALS_EVERY_MS)
        yield _one(seed, today, number, at_ms, rng.choices(doings, weights)[0])


def _one(seed: int, today: date, number: int, arrives_ms: int, doing: str) -> tuple[int, list[Said]]:
    rng = Random(f"{seed}/{number}")
    is_first = number <= len(BEHAVIOURS)
    name = rng.choice(NAMES)
    is_regular = not is_first and doing != SILENCING and rng.random() < REGULARS_SHARE
    account = f"c-{name}" if is_regular else f"c-{name}-{number:03d}"
    pace = 1.0 if is_first else rng.uniform(*PACES)
    shopper = Shopper(rng, number, arrives_ms, doing, account, pace, today)
    BEHAVIOURS[doing].act(shopper)
    clicks = [said for said in shopper.said if said.topic is Topic.CLICKSTREAM]
    repeated = [said.later(REPEATED_AFTER_MS) for said in clicks if rng.random() < REPEATED_SHARE]
    if number == 1:  # so that every run shows it
        repeated.append(clicks[0].later(REPEATED_AFTER_MS))
    return arrives_ms, shopper.said + repeated


def _garbage() -> Iterator[tuple[int, list[Said]]]:
    for turn in count():
        at_ms = GARBAGE_FIRST_MS + turn * GARBAGE_EVERY_MS
        yield at_ms, [Said(at_ms, Topic.CLICKSTREAM, f"v-torn-{turn}", GARBAGE, "garbage")]
