"""P(alive) against the story that the model tells, and what is at stake."""

from math import exp

import pytest
from scipy.integrate import quad
from scipy.stats import beta, gamma

from streams.person.alive import Bgnbd, p_alive, revenue_at_risk
from streams.person.rhythm import Rhythm

CDNOW = Bgnbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
LOYAL_SHOP = Bgnbd(r=1.4, alpha=3.7, a=0.07, b=37.0)


def by_integrals(rhythm: Rhythm, shop: Bgnbd) -> float:
    """The same from the model itself: over all rates and chances that customers may have, how likely is this history
    of somebody who still buys, and of somebody who stopped at the last purchase?"""
    frequency, recency, age = rhythm
    rates, chances = gamma(shop.r, scale=1 / shop.alpha), beta(shop.a, shop.b)

    def of_rate(until: float) -> float:
        return float(rates.expect(lambda rate: rate**frequency * exp(-rate * until)))

    def of_chance(stopped: int) -> float:
        return float(quad(lambda p: p**stopped * (1 - p) ** (frequency - stopped) * chances.pdf(p), 0, 1, limit=200)[0])

    alive, gone = of_chance(0) * of_rate(age), of_chance(1) * of_rate(recency)
    return alive / (alive + gone)


@pytest.mark.parametrize("shop", [CDNOW, LOYAL_SHOP])
@pytest.mark.parametrize("rhythm", [Rhythm(1, 0.2, 38.9), Rhythm(2, 30.43, 38.86), Rhythm(7, 21.0, 29.0)])
def test_it_is_what_the_model_says(rhythm: Rhythm, shop: Bgnbd) -> None:
    """The closed form equals the integrals over everybody who may have bought like this."""
    assert p_alive(rhythm, shop) == pytest.approx(by_integrals(rhythm, shop), rel=1e-6)


def test_who_bought_once_is_alive_however_long_ago() -> None:
    """In this model people stop at a repeat purchase only."""
    assert p_alive(Rhythm(0, 0.0, 0.0), CDNOW) == p_alive(Rhythm(0, 0.0, 5000.0), CDNOW) == 1.0


def test_it_falls_with_silence() -> None:
    """On the day of a purchase what may be lost is only that it was the last one; then it falls day by day."""
    days = [p_alive(Rhythm(4, 20.0, 20.0 + silent), CDNOW) for silent in (0, 1 / 7, 1, 4, 20, 400)]
    assert days == sorted(set(days), reverse=True)
    assert days[0] == pytest.approx(1 / (1 + CDNOW.a / (CDNOW.b + 3)))


def test_who_came_often_is_missed_sooner() -> None:
    """Ten weeks without an order say more of somebody who came every week."""
    assert p_alive(Rhythm(20, 20.0, 30.0), CDNOW) < p_alive(Rhythm(2, 20.0, 30.0), CDNOW)


@pytest.mark.parametrize("frequency", [10, 10_000, 10**9, 10**15])
def test_no_frequency_is_too_large(frequency: int) -> None:
    """Nothing overflows: who buys without end and then not at all is gone, who bought just now is not."""
    silent, fresh = (p_alive(Rhythm(frequency, 30.0, age), CDNOW) for age in (300.0, 30.0))
    assert 0.0 <= silent < 1e-6
    assert 0.9 < fresh <= 1.0


@pytest.mark.parametrize("rhythm", [Rhythm(1, -0.1, 3.0), Rhythm(1, 3.1, 3.0)])
def test_a_rhythm_that_cannot_be_is_a_mistake(rhythm: Rhythm) -> None:
    """The last purchase lies between the first one and today, both included."""
    with pytest.raises(AssertionError):
        p_alive(rhythm, CDNOW)


def test_the_revenue_at_risk_is_the_part_that_is_gone() -> None:
    """Of 200.00 at three quarters alive, 50.00; of nobody's spend nothing; rounded half to even."""
    assert revenue_at_risk(0.75, 20_000) == 5_000
    assert (revenue_at_risk(1.0, 20_000), revenue_at_risk(0.0, 20_000), revenue_at_risk(0.3, 0)) == (0, 20_000, 0)
    assert (revenue_at_risk(0.5, 1), revenue_at_risk(0.5, 3)) == (0, 2)


def test_a_spend_below_zero_is_a_mistake() -> None:
    """Refunds take orders away; they leave nobody with less than nothing."""
    with pytest.raises(AssertionError):
        revenue_at_risk(0.5, -1)
