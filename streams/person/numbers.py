"""The person in numbers: purchases and what they come to, visits and views, in windows that end now.

A window of w ms is (now - w, now]. Money is of one currency, in minor units: what an order comes to is unknown if its
feed does not say so, or says so in a currency of which no rate was in force when it was placed; and a sum with an
unknown part is unknown, too.
"""

from collections.abc import Iterator, Sequence

from schemas.rules.words import DAY_MS
from schemas.state.person import Person
from schemas.state.standing import Bought, Visited
from streams.person.alive import Bgnbd, p_alive
from streams.person.orders import counted, left
from streams.person.rates import NO_RATES, Rates
from streams.person.rhythm import day_of, rhythm
from streams.person.shelves import buying_of

YEAR_MS = 365 * DAY_MS
"""The window of what is at risk."""


def purchases(person: Person) -> list[Bought]:
    """The person's purchases that count, in the order of time: each for itself, but for those of which only their days
    are known."""
    own = [bought(person, order_id) for _, order_id in counted(person)]
    return sorted((*buying_of(person).older, *own), key=lambda one: one.at)


def bought(person: Person, order_id: str) -> Bought:
    """A purchase that is known, and what is left of its amount after refunds."""
    at = person.orders[order_id][0][0]
    kept = buying_of(person).kept.get(order_id)
    return Bought(at, 1, None, None) if kept is None else Bought(at, 1, left(kept)[0], kept.currency)


def within(bought: Sequence[Bought], now: int, window: int) -> list[Bought]:
    """Those of (now - window, now]."""
    return [one for one in bought if now - window < one.at <= now]


def number(bought: Sequence[Bought]) -> int:
    """How many purchases these are."""
    return sum([one.orders for one in bought])


def spend(bought: Sequence[Bought], currency: str | None, rates: Rates = NO_RATES) -> int | None:
    """What they come to in that currency, each at the rate of its own time; nothing if there are none, None if a part
    of it is unknown."""
    sum_of_all = 0
    for one in bought:
        amount = None if one.amount is None else rates.changed(one.amount, one.currency, currency, one.at)
        if amount is None:
            return None
        sum_of_all += amount
    return sum_of_all


def average(bought: Sequence[Bought], currency: str | None, rates: Rates = NO_RATES) -> int | None:
    """What one of them comes to on average, cut off to a minor unit; None if there are none, or a part is unknown."""
    sum_of_all = spend(bought, currency, rates)
    return None if sum_of_all is None or not bought else sum_of_all // number(bought)


def times(bought: Sequence[Bought]) -> list[int]:
    """When the person has bought, ascending; of those of a day of which no more is known, its last."""
    return [one.at for one in bought for _ in range(one.orders)]


def alive(bought: Sequence[Bought], now: int, shop: Bgnbd | None) -> float | None:
    """P(alive) at `now`; None for who has not bought by then, or where the shop's parameters are not known."""
    days = [day_of(one.at) for one in bought if one.at <= now]
    return p_alive(rhythm(days, day_of(now)), shop) if days and shop is not None else None


def visits(person: Person, now: int, window: int) -> int:
    """The visits of (now - window, now]: one that is over counts at its last click, one that runs counts now."""
    return len(person.visits) + sum([one.visits for one in _visited(person, now, window)])


def views(person: Person, now: int, window: int) -> int:
    """The product views of visits that are over, each at the last click of its visit."""
    return sum([one.views for one in _visited(person, now, window)])


def _visited(person: Person, now: int, window: int) -> Iterator[Visited]:
    return (one for one in person.visited if now - window < one.at <= now)


def last_channel(person: Person) -> str | None:
    """Where the last purchase that counts was placed; None if its feed does not say so."""
    last = max(counted(person), default=None)
    kept = None if last is None else buying_of(person).kept.get(last[1])
    return None if kept is None else kept.channel
