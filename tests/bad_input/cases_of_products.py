"""Records of the catalogue: only what names the product can put one aside."""

import json

from schemas.topics import Topic
from tests.bad_input.case import APPLIED, DAY_MS, IGNORED, NOW, QUARANTINED, Case

CATALOG = Topic.CATALOG


def product(**fields: object) -> bytes:
    """A mug of the catalogue, but for these fields; `...` drops one."""
    mug: dict[str, object] = {"product_id": "phone", "occurred_at": NOW, "price": 1, "currency": "EUR", "stock": 3}
    return json.dumps({name: value for name, value in (mug | fields).items() if value is not ...}).encode()


def put_aside(row: int, what: str, value: bytes, reason: str) -> Case:
    """A record that is of no use."""
    return Case(row, what, value, QUARANTINED, reason, None, CATALOG)


def taken(row: int, what: str, value: bytes, oddity: str | None = None) -> Case:
    """A record that is applied."""
    return Case(row, what, value, APPLIED, None, oddity, CATALOG)


PRODUCTS = [
    Case(2, "a product's tombstone", None, IGNORED, None, "tombstone", CATALOG),
    put_aside(4, "a product, cut off", product()[:-1], "malformed"),
    taken(7, "a product's id with a line break", product(product_id="phone\n"), "id_cleaned"),
    put_aside(9, "a product's id of 257 characters", product(product_id="x" * 257), "bad_id"),
    taken(9, "51 substitutes", product(substitutes=[f"p{n}" for n in range(51)]), "field_dropped"),
    taken(13, "a product whose price is no number", product(price="cheap"), "amount_dropped"),
    taken(13, "a stock in a text", product(stock="3"), "quantity_text"),
    taken(13, "a stock that is no number", product(stock="many"), "field_dropped"),
    taken(16, "a product that is oversold", product(stock=-2)),
    taken(16, "a product's price below zero", product(price=-1), "amount_dropped"),
    taken(17, "a product's currency in lower case", product(currency="eur"), "currency_folded"),
    taken(17, "a product in a currency that is none", product(currency="XYZ"), "amount_dropped"),
    taken(17, "a product's price finer than its currency", product(price=1.005), "amount_rounded"),
    put_aside(18, "a product without an id", product(product_id=...), "missing"),
    taken(18, "a product and nothing else", product(occurred_at=..., price=..., currency=..., stock=...)),
    taken(19, "a product's unknown field", product(colour="blue"), "unknown_field"),
    taken(21, "a product's price twice", product()[:-1] + b',"price":2}', "field_dropped"),
    taken(28, "a product at no time", product(occurred_at="now"), "field_dropped"),
    taken(28, "a product without a time", product(occurred_at=...)),
    taken(30, "a product of the year after next", product(occurred_at=NOW + 700 * DAY_MS)),
    taken(31, "a product of 1970", product(occurred_at=1), "field_dropped"),
    Case(43, "a product without a key", product(), APPLIED, None, None, CATALOG, None),
    Case(43, "a product with another key", product(), QUARANTINED, "key_mismatch", None, CATALOG, b"tablet"),
    taken(18, "published, in a word", product(published="no")),
    taken(18, "published, as a shop's state", product(published="draft")),
    taken(18, "substitutes as an object", product(substitutes={"1": "p1", "3": "p2"})),
    taken(18, "substitutes, a single one", product(substitutes="p1")),
    put_aside(24, "a product undefined", product(product_id="undefined"), "bad_id"),
    taken(13, "published, perhaps", product(published="perhaps"), "field_dropped"),
    taken(13, "a cycle of half a day", product(cycle_days=0.5), "field_dropped"),
]
