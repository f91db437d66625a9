"""Records that the contract does not take as they stand, mended: only what identifies one can still refuse it.

Did a person act, and do we know who and when? Then the record counts: what is wrong with a detail is dropped, rounded
or cut, and noted by its name. A refused order would be a false reminder of a cart that was paid for.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from schemas.clicks import CART_TYPES, Click, ClickType
from schemas.dead_letters import Oddity, Rejection
from schemas.engagements import Engagement, EngagementType
from schemas.ids import stand_in
from schemas.json_text import Said, parse
from schemas.mended_lines import Json, Money, kept, pieces_in, read_money
from schemas.mended_names import Odd, Shape, shape
from schemas.mended_values import (
    ABSENT,
    Read,
    Reader,
    read_amount,
    read_as_is,
    read_currency,
    read_detail_id,
    read_id,
    read_instant,
    read_lines,
    read_map,
    read_owner,
    read_payment,
    read_product,
    read_quantity,
    read_session,
    read_text,
    read_version,
)
from schemas.orders import Order, OrderType
from schemas.refusals import BLESSED, BLESSING, Rejected, Unknown, mistake_of

R = TypeVar("R")
Fields = dict[str, Read]

WHAT_AND_WHEN: dict[str, Reader] = {
    "event_id": read_id,
    "type": read_as_is,
    "occurred_at": read_instant,
}
WHOSE: dict[str, Reader] = {"customer_id": read_owner, "visitor_id": read_owner}
VERSION: dict[str, Reader] = {"schema_version": read_version}

CLICK = shape(
    {
        **WHAT_AND_WHEN,
        **WHOSE,
        "sent_at": read_instant,
        "session_id": read_session,
        "url": read_text,
        "referrer": read_text,
        "product_id": read_product,
        "quantity": read_quantity,
        "price": read_amount,
        "currency": read_currency,
        "category": read_text,
        "query": read_text,
        "cart_id": read_detail_id,
        "order_id": read_detail_id,
        "store": read_detail_id,
        "exit_kind": read_text,
        "name": read_text,
        "lines": read_lines,
        "traits": read_map,
        "properties": read_map,
        **VERSION,
    },
    unitprice="price",
)
ORDER = shape(
    {
        **WHAT_AND_WHEN,
        "order_id": read_id,
        **WHOSE,
        "cart_id": read_detail_id,
        "lines": read_lines,
        "total": read_amount,
        "currency": read_currency,
        "payment_state": read_payment,
        "store": read_detail_id,
        **VERSION,
    }
)
ENGAGEMENT = shape({**WHAT_AND_WHEN, **WHOSE, "trigger_id": read_detail_id, **VERSION})

CLICK_TYPES, ORDER_TYPES = frozenset(map(str, ClickType)), frozenset(map(str, OrderType))
ENGAGEMENT_TYPES = frozenset(map(str, EngagementType))
CONTRADICTIONS = (Rejection.DUPLICATE_KEY, Rejection.AMBIGUOUS)

ANYBODY = "anybody"
"""Stands for the owner while the contract looks at a click that names none of its own."""


class Mended(NamedTuple, Generic[R]):
    """A record of a contract, and what was odd about it."""

    record: R
    odd: Odd


class Owners(NamedTuple):
    """Whose a record is: one of both at least."""

    customer: str | None
    visitor: str | None


class Refusal(Exception):
    """What identifies the record is missing or unusable. Never leaves this module."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.detail)
        self.rejected = rejected


def mend_click(value: bytes) -> Mended[Click] | Rejected | Unknown:
    """The click that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = _identified(value, CLICK, ("event_id", "type", "occurred_at"), odd)
        owners = _owners(fields, ("visitor_id", "customer_id"), odd)
        if owners.visitor is None:  # counted by whoever finds out whether its key is right without one
            odd.pop(Oddity.OWNER_DROPPED, None)
        if fields["type"].said not in CLICK_TYPES:
            return Unknown()
        kind = ClickType(fields["type"].said)
        money = read_money(fields.get("currency", ABSENT), fields.get("lines", ABSENT), below_zero=False, odd=odd)
        said = _details(fields, CLICK, odd, besides=("price", "currency", "quantity", "lines", "product_id"))
        said |= {"type": kind, "price": money.of_all(fields.get("price", ABSENT)), "currency": money.currency}
        said |= {"customer_id": owners.customer, "visitor_id": ANYBODY if owners.visitor is None else owners.visitor}
        said |= _cart_of(kind, fields, money, odd)
        click: Click = Click.model_validate(said)
    except Refusal as refusal:
        return refusal.rejected
    except ValidationError as error:
        return mistake_of(error)
    if owners.visitor is None:
        assert owners.customer is not None
        click = click.model_copy(update={"visitor_id": stand_in(owners.customer)})
    return Mended(click, odd)


def _cart_of(kind: ClickType, fields: Fields, money: Money, odd: Odd) -> Json:
    """Product, quantity and lines of a click. One about the cart has to say what is in it, in numbers that are none of
    a text; any other says it by the way."""
    product, quantity = fields.get("product_id", ABSENT), fields.get("quantity", ABSENT)
    lines = fields.get("lines", ABSENT)
    if kind in CART_TYPES and kind is not ClickType.CART_UPDATED:
        _need("product_id", product, Rejection.MISSING)
        if quantity.odd is Oddity.QUANTITY_TEXT:
            raise _refused("quantity", Rejection.TYPE)
        if quantity.wrong is not None:
            raise _refused("quantity", quantity.wrong)
        if quantity.said is not None and quantity.said < 0:
            raise _refused("quantity", Rejection.NUMBER)
    if kind is ClickType.CART_UPDATED:
        _need("lines", lines, Rejection.MISSING)
        if lines.said and not money.lines:
            raise _refused("lines", Rejection.MISSING)
    if quantity.said is not None and quantity.said < 0:
        quantity = Read(None, Oddity.FIELD_DROPPED)
    said: Json = {"product_id": kept(product, odd), "lines": None if lines.said is None else money.lines}
    pieces = kept(quantity, odd)
    return said if pieces is None else said | {"quantity": pieces_in(pieces)}


def mend_order(value: bytes) -> Mended[Order] | Rejected | Unknown:
    """The order record that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = _identified(value, ORDER, ("event_id", "type", "order_id", "occurred_at"), odd)
        owners = _owners(fields, ("customer_id", "visitor_id"), odd)
        if fields["type"].said not in ORDER_TYPES:
            return Unknown()
        kind = OrderType(fields["type"].said)
        below_zero = kind is OrderType.ORDER_REFUNDED
        money = read_money(fields.get("currency", ABSENT), fields.get("lines", ABSENT), below_zero=below_zero, odd=odd)
        total: Decimal | None = money.of_all(fields.get("total", ABSENT))
        said = _details(fields, ORDER, odd, besides=("total", "currency", "lines"))
        said |= {"type": kind, "total": total, "currency": money.currency, "lines": money.lines}
        order = Order.model_validate(said | {"customer_id": owners.customer, "visitor_id": owners.visitor})
    except Refusal as refusal:
        return refusal.rejected
    except ValidationError as error:
        return mistake_of(error)
    if money.differs(total):
        odd[Oddity.TOTAL_MISMATCH] = None
    return Mended(order, odd)


def mend_engagement(value: bytes) -> Mended[Engagement] | Rejected | Unknown:
    """The engagement that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = _identified(value, ENGAGEMENT, ("event_id", "type", "occurred_at"), odd)
        owners = _owners(fields, ("customer_id", "visitor_id"), odd)
        if fields["type"].said not in ENGAGEMENT_TYPES:
            return Unknown()
        said = _details(fields, ENGAGEMENT, odd) | {"type": EngagementType(fields["type"].said)}
        record = Engagement.model_validate(said | {"customer_id": owners.customer, "visitor_id": owners.visitor})
    except Refusal as refusal:
        return refusal.rejected
    except ValidationError as error:
        return mistake_of(error)
    return Mended(record, odd)


def _identified(value: bytes, kind: Shape, needed: tuple[str, ...], odd: Odd) -> Fields:
    """The fields of a record that says what it is. Raises Refusal."""
    said = parse(value)
    if isinstance(said, Rejected):
        raise Refusal(said)
    if _is_blessed(said):
        raise Refusal(BLESSED)
    fields = kind.fields(said, odd)
    for name in needed:
        _need(name, fields.get(name, ABSENT), Rejection.TIME if name == "occurred_at" else Rejection.MISSING)
    version = fields.get("schema_version", ABSENT)
    if version.wrong is not None:
        raise _refused("schema_version", version.wrong)
    return fields


def _owners(fields: Fields, names: tuple[str, str], odd: Odd) -> Owners:
    """Whose the record is, without the one that cannot be used if the other can. Who is named twice, and differently,
    is nobody's guess. Raises Refusal; the first of `names` gives the reason."""
    reads = {name: fields.get(name, ABSENT) for name in names}
    nobody = all(read.said is None for read in reads.values())
    for name, read in reads.items():
        if read.wrong is not None and (nobody or read.wrong in CONTRADICTIONS):
            raise _refused(name, read.wrong)
        if read.odd is not None:
            odd[Oddity.OWNER_DROPPED] = None
    if nobody:
        raise _refused(" or ".join(names), Rejection.MISSING)
    return Owners(reads["customer_id"].said, reads["visitor_id"].said)


def _is_blessed(said: Said) -> bool:
    objects = [said]
    for name, value in said:
        if name == "lines" and isinstance(value, list):
            objects += [line for line in value if isinstance(line, Said)]
    return any(name == BLESSING for each in objects for name, _ in each)


def _need(name: str, read: Read, missing: Rejection) -> None:
    if read.said is None:
        raise _refused(name, missing if read.wrong is None else read.wrong)


def _refused(name: str, reason: Rejection) -> Refusal:
    return Refusal(Rejected(reason, f"{name}: {_SENTENCES[reason]}"))


def _details(fields: Fields, kind: Shape, odd: Odd, besides: Iterable[str] = ()) -> Json:
    """What the fields say that need no more than themselves; owners and type are set by whoever asks."""
    others = {*besides, "type", "customer_id", "visitor_id"}
    return {name: kept(fields[name], odd) for name in kind.readers if name in fields and name not in others}


_SENTENCES: dict[Rejection, str] = {
    Rejection.MISSING: "is missing",
    Rejection.TYPE: "is of another type",
    Rejection.TIME: "is no time with a zone, or in milliseconds; seconds since the epoch are none",
    Rejection.NUMBER: "is a number that it cannot be",
    Rejection.BAD_ID: "is empty, too long, not in NFC, or has characters that nobody sees",
    Rejection.CONTROL_CHAR: "has a control character",
    Rejection.ENCODING: "has a character that is none",
    Rejection.DUPLICATE_KEY: "is there twice, with different values",
    Rejection.AMBIGUOUS: "is there in two spellings, with different values",
    Rejection.VERSION: "is another major version than 1",
}
