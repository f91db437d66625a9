"""One thing changed in an otherwise good record, and what becomes of it."""

from dataclasses import dataclass, field

import orjson

from tests.bad_input.case import NOW

Json = dict[str, object]
LINE: Json = {"product_id": "p1", "quantity": 1, "unit_price": "10.00"}
OTHER: Json = {"product_id": "p2", "quantity": 1, "unit_price": "1.00"}
ORDER: Json = {
    "event_id": "o",
    "type": "order_placed",
    "order_id": "1001",
    "occurred_at": NOW,
    "customer_id": "c1",
    "visitor_id": "v1",
    "lines": [LINE],
    "total": "10.00",
    "currency": "EUR",
}
ITEM: Json = {
    "event_id": "k",
    "type": "cart_item_added",
    "occurred_at": NOW,
    "visitor_id": "v1",
    "customer_id": "c1",
    "product_id": "p1",
    "quantity": 1,
    "price": "10.00",
    "currency": "EUR",
}
COMPLETED: Json = {name: said for name, said in ITEM.items() if name not in ("product_id", "quantity", "price")} | {
    "type": "order_completed",
    "order_id": "1001",
    "lines": [LINE],
}


@dataclass(frozen=True)
class Variation:
    """`fields` are set (`...` takes one away), then `text` is put in front of the record's names. `odd` is counted;
    `refused` is the reason of the dead letter."""

    what: str
    fields: Json = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    refused: str | None = None
    text: str = ""

    def of(self, good: Json) -> bytes:
        """The varied record."""
        said = {name: value for name, value in {**good, **self.fields}.items() if value is not ...}
        return orjson.dumps(said).replace(b"{", b"{" + self.text.encode(), 1)


def line(**fields: object) -> Json:
    """An order of one line, which is good but for these fields; `...` takes one away."""
    return {"lines": [{name: value for name, value in {**LINE, **fields}.items() if value is not ...}]}


def beside(**fields: object) -> Json:
    """An order of a good line, and of one with these fields."""
    return {"lines": [LINE, {name: value for name, value in {**OTHER, **fields}.items() if value is not ...}]}


def kinds(what: str, name: str, values: tuple[object, ...], *odd: str) -> list[Variation]:
    """The field with each of these values."""
    return [Variation(f"{what} {str(value)[:30]!r}", {name: value}, odd) for value in values]
