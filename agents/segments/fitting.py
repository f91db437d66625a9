"""The four parameters of BG/NBD that make a shop's customers the likeliest. Needs numpy and scipy (extra `segments`).

The likelihood is equation (6) of Fader, Hardie and Lee (2005); the search is L-BFGS-B over the logarithms of the
parameters, from a start that depends on the customers alone: the same customers give the same figures.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from streams.person.alive import Bgnbd
from streams.person.rhythm import Rhythm

Numbers = NDArray[np.float64]

REPEAT_BUYERS_LEAST = 50
"""From fewer people who came back, four figures would be noise: even a plain count of 50 is uncertain by a seventh."""

LEAST, MOST = 1e-4, 1e4
"""Between them the parameters are looked for. At an edge the likelihood only grows, and there is no best figure."""

SLOPE_MAX = 1e-6
"""How steep the likelihood of an average customer may still be, by the logarithm of a parameter, at its top."""


class NoFit(Exception):
    """The four parameters cannot be told; the message is a sentence that says why."""


class _Customers(NamedTuple):
    """Different rhythms, and how many customers have each: days are whole, so most are shared."""

    frequency: Numbers
    recency: Numbers
    age: Numbers
    how_many: Numbers


def fit(rhythms: Iterable[Rhythm]) -> Bgnbd:
    """The maximum of the likelihood over these customers, in whatever order. Raises NoFit where there is none."""
    table = np.array([tuple(one) for one in rhythms], dtype=np.float64).reshape(-1, 3)
    different, how_many = np.unique(table, axis=0, return_counts=True)
    customers = _Customers(different[:, 0], different[:, 1], different[:, 2], how_many.astype(np.float64))
    repeat_buyers = int(customers.how_many[customers.frequency > 0].sum())
    if repeat_buyers < REPEAT_BUYERS_LEAST:
        raise NoFit(
            f"the four parameters need at least {REPEAT_BUYERS_LEAST} customers who bought on more than one day, and"
            f" there are {repeat_buyers}: give orders of a longer time"
        )
    start = np.log(np.clip([0.5, np.average(customers.age, weights=customers.how_many), 1.0, 1.0], 2 * LEAST, MOST / 2))
    edges = [(np.log(LEAST), np.log(MOST))] * len(Bgnbd._fields)
    found = minimize(
        _unlikelihood,
        start,
        args=(customers,),
        jac=True,
        method="L-BFGS-B",
        bounds=edges,
        options={"maxiter": 1000, "ftol": 0.0, "gtol": SLOPE_MAX / 10},
    )
    figures = np.exp(found.x)
    names = [name for name, one in zip(Bgnbd._fields, figures, strict=True) if not 2 * LEAST < one < MOST / 2]
    if names:
        raise NoFit(
            f"the likelihood has no maximum: {' and '.join(names)} would lie outside of {LEAST:g} to {MOST:g}. These"
            " orders do not tell how customers differ, or when they stop: give orders of a longer time"
        )
    if not np.abs(found.jac).max() <= SLOPE_MAX:
        raise NoFit("the search for the four parameters did not come to an end: give orders of a longer time")
    return Bgnbd(*map(float, figures))


def _unlikelihood(logarithms: Numbers, customers: _Customers) -> tuple[float, Numbers]:
    """Minus the log-likelihood of an average customer, and its slope by each logarithm of r, alpha, a, b."""
    x, recency, age, how_many = customers
    parameters = np.exp(logarithms)
    r, alpha, a, b = parameters
    again = x > 0
    others = b + np.where(again, x, 1.0) - 1
    to_today, to_last = np.log(alpha + age), np.log(alpha + recency)
    alive = -(r + x) * to_today
    gone = np.where(again, np.log(a) - np.log(others) - (r + x) * to_last, -np.inf)
    either = np.logaddexp(alive, gone)
    is_gone = np.exp(gone - either)
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    chances = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    by_r = psi(r + x) - psi(r) + np.log(alpha) - (1 - is_gone) * to_today - is_gone * to_last
    by_alpha = r / alpha - (r + x) * ((1 - is_gone) / (alpha + age) + is_gone / (alpha + recency))
    by_a = psi(a + b) - psi(a + b + x) + is_gone / a
    by_b = psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - is_gone / others
    slope = np.array([how_many @ by_r, how_many @ by_alpha, how_many @ by_a, how_many @ by_b]) * parameters
    everybody = how_many.sum()
    return -float(how_many @ (rates + chances + either)) / everybody, -slope / everybody
