"""The clicks that the benchmarks use: seeded, about 235 bytes each, a mix as shops see it."""

import random
from collections.abc import Iterator

import orjson

# What of a hundred clicks each is: mostly looking, some carts, few orders.
MIX = (
    ("page_viewed", 34),
    ("product_viewed", 48),
    ("product_list_viewed", 6),
    ("cart_item_added", 7),
    ("cart_item_removed", 1),
    ("checkout_started", 2),
    ("order_completed", 1),
    ("exit_signal", 1),
)
DISORDER_MS = 4000
IDENTIFIED_RATIO = 0.1


def clicks(count: int, start_ms: int, seed: int = 1, visitors: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of `count` clicks over about an hour; a visitor has some twenty of them."""
    dice = random.Random(seed)
    visitors = visitors or count // 20 or 1
    kinds = [kind for kind, share in MIX for _ in range(share)]
    step = 3_600_000 / count
    for number in range(count):
        visitor = f"v-{dice.randrange(visitors):07d}"
        click: dict[str, object] = {
            "event_id": f"e-{seed}-{number:09d}",
            "type": dice.choice(kinds),
            "occurred_at": start_ms + int(number * step) - dice.randrange(DISORDER_MS),
            "visitor_id": visitor,
            "session_id": f"s-{visitor}",
            "url": f"https://shop.example/products/{dice.randrange(5000)}?ref=newsletter",
            "product_id": f"p-{dice.randrange(5000)}",
            "price": 19.9,
            "currency": "EUR",
        }
        if hash_ratio(visitor) < IDENTIFIED_RATIO:
            click["customer_id"] = f"c-{visitor}"
        yield visitor.encode(), orjson.dumps(click)


def hash_ratio(text: str) -> float:
    """A number in [0, 1) that belongs to the text."""
    return random.Random(text).random()
