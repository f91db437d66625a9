"""What becomes of OTTO's sessions."""

from collections import Counter

from tests.oracle import otto
from tests.oracle.plain import triggers
from tests.oracle.tables import ALL


def test_otto_conversion() -> None:
    """Clicks and carts become clicks; the orders of one time become one record with lines."""
    events = [("clicks", 7, 1), ("carts", 7, 2), ("orders", 7, 3), ("orders", 8, 3), ("orders", 7, 3), ("orders", 7, 4)]
    session = {"session": 5, "events": [{"type": kind, "aid": aid, "ts": time} for kind, aid, time in events]}
    clicks, orders = otto.convert([session])
    assert [
        (record["type"], record["product_id"], record["occurred_at"], record["visitor_id"]) for record in clicks
    ] == [
        ("product_viewed", "7", 1, "otto-5"),
        ("cart_item_added", "7", 2, "otto-5"),
    ]
    assert [record["lines"] for record in orders] == [
        [{"product_id": "7", "quantity": 2}, {"product_id": "8", "quantity": 1}],
        [{"product_id": "7", "quantity": 1}],
    ]
    assert len({record["event_id"] for record in clicks + orders}) == 4


def test_otto_sample() -> None:
    """800 clicks, 52 carts and 5 orders of 10 lines in the sample; every lapse is an order."""
    clicks, orders = otto.sample()
    assert Counter(record["type"] for record in clicks) == {"product_viewed": 800, "cart_item_added": 52}
    assert len(orders) == 5
    assert sum(line["quantity"] for record in orders for line in record["lines"]) == 10
    found = triggers(clicks, orders, ALL)
    ordered = {(f"v:{record['visitor_id']}", record["occurred_at"]) for record in orders}
    assert {(each.person, each.anchor_ms) for each in found if each.kind == "lapse"} <= ordered
