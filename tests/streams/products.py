"""A stage of products with its logs."""

import orjson

from schemas.facts.product_facts import ProductKnown, ProductLooked, StockAsked
from schemas.facts.profile_facts import Fact
from schemas.reading.wire import read_facts, write_fact
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.layout import Layout
from streams.products.product_stage import ProductStage
from streams.replay import ONE_EACH, Given
from streams.stage import STAGES_OWN, Batch, Effects
from streams.time.watermarks import WATERMARKS_KEY
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
