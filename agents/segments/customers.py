"""The customers of a shop, each as numbers: what the conditions of the rulebook see of a person's orders."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from agents.segments.purchases import Purchase
from schemas.rules.words import DAY_MS
from streams.person.numbers import YEAR_MS
from streams.person.rhythm import Rhythm, day_of, rhythm


class Customer(Struct, frozen=True, gc=False):
    """One customer. Money in minor units of the shop's currency; `recency_days` are whole days since the last order."""

    rhythm: Rhythm
    recency_days: int
    orders: int
    spend: int | None
    orders_in_year: int
    spend_in_year: int | None
    aov_in_year: int | None
    """What an order of the year comes to on average, cut off to a minor unit. All three are None where no amount is
    known in the shop's currency."""


class Shop(NamedTuple):
    """All customers, in the order of their ids, and the currency in which most of their orders are; None if no order
    names one. How many orders had no amount, or one in another currency: they count, their money does not."""

    customers: list[Customer]
    currency: str | None
    without_amount: int
    other_currency: int


def shop_of(purchases: Iterable[Purchase], now: int) -> Shop:
    """The customers that these purchases tell of, as they are at `now`, ms; none of the purchases is later."""
    by_customer: dict[str, list[Purchase]] = {}
    currencies: Counter[str | None] = Counter()
    without_amount = 0
    for purchase in purchases:
        by_customer.setdefault(purchase.customer, []).append(purchase)
        if purchase.amount is None:
            without_amount += 1
        else:
            currencies[purchase.currency] += 1
    main = min(currencies, key=lambda one: (-currencies[one], one or ""), default=None)
    customers = [_customer(by_customer[id_], main, now) for id_ in sorted(by_customer)]
    return Shop(customers, main, without_amount, currencies.total() - currencies[main])


def _customer(bought: Sequence[Purchase], currency: str | None, now: int) -> Customer:
    year = [one for one in bought if one.at > now - YEAR_MS]
    spent, spent_in_year = _amounts(bought, currency), _amounts(year, currency)
    return Customer(
        rhythm=rhythm([day_of(one.at) for one in bought], day_of(now)),
        recency_days=(now - max(one.at for one in bought)) // DAY_MS,
        orders=len(bought),
        spend=sum(spent) if spent else None,
        orders_in_year=len(year),
        spend_in_year=sum(spent_in_year) if spent_in_year else None,
        aov_in_year=sum(spent_in_year) // len(spent_in_year) if spent_in_year else None,
    )


def _amounts(purchases: Iterable[Purchase], currency: str | None) -> list[int]:
    return [one.amount for one in purchases if one.amount is not None and one.currency == currency]
