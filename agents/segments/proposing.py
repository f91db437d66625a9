"""Segments, stages and tiers for a shop: the shipped conditions, with thresholds from its own customers.

A condition is a list of clauses. Each is the text that the rulebook takes, and what it says of a customer, so that
whoever reads a proposal sees how many it would hold today.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from agents.segments.customers import Customer
from agents.segments.quintiles import Spreads
from streams.person.alive import Bgnbd, p_alive
from streams.person.money import decimal_of

ALIVE_LEAST = 0.5
"""Below it, it is likelier that somebody has stopped than not."""

SILENT_DAYS_LEAST = 180
"""Nobody is written off sooner, however often the others come: who is no target hears nothing any more."""

SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
Value = Callable[[Customer], float | None]


class Clause(NamedTuple):
    """One clause. `value` is what it asks of a customer, in the units of `threshold`; None if orders do not tell."""

    text: str
    sign: str = ""
    threshold: float = 0
    value: Value | None = None

    def holds(self, customer: Customer) -> bool:
        """Whether it holds, as orders tell; a comparison with what is unknown does not."""
        value = self.value(customer) if self.value is not None else None
        return value is not None and SIGNS[self.sign](value, self.threshold)


class Group(NamedTuple):
    """A segment, stage or tier. `customers` is how many the file has, None where orders alone tell nothing of it;
    `at_most` says that a clause is about something else than orders."""

    id: str
    condition: str
    customers: int | None
    at_most: bool


class Proposal(NamedTuple):
    """What a marketer may paste into the rulebook. Of stages and tiers the first that holds counts, of segments all."""

    segments: tuple[Group, ...]
    stages: tuple[Group, ...]
    tiers: tuple[Group, ...]


Conditions = dict[str, tuple[Clause, ...]]


def propose(customers: Sequence[Customer], spreads: Spreads, shop: Bgnbd | None, currency: str | None) -> Proposal:
    """The six segments, five stages and four tiers. Without parameters, silence stands in for P(alive); where no
    amount is known, segments and tiers about money are left out."""
    conditions = _Conditions(spreads, shop, currency)
    return Proposal(
        tuple(_sized(customers, conditions.segments(), exclusive=False)),
        tuple(_sized(customers, conditions.stages(), exclusive=True)),
        tuple(_sized(customers, conditions.tiers(), exclusive=True)),
    )


def _sized(customers: Sequence[Customer], groups: Conditions, *, exclusive: bool) -> Iterable[Group]:
    left = list(customers)
    for id_, clauses in groups.items():
        condition = " && ".join(clause.text for clause in clauses)
        told = [clause for clause in clauses if clause.value is not None]
        if not told:
            yield Group(id_, condition, None, at_most=True)
            continue
        outside = [one for one in left if not all(clause.holds(one) for clause in told)]
        yield Group(id_, condition, len(left) - len(outside), at_most=len(told) < len(clauses))
        if exclusive:
            left = outside


NEVER_BOUGHT = Clause("person.orders == 0")
SUBSCRIBED = Clause('person.consent("email")')
CART_LEFT = Clause("person.cart.quantity > 0")
GONE_A_DAY = Clause("person.days_since_seen >= 1")
EVERYBODY = Clause("true")


class _Conditions:
    """The shipped conditions over the spreads of a shop."""

    def __init__(self, spreads: Spreads, shop: Bgnbd | None, currency: str | None) -> None:
        self._spreads, self._shop, self._currency = spreads, shop, currency

    def segments(self) -> Conditions:
        """The six; independent of each other."""
        spreads = self._spreads
        groups: Conditions = {
            "subscriber_never_bought": (NEVER_BOUGHT, SUBSCRIBED),
            "cart_abandoner": (CART_LEFT, GONE_A_DAY),
            "loyal": self._loyal(),
        }
        if spreads.aov_in_year is not None:
            often = _in_year(max(2, spreads.orders_in_year.upper))
            groups["frequent_low_value"] = (often, self._aov("<=", spreads.aov_in_year.lower))
        valuable = () if spreads.spend_in_year is None else (self._spend(spreads.spend_in_year.upper),)
        groups["at_risk"] = (_orders(">=", 2), *valuable, self._doubtful())
        long = max(spreads.recency_days.high, SILENT_DAYS_LEAST)
        unseen = Clause(f"person.days_since_seen > {long}")
        groups["non_target"] = (_orders("<=", spreads.frequency.low), _silent(">", long), unseen)
        return groups

    def stages(self) -> Conditions:
        """The five, the deepest first."""
        return {
            "loyalty": self._loyal(),
            "retention": (_orders(">=", 2),),
            "conversion": (_orders("==", 1),),
            "acquisition": (SUBSCRIBED,),
            "reach": (EVERYBODY,),
        }

    def tiers(self) -> Conditions:
        """The four, the highest first: the top 5 %, 20 % and 60 % by spend in a year, and whoever bought in it."""
        spend, bronze = self._spreads.spend_in_year, _in_year(1)
        if spend is None:
            return {"bronze": (bronze,)}
        tops = {"platinum": spend.top, "gold": spend.high, "silver": spend.lower}
        groups: Conditions = {name: (self._spend(least),) for name, least in tops.items()}
        return groups | {"bronze": (bronze,)}

    def _loyal(self) -> tuple[Clause, ...]:
        """Whoever buys as often as the top fifth, and not for the last time long ago."""
        return _in_year(max(3, self._spreads.orders_in_year.high)), _silent("<=", self._spreads.recency_days.upper)

    def _doubtful(self) -> Clause:
        """Whoever has rather stopped than not."""
        shop = self._shop
        if shop is None:
            return _silent(">", self._spreads.recency_days.upper)
        return Clause(
            f"person.p_alive < {ALIVE_LEAST}", "<", ALIVE_LEAST, lambda customer: p_alive(customer.rhythm, shop)
        )

    def _spend(self, least: int) -> Clause:
        text = f'person.spend_in("365d") >= {self._money(least)}'
        return Clause(text, ">=", least, lambda customer: customer.spend_in_year)

    def _aov(self, sign: str, amount: int) -> Clause:
        text = f'person.aov_in("365d") {sign} {self._money(amount)}'
        return Clause(text, sign, amount, lambda customer: customer.aov_in_year)

    def _money(self, amount: int) -> Decimal:
        return decimal_of(amount, self._currency)


def _orders(sign: str, number: int) -> Clause:
    return Clause(f"person.orders {sign} {number}", sign, number, lambda customer: customer.orders)


def _in_year(least: int) -> Clause:
    return Clause(f'person.orders_in("365d") >= {least}', ">=", least, lambda customer: customer.orders_in_year)


def _silent(sign: str, days: int) -> Clause:
    text = f"person.days_since_order {sign} {days}"
    return Clause(text, sign, days, lambda customer: customer.recency_days)
