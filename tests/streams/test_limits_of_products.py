"""How much is kept of a product: each limit, and what goes first."""

import msgspec
import pytest

from streams.products import folding, shelves
from streams.products.changes import LORE_MAX, PRICES_MAX, WAITING_MAX
from streams.products.looks import ASKED_MAX, LOOKS_MAX
from tests.streams.products import BEGIN, Products


def test_what_the_catalogue_says_again_and_again_is_bounded() -> None:
    """The oldest go; what changes nothing is no news."""
    products = Products()
    for number in range(LORE_MAX + 2):
        products.catalog(2 * number, cycle_days=number + 1)
        products.catalog(2 * number + 1, cycle_days=number + 1)
        products.passes(2 * number + 2)
    assert products.counts["cut", "lore"] == 2


def test_of_many_lookers_the_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who looked longest ago go, and are counted."""
    monkeypatch.setattr(shelves, "LOOKERS_MAX", 40)
    products = Products()
    for number in range(41):
        products.looks(number, f"v{number}")
    assert products.counts["cut", "lookers"] == 2
    assert len(products.kept()) == 39
    assert not any(key.endswith((b"\x1fv0", b"\x1fv1")) for key in products.kept())


def test_of_many_requests_the_first_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who come too late are told nothing, and are counted; who waits may ask again."""
    monkeypatch.setattr(shelves, "REQUESTS_MAX", 3)
    products = Products()
    for number in range(5):
        products.asks(number, f"v{number}")
    products.asks(9, "v1")
    assert products.counts["cut", "requests"] == 2
    assert len(products.kept()) == 3


@pytest.mark.parametrize(("clicks", "cut"), [(LOOKS_MAX, 0), (LOOKS_MAX + 1, 1)], ids=["exactly_at", "after"])
def test_looks_that_w_has_not_passed_are_few(clicks: int, cut: int) -> None:
    """The last one counts."""
    products = Products()
    for number in range(clicks):
        products.looks(number)
    assert products.counts.get(("cut", "looks"), 0) == cut


def test_looks_that_w_has_passed_are_one_of_each_sort() -> None:
    """What was seen last, and what was carted last; and what W has not passed."""
    products = Products()
    for number in range(10):
        products.looks(number, carted=number % 3 == 0)
        products.passes(number + 1)
    (looks,) = products.stage._products.shelves.by_product["mug"].looks.values()
    assert [(look.at - BEGIN, look.carted) for look in looks] == [(6, True), (8, False), (9, True)]


@pytest.mark.parametrize(("times", "cut"), [(ASKED_MAX, 0), (ASKED_MAX + 2, 2)], ids=["exactly_at", "after"])
def test_askings_of_one_visitor_are_few(times: int, cut: int) -> None:
    """The first has the place, the last says how long it holds."""
    products = Products()
    for number in range(times):
        products.asks(number)
    assert products.counts.get(("cut", "askings"), 0) == cut
    (request,) = products.stage._products.shelves.by_product["mug"].requests.values()
    assert (request.asked[0][0], request.asked[-1][0]) == (BEGIN, BEGIN + times - 1)


def test_records_that_wait_are_few() -> None:
    """In number; the oldest count early."""
    products = Products()
    for number in range(WAITING_MAX + 2):
        products.catalog(number, price=number + 1)
    assert products.counts["cut", "catalog"] == 2
    assert products.shown[-1]["price"] == "2.00"


def test_records_that_wait_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes; one alone always waits."""
    monkeypatch.setattr(folding, "WAITING_BYTES_MAX", 1000)
    products = Products()
    products.catalog(1, name="x" * 2000)
    products.catalog(2, name="y" * 100)
    assert products.counts["cut", "catalog"] == 1


def test_prices_are_few() -> None:
    """The oldest go."""
    products = Products()
    for number in range(PRICES_MAX + 1):
        products.catalog(number, price=number + 1)
        products.passes(number + 1)
    assert products.counts["cut", "prices"] == 1


def test_no_record_is_larger_than_kafka_takes() -> None:
    """A product with everything as long as it may be, and as many records as may wait."""
    products = Products()
    text = "\U0001f375" * 4096
    texts = dict.fromkeys(("name", "url", "image_url", "category"), text)
    substitutes = ["\U0001f375" * 200 + str(number) for number in range(50)]
    for number in range(20):
        products.catalog(number, substitutes=substitutes, **texts)
    assert max(map(len, products.changelog.values())) < 768 * 1024
    products.passes(100)
    assert len(msgspec.json.encode(products.shown[-1])) < 768 * 1024
