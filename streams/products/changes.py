"""What a record of the catalogue changes in a product: the fold of one product, in the order of its records."""

from decimal import Decimal
from typing import Any, NamedTuple

from msgspec.structs import replace

from schemas.events.catalog import DETAILS, CatalogRecord
from schemas.rules.products import StockStep
from schemas.rules.words import DAY_MS
from schemas.state.product import Lore, Product, Waiting
from streams.limits import Cut, size_of
from streams.person.money import minor_units
from streams.person.quantities import thousandths

KEPT_MS = 90 * DAY_MS
"""How long prices, looks and requests count."""

PRICES_MAX = 200
"""Prices a product: one every half day. The oldest go first: who looked before has no price to compare with."""

WAITING_MAX = 100
"""Records of a product that wait for W: more than a feed says of one in the seconds of the lateness. The oldest are
folded early."""


LORE_MAX = 20
"""Times that the catalogue has changed how long a product lasts, what does as well, or its category. The oldest go
first: who bought it before that and is heard of only now hears what came next."""

LORE_BYTES_MAX = 64 * 1024
"""All of that; the last stays in any case."""


class Change(NamedTuple):
    """What is new: the price was another before, `price`; what became of the stock."""

    price: int | None = None
    stock: StockStep | None = None


def said_by(record: CatalogRecord) -> dict[str, Any]:
    """What the record says, by field, without what it does not name. Amounts and stocks are texts, exactly as told."""
    said = {name: value for name in DETAILS if (value := getattr(record, name)) is not None}
    if "substitutes" in said:
        said["substitutes"] = list(said["substitutes"])
    numbers = {"price": record.price, "stock": record.stock}
    said |= {name: str(value) for name, value in numbers.items() if value is not None}
    return said if record.currency is None else said | {"currency": record.currency}


def is_overtaken(product: Product, at: int, event_id: str) -> bool:
    """Whether a record that counts later has been folded already."""
    return (at, event_id) <= (product.changed_at, product.changed_by)


def apply(product: Product, record: Waiting, cut: Cut) -> Change:
    """Fold the next record of the product; what that changes. The first price, and the first stock, change nothing."""
    said = record.said
    product.details |= {name: value for name, value in said.items() if name in DETAILS}
    product.changed_at, product.changed_by = record.at, record.event_id
    _note_lore(product, record.at, cut)
    return Change(_price(product, said, record.at, cut), _stock(product, said, record.at))


def _note_lore(product: Product, at: int, cut: Cut) -> None:
    details, lore = product.details, product.lore
    now = Lore(at, details.get("cycle_days"), tuple(details.get("substitutes", ())), details.get("category"))
    if now == replace(lore[-1], since=at) if lore else now == Lore(at):
        return
    lore.append(now)
    while len(lore) > LORE_MAX or (len(lore) > 1 and size_of(lore) > LORE_BYTES_MAX):
        del lore[0]
        cut("lore", 1)


def lore_at(product: Product, at: int) -> Lore:
    """What the catalogue said for who bought the product at that time: an order comes before a record of the same
    instant."""
    told = [lore for lore in product.lore if lore.since < at]
    return told[-1] if told else Lore(0)


def _price(product: Product, said: dict[str, Any], at: int, cut: Cut) -> int | None:
    """What the product cost before, if that was something else in the same currency."""
    currency = said.get("currency", product.currency)
    if "price" not in said:
        # A price without its currency is no price: it is unknown until it is told.
        if currency != product.currency:
            product.price, product.currency = None, currency
        return None
    price, before = minor_units(Decimal(said["price"]), currency), product.price
    is_new = before is None or currency != product.currency or price != before
    compares = before is not None and currency == product.currency
    product.price, product.currency = price, currency
    if not is_new:
        return None
    product.prices.append((at, price, currency))
    _forget_prices(product, at, cut)
    return before if compares else None


def _forget_prices(product: Product, at: int, cut: Cut) -> None:
    """What held at the beginning of the 90 days is kept."""
    prices = product.prices
    while len(prices) > 1 and prices[1][0] <= at - KEPT_MS:
        del prices[0]
    if len(prices) > PRICES_MAX:
        cut("prices", len(prices) - PRICES_MAX)
        del prices[:-PRICES_MAX]


def _stock(product: Product, said: dict[str, Any], at: int) -> StockStep | None:
    """What becomes of the stock. What is off the shop is there again once it is on it, with what there is then."""
    before, peak = product.stock, product.peak
    hidden = product.details.get("published") is False
    if "stock" in said:
        product.stock = thousandths(Decimal(said["stock"]))
    elif hidden or "published" not in said:
        return None
    stock = product.stock
    if stock is None:
        return None
    if stock <= 0:
        if before is None or before > 0:
            product.out_since = at
        product.peak = 0
    elif not hidden:
        product.peak = max(peak, stock)
    return StockStep(stock, before, product.out_since is not None and not hidden, peak)


def price_at(product: Product, at: int) -> tuple[int, str | None] | None:
    """What the product cost for a click at that time, which comes before a record of the same instant; None if nobody
    had told."""
    held = [(price, currency) for since, price, currency in product.prices if since < at]
    return held[-1] if held else None
