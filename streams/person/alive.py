"""Whether a person still buys here, and how much is at stake if not.

The model is BG/NBD: Peter S. Fader, Bruce G. S. Hardie, Ka Lok Lee, "Counting Your Customers" the Easy Way: An
Alternative to the Pareto/NBD Model, Marketing Science 24 (2), 2005, 275-284. A customer buys at random, at a rate of
their own, and after each purchase stops for good with a chance of their own; the four parameters say how rates
(gamma: r, alpha) and chances (beta: a, b) are spread over all customers of the shop.
"""

from math import exp, log, log1p
from typing import NamedTuple

from streams.person.rhythm import Rhythm


class Bgnbd(NamedTuple):
    """The four parameters of a shop, all above zero; `alpha` in weeks. `afterclick segments fit` estimates them."""

    r: float
    alpha: float
    a: float
    b: float


def p_alive(rhythm: Rhythm, shop: Bgnbd) -> float:
    """The probability, from 0 to 1, that the person has not stopped buying.

    From the same authors' note "Computing P(alive) Using the BG/NBD Model" (2008), with x = frequency, t = recency and
    T = age: 1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + t)) ** (r + x)). Who has bought once has a probability
    of 1, however long ago: in this model people stop only at a repeat purchase. It is calculated in logarithms, so no
    frequency is too large: what is too small to be held is 0.

    The rhythm has 0 <= recency <= age, and a recency of 0 if the frequency is 0.
    """
    frequency, recency, age = rhythm
    assert 0 <= recency <= age, "the last purchase lies between the first one and today"
    if frequency == 0:
        return 1.0
    silence = log1p((age - recency) / (shop.alpha + recency))
    odds = log(shop.a) - log(shop.b + frequency - 1) + (shop.r + frequency) * silence
    if odds > 0:  # the exponential of what is below zero cannot overflow
        gone = exp(-odds)
        return gone / (1 + gone)
    return 1 / (1 + exp(odds))


def revenue_at_risk(alive: float, spend: int) -> int:
    """The part of `spend` that is lost if the person has stopped: (1 - alive) * spend, rounded half to even.

    `alive` is a probability, `spend` what the person spent in the last 365 days, in minor units of one currency and
    not below zero; so is what comes back.
    """
    assert spend >= 0, "nobody spends less than nothing"
    return round((1 - alive) * spend)
