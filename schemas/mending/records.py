"""Records that the contract does not take as they stand, mended: only what identifies one can still refuse it.

Did a person act, and do we know who and when? Then the record counts: what is wrong with a detail is dropped, rounded
or cut, and noted by its name. A refused order would be a false reminder of a cart that was paid for.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from schemas.base import INSTANT_MS_MAX
from schemas.events.clicks import CART_TYPES, Click, ClickType
from schemas.events.engagements import WISHES, Engagement, EngagementType
from schemas.events.orders import FAILURES, SHOWS, Order, OrderType, PaymentState
from schemas.ids import digest_of, names_nothing, stand_in
from schemas.mending.identity import Fields, Refusal, fields_of, identify, need, owners_in, refused
from schemas.mending.ids import read_cart_id, read_customer, read_detail_id, read_id, read_order_id, read_visitor
from schemas.mending.lines import Json, Money, kept, pieces_in, read_money
from schemas.mending.names import Odd, Shape, shape
from schemas.mending.orders import DETAILS, SUMS
from schemas.mending.values import (
    ABSENT,
    Read,
    Reader,
    read_amount,
    read_currency,
    read_instant,
    read_lines,
    read_map,
    read_quantity,
    read_session,
    read_text,
    read_type,
    read_version,
)
from schemas.mending.words import GIVEN_BACK, read_engaged, read_flag, read_payment
from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.reading.refusals import Rejected, Unknown, mistake_of

R = TypeVar("R")

WHAT_AND_WHEN: dict[str, Reader] = {
    "event_id": read_id,
    "type": read_type,
    "occurred_at": read_instant,
}
WHOSE: dict[str, Reader] = {"customer_id": read_customer, "visitor_id": read_visitor}
VERSION: dict[str, Reader] = {"schema_version": read_version}

CLICK = shape(
    {
        **WHAT_AND_WHEN,
        **WHOSE,
        "sent_at": read_instant,
        "session_id": read_session,
        "url": read_text,
        "referrer": read_text,
        "product_id": read_detail_id,
        "quantity": read_quantity,
        "price": read_amount,
        "currency": read_currency,
        "category": read_text,
        "query": read_text,
        "cart_id": read_cart_id,
        "checkout_id": read_cart_id,
        "restore_url": read_text,
        "order_id": read_order_id,
        "store": read_detail_id,
        "exit_kind": read_text,
        "name": read_text,
        "lines": read_lines,
        "traits": read_map,
        "properties": read_map,
        "context": read_map,
        **VERSION,
    }
)
ORDER = shape(
    {
        **WHAT_AND_WHEN,
        "order_id": read_id,
        **WHOSE,
        "cart_id": read_cart_id,
        "lines": read_lines,
        "total": read_amount,
        "currency": read_currency,
        "payment_state": read_payment,
        "store": read_detail_id,
        **SUMS,
        **DETAILS,
        **VERSION,
    }
)
ABOUT = {"channel": read_detail_id, "category": read_detail_id}
"""What messages an engagement is about."""

NAMES = {"trigger_id": read_detail_id, "rule_id": read_detail_id}
"""What message it answers."""

ENGAGEMENT = shape({**WHAT_AND_WHEN, "type": read_engaged, **WHOSE, **NAMES, **ABOUT, "machine": read_flag, **VERSION})

CLICK_TYPES, ORDER_TYPES = frozenset(map(str, ClickType)), frozenset(map(str, OrderType))
ENGAGEMENT_TYPES = frozenset(map(str, EngagementType))

ANYBODY = "anybody"
"""Stands for the owner while the contract looks at a click that names none of its own."""


class Mended(NamedTuple, Generic[R]):
    """A record of a contract, and what was odd about it."""

    record: R
    odd: Odd


def mend_click(value: bytes) -> Mended[Click] | Rejected | Unknown:
    """The click that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = fields_of(value, CLICK, odd)
        identify(fields, ("event_id", "type", "occurred_at"), odd)
        owners = owners_in(fields, ("visitor_id", "customer_id"), odd)
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
    """Product, quantity and lines of a click. An item added or removed is a product, by the piece where the quantity
    is none; any other click says it by the way."""
    product, quantity = fields.get("product_id", ABSENT), fields.get("quantity", ABSENT)
    if kind in CART_TYPES and kind is not ClickType.CART_UPDATED:
        need("product_id", product)
    if quantity.said is not None and quantity.said < 0:
        quantity = Read(None, Oddity.FIELD_DROPPED)
    said: Json = {"product_id": kept(product, odd), "lines": _lines_of(kind, fields, money, odd)}
    pieces = kept(quantity, odd)
    return said if pieces is None else said | {"quantity": pieces_in(pieces)}


def _lines_of(kind: ClickType, fields: Fields, money: Money, odd: Odd) -> list[Json] | None:
    """The lines of a click, None where it says nothing of them. A whole cart of nothing, be it null, is an emptied one:
    so Go and PHP write it. One without lines, or of which no line is a product, may hold anything, and an emptied cart
    would be reminded of no more."""
    lines = fields.get("lines", ABSENT)
    if kind is not ClickType.CART_UPDATED:
        return None if lines.said is None else money.lines
    if money.lines or ("lines" in fields and lines.wrong is None and not lines.said):
        return money.lines
    odd[Oddity.CART_UNKNOWN] = None
    return None


def mend_order(value: bytes) -> Mended[Order] | Rejected | Unknown:
    """The order record that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = _as_a_refund(fields_of(value, ORDER, odd), odd)
        identify(fields, ("event_id", "type", "order_id", "occurred_at"), odd)
        owners = owners_in(fields, ("customer_id", "visitor_id"), odd)
        if fields["type"].said not in ORDER_TYPES:
            return Unknown()
        kind = OrderType(fields["type"].said)
        below_zero = kind is OrderType.ORDER_REFUNDED
        money = read_money(fields.get("currency", ABSENT), fields.get("lines", ABSENT), below_zero=below_zero, odd=odd)
        total: Decimal | None = money.of_all(fields.get("total", ABSENT))
        total = money.of_lines() if total is None else total
        said = _details(fields, ORDER, odd, besides=("total", "currency", "lines", *SUMS))
        said = {name: value for name, value in said.items() if value is not None}  # a list that is absent is empty
        said |= {name: money.of_all(fields.get(name, ABSENT)) for name in SUMS}
        said |= {"type": kind, "total": total, "currency": money.currency, "lines": money.lines}
        if names_nothing(said["order_id"]) and kind is OrderType.ORDER_PLACED and _is_closed(said.get("payment_state")):
            said["order_id"] = said["event_id"]
            odd[Oddity.ID_DERIVED] = None
        order = Order.model_validate(said | {"customer_id": owners.customer, "visitor_id": owners.visitor})
    except Refusal as refusal:
        return refusal.rejected
    except ValidationError as error:
        return mistake_of(error)
    if money.differs(total):
        odd[Oddity.TOTAL_MISMATCH] = None
    return Mended(order, odd)


def _as_a_refund(fields: Fields, odd: Odd) -> Fields:
    """News of an order by whose payment all was paid back are the refund of all of it: some shops tell of one in no
    other way. What they say of the order besides is what was in it. A record that places an order does no more than
    that."""
    if fields.get("payment_state", ABSENT).said != GIVEN_BACK:
        return fields
    type_ = fields.get("type", ABSENT).said
    if type_ not in SHOWS or type_ == OrderType.ORDER_PLACED:
        return fields | {"payment_state": Read(None, Oddity.PAYMENT_UNKNOWN, Rejection.TYPE)}
    odd[Oddity.PAYMENT_SYNONYM] = None
    gone = {"payment_state", "lines", "total", *SUMS}
    others = {name: read for name, read in fields.items() if name not in gone}
    return others | {"type": Read(OrderType.ORDER_REFUNDED.value)}


def _is_closed(payment: PaymentState | None) -> bool:
    """Whether no more is to be told of the payment: then a purchase without an order id may stand for itself, as on the
    site. Under one id all that have none would be one order, and only the first would end its cart."""
    return payment not in FAILURES and payment is not PaymentState.PENDING


def mend_engagement(value: bytes) -> Mended[Engagement] | Rejected | Unknown:
    """The engagement that these bytes say, its details mended."""
    odd: Odd = {}
    try:
        fields = _as_a_wish(fields_of(value, ENGAGEMENT, odd), value, odd)
        identify(fields, ("event_id", "type", "occurred_at"), odd)
        owners = owners_in(fields, ("customer_id", "visitor_id"), odd)
        if fields["type"].said not in ENGAGEMENT_TYPES:
            return Unknown()
        if fields["type"].said == EngagementType.CONSENT_GIVEN:  # to all messages only if nothing else was said
            for name in ABOUT:
                if (about := fields.get(name, ABSENT)).wrong is not None:
                    raise refused(name, about.wrong)
        said = _details(fields, ENGAGEMENT, odd) | {"type": EngagementType(fields["type"].said)}
        record = Engagement.model_validate(said | {"customer_id": owners.customer, "visitor_id": owners.visitor})
    except Refusal as refusal:
        return refusal.rejected
    except ValidationError as error:
        return mistake_of(error)
    return Mended(record, odd)


def _as_a_wish(fields: Fields, value: bytes, odd: Odd) -> Fields:
    """Who wants to hear nothing, or to be forgotten, is heard if the person is known: whatever the event's id is, and
    whatever else another version of the record would say. One whose time cannot be read is told when it is taken."""
    if fields.get("type", ABSENT).said not in WISHES:
        return fields
    version = fields.get("schema_version", ABSENT)
    if version.wrong is not None:
        odd[Oddity.FIELD_DROPPED] = None
        fields = fields | {"schema_version": ABSENT}
    if fields.get("event_id", ABSENT).said is None:
        fields = fields | {"event_id": Read(digest_of(value), Oddity.ID_DERIVED)}
    if fields.get("occurred_at", ABSENT).said is None:
        fields = fields | {"occurred_at": Read(INSTANT_MS_MAX, Oddity.FIELD_DROPPED)}
    return fields


def _details(fields: Fields, kind: Shape, odd: Odd, besides: Iterable[str] = ()) -> Json:
    """What the fields say that need no more than themselves; owners and type are set by whoever asks."""
    others = {*besides, "type", "customer_id", "visitor_id"}
    return {name: kept(fields[name], odd) for name in kind.readers if name in fields and name not in others}
