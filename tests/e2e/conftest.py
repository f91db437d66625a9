"""Shops for the end-to-end tests: each has topics of its own on the session's broker."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.demo.broker import Kafka
from tests.e2e.shop import Shop

Opened = Callable[..., Shop]
_numbers = itertools.count(1)


@pytest.fixture
def open_shop(kafka: Kafka, tmp_path: Path) -> Iterator[Opened]:
    """Open a shop with a rulebook's text; its workers are gone when the test ends."""
    shops: list[Shop] = []

    def opened(rules: str, **environment: str) -> Shop:
        name = f"shop{next(_numbers)}"
        folder = tmp_path / name
        folder.mkdir()
        file = folder / "rules.yaml"
        file.write_text(rules)
        shop = Shop(name, kafka.bootstrap, folder, file, environment=environment)
        shops.append(shop)
        return shop

    yield opened
    for shop in shops:
        shop.close()
