"""Churn risk: the probability that somebody still buys falls through a threshold at a daily look."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.stories.test_becoming import next_look
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

SHOP = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
CHURN = "churn_risk"
DAY = 86_400_000


def shop(**fields: object) -> World:
    """A shop that tells of churn at once."""
    told = rule(CHURN, **{"wait": "0s", "below": 0.5, **fields})
    return World(rulebook(told, currency="EUR", bgnbd=SHOP)).signs_in("ada")


def buys(world: World, order: str, total: str = "50") -> World:
    """Ada orders."""
    return world.orders(order, on_site=False, customer_id="ada", total=total, currency="EUR")


def weekly(world: World) -> World:
    """Four orders, a week between them; the last after 21 days."""
    for number in range(4):
        buys(world.at(f"{7 * number}d"), f"O{number}")
    return world


def alive(at: int) -> float:
    """P(alive) of who has bought so, by the closed form, days as whole ones, UTC."""
    first, last = BEGINNING_MS // DAY, (BEGINNING_MS + ms("21d")) // DAY
    recency, age = (last - first) / 7, ((BEGINNING_MS + at) // DAY - first) / 7
    odds = SHOP["a"] / (SHOP["b"] + 2) * ((SHOP["alpha"] + age) / (SHOP["alpha"] + recency)) ** (SHOP["r"] + 3)
    return float(1 / (1 + odds))


def crossing() -> int:
    """The first of her instants after the last order at which it is below a half."""
    at = next_look(ms("21d"))
    while alive(at) >= 0.5:
        at += DAY
    return at


@pytest.mark.parametrize(("least", "sent"), [("0", 1), ("50", 1), ("1000", 0)])
def test_it_falls_through_once(least: str, sent: int) -> None:
    """With enough at risk; a year later nothing more was said."""
    world = weekly(shop(min_value=least)).at("400d")
    assert world.anchors(CHURN) == [crossing()] * sent


@pytest.mark.parametrize(("late", "sent"), [(0, 0), (1, 1)], ids=["exactly_at", "after"])
def test_an_order_ends_it(late: int, sent: int) -> None:
    """By the due time, that instant included."""
    world = weekly(shop(wait="3d")).at_ms(crossing() + ms("3d") + late)
    buys(world, "O9").after("1d")
    assert len(world.anchors(CHURN)) == sent
    assert sent or world.why(CHURN) is Reason.ORDERED


def test_the_next_silence_is_another() -> None:
    """Who came back, and is silent again."""
    world = weekly(shop()).at("200d")
    for number in range(9):
        buys(world.after("5d"), f"N{number}")
    assert len(world.at("600d").anchors(CHURN)) == 2


def test_who_has_bought_once_is_never_at_risk() -> None:
    """In this model people stop at a repeat purchase only."""
    assert buys(shop(), "O1").at("700d").sent() == []
