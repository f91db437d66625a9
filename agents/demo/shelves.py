"""The shelves of the demo's shop: what it sells, and what becomes of prices and stocks while it is open.

In each round one product sells out and comes back, one is on sale for a while, and of one only a few are left; in the
next round it is the next one. Pure: times are milliseconds since the shop opened.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count

from agents.demo.said import Said
from schemas.topics import Topic

CURRENCY = "EUR"
CATALOG: Mapping[str, Decimal] = {
    "linen-shirt": Decimal("39.90"),
    "rain-jacket": Decimal("89.00"),
    "wool-socks": Decimal("12.50"),
    "trail-shoes": Decimal("119.00"),
    "day-pack": Decimal("64.90"),
    "thermos": Decimal("24.90"),
    "head-lamp": Decimal("34.00"),
    "camp-stove": Decimal("49.90"),
    "gas-cartridge": Decimal("8.90"),
    "tent-2p": Decimal("249.00"),
    "sleeping-bag": Decimal("139.00"),
    "sun-hat": Decimal("19.90"),
    "map-case": Decimal("9.90"),
}

ROUND_MS = 14_000
SELLS_OUT, OUT_FROM_MS, BACK_FROM_MS = ("thermos", "sun-hat", "linen-shirt"), 2_000, 8_000
ON_SALE, SALE_FROM_MS, SALE_TO_MS = ("rain-jacket", "trail-shoes", "day-pack"), 6_500, 12_500
RUNS_LOW, LOW_FROM_MS, LOW_TO_MS = ("head-lamp", "map-case", "wool-socks"), 10_000, 13_000
ALWAYS_THERE = tuple(product for product in CATALOG if product not in SELLS_OUT)
"""What shoppers look for by themselves: a cart of what is sold out is not mailed."""
SALE = Decimal("0.80")
FULL, BACK, FEW, NONE = 40, 25, 3, 0
ASKING_MS = 2_000
"""So long before it is back there is time enough to ask."""
DOING = "keeps the shelves"


def price(product: str, at_ms: int) -> Decimal:
    """What the product costs then."""
    number, since_ms = divmod(at_ms, ROUND_MS)
    is_on_sale = product == _of(ON_SALE, number) and SALE_FROM_MS <= since_ms < SALE_TO_MS
    return _on_sale(product) if is_on_sale else CATALOG[product]


def next_sold_out(at_ms: int) -> tuple[int, str]:
    """When there is next none of a product, be it now, and of which; not so short before it is back that nobody could
    ask for it any more."""
    number = _round_of_next(at_ms, BACK_FROM_MS - ASKING_MS)
    return max(at_ms, number * ROUND_MS + OUT_FROM_MS), _of(SELLS_OUT, number)


def next_on_sale(at_ms: int) -> str:
    """The product whose price falls next."""
    return _of(ON_SALE, _round_of_next(at_ms, SALE_FROM_MS))


def next_to_run_low(at_ms: int) -> str:
    """The product of which there will be only a few next."""
    return _of(RUNS_LOW, _round_of_next(at_ms, LOW_FROM_MS))


def catalogue() -> Iterator[tuple[int, list[Said]]]:
    """What the shop's catalogue says: all of it at the opening, then every change, without an end."""
    yield 0, [_said(0, product, name=product, price=price, stock=FULL) for product, price in CATALOG.items()]
    for number in count():
        out, sale, low = _of(SELLS_OUT, number), _of(ON_SALE, number), _of(RUNS_LOW, number)
        for since_ms, product, change in (
            (OUT_FROM_MS, out, {"stock": NONE}),
            (SALE_FROM_MS, sale, {"price": _on_sale(sale)}),
            (BACK_FROM_MS, out, {"stock": BACK}),
            (LOW_FROM_MS, low, {"stock": FEW}),
            (SALE_TO_MS, sale, {"price": CATALOG[sale]}),
            (LOW_TO_MS, low, {"stock": FULL}),
        ):
            at_ms = number * ROUND_MS + since_ms
            yield at_ms, [_said(at_ms, product, **change)]


def _said(at_ms: int, product: str, **change: Decimal | int | str) -> Said:
    body: dict[str, int | str] = {"product_id": product, "event_id": f"p-{product}-{at_ms}"}
    for name, value in change.items():
        body[name] = str(value) if isinstance(value, Decimal) else value
    return Said(at_ms, Topic.CATALOG, product, body | {"currency": CURRENCY}, DOING)


def _on_sale(product: str) -> Decimal:
    return (CATALOG[product] * SALE).quantize(Decimal("0.01"))


def _of(products: tuple[str, ...], number: int) -> str:
    return products[number % len(products)]


def _round_of_next(at_ms: int, from_ms: int) -> int:
    number, since_ms = divmod(at_ms, ROUND_MS)
    return number if since_ms < from_ms else number + 1
