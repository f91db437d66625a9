"""Which products cannot be bought, as the topic of products says, record by record."""

from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from prometheus_client import generate_latest

from agents.dispatch import goods
from agents.dispatch.goods import Goods
from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from schemas.events.catalog import ProductNow


class Shop:
    """A reader with records in the hands of the test."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.goods = Goods(Settings(), self.metrics, 1)

    def says(self, product: str, value: bytes | None) -> None:
        key = product.encode()
        self.goods.fold([ConsumerRecord("products", 0, 0, 0, 0, key, value, None, len(key), len(value or b""), ())])

    def tells(self, product: str, **said: Any) -> None:
        self.says(product, ProductNow(product_id=product, changed_at=1, **said).model_dump_json().encode())

    def gone(self, *products: str) -> list[bool]:
        return [self.goods.is_gone(product) for product in products]


def test_the_last_record_of_a_product_counts() -> None:
    """Sold out, back, taken off the shop, forgotten; what nobody has told of is there."""
    shop = Shop()
    shop.tells("pot", stock=0)
    shop.tells("jug", published=False, stock=4)
    assert shop.gone("pot", "jug", "mug") == [True, True, False]
    shop.tells("pot", stock=1)
    shop.says("jug", None)
    assert shop.gone("pot", "jug", "mug") == [False, False, False]


def test_a_record_that_cannot_be_read_stops_nobody() -> None:
    """The product counts as one that is there."""
    shop = Shop()
    shop.tells("pot", stock=0)
    shop.says("pot", b"{not json")
    assert shop.gone("pot") == [False]


def test_of_too_many_the_rest_is_taken_for_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is counted; a product that is known to be gone stays so."""
    monkeypatch.setattr(goods, "GONE_MAX", 1)
    shop = Shop()
    for product in ("pot", "jug", "pot"):
        shop.tells(product, stock=0)
    assert shop.gone("pot", "jug") == [True, False]
    assert 'cut_total{what="gone_products"} 1.0' in generate_latest(shop.metrics.registry).decode()


def test_what_is_bought_together_is_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many products the rest is not known, and counted; of one that is known the next word counts."""
    monkeypatch.setattr(goods, "ALSO_MAX", 1)
    shop = Shop()
    for product, also in (("pot", ("mug",)), ("jug", ("pot",)), ("pot", ("tea", "mug"))):
        shop.tells(product, stock=0, also_bought=also)
    assert (shop.goods.also_bought("pot"), shop.goods.also_bought("jug")) == (("tea", "mug"), ())
    assert 'cut_total{what="also_bought"} 1.0' in generate_latest(shop.metrics.registry).decode()
    shop.tells("pot", stock=1)
    assert shop.goods.also_bought("pot") == ()


def test_before_a_fetch_was_answered_nothing_is_fresh() -> None:
    """So no call is made that names products."""
    assert not Shop().goods.is_fresh()
