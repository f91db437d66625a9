"""Who has looked at a product and who waits for it: what is kept of each visitor, and for how long.

All of it counts in the order of its times: what is kept must answer for any moment that W has not passed.
"""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.state.product import Look, Request
from streams.limits import Cut
from streams.products.changes import KEPT_MS

LOOKS_MAX = 20
"""Looks of one visitor at one product that W has not passed. Of more the first go: the last is the one that counts."""

ASKED_MAX = 10
"""Askings of one visitor for one product. Of more those before the last go: the first has the place in the order, the
last says how long it holds."""


class Last(NamedTuple):
    """The last look of a visitor, and when the visitor last saw and last carted the product; 0 for never."""

    look: Look
    viewed_at: int
    carted_at: int


def note_look(looks: list[Look], look: Look, watermark: int, cut: Cut) -> bool:
    """Take in a look; False if it is known. Kept are those that W has not passed, and of those before it the last of
    each sort."""
    if any(known.at == look.at and known.event_id == look.event_id for known in looks):
        return False
    looks.append(look)
    looks.sort(key=_place)
    past = [known for known in looks if known.at < watermark]
    needed = {id(max(sort, key=_place)) for sort in _by_sort(past) if sort}
    looks[:] = [known for known in looks if known.at >= watermark or id(known) in needed]
    if len(looks) > LOOKS_MAX:
        cut("looks", len(looks) - LOOKS_MAX)
        del looks[:-LOOKS_MAX]
    return True


def _by_sort(looks: Iterable[Look]) -> tuple[list[Look], list[Look]]:
    carted = [look for look in looks if look.carted]
    return carted, [look for look in looks if not look.carted]


def _place(look: Look) -> tuple[int, str]:
    return look.at, look.event_id


def last_look(looks: list[Look], at: int) -> Last | None:
    """The last look up to `at`, that instant included, if it is of the 90 days before."""
    known = [look for look in looks if at - KEPT_MS <= look.at <= at]
    if not known:
        return None
    carted, viewed = _by_sort(known)
    return Last(known[-1], viewed[-1].at if viewed else 0, carted[-1].at if carted else 0)


def note_asking(request: Request, at: int, event_id: str, cut: Cut) -> bool:
    """Take in an asking; False if it is known."""
    if (at, event_id) in request.asked:
        return False
    request.asked.append((at, event_id))
    request.asked.sort()
    if len(request.asked) > ASKED_MAX:
        del request.asked[-2]
        cut("askings", 1)
    return True


class Turn(NamedTuple):
    """A request that waits for its turn: its place in the order is that of its first asking."""

    at: int
    event_id: str
    visitor: str
    asked_at: int


def turns(requests: dict[str, Request], rule_id: str, at: int) -> list[Turn]:
    """The requests that wait for the rule at `at`, in the order of their asking. Each ends 90 days after its last
    asking, that instant included."""
    found = []
    for visitor, request in requests.items():
        asked = [asking for asking in request.asked if request.answered.get(rule_id, -1) < asking[0] <= at]
        if asked and asked[-1][0] >= at - KEPT_MS:
            found.append(Turn(*asked[0], visitor, asked[-1][0]))
    return sorted(found)


def is_over(request: Request, rule_ids: Iterable[str], watermark: int) -> bool:
    """Whether nothing of the request waits any more: all of these rules have answered it, or it has ended."""
    last = request.asked[-1][0]
    if last < watermark - KEPT_MS:
        return True
    answered = [last <= request.answered.get(rule_id, -1) for rule_id in rule_ids]
    return bool(answered) and all(answered)
