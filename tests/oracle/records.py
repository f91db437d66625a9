"""Clicks and orders as they are read, in the one order of events.

What a record means is read here by the oracle's own rules (lifecycle: part 1): whose it is, when, and what is in the
cart. What cannot be read is left out, and a record that does not say who did what when is none.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

Json = dict[str, Any]

CLICK, ORDER = 0, 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(NamedTuple):
    """The place of a record in the order of events: time, click before order, event id."""

    time: int
    stream: int
    event_id: str


class Record(NamedTuple):
    """A click or an order at its place."""

    at: Moment
    body: Json


def in_order(clicks: Iterable[Json], orders: Iterable[Json]) -> list[Record]:
    """All records by (time, click before order, event id), each event id once."""
    read = [(as_read(body, CLICK), CLICK) for body in clicks]
    read += [(as_read(body, ORDER), ORDER) for body in orders]
    records = [Record(moment(body, stream), body) for body, stream in read if body is not None]
    records.sort(key=lambda record: record.at)
    seen: set[str] = set()
    result = []
    for record in records:
        if record.at.event_id not in seen:
            seen.add(record.at.event_id)
            result.append(record)
    return result


# -- what a record says ------------------------------------------------------------------------------------------------

NOBODY = {"guest", "unknown", "anonymous", "undefined", "null", "none", "nan", "(not set)", "n/a", "false", "true",
          "test", "[object object]", "undefined.undefined"}  # fmt: skip
LINES_MAX = 500
PAYMENTS = {"completed": "paid", "captured": "paid", "on-hold": "offline", "pending_payment": "pending",
            "wc-pending": "pending", "declined": "failed"}  # fmt: skip


def as_read(body: Json, stream: int) -> Json | None:
    """The record in one spelling: ids are texts, owners are somebody, quantities decimals, lines products. None if
    nobody did it."""
    read = dict(body)
    for name in ("event_id", "order_id"):
        if isinstance(body.get(name), int | float | str):
            read[name] = clean(text(body[name]))
    visitor, customer = owner(body.get("visitor_id")), owner(body.get("customer_id"))
    if visitor is None and customer is not None and stream == CLICK:
        visitor = f"a device of {customer}"
    if visitor is None and customer is None:
        return None
    for name, id_ in (("visitor_id", visitor), ("customer_id", customer)):
        read.pop(name, None)
        if id_ is not None:
            read[name] = id_
    if "lines" in body:
        told = list(body["lines"].values()) if isinstance(body["lines"], dict) else body["lines"] or []
        read["lines"] = [line for each in told[:LINES_MAX] if (line := product_line(each, body)) is not None]
    read["payment_state"] = PAYMENTS.get(str(body.get("payment_state")).lower(), body.get("payment_state"))
    own = item(body, body.get("currency"))
    if (own.get("quantity") or 0) < 0:
        own["quantity"] = None
    return read | own


def owner(id_: Any) -> str | None:
    """A customer or a visitor: a number is its text, an e-mail address is in lower case, nobody is nobody."""
    if isinstance(id_, int | float | str) and not isinstance(id_, bool):
        id_ = clean(text(id_))
    if not isinstance(id_, str) or id_.strip().lower() in NOBODY or not id_.strip().strip("0-. "):
        return None
    name, _, host = id_.strip().partition("@")
    return id_.strip().lower() if name and "." in host else id_


def clean(id_: str) -> str:
    """Without what nobody sees, and without blanks around it."""
    composed = unicodedata.normalize("NFC", id_)
    return "".join(char for char in composed if unicodedata.category(char) not in ("Cc", "Cf")).strip()


def text(number: float | str) -> str:
    """The decimal text of a number; a text is one."""
    if isinstance(number, str):
        return number
    return str(int(number)) if number == int(number) else str(number)


def product_line(line: Any, body: Json) -> Json | None:
    """A line that is a product; what is below zero, or has no product, is none."""
    if not isinstance(line, dict):
        return None
    read = item(line, line.get("currency") or body.get("currency"))
    below = (read.get("quantity") or 0) < 0 or (amount(line) or 0) < 0
    return None if below or not read.get("product_id") else read


def item(said: Json, currency: Any) -> Json:
    """Product, quantity and price of a click or of a line."""
    read: Json = {}
    product = said.get("product_id")
    if product is not None:
        read["product_id"] = clean(str(product))
    if "quantity" in said:
        read["quantity"] = pieces(said["quantity"])
    known = currency is None or str(currency).strip().upper() in ("EUR", "")
    if "price" in said or "unit_price" in said:
        read["price"] = amount(said) if known else None
    return read


def pieces(quantity: Any) -> Decimal | None:
    """A quantity, rounded to the gram; None if it is no number."""
    try:
        return Decimal(str(quantity).strip()).quantize(Decimal("0.001"), ROUND_HALF_EVEN)
    except ArithmeticError:
        return None


def amount(said: Json) -> Decimal | None:
    """The unit price of a click or of a line, rounded to the cent; None if it is no number."""
    price = said.get("price", said.get("unit_price"))
    if price is None or not str(price).replace(".", "", 1).lstrip("-").isdigit():
        return None
    return Decimal(str(price)).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def moment(body: Json, stream: int) -> Moment:
    """The place of a click or order in the order of events."""
    return Moment(millis(body["occurred_at"]), stream, body["event_id"])


def millis(occurred_at: float | str) -> int:
    """Epoch milliseconds of a whole number or an RFC 3339 time, which may end in ` UTC`; finer digits are cut off."""
    if isinstance(occurred_at, int | float):
        return int(occurred_at)
    spelt = occurred_at.upper().replace(" +0000 UTC", "Z").replace(" UTC", "Z").replace(" +", "+").replace(" -", "-")
    return (datetime.fromisoformat(spelt) - EPOCH) // timedelta(milliseconds=1)
