"""A shop's own order file: no purchase is refused for a detail, and nobody is reminded of what was bought."""

from pathlib import Path
from typing import Any

import pytest

from agents.replay.files import Outputs, replay_files
from schemas.topics import Topic
from tests.agents.replay.recorded import BEGUN, DAY, LATENESS, MINUTE, Came, Json, click, written
from tests.oracle.plain import Trigger, triggers
from tests.properties.batch import plain_rulebook, plain_rules

SILENCE = 7 * DAY

Detail = dict[str, Any]


def lines(*prices: object, quantity: object = 1) -> list[Json]:
    """A line a price."""
    return [
        {"product_id": f"p{number}", "quantity": quantity, "unit_price": price} for number, price in enumerate(prices)
    ]


DETAILS: list[tuple[str, Detail, set[str]]] = [
    ("price is amount by quantity", {"lines": lines(14.265, "14.265"), "currency": "EUR"}, {"amount_rounded"}),
    ("total with noise", {"lines": lines("5.99"), "total": 5.989999999999995, "currency": "EUR"}, {"amount_rounded"}),
    ("700 lines", {"lines": lines(*["1.00"] * 700), "currency": "EUR"}, {"lines_cut"}),
    ("a discount", {"lines": lines("20.00", "-5.00"), "total": "15.00", "currency": "EUR"}, {"adjustment_line"}),
    ("a piece back", {"lines": [*lines("20.00"), *lines("9.00", quantity=-1)], "currency": "EUR"}, {"adjustment_line"}),
    ("lower case", {"lines": lines("20.00"), "total": "20.00", "currency": "eur"}, {"currency_folded"}),
    ("all at once", {"lines": lines(-0.015, *[1.005] * 700), "currency": "eur"},
     {"amount_rounded", "lines_cut", "adjustment_line", "currency_folded"}),
    ("as it should be", {"lines": lines("20.00"), "total": "20.00", "currency": "EUR"}, set()),
]  # fmt: skip


def replayed(folder: Path, clicks: list[Json], orders: list[Json]) -> Came:
    """By the plain rulebook."""
    inputs = {
        Topic.CLICKSTREAM: written(folder, Topic.CLICKSTREAM, clicks),
        Topic.ORDERS: written(folder, Topic.ORDERS, orders),
    }
    outputs = Outputs(folder / "triggers")
    book, today = plain_rulebook("7d"), BEGUN + DAY
    return Came(replay_files(inputs, book, LATENESS, outputs, drain=True, now_ms=today), outputs)


def told(came: Came) -> set[Trigger]:
    """What fired, as the oracle says it."""
    return {Trigger(*(one[name] for name in ("kind", "profile", "anchor_ms", "due_ms"))) for one in came.triggers}


@pytest.mark.parametrize(("detail", "odd"), [case[1:] for case in DETAILS], ids=[case[0] for case in DETAILS])
def test_an_order_counts_whatever_its_details(tmp_path: Path, detail: Detail, odd: set[str]) -> None:
    """Applied, its oddities counted, and its buyer is not reminded."""
    bought = {"event_id": "o1", "type": "order_placed", "order_id": "1", "occurred_at": BEGUN + MINUTE}
    clicks, orders = [click(1, BEGUN, customer_id="88")], [bought | {"customer_id": "88"} | detail]
    came = replayed(tmp_path, clicks, orders)

    assert came.ended(Topic.ORDERS) == {"applied": 1}
    assert {met.name for met in came.tally.oddities} - {"total_mismatch"} == odd
    assert told(came) == triggers(clicks, orders, plain_rules(SILENCE))
    assert not [one for one in came.triggers if one["kind"] == "cart_abandonment"]


def test_a_whole_file_of_such_orders_equals_the_oracle(tmp_path: Path) -> None:
    """A hundred shoppers fill carts, most of them buy within the hour: who does not is reminded, and nobody else."""
    clicks, orders = [], []
    for number in range(100):
        at, ids = BEGUN + number * 7 * MINUTE, {"visitor_id": f"v{number}"}
        clicks.append(click(number, at, **ids))
        if number % 3:
            ids["customer_id"] = f"c{number}"
            bought = {"event_id": f"o{number}", "type": "order_placed", "order_id": str(number)}
            orders.append(bought | {"occurred_at": at + number % 60 * MINUTE} | ids | DETAILS[number % len(DETAILS)][1])
    orders.sort(key=lambda order: order["occurred_at"])
    came = replayed(tmp_path, clicks, orders)
    oracle = triggers(clicks, orders, plain_rules(SILENCE))

    assert came.ended(Topic.ORDERS) == {"applied": len(orders)}
    assert {met.name for met in came.tally.oddities} >= {"amount_rounded", "lines_cut", "adjustment_line"}
    assert told(came) == oracle
    assert sum(one.kind == "cart_abandonment" for one in oracle) == 34
