"""The shelves of the demo's shop: prices and stocks are functions of the time, and the catalogue says the same."""

from decimal import Decimal
from itertools import chain, takewhile

import orjson
import pytest

from agents.demo import shelves
from agents.demo.shelves import CATALOG, ROUND_MS
from schemas.events.catalog import CatalogRecord
from schemas.reading.wire import read_catalog


def test_the_catalogue_is_whole_at_the_opening_and_then_tells_every_change() -> None:
    """Records that the product understands, in the order of time."""
    groups = takewhile(lambda group: group[0] < 3 * ROUND_MS, shelves.catalogue())
    said = list(chain.from_iterable(group for _, group in groups))
    assert [one.at_ms for one in said] == sorted(one.at_ms for one in said)
    assert {one.key for one in said if not one.at_ms} == set(CATALOG)
    assert all(isinstance(read_catalog(one.value(1), lambda _: None), CatalogRecord) for one in said)
    known: dict[str, dict[str, object]] = {}
    for one in said:
        body = orjson.loads(one.value(1))
        known.setdefault(one.key, {}).update(body)
        if "price" in body:
            assert shelves.price(one.key, one.at_ms) == Decimal(body["price"])
        if body.get("stock") == shelves.NONE:
            assert shelves.next_sold_out(one.at_ms - 1) == (one.at_ms, one.key)
            last_ms = one.at_ms + shelves.BACK_FROM_MS - shelves.OUT_FROM_MS - shelves.ASKING_MS
            assert shelves.next_sold_out(last_ms - 1) == (last_ms - 1, one.key)
            assert shelves.next_sold_out(last_ms)[0] > last_ms
    assert all(product["price"] == str(CATALOG[name]) for name, product in known.items())


@pytest.mark.parametrize("number", range(4))
def test_what_comes_next_is_known_before_it_comes(number: int) -> None:
    """Whoever looks at it until then will hear of it; from that instant on it is the next round's."""
    for from_ms, next_, products in (
        (shelves.SALE_FROM_MS, shelves.next_on_sale, shelves.ON_SALE),
        (shelves.LOW_FROM_MS, shelves.next_to_run_low, shelves.RUNS_LOW),
    ):
        at_ms = number * ROUND_MS + from_ms
        assert next_(at_ms - 1) == products[number % len(products)]
        assert next_(at_ms) == products[(number + 1) % len(products)]
