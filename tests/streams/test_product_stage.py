"""The stage of products: what waits for what, and what is kept for how long."""

from schemas.facts.product_facts import PriceChanged, Released, VisitorForgotten
from schemas.facts.profile_facts import ErasureAsked
from schemas.reading.wire import read_fact, write_fact
from schemas.rules.words import DAY_MS
from schemas.topics import Topic
from streams.layout import Layout
from streams.replay import ONE_EACH, Given
from streams.stage import Batch
from streams.visits.session_stage import SessionStage
from tests.streams.products import BEGIN, BOOK, TWO, Products


def test_a_change_waits_for_all_clicks() -> None:
    """Of every partition; a look that comes meanwhile counts."""
    products = Products(layout=TWO)
    products.catalog(1, price=10)
    products.catalog(100, price=5)
    products.passes(100, 0)
    products.passes(101, 0)
    products.looks(99)
    assert products.facts == []
    products.passes(101, 1)
    assert [type(fact) for fact in products.facts] == [PriceChanged]


def test_what_is_known_of_a_product_is_shown() -> None:
    """On the compacted topic: the whole of it, once for all that a batch changed."""
    products = Products()
    products.catalog(1, price="9.5", stock=2.5, name="Mug", substitutes=["jug"])
    products.catalog(2, published=False, url="https://shop/mug")
    products.passes(3)
    (shown,) = products.shown
    assert shown == {
        **dict.fromkeys(("parent_id", "image_url", "category", "cycle_days", "store")),
        "product_id": "mug",
        "changed_at": BEGIN + 2,
        "price": "9.50",
        "currency": "EUR",
        "stock": 2.5,
        "name": "Mug",
        "url": "https://shop/mug",
        "published": False,
        "substitutes": ["jug"],
        "also_bought": [],
    }


def test_a_record_counts_once_and_in_its_place() -> None:
    """The same again, and one that is older than what was folded."""
    products = Products()
    assert products.catalog(5, price=10, event_id="a") == "applied"
    assert products.catalog(5, price=10, event_id="a") == "duplicate"
    assert products.catalog(4, price=11, event_id="b") == "applied"
    products.passes(6)
    assert products.catalog(5, price=10, event_id="a") == "duplicate"
    assert products.catalog(4, price=12, event_id="c") == "late"
    assert products.catalog(5, price=13, event_id="d") == "late"
    products.passes(7)
    assert [shown["price"] for shown in products.shown] == ["10.00", "13.00"]


def test_a_record_without_a_price_says_nothing_of_it() -> None:
    """And one in another currency without a price makes it unknown."""
    products = Products()
    products.catalog(1, price=10)
    products.catalog(2, stock=3)
    products.passes(3)
    products.catalog(4, currency="USD")
    products.passes(5)
    assert [(shown["price"], shown["currency"]) for shown in products.shown] == [("10.00", "EUR"), (None, "USD")]


def test_a_new_owner_goes_on() -> None:
    """With prices, looks, requests, and what waits."""
    products = Products()
    products.catalog(1, price=10, stock=0)
    products.passes(2)
    products.looks(3)
    products.asks(4)
    products.catalog(10, price=5, stock=1)
    products.restarts()
    products.passes(11)
    assert {type(fact) for fact in products.facts} == {PriceChanged, Released}
    products.restarts()
    products.catalog(20, stock=0)
    products.catalog(21, stock=1)
    products.passes(22)
    assert len(products.facts) == 2


def test_looks_and_requests_end() -> None:
    """After ninety days nothing of them is kept, also by an owner who came later."""
    for restarts in (False, True):
        products = Products()
        products.looks(0)
        products.asks(1)
        products.passes(2)
        if restarts:
            products.restarts()
        products.passes(89 * DAY_MS)
        assert len(products.kept()) == 2
        products.passes(91 * DAY_MS)
        products.passes(93 * DAY_MS)
        assert products.kept() == set()
        assert products.stage.gauges()["keys", "products", "0"] == 0


def test_who_is_forgotten_is_forgotten() -> None:
    """What was before the wish; not what is after it, nor anybody else."""
    products = Products()
    products.looks(1)
    products.asks(2)
    products.looks(3, "tablet")
    products.looks(5)
    products.tell(VisitorForgotten(BEGIN + 4, "w", "phone"))
    assert {key.rsplit(b"\x1f")[-1] for key in products.kept() if b"ask:" in key} == set()
    products.tell(VisitorForgotten(BEGIN + 5, "w", "phone"))
    assert {key.rsplit(b"\x1f")[-1] for key in products.kept()} == {b"tablet"}


def test_every_partition_of_products_hears_of_a_wish_to_be_forgotten() -> None:
    """The visitor may stand at any product."""
    stage = SessionStage(0, BOOK, Layout({**ONE_EACH.counts, Topic.PRODUCT_INBOX: 3}), 0)
    wish = Given(b"phone", write_fact(ErasureAsked(BEGIN, "w")), 0)
    stage.fold(Batch(Topic.VISITOR_INBOX, [wish], 1, None, BEGIN))
    told = [out for out in stage.take().outputs if out.topic is Topic.PRODUCT_INBOX]
    assert [out.partition for out in told] == [0, 1, 2]
    assert [read_fact(out.value) for out in told] == [VisitorForgotten(BEGIN, "w", "phone")] * 3
