"""What products learn of purchases: how often one is bought again, and what with it."""

import pytest

from schemas.facts.product_facts import BoughtTogether, PartnerCounted, ProductBought
from schemas.rules.words import DAY_MS
from streams.products import folding, shelves
from streams.products import together as bought_together
from tests.streams.products import ALSO, BEGIN, SELLS_AGAIN, Products


def bought(at: int, who: str, *times: int, order_id: str = "O1") -> ProductBought:
    """Somebody has bought mugs."""
    return ProductBought(BEGIN + at, f"b{at}", who, "mug", tuple(BEGIN + time for time in times), 1, order_id)


def test_an_answer_waits_for_customers_and_the_catalogue() -> None:
    """It says what was known at the purchase."""
    products = Products(SELLS_AGAIN)
    products.catalog(1, cycle_days=9)
    products.tell(bought(5, "c:ada", 5))
    products.passes(6)
    assert products.known == []
    products.catalog(7, cycle_days=3)
    products.hears_of_customers(5)
    products.passes(8)
    assert products.known == []
    products.hears_of_customers(6)
    assert [known.cycle for known in products.known] == [9 * DAY_MS]
    products.tell(bought(6, "c:ada", order_id=""))
    products.hears_of_customers(9)
    assert len(products.known) == 1


def test_purchases_that_wait_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """In number, and in bytes; the oldest are answered early."""
    monkeypatch.setattr(folding, "BOUGHT_MAX", 40)
    products = Products(SELLS_AGAIN)
    for number in range(42):
        products.tell(bought(number, f"c:{number}", number))
    assert len(products.known) == products.counts["cut", "purchases"] == 2
    monkeypatch.setattr(folding, "BOUGHT_BYTES_MAX", 1000)
    products.tell(bought(50, "c:50", 50))
    assert len(products.stage._products.shelves.by_product["mug"].product.bought) == 20


def test_of_many_buyers_the_last_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who bought longest ago go, and are counted."""
    monkeypatch.setattr(shelves, "BUYERS_MAX", 40)
    products = Products(SELLS_AGAIN)
    for number in range(41):
        products.tell(bought(number, f"c:{number}", number))
    products.passes(100)
    products.hears_of_customers(100)
    assert products.counts["cut", "buyers"] == 2
    assert sum(b"buy:" in key for key in products.kept()) == 39
    assert not any(key.endswith((b"\x1fc:0", b"\x1fc:1")) for key in products.kept())


def together(at: int, order: str, *others: str, counts: bool = True) -> BoughtTogether:
    """An order with mugs in it."""
    return BoughtTogether(BEGIN + at, f"t{at}", "c:ada", "mug", order, BEGIN + at, others, 1, counts)


def test_of_many_orders_and_partners_the_telling_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of orders the last, of partners those with the most joint orders; what is cut is counted, and what is told by a
    partner that this product does not know as yet waits."""
    monkeypatch.setattr(bought_together, "ORDERS_MAX", 40)
    monkeypatch.setattr(bought_together, "PARTNERS_MAX", 1)
    products = Products(ALSO)
    for number in range(41):
        products.tell(together(number, f"o{number:02}", *(("bag",) if number > 20 else ()), "tape"))
    products.tell(PartnerCounted(BEGIN - BEGIN % DAY_MS + DAY_MS, "cup", "mug", "cup", 5))
    products.tell(PartnerCounted(BEGIN - BEGIN % DAY_MS + DAY_MS, "pot", "mug", "pot", 5))
    products.tell(PartnerCounted(BEGIN - BEGIN % DAY_MS + DAY_MS, "pen", "mug", "pen", 5))
    assert products.counts["cut", "partners"] == 1
    products.passes(DAY_MS)
    products.hears_of_customers(DAY_MS)
    assert products.counts["cut", "orders_of_product"] == 2
    assert not {key for key in products.kept() if key.endswith((b"o00", b"o01"))}
    assert products.counts["cut", "partners"] == 2
    assert {key.split(b"\x1f")[1] for key in products.kept() if b"partner:" in key} == {b"tape"}


def test_a_partner_that_is_ahead_is_heard_when_its_day_comes() -> None:
    """Another partition may have counted a later midnight: what it says is kept until this one has, too."""
    midnight = BEGIN - BEGIN % DAY_MS + DAY_MS
    products = Products(ALSO)
    products.tell(PartnerCounted(midnight + DAY_MS, "tape", "mug", "tape", 9))
    products.tell(PartnerCounted(midnight, "tape", "mug", "tape", 6))
    for number in range(5):
        products.tell(together(number, f"o{number}", "tape"))
    for day in (1, 2):
        products.passes(day * DAY_MS)
        products.hears_of_customers(day * DAY_MS)
    assert [said["also_bought"] for said in products.shown] == [["tape"]]
    assert products.shown[0]["changed_at"] == 0
    for number in range(4):
        products.tell(together(2 * DAY_MS + number, f"o{number}", counts=False))
    products.passes(3 * DAY_MS)
    products.hears_of_customers(3 * DAY_MS)
    assert [said["also_bought"] for said in products.shown] == [["tape"], []]
    products.passes(184 * DAY_MS)
    products.hears_of_customers(184 * DAY_MS)
    assert products.kept() == set()


def bought_with_tape(midnight: int) -> Products:
    """Five orders of a mug and a tape, and how often the tape was bought by that midnight, ms since the beginning."""
    products = Products(ALSO)
    products.tell(PartnerCounted(BEGIN + midnight, "tape", "mug", "tape", 9))
    for number in range(5):
        products.tell(together(number, f"o{number}", "tape"))
    return products


def test_what_comes_after_midnight_counts_the_next_day() -> None:
    """Though it is known before the orders are counted: time may pass in leaps."""
    midnight = DAY_MS - BEGIN % DAY_MS
    products = bought_with_tape(midnight)
    products.tell(together(midnight + 1, "o0", counts=False))
    products.passes(midnight + 2)
    products.hears_of_customers(midnight + 2)
    assert [said["also_bought"] for said in products.shown] == [["tape"]]
    products.passes(midnight + DAY_MS + 1)
    products.hears_of_customers(midnight + DAY_MS + 1)
    assert [said["also_bought"] for said in products.shown] == [["tape"], []]


def test_a_new_owner_counts_the_midnight_that_customers_have_not_passed() -> None:
    """Clicks and the catalogue have, when the stage is lost: what is counted waits for all who buy."""
    midnight = DAY_MS - BEGIN % DAY_MS
    products = bought_with_tape(midnight)
    products.hears_of_customers(midnight)
    products.passes(midnight + 2)
    products.looks(midnight)  # so that it is committed how far time has come
    assert products.shown == []
    products.restarts()
    products.hears_of_customers(midnight + 1)
    assert [said["also_bought"] for said in products.shown] == [["tape"]]
