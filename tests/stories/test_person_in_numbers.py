"""The person in numbers: what a condition sees when a rule is due. Windows are (now - w, now]."""

from datetime import UTC, datetime

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

SHOP = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
ASKED = "sequence"


def world(condition: str, **settings: object) -> World:
    """A shop that asks one thing of whoever has called it, at once."""
    asked = rule(ASKED, wait="0s", after={"event": "custom:called"}, **{"if": condition})
    return World(rulebook(asked, **{"currency": "EUR", **settings}))


def holds(shop: World) -> bool:
    """Whether the condition holds of whoever calls now."""
    before = len(shop.fired())
    shop.pipe({"type": "custom", "name": "called"}).after("1ms")
    return len(shop.fired()) > before


def bought(shop: World, total: str, *, order: str = "O", currency: str = "EUR", **fields: object) -> World:
    """A purchase of the order feed."""
    return shop.orders(order, on_site=False, total=total, currency=currency, **fields)


@pytest.mark.parametrize("asked", ["orders_in", "spend_in", "aov_in"])
@pytest.mark.parametrize(
    ("pause", "expected"), [("29d", True), ("30d", False), ("30d 1ms", False)], ids=["within", "exactly_at", "after"]
)
def test_a_window_ends_before_its_first_instant(asked: str, pause: str, expected: bool) -> None:
    """What was bought exactly w ago is out."""
    assert holds(bought(world(f'person.{asked}("30d") >= 1'), "9.90").after(pause)) is expected


@pytest.mark.parametrize("asked", ["visits_in", "views_in"])
@pytest.mark.parametrize(
    ("since", "expected"), [("29d 23h", 1), ("1d 1ms", 1), ("1d", 0)], ids=["long", "within", "exactly_at"]
)
def test_a_visit_counts_at_its_last_click(asked: str, since: str, expected: int) -> None:
    """And so do its views: not when it began, and not when it was known to be over."""
    condition = f'person.{asked}("{ms(since)}ms") == 1'
    shop = World(rulebook(rule("inactivity", wait="1d", **{"if": condition})))
    shop.visits().after("20m").sees("mug").after("3d")
    assert len(shop.fired()) == expected


def test_a_visit_that_runs_counts_now() -> None:
    """Its views do not count before it is over."""
    assert holds(world('person.visits_in("1d") == 1').visits().after("5m"))
    assert holds(world('person.views_in("1d") == 0').sees("mug").after("5m"))
    assert holds(world('person.visits_in("1d") == 2 && person.views_in("1d") == 1').sees("mug").after("5h"))


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("person.orders == 2", True),
        ('person.spend_in("365d") == 40.00', True),
        ('person.aov_in("365d") == 20', True),
        ('person.spend_in("5d") == 30', True),
        ('person.spend_in("5d") < 30', False),
        ("person.days_since_order == 2", True),
        ("person.mean_gap_days == 10", True),
        ('person.last_channel == "pos"', True),
    ],
)
def test_orders_are_counted_and_added_up(condition: str, held: bool) -> None:
    """Two purchases ten days apart, the last one two days ago."""
    shop = bought(world(condition), "10", order="O1", channel="web").after("10d")
    assert holds(bought(shop, "30.00", order="O2", channel="pos").after("2d")) is held


@pytest.mark.parametrize(("plus", "held"), [(-1, False), (0, True), (1, False)])
def test_the_next_order_is_a_mean_gap_after_the_last(plus: int, held: bool) -> None:
    """As a time."""
    at = datetime.fromtimestamp((BEGINNING_MS + ms("20d") + plus) / 1000, UTC).isoformat(timespec="milliseconds")
    shop = bought(world(f'person.next_order_at == timestamp("{at}")'), "10", order="O1").after("10d")
    assert holds(bought(shop, "30.00", order="O2").after("2d")) is held


@pytest.mark.parametrize(
    ("undone", "condition"),
    [
        ({"type": "order_cancelled"}, "person.orders == 1"),
        ({"type": "order_cancelled"}, 'person.spend_in("365d") == 10'),
        ({"type": "order_cancelled"}, "person.days_since_order == 12"),
        ({"type": "order_refunded"}, 'person.spend_in("365d") == 10'),
        ({"type": "order_refunded", "total": "12.50"}, 'person.spend_in("365d") == 27.5'),
        ({"type": "order_updated", "total": "5"}, 'person.spend_in("365d") == 15'),
    ],
)
def test_what_is_undone_counts_no_more(undone: dict[str, str], condition: str) -> None:
    """Cancelled, given back in whole or in part, or changed."""
    shop = bought(bought(world(condition), "10", order="O1").after("10d"), "30.00", order="O2").after("1d")
    assert holds(shop.pipe({"order_id": "O2", "currency": "EUR", **undone}).after("1d"))


@pytest.mark.parametrize(
    "condition", ['person.spend_in("365d") > 1', 'person.spend_in("365d") < 1000', 'person.aov_in("365d") != 3']
)
@pytest.mark.parametrize("total", [{"total": "9", "currency": "USD"}, {}], ids=["another currency", "no amount"])
def test_a_sum_with_an_unknown_part_is_unknown(condition: str, total: dict[str, str]) -> None:
    """No comparison with it holds; what is outside the window does not matter."""
    shop = bought(world(condition), "10", order="O1").after("1d").orders("O2", on_site=False, **total).after("1d")
    assert not holds(shop)
    assert shop.why(ASKED) is Reason.CONDITION
    assert holds(
        bought(world('person.spend_in("20d") == 10 '), "9", currency="USD")
        .after("30d")
        .orders("O2", on_site=False, total="10", currency="EUR")
    )


def test_who_has_bought_nothing_has_spent_nothing() -> None:
    """And of an average nothing is known."""
    assert holds(world('person.spend_in("365d") == 0').visits())
    assert holds(world('person.aov_in("365d") == null && person.days_since_order == null').visits())


def test_p_alive_and_what_is_at_risk() -> None:
    """Two purchases in ten weeks, then ten of silence: by the closed form, with x = 1, t = 10, T = 20."""
    odds = SHOP["a"] / SHOP["b"] * ((SHOP["alpha"] + 20) / (SHOP["alpha"] + 10)) ** (SHOP["r"] + 1)
    alive = 1 / (1 + odds)
    risk = round((1 - alive) * 4000) / 100
    for condition in (
        f"person.p_alive > {alive - 1e-9:.12f} && person.p_alive < {alive + 1e-9:.12f}",
        f"person.revenue_at_risk == {risk}",
    ):
        shop = bought(world(condition, bgnbd=SHOP), "10", order="O1", customer_id="ada").after("70d")
        assert holds(bought(shop.signs_in("ada"), "30.00", order="O2").after("69d").signs_in("ada").after("1d"))
    assert holds(world("person.p_alive == null", bgnbd=SHOP).visits())
    assert holds(bought(world("person.p_alive == null"), "10"))


def test_two_halves_have_bought_and_seen_together() -> None:
    """From the sign-in on, each order and visit once."""
    condition = 'person.orders == 2 && person.spend_in("30d") == 40 && person.views_in("30d") == 3'
    shop = world(condition)
    bought(shop.sees("mug", times=2), "10", order="O1", visitor_id="phone").after("2h")
    bought(shop.as_("tablet").signs_in("ada").sees("mug"), "30", order="O2", customer_id="ada").after("2h")
    assert not holds(shop)
    assert holds(shop.as_("phone").signs_in("ada").after("2h"))
