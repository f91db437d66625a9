"""Seeded shops that tell carts by their ids: some are shared, some told again after they were bought, by whoever; and
guests buy them under addresses that nobody has seen."""

import random

from tests.oracle.records import millis
from tests.oracle.shop_worlds import world
from tests.oracle.worlds import GAP, HOUR, MINUTE, WAIT, Json, World

OF_CARTS = ("cart_item_added", "cart_item_removed", "cart_updated", "checkout_started", "checkout_progressed")
PAUSES = [0, 1, MINUTE, 10 * MINUTE, GAP - 1, GAP, GAP + 1, WAIT - 1, WAIT, WAIT + 1, 3 * HOUR]
STORES: list[Json] = [{}, {}, {}, {}, {"store": "north"}, {"store": "south"}]


def cart_world(seed: int, *, people: int = 12, days: int = 5, scenes: int = 80) -> World:
    """The shop of that seed; the same seed gives the same world."""
    return with_carts(world(seed, people=people, days=days), seed, scenes)


def with_carts(shop: World, seed: int, scenes: int) -> World:
    """That shop, whose carts have ids, with so many scenes more of carts that are bought."""
    rng = random.Random(seed)
    clicks, orders = [dict(click) for click in shop.clicks], [dict(order) for order in shop.orders]
    carts = _name(rng, clicks)
    for order in orders:
        if rng.random() < 0.4 and orders.count(order) == 1:
            cart = rng.choice(carts.get(order.get("visitor_id", ""), ["C-0"]))
            order |= rng.choice(
                [{"cart_id": cart}, {"cart_id": cart}, {"checkout_id": cart}, {"checkout_id": f"K-{cart}"}]
            )
    for number in range(scenes):
        _scene(rng, number, rng.choice(shop.clicks), clicks, orders)
    return World(_in_order(clicks), _in_order(orders))


def _name(rng: random.Random, clicks: list[Json]) -> dict[str, list[str]]:
    """Most changes of a cart tell its id: a new one now and then, or one that others tell, too."""
    carts: dict[str, list[str]] = {}
    named: dict[str, Json] = {}
    for click in clicks:
        if click["event_id"] in named:  # the same click, delivered twice
            click |= named[click["event_id"]]
            continue
        own = carts.setdefault(click["visitor_id"], [])
        if not own or rng.random() < 0.15:
            own.append(f"C-{rng.randrange(3)}" if rng.random() < 0.2 else f"C-{click['visitor_id']}-{len(own)}")
        is_told = click["type"] in OF_CARTS and rng.random() < 0.7
        checkout = {"checkout_id": f"K-{own[-1]}"} if "checkout" in click["type"] and rng.random() < 0.5 else {}
        named[click["event_id"]] = {"cart_id": own[-1], **checkout} if is_told else {}
        click |= named[click["event_id"]]
    return carts


def _scene(rng: random.Random, number: int, around: Json, clicks: list[Json], orders: list[Json]) -> None:
    """A cart is told, perhaps by two devices; somebody buys it; it is told again."""
    devices = [around["visitor_id"], f"v-scene-{number}"]
    now, cart = millis(around["occurred_at"]), {"cart_id": f"C-scene-{number}"} | rng.choice(STORES)
    if number % 3 == 0:
        cart["checkout_id"] = f"K-scene-{number}"
    lines = [{"product_id": rng.choice(["sku-1", "sku-2"]), "quantity": rng.choice([1, 2])}]
    for step in range(rng.randint(3, 7)):
        name = f"{rng.getrandbits(24):06x}-{number}-{step}-cart"
        if rng.random() < 0.35:
            orders.append(_order(rng, name, number, now, cart, devices))
        else:
            told = dict(cart) if rng.random() < 0.85 else {}
            click = {"event_id": name, "occurred_at": now, "visitor_id": rng.choice(devices), **told}
            if rng.random() < 0.1:
                click["customer_id"] = f"c-{rng.randrange(4)}"
            clicks.append(click | _change(rng, lines))
        now += rng.choice(PAUSES)


def _change(rng: random.Random, lines: list[Json]) -> Json:
    kind = rng.choice(
        ["cart_updated"] * 4 + ["cart_item_added", "cart_item_removed", "checkout_started", "checkout_progressed"]
    )
    if kind == "cart_updated":
        return {"type": kind, "lines": rng.choice([lines, lines, lines, [], [lines[0] | {"quantity": 3}]])}
    return {"type": kind, **(lines[0] if kind.startswith("cart") else {})}


def _order(rng: random.Random, name: str, number: int, now: int, cart: Json, devices: list[str]) -> Json:
    whose = rng.choice([{"customer_id": f"guest-{number}@shop.example"}] * 3 + [{"visitor_id": rng.choice(devices)}])
    kind = rng.choice(["order_placed"] * 4 + ["order_updated", "order_cancelled"])
    order = {"event_id": name, "type": kind, "order_id": f"S-{number}-{rng.choice([0, 0, 1])}", "occurred_at": now}
    named = {rng.choice(["cart_id", "checkout_id"]): cart["cart_id"]} if rng.random() < 0.9 else {}
    return order | whose | named | {name: cart[name] for name in ("store",) if name in cart}


def _in_order(records: list[Json]) -> list[Json]:
    """By (time, event id)."""
    return sorted(records, key=lambda record: (millis(record["occurred_at"]), record["event_id"]))
