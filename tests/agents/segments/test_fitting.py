"""The four parameters: found where there are any, refused where there are none."""

import random

import pytest

from agents.segments.fitting import REPEAT_BUYERS_LEAST, NoFit, fit
from streams.person.alive import Bgnbd
from streams.person.rhythm import Rhythm, rhythm

SEED = 20_050_624
YEAR = 364


def simulated(shop: Bgnbd, customers: int, seed: int = SEED) -> list[Rhythm]:
    """Customers of such a shop over two years, each acting out the story of the model day by day."""
    print(f"seed {seed}")
    drawn, rhythms = random.Random(seed), []
    for _ in range(customers):
        rate, chance = drawn.gammavariate(shop.r, 1 / shop.alpha), drawn.betavariate(shop.a, shop.b)
        first = drawn.randrange(YEAR)
        days, at = [first], first / 7
        while True:
            at += drawn.expovariate(rate)
            if at * 7 >= 2 * YEAR:
                break
            days.append(int(at * 7))
            if drawn.random() < chance:
                break
        rhythms.append(rhythm(days, today=2 * YEAR))
    return rhythms


def test_it_finds_the_shop_that_the_customers_come_from() -> None:
    """Within a tenth from twenty thousand of them."""
    shop = Bgnbd(r=0.8, alpha=6.0, a=0.8, b=2.4)
    found = fit(simulated(shop, 20_000))
    assert found == pytest.approx(shop, rel=0.1)


def test_the_order_of_customers_says_nothing() -> None:
    """The same figures to the last bit."""
    customers = simulated(Bgnbd(0.8, 6.0, 0.8, 2.4), 500)
    shuffled = random.Random(SEED).sample(customers, len(customers))
    assert fit(customers) == fit(shuffled) == fit(iter(customers))


def test_too_few_who_came_back_say_nothing() -> None:
    """One fewer than needed is refused in a sentence with both numbers, whoever bought once; with all, it is tried."""
    customers = simulated(Bgnbd(0.8, 6.0, 0.8, 2.4), 200)
    came_back = [number for number, one in enumerate(customers) if one.frequency]
    last = came_back[REPEAT_BUYERS_LEAST - 1]
    with pytest.raises(NoFit, match=f"at least {REPEAT_BUYERS_LEAST} customers .* there are {REPEAT_BUYERS_LEAST - 1}"):
        fit(customers[:last])
    fit(customers[: last + 1])


def test_nobody_at_all_says_nothing() -> None:
    """And is no crash."""
    with pytest.raises(NoFit, match="there are 0"):
        fit([])


def test_customers_who_never_stop_have_no_parameters() -> None:
    """All came every fourth week to this day: how people stop, and how they differ, cannot be told."""
    with pytest.raises(NoFit, match="no maximum"):
        fit([rhythm(range(0, YEAR + 1, 28), today=YEAR)] * 200)


def test_orders_of_one_day_have_no_parameters() -> None:
    """There is no time in them."""
    with pytest.raises(NoFit, match="more than one day"):
        fit([rhythm([7, 7], today=7)] * 200)
