"""Rules about products: the product and the oracle find the same occasions in the same records, in the order of events
and shuffled within the allowed lateness, and when the stages are killed on the way."""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.replay import Replay
from tests.oracle.products import Batch, Heard, Shop, drops_unanswered, in_order
from tests.properties.seeds import seeds
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, rule, rulebook

Json = dict[str, Any]

SEEDS = seeds(5, 1009, *range(12))
LATENESS = 5_000
MINUTE = 60_000
SHOP = Shop(min_stock=2, per_unit=1, viewers=True, drop_pct=10, threshold=3)
KINDS = {"back_in_stock", "price_drop", "low_stock"}


def book() -> Rulebook:
    """All three kinds, at once."""
    return rulebook(
        rule("back_in_stock", wait="0s", min_stock=2, viewers=True),
        rule("price_drop", wait="0s", min_drop_pct=10),
        rule("low_stock", wait="0s", threshold=3),
        session_max="off",
    )


class World(NamedTuple):
    """The records of a shop, each topic in the order of events."""

    clicks: list[Json]
    orders: list[Json]
    catalog: list[Json]


def world(seed: int, minutes: int = 400) -> World:
    """Four devices, two customers, three products. No two clicks are of one instant; the catalogue's
    records are of the instants of clicks, too."""
    random = Random(seed)
    devices, products, customers = ["d1", "d2", "d3", "d4"], ["mug", "jug", "pot"], ["ada", "bob"]
    shop = World([], [], [])
    for minute in range(minutes):
        at, event_id = BEGINNING_MS + minute * MINUTE, f"{random.randrange(1000):03}-{minute}"
        device, product = random.choice(devices), random.choice(products)
        click: Json = {"event_id": event_id, "occurred_at": at, "visitor_id": device}
        about = click | {"product_id": product}
        told: Json = {"price": random.randint(8, 14), "currency": "EUR"} if random.random() < 0.4 else {}
        lines = [{"product_id": one} for one in products if random.random() < 0.5]
        kinds: list[tuple[int, Json]] = [
            (20, about | told | {"type": "product_viewed"}),
            (12, about | told | {"type": "cart_item_added"}),
            (4, about | {"type": "cart_item_removed"}),
            (4, click | {"type": "cart_updated", "lines": lines}),
            (20, about | {"type": "back_in_stock_requested"}),
            (5, click | {"type": "order_completed", "order_id": f"O{minute}", "lines": lines}),
            (2, click | {"type": "identified", "customer_id": customers[devices.index(device) % 2]}),
            (33, {}),
        ]
        said = random.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])[0]
        if said:
            shop.clicks.append(said)
        if random.random() < 0.03:
            order = {"event_id": f"o{event_id}", "occurred_at": at, "type": "order_placed", "order_id": f"F{minute}"}
            shop.orders.append(order | {"customer_id": random.choice(customers), "lines": lines})
        if random.random() < 0.35:
            record = {"event_id": f"k{event_id}", "occurred_at": at, "product_id": random.choice(products)}
            if random.random() < 0.6:
                record["stock"] = random.choice([-1, 0, 0, 1, 2, 3, 4, 5])
            if random.random() < 0.6:
                record |= {"price": random.randint(8, 14), "currency": "EUR"}
            shop.catalog.append(record)
    return shop


def key_of(topic: Topic, said: Json) -> bytes:
    """As producers key it."""
    if topic is Topic.CATALOG:
        return str(said["product_id"]).encode()
    return str(said.get("visitor_id") or said["customer_id"]).encode()


def arrivals(shop: World, shuffle: Random | None) -> list[tuple[int, Topic, Json]]:
    """When what arrives: at its time, or up to the lateness later."""
    topics = ((Topic.CLICKSTREAM, shop.clicks), (Topic.ORDERS, shop.orders), (Topic.CATALOG, shop.catalog))
    found = [
        (said["occurred_at"] + (0 if shuffle is None else shuffle.randint(0, LATENESS)), topic, said)
        for topic, records in topics
        for said in records
    ]
    return sorted(found, key=lambda arrival: arrival[0])


def as_heard(trigger: Json) -> Heard:
    """The trigger as the oracle says it."""
    return Heard(trigger["kind"], trigger["profile"], trigger["viewed"][0], trigger["anchor_ms"])


class Outcome(NamedTuple):
    """What was fired, what was taken back because of its price, and all ids in the order of firing."""

    heard: set[Heard]
    taken_back: set[Heard]
    ids: list[str]


def played(
    shop: World,
    shuffle: Random | None = None,
    driver: Callable[[Rulebook, int], Replay] = Replay,
    meanwhile: Callable[[Replay], None] = lambda _: None,
) -> Outcome:
    """The records through the stages."""
    replay = driver(book(), LATENESS)
    for at, topic, said in arrivals(shop, shuffle):
        replay.feed(topic, key_of(topic, said), orjson.dumps(said), at)
        meanwhile(replay)
    replay.drain()
    said_ = [orjson.loads(out.value) for out in replay.take().outputs if out.topic is Topic.TRIGGERS]
    fired = {trigger["trigger_id"]: trigger for trigger in said_ if trigger["type"] == "fired"}
    assert len(fired) == sum(trigger["type"] == "fired" for trigger in said_), "an id is there twice"
    heard = {id_: as_heard(one) for id_, one in fired.items()}
    gone = {heard[one["trigger_id"]] for one in said_ if one["type"] == "cancelled" and one["reason"] == "price_back"}
    return Outcome(set(heard.values()), gone, list(fired))


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_what_is_heard_of_products_is_the_oracles(seed: int) -> None:
    """In order and shuffled; the ids are the same."""
    shop = world(seed)
    expected = Batch(in_order(*shop), SHOP).heard
    assert {heard.kind for heard in expected} == KINDS, "a world without one of the kinds"
    ordered = played(shop)
    assert ordered.heard == expected
    mixed = played(shop, Random(seed + 1))
    assert mixed.heard == expected
    assert sorted(mixed.ids) == sorted(ordered.ids)


@pytest.mark.parametrize("seed", SEEDS[:6], ids="seed{}".format)
def test_prices_that_are_back_are_the_oracles(seed: int) -> None:
    """In a shop in which nobody buys: a purchase would take back the rest."""
    shop = world(seed)
    clicks = [click for click in shop.clicks if click["type"] != "order_completed"]
    batch = Batch(in_order(clicks, [], shop.catalog), SHOP)
    outcome = played(World(clicks, [], shop.catalog))
    assert outcome.heard == batch.heard
    assert outcome.taken_back == batch.taken_back()
    assert outcome.taken_back


@pytest.mark.parametrize("seed", SEEDS[:6], ids="seed{}".format)
def test_sequences_of_products_are_the_oracles(seed: int) -> None:
    """In order and shuffled, in a shop in which nobody signs in."""
    shop = world(seed)
    clicks = [click for click in shop.clicks if click["type"] != "identified"]
    expected = drops_unanswered(in_order(clicks, [], shop.catalog), 20 * MINUTE)
    assert len(expected) >= 5
    unless = [{"event": "product_viewed"}]
    after = {"event": "price_drop"}
    rules = rulebook(rule("sequence", wait="20m", after=after, unless=unless, same="product_id"), session_max="off")
    for shuffle in (None, Random(seed + 1)):
        replay = Replay(rules, LATENESS)
        for at, topic, said in arrivals(World(clicks, [], shop.catalog), shuffle):
            replay.feed(topic, key_of(topic, said), orjson.dumps(said), at)
        replay.drain()
        fired = [orjson.loads(out.value) for out in replay.take().outputs if out.topic is Topic.TRIGGERS]
        assert {(one["visitor_id"], one["anchor_ms"]) for one in fired} == {(one[0], one[2]) for one in expected}
        assert len(fired) == len(expected)


@pytest.mark.parametrize("seed", SEEDS[:6], ids="seed{}".format)
def test_a_shop_whose_stages_are_killed_says_the_same(seed: int) -> None:
    """Restored from their changelogs, now and then, in the middle of everything."""
    shop, random = world(seed), Random(seed)

    def kill(replay: Replay) -> None:
        assert isinstance(replay, DurableReplay)
        if random.random() < 0.05:
            replay.kill(book())

    whole, killed = played(shop, Random(seed + 1)), played(shop, Random(seed + 1), DurableReplay, kill)
    assert killed == whole
