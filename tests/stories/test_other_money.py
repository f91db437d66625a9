"""Money of other currencies counts in the shop's own, at the rate that was in force; without one nobody knows."""

from datetime import date
from typing import Any

import pytest

from agents.settings.shop import shop as shop_of
from agents.settings.shop_settings import ShopSettings
from schemas.rules.rulebook import Rulebook
from streams.replay import Replay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

ASKED = "sequence"
MIDNIGHT = 1_750_032_000_000
"""2025-06-16, the day after the story begins."""
OF_MIDNIGHT = f"{MIDNIGHT - BEGINNING_MS}ms"
RATES = [
    {"currency": "GBP", "since": date(2025, 6, 15), "rate": "1.2"},
    {"currency": "GBP", "since": date(2025, 6, 16), "rate": "1.1"},
    {"currency": "JPY", "since": date(2025, 6, 15), "rate": "0.006"},
]


def shop(condition: str, *, to: str = "EUR", **settings: Any) -> World:
    """A form is answered an hour later, if the condition holds."""

    def driver(book: Rulebook, lateness: int) -> Replay:
        own = shop_of(ShopSettings.model_validate({"rates_to": to, "rates": RATES}))
        return Replay(book, lateness, shop=own)

    asked = rule(ASKED, after={"event": "form_submitted"}, **{"if": condition})
    return World(rulebook(asked, **{"currency": "EUR", **settings}), driver=driver)


def holds(world: World) -> bool:
    """Whether it was answered."""
    return world.pipe({"type": "form_submitted"}).after("2h").sent() == [ASKED]


def buys(world: World, total: str, currency: str) -> World:
    """An order of the feed."""
    return world.orders(on_site=False, total=total, currency=currency)


@pytest.mark.parametrize(
    ("at", "worth"),
    [(MIDNIGHT - 1, "12"), (MIDNIGHT, "11"), (MIDNIGHT + 1, "11")],
    ids=["before", "exactly_at", "after"],
)
def test_the_rate_of_the_orders_own_time_counts(at: int, worth: str) -> None:
    """From midnight UTC on, that instant included; whenever it is asked for."""
    world = buys(
        shop(f'person.spend_in("30d") == {worth} && person.aov_in("30d") == {worth}').at_ms(at - BEGINNING_MS),
        "10",
        "GBP",
    )
    assert holds(world.after("3d"))


def test_amounts_are_added_in_the_shops_currency() -> None:
    """Each rounded half to even to its unit: 2,501 yen are 15.006 euros, and 10 pounds 12."""
    assert holds(buys(buys(buys(shop('person.spend_in("30d") == 37.01'), "10", "GBP"), "2501", "JPY"), "10", "EUR"))


@pytest.mark.parametrize(
    "condition", ['person.spend_in("30d") > 1', 'person.spend_in("30d") < 1', "person.revenue_at_risk < 1"]
)
@pytest.mark.parametrize("currency", ["USD", None])
def test_without_a_rate_no_comparison_holds(condition: str, currency: str | None) -> None:
    """Of another currency, or of one that nobody named."""
    bgnbd = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    world = shop(condition, bgnbd=bgnbd)
    world.orders(on_site=False, total="10", **({} if currency is None else {"currency": currency}))
    assert not holds(world)


def test_what_is_of_before_the_first_rate_is_unknown() -> None:
    """The table begins on the story's first day, some hours before it."""
    world = shop('person.spend_in("30d") > 1')
    world.orders(on_site=False, total="10", currency="GBP", occurred_at=BEGINNING_MS - ms("2d"))
    assert not holds(world)


def test_rates_into_another_currency_than_the_rulebooks_say_nothing() -> None:
    """They lead elsewhere."""
    assert not holds(buys(shop('person.spend_in("30d") > 1', currency="USD"), "10", "GBP"))
    assert holds(buys(shop('person.spend_in("30d") == 10', currency="GBP"), "10", "GBP"))


@pytest.mark.parametrize(
    ("currency", "value"), [("EUR", "30"), ("GBP", "36"), ("USD", None)], ids=["own", "a rate", "no rate"]
)
def test_a_carts_value_is_in_the_shops_currency(currency: str, value: str | None) -> None:
    """At the moment that it is asked for; what the trigger will say is in the cart's own."""
    for condition, expected in (
        (f"cart.value == {value or 0}", value is not None),
        ("cart.value > 0", value is not None),
        ("cart.value < 1000", value is not None),
        (f'episode.value == 30 && episode.currency == "{currency}"', True),
    ):
        assert holds(shop(condition).adds("mug", price="30", currency=currency)) is expected
    assert holds(shop("cart.value == 30", currency=None).adds("mug", price="30", currency=currency))


def test_groups_go_by_it() -> None:
    """A tier that pounds have earned."""
    gold = [{"id": "gold", "if": 'person.spend_in("365d") >= 12'}]
    asked = rule("tier_entered", wait="0s", tier="gold")

    def driver(book: Rulebook, lateness: int) -> Replay:
        return Replay(book, lateness, shop=shop_of(ShopSettings.model_validate({"rates_to": "EUR", "rates": RATES})))

    world = World(rulebook(asked, currency="EUR", tiers=gold), driver=driver)
    assert buys(world, "9.99", "GBP").after("1h").sent() == []
    assert buys(world, "0.01", "GBP").after("1h").sent() == ["tier_entered"]
