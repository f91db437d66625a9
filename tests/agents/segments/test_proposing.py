"""Quintiles, and the thresholds that follow: each proposal holds whom it says it holds."""

import re
from decimal import Decimal

import pytest

from agents.segments.customers import Shop, shop_of
from agents.segments.proposing import Group, Proposal, propose
from agents.segments.purchases import Purchase
from agents.segments.quintiles import Spread, spread, spreads_of
from schemas.rules.words import DAY_MS
from streams.person.alive import Bgnbd

NOW = 20_000 * DAY_MS - 1
"""The last instant of a day."""
SHOP = Bgnbd(0.243, 4.414, 0.793, 2.426)
A_YEAR_AGO = 365


def bought(customer: str, *days_ago: int, amount: int | None = 1000, currency: str | None = "EUR") -> list[Purchase]:
    """Purchases of a customer, each that many days before now."""
    return [Purchase(customer, NOW - days * DAY_MS, amount, currency) for days in days_ago]


def proposed(shop: Shop, parameters: Bgnbd | None = SHOP) -> Proposal:
    """What is proposed to a shop."""
    return propose(shop.customers, spreads_of(shop.customers), parameters, shop.currency)


def group(groups: tuple[Group, ...], id_: str) -> Group:
    """The one of that id."""
    (found,) = (one for one in groups if one.id == id_)
    return found


# -- quintiles ---------------------------------------------------------------------------------------------------------


def test_of_a_hundred_customers_the_fifths_are_plain() -> None:
    """Twenty of them have at most 20."""
    assert spread(range(100, 0, -1)) == Spread((20, 40, 60, 80), 95)


@pytest.mark.parametrize(
    ("values", "quintiles", "top"),
    [([7], (7, 7, 7, 7), 7), ([1, 2, 3], (1, 2, 2, 3), 3), ([1] * 9 + [50], (1, 1, 1, 1), 50)],
)
def test_of_few_customers_each_figure_is_somebodys(values: list[int], quintiles: tuple[int, ...], top: int) -> None:
    """The least that at least so many do not exceed; nothing is made up in between."""
    assert spread(values) == Spread(quintiles, top)


# -- customers ---------------------------------------------------------------------------------------------------------


def test_a_customer_in_numbers() -> None:
    """Three orders on two days; one of a year ago to the instant is no longer of the year."""
    purchases = [*bought("ada", A_YEAR_AGO, amount=500), *bought("ada", A_YEAR_AGO - 1, 2, 2)]
    (ada,) = shop_of(purchases, NOW).customers
    assert (ada.orders, ada.spend, ada.recency_days) == (4, 3500, 2)
    assert (ada.orders_in_year, ada.spend_in_year, ada.aov_in_year) == (3, 3000, 1000)
    assert ada.rhythm.frequency == 2


def test_the_currency_of_most_orders_is_the_shops() -> None:
    """Orders in another, or without an amount, count; their money does not, and is counted. Of as many, the first by
    its letters."""
    purchases = [*bought("ada", 1, 2), *bought("bob", 3, currency="USD"), *bought("bob", 3, amount=None, currency=None)]
    shop = shop_of(purchases, NOW)
    ada, bob = shop.customers
    assert (shop.currency, shop.other_currency, shop.without_amount) == ("EUR", 1, 1)
    assert (ada.spend, bob.spend, bob.orders) == (2000, None, 2)
    assert shop_of([*bought("a", 1, currency="USD"), *bought("a", 1, currency="EUR")], NOW).currency == "EUR"


# -- proposals ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def market() -> Shop:
    """A hundred customers: number n came n // 10 + 1 times, for n + 1 euros each, the last time n days ago."""
    return shop_of([one for n in range(100) for one in _nth(n)], NOW)


def _nth(n: int) -> list[Purchase]:
    return bought(f"{n:03}", *range(n, n + 3 * (n // 10) + 1, 3), amount=100 * (n + 1))


def test_the_six_segments_the_five_stages_and_the_four_tiers(market: Shop) -> None:
    """By their names, in the order in which they are asked."""
    names = [[one.id for one in groups] for groups in proposed(market)]
    assert names == [
        ["subscriber_never_bought", "cart_abandoner", "loyal", "frequent_low_value", "at_risk", "non_target"],
        ["loyalty", "retention", "conversion", "acquisition", "reach"],
        ["platinum", "gold", "silver", "bronze"],
    ]


def test_stages_and_tiers_share_out_all_customers(market: Shop) -> None:
    """Each customer is in one: the first that holds."""
    _, stages, tiers = proposed(market)
    assert sum(one.customers or 0 for one in stages) == sum(one.customers or 0 for one in tiers) == 100
    assert group(stages, "conversion").customers == 10


def test_a_threshold_holds_whoever_stands_on_it(market: Shop) -> None:
    """Two fifths have spent 225.00 or less: silver begins there, and whoever spent just that has it."""
    silver = group(proposed(market).tiers, "silver")
    least = Decimal(silver.condition.rpartition(" ")[2])
    spent = sorted(Decimal(one.spend_in_year or 0) / 100 for one in market.customers)
    assert spent[39] == least
    assert [one.customers for one in proposed(market).tiers] == [6, 15, 40, 39]
    assert sum(one >= least for one in spent) == 61


def test_loyal_is_who_comes_often_and_came_lately() -> None:
    """As often as the top fifth, and not after a longer silence than three fifths; on both thresholds, too."""
    shop = shop_of([one for n in range(10) for one in bought(str(n), *range(n * 10, 200, 10))], NOW)
    loyal = group(proposed(shop).segments, "loyal")
    assert loyal.condition == 'person.orders_in("365d") >= 18 && person.days_since_order <= 50'
    assert loyal.customers == 3  # of 20, 19 and 18 orders, the last 0, 10 and 20 days ago


def test_loyal_takes_three_orders_and_frequent_two() -> None:
    """Where nearly everybody came once, a fifth has more than that for nothing."""
    segments = proposed(shop_of([one for n in range(50) for one in bought(str(n), n)], NOW)).segments
    assert group(segments, "loyal").condition.startswith('person.orders_in("365d") >= 3 &&')
    assert group(segments, "frequent_low_value").condition.startswith('person.orders_in("365d") >= 2 &&')


def test_at_risk_is_who_has_rather_stopped_than_not() -> None:
    """Bob came every week until half a year ago, Ada until today. Without parameters, the silence says it."""
    every_week = range(0, 70, 7)
    shop = shop_of([*bought("ada", *every_week), *bought("bob", *(180 + days for days in every_week))], NOW)
    at_risk = group(proposed(shop).segments, "at_risk")
    assert (at_risk.customers, at_risk.at_most) == (1, False)
    assert at_risk.condition.endswith("person.p_alive < 0.5")
    assert group(proposed(shop, None).segments, "at_risk").condition.endswith("person.days_since_order > 180")


@pytest.mark.parametrize(("silent", "held"), [(180, 0), (181, 1)])
def test_nobody_is_written_off_within_half_a_year(silent: int, held: int) -> None:
    """A grocer's customers all come within a month: who has not come for five is still one. Whether they look around
    orders do not tell, so it is said to be at most so many."""
    regulars = [one for n in range(40) for one in bought(str(n), n % 20, n % 20 + 5)]
    non_target = group(proposed(shop_of([*regulars, *bought("eve", silent)], NOW)).segments, "non_target")
    assert (non_target.customers, non_target.at_most) == (held, True)
    assert "person.days_since_order > 180 && person.days_since_seen > 180" in non_target.condition


def test_what_orders_do_not_tell_has_no_number(market: Shop) -> None:
    """Subscribers, carts and visits are not in a file of orders."""
    segments, stages, _ = proposed(market)
    silent = [group(segments, "subscriber_never_bought"), group(segments, "cart_abandoner"), stages[-1], stages[-2]]
    assert [one.customers for one in silent] == [None] * 4


def test_without_amounts_nothing_about_money_is_proposed() -> None:
    """No made-up zero."""
    said = proposed(shop_of([one for n in range(9) for one in bought(str(n), n, amount=None)], NOW))
    assert [one.id for one in said.tiers] == ["bronze"]
    assert not any(re.search("spend|aov", one.condition) for groups in said for one in groups)


def test_amounts_are_in_the_decimals_of_their_currency() -> None:
    """A yen has none, a dinar three."""
    for currency, text in (("JPY", ">= 1500"), ("KWD", ">= 1.500")):
        shop = shop_of(bought("ada", 1, amount=1500, currency=currency), NOW)
        assert proposed(shop).tiers[0].condition == f'person.spend_in("365d") {text}'


def test_a_customer_of_two_years_ago_spends_nothing_in_this_one() -> None:
    """The thresholds of a year are over who bought in it: old customers do not pull them to nothing."""
    old = [one for n in range(90) for one in bought(f"old{n}", 700)]
    spreads = spreads_of(shop_of([*old, *bought("ada", 1, 2)], NOW).customers)
    assert spreads.orders_in_year.quintiles == (2, 2, 2, 2)
    assert spreads.frequency.quintiles == (1, 1, 1, 1)
