"""Real shoppers: replenishment, win-back and lapse of sixty households over a year equal the oracle."""

from tests.oracle.grocer import SAMPLE, convert, orders_of
from tests.properties.grocers_year import year


def test_a_year_of_sixty_households_is_the_oracles() -> None:
    """Every trigger, and each but once."""
    found = year(orders_of(SAMPLE))
    assert set(found.product) == found.oracle
    assert len(found.ids) == len(set(found.ids))
    assert found.table() == {
        "lapse": (96, 96, 96),
        "replenishment": (1948, 1948, 1948),
        "winback": (103, 103, 103),
    }


def test_some_of_them_have_a_pace_of_their_own() -> None:
    """Else the year would show the defaults alone."""
    waits = {(one.kind.split()[0], one.due_ms - one.anchor_ms) for one in year(orders_of(SAMPLE)).product}
    assert len([wait for kind, wait in waits if kind == "winback"]) > 20
    assert len([wait for kind, wait in waits if kind == "replenishment"]) > 5


def test_a_basket_is_an_order() -> None:
    """Its rows are shuffled among others; what was weighed as nothing is no product."""
    row = {"household_id": "7", "basket_id": "b", "sales_value": "1.25", "transaction_timestamp": "2017-01-28 19:06:53"}
    rows = [{**row, "product_id": "p2", "quantity": "2.0"}, {**row, "product_id": "p1", "quantity": "1.0"}]
    rows += [
        {**row, "product_id": "p3", "quantity": "0.0"},
        {**row, "basket_id": "c", "product_id": "p", "quantity": "0"},
    ]
    (order,) = convert(rows)
    assert (order["order_id"], order["customer_id"], order["total"]) == ("b", "7", "2.50")
    assert order["occurred_at"] == 1_485_630_413_000
    assert [(line["product_id"], line["quantity"]) for line in order["lines"]] == [("p1", 1), ("p2", 2)]
