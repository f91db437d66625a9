"""The stage of products: what waits for what, what is kept for how long, and every limit."""

import msgspec
import orjson
import pytest

from schemas.facts.product_facts import (
    BoughtTogether,
    PartnerCounted,
    PriceChanged,
    ProductBought,
    ProductKnown,
    ProductLooked,
    Released,
    StockAsked,
    VisitorForgotten,
)
from schemas.facts.profile_facts import ErasureAsked, Fact
from schemas.reading.wire import read_fact, read_facts, write_fact
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import DAY_MS
from schemas.topics import Topic
from streams.layout import Layout
from streams.products import folding, shelves
from streams.products import together as bought_together
from streams.products.changes import LORE_MAX, PRICES_MAX, WAITING_MAX
from streams.products.looks import ASKED_MAX, LOOKS_MAX
from streams.products.product_stage import ProductStage
from streams.replay import ONE_EACH, Given
from streams.stage import STAGES_OWN, Batch, Effects
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from tests.streams.durable import restore, write
from tests.world import Json, rule, rulebook

BEGIN = 1_750_000_000_000
BOOK = rulebook(rule("back_in_stock", wait="0s", per_unit=1000), rule("price_drop", wait="0s"))
SELLS_AGAIN = rulebook(rule("replenishment"))
ALSO = rulebook(rule("lapse", wait="9d", message={"template": "t", "products": ["also_bought"]}))
TWO = Layout({**ONE_EACH.counts, Topic.CLICKSTREAM: 2})


class Products:
    """A stage with its logs: records come in one by one, time passes when it is said."""

    def __init__(self, book: Rulebook = BOOK, layout: Layout = ONE_EACH) -> None:
        self.stage = ProductStage(0, book, layout, 0)
        self.changelog: dict[bytes, bytes] = {}
        self.facts: list[Fact] = []
        self.counts: dict[tuple[str, ...], int] = {}
        self.shown: list[Json] = []

    def catalog(self, at: int, product: str = "mug", **said: object) -> str:
        """A record of the catalogue, at so many ms since the beginning; what became of it."""
        value = orjson.dumps({"product_id": product, "occurred_at": BEGIN + at, "currency": "EUR", **said})
        effects = self._fold(Topic.CATALOG, [Given(product.encode(), value, self.stage.positions[Topic.CATALOG])], at)
        return next(name[2] for name in effects.counts if name[:2] == ("records", "catalog"))

    def tell(self, fact: Fact) -> None:
        """A fact reaches the inbox."""
        offset = self.stage.positions[Topic.PRODUCT_INBOX]
        self._fold(Topic.PRODUCT_INBOX, [Given(b"mug", write_fact(fact), offset)], 0)

    def looks(self, at: int, visitor: str = "phone", *, carted: bool = False) -> None:
        """The visitor sees a mug."""
        self.tell(ProductLooked(BEGIN + at, f"e{at}", visitor, "mug", None, None, carted))

    def asks(self, at: int, visitor: str = "phone") -> None:
        """The visitor asks for a mug."""
        self.tell(StockAsked(BEGIN + at, f"e{at}", visitor, "mug"))

    def passes(self, at: int, *partitions: int) -> None:
        """The clicks of these partitions, and the catalogue, have come so far."""
        vector = {f"clickstream-{number}": BEGIN + at for number in partitions or (0,)}
        offset = self.stage.positions[Topic.PRODUCT_INBOX]
        self._fold(Topic.CATALOG, [], at)
        self._fold(Topic.PRODUCT_INBOX, [Given(WATERMARKS_KEY, orjson.dumps(vector), offset)], at)

    def hears_of_customers(self, at: int) -> None:
        """All customers have been folded so far."""
        offset = self.stage.positions[Topic.PRODUCT_INBOX]
        vector = orjson.dumps({"customer-inbox-0": BEGIN + at})
        self._fold(Topic.PRODUCT_INBOX, [Given(WATERMARKS_KEY, vector, offset)], at)

    @property
    def known(self) -> list[ProductKnown]:
        """What buyers were told."""
        return [fact for fact in self.facts if isinstance(fact, ProductKnown)]

    def restarts(self) -> None:
        """A new owner."""
        self.stage = ProductStage(0, BOOK, ONE_EACH, 0)
        restore(self.stage, self.changelog)

    def kept(self) -> set[bytes]:
        """The keys of the changelog, but for the stage's own mark and rulebook."""
        own = (STAGES_OWN + b"position", STAGES_OWN + b"rulebook")
        return {key for key in self.changelog if key not in own}

    def _fold(self, topic: Topic, records: list[Given], at: int) -> Effects:
        position = self.stage.positions[topic] + len(records)
        self.stage.fold(Batch(topic, records, position, BEGIN + at if not records else None, BEGIN + at))
        effects = self.stage.take()
        write(self.changelog, effects)
        for out in effects.outputs:
            if out.topic is Topic.PRODUCTS:
                self.shown.append(orjson.loads(out.value))
            elif out.topic in (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX):
                self.facts += read_facts(out.value)
        for name, by in effects.counts.items():
            self.counts[name] = self.counts.get(name, 0) + by
        return effects


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


def test_what_comes_after_midnight_counts_the_next_day() -> None:
    """Though it is known before the orders are counted: time may pass in leaps."""
    midnight = DAY_MS - BEGIN % DAY_MS
    products = Products(ALSO)
    products.tell(PartnerCounted(BEGIN + midnight, "tape", "mug", "tape", 9))
    for number in range(5):
        products.tell(together(number, f"o{number}", "tape"))
    products.tell(together(midnight + 1, "o0", counts=False))
    products.passes(midnight + 2)
    products.hears_of_customers(midnight + 2)
    assert [said["also_bought"] for said in products.shown] == [["tape"]]
    products.passes(midnight + DAY_MS + 1)
    products.hears_of_customers(midnight + DAY_MS + 1)
    assert [said["also_bought"] for said in products.shown] == [["tape"], []]


def test_what_the_catalogue_says_again_and_again_is_bounded() -> None:
    """The oldest go; what changes nothing is no news."""
    products = Products()
    for number in range(LORE_MAX + 2):
        products.catalog(2 * number, cycle_days=number + 1)
        products.catalog(2 * number + 1, cycle_days=number + 1)
        products.passes(2 * number + 2)
    assert products.counts["cut", "lore"] == 2


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
