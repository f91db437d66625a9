"""Orders: what a person's orders are worth and what became of them, by what their feed says.

Each record is taken in as it comes; what it changes depends on where it stands among the order's records, so that one
that comes late changes what it would have changed in time. What a record says twice counts once.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TypeVar

from msgspec.structs import replace

from schemas.events.orders import COUNTS_AS_PAID, SHOWS, OrderType, Payment, is_called_off, payment_after
from schemas.facts.order_facts import OVERDUE, OrderDetails
from schemas.facts.profile_facts import OrderPlaced, OrderTold
from schemas.state.cart import Cart, Held
from schemas.state.order import GivenBack, KeptOrder, Ordered, Part
from schemas.state.person import Person
from streams.ids import hash64
from streams.limits import size_of
from streams.person.amounts import amount_of, is_other, left_of, said_of
from streams.person.order_lines import LINES_MAX, are_all_back, cart_of, fitting, more, worth
from streams.person.quantities import THOUSAND
from streams.person.shelves import buying_of, own_buying

PARTS_MAX = 100
"""Records that placed an order, or gave something back, each of which counts once. Feeds of a record a line have as
many as lines. Those beyond are left out."""

PARCELS_MAX = 20
"""Parcels of an order. Those beyond are not waited for."""

NEVER: Ordered = (0, 0, "")
NOTHING = KeptOrder()
GONE = frozenset({OrderType.ORDER_CANCELLED, OrderType.ORDER_REFUNDED})

Told = TypeVar("Told", bound=Part | GivenBack)


class News(StrEnum):
    """What a record changed of an order."""

    NONE = "none"
    OPENED = "opened"  # the payment is open
    FAILED = "failed"  # the payment has failed
    REVERSED = "reversed"  # cancelled, or all of it given back
    DELIVERED = "delivered"  # the last of its parcels


def take(person: Person, fact: OrderPlaced | OrderTold) -> News:
    """Take in what the record says of its order."""
    details = fact.details
    if details is None:
        return News.NONE
    before = buying_of(person).kept.get(fact.order_id, NOTHING)
    after = _paid(before, details, fact.place()[:3])
    after = _worth(after, details, fact)
    after = _moved(after, details, fact.at)
    own_buying(person).kept[fact.order_id] = after
    if after.reversed:
        return News.NONE if before.reversed else News.REVERSED
    if after.payment != before.payment and after.payment == Payment.FAILED:
        return News.FAILED
    if after.payment == Payment.OPEN and details.payment == Payment.OPEN:
        return News.OPENED
    return News.DELIVERED if after.delivered_at > before.delivered_at else News.NONE


def _paid(kept: KeptOrder, details: OrderDetails, place: Ordered) -> KeptOrder:
    """How the payment stands. Of what comes late only that somebody has paid counts, unless it has failed since."""
    said = None if details.payment is None else Payment(details.payment)
    if said is Payment.OPEN and (kept.opened is None or place < kept.opened):
        kept = replace(kept, opened=place)
    if said is None:
        return kept
    known = None if kept.payment is None else Payment(kept.payment)
    if place < kept.payment_by:
        sure = said is Payment.SURE and known is not Payment.FAILED
        return replace(kept, payment=said.value) if sure else kept
    if is_called_off(known, details.failed_as):
        return replace(kept, cancelled=True, payment_by=place)
    after = payment_after(known, said, details.failed_as)
    return replace(kept, payment=None if after is None else after.value, payment_by=place)


def _worth(kept: KeptOrder, details: OrderDetails, fact: OrderPlaced | OrderTold) -> KeptOrder:
    """What is in the order, and what it comes to."""
    if details.type == OVERDUE:
        return kept
    event = hash64(fact.event_id.encode())
    if details.type == OrderType.ORDER_REFUNDED:
        kept = _refunded(kept, details, event)
    elif details.type == OrderType.ORDER_CANCELLED:
        kept = replace(kept, cancelled=True)
    else:
        kept = _said(kept, details, event, fact.place()[:3])
    return _whether_reversed(kept)


def _refunded(kept: KeptOrder, details: OrderDetails, event: bytes) -> KeptOrder:
    """What a refund says counts by what the order comes to in the end, so that it may be told first."""
    said = details.total if details.total is not None else details.amount
    back = GivenBack(
        event,
        None if said is None else abs(said),
        details.currency,
        fitting(details.lines, kept.refunds),
        all=said is None and not details.lines,
    )
    return replace(kept, refunds=(*kept.refunds, back)) if _is_new(back, kept.refunds) else kept


def _said(kept: KeptOrder, details: OrderDetails, event: bytes, place: Ordered) -> KeptOrder:
    """What a record says that shows the order, or that its payment has failed. What it comes to is of one currency:
    that of the last update that names an amount, else of what was placed. An amount of another one is unknown."""
    kept = replace(kept, channel=kept.channel or details.channel)
    if details.type == OrderType.ORDER_UPDATED:
        return _updated(kept, details, place)
    is_placed = details.type == OrderType.ORDER_PLACED
    if is_placed and not kept.placed and kept.updated is None and is_other(details.currency, kept.currency):
        kept = replace(kept, told=None, currency=details.currency)
    unknown = is_other(details.currency, kept.currency)
    kept = replace(kept, currency=kept.currency or details.currency)
    amount, total = (None, None) if unknown else (details.amount, details.total)
    part = Part(event, amount, total, len(details.lines))
    if not is_placed:
        told = said_of(part) if kept.told is None and details.type in SHOWS else kept.told
        return replace(kept, told=told, lines=kept.lines or details.lines[:LINES_MAX])
    if not _is_new(part, kept.placed):
        return kept
    before = kept.lines if kept.placed else ()  # what others say counts where no record has placed it
    lines = kept.lines if kept.lines_by is not None else more(before, details.lines)
    return replace(kept, placed=(*kept.placed, part), lines=lines)


def _whether_reversed(kept: KeptOrder) -> KeptOrder:
    return replace(kept, reversed=kept.cancelled or (bool(kept.refunds) and not left(kept)[1]))


def _updated(kept: KeptOrder, details: OrderDetails, place: Ordered) -> KeptOrder:
    """The latest update stands for the order, as far as it speaks of it."""
    said = details.total if details.total is not None else details.amount
    if said is not None and (kept.updated_by is None or place >= kept.updated_by):
        kept = replace(kept, updated=said, updated_by=place, currency=details.currency or kept.currency)
    if details.lines and (kept.lines_by is None or place >= kept.lines_by):
        kept = replace(kept, lines=details.lines[:LINES_MAX], lines_by=place)
    return kept


def _is_new(told: Told, known: tuple[Told, ...]) -> bool:
    return len(known) < PARTS_MAX and all(told.event != one.event for one in known)


def _moved(kept: KeptOrder, details: OrderDetails, at: int) -> KeptOrder:
    """Which parcels are on their way, and which have come. A record without parcels speaks for all."""
    if details.type == OrderType.ORDER_DELIVERED:
        came = set(details.parcels) or {parcel for parcel, _ in kept.parcels}
    elif details.type == OrderType.ORDER_SHIPPED:
        came = set()
    else:
        return kept
    known = dict(kept.parcels)
    for parcel in details.parcels:
        if parcel in known or len(known) < PARCELS_MAX:
            known.setdefault(parcel, 0)
    for parcel in came & set(known):
        known[parcel] = known[parcel] or at
    whole = bool(known) or details.type == OrderType.ORDER_DELIVERED
    all_came = whole and all(known.values())
    delivered = (kept.delivered_at or at) if all_came else 0
    return replace(kept, parcels=tuple(known.items()), delivered_at=delivered)


def left(kept: KeptOrder) -> tuple[int | None, bool]:
    """What is left of the order's amount after refunds, None if it is not known; and whether anything is: no, where all
    its products went back for what they cost, though the shipping was kept."""
    amount = amount_of(kept.placed, kept.told, kept.updated)
    back: list[int | None] = []
    for one in kept.refunds:
        if one.all:
            back.append(None)
        elif one.amount is None:
            back.append(worth(kept, one.lines))
        elif is_other(one.currency, kept.currency):
            amount = None
        else:
            back.append(one.amount)
    if are_all_back(kept) and sum([part or 0 for part in back]) >= worth(kept, kept.lines):
        return 0, False
    return left_of(amount, back)


def shut_some(orders: dict[str, KeptOrder], oldest: Sequence[str], more: int) -> int:
    """Shut orders, the oldest first, until so many bytes are free; how many it takes."""
    number = 0
    for order_id in oldest:
        if more <= 0:
            break
        kept, short = orders[order_id], shut(orders[order_id])
        if short != kept:
            more -= size_of(kept) - size_of(short)
            orders[order_id] = short
            number += 1
    return number


def shut(kept: KeptOrder) -> KeptOrder:
    """The order without its products and parcels: what it comes to, and whether it still is one."""
    amount, _ = left(kept)
    return KeptOrder(
        payment=kept.payment,
        payment_by=(*kept.payment_by[:2], ""),
        updated=amount,
        updated_by=None if kept.updated_by is None else (*kept.updated_by[:2], ""),
        currency=kept.currency,
        cancelled=kept.reversed,
        reversed=kept.reversed,
        delivered_at=kept.delivered_at,
        channel=kept.channel,
    )


def is_reversed(person: Person, order_id: str) -> bool:
    """Whether the order was cancelled, or all of it was given back."""
    return buying_of(person).kept.get(order_id, NOTHING).reversed


def counts(person: Person, order_id: str) -> bool:
    """Whether a purchase still is one: it was not reversed, and its payment is not open and has not failed."""
    kept = buying_of(person).kept.get(order_id, NOTHING)
    return not kept.reversed and (kept.payment is None or Payment(kept.payment) in COUNTS_AS_PAID)


def counted(person: Person) -> Iterator[tuple[Ordered, str]]:
    """The person's purchases that count, each with its place."""
    for order_id, places in person.orders.items():
        if counts(person, order_id):
            yield places[0], order_id


def lines_of(person: Person, order_id: str, product: str = "") -> Cart | None:
    """What is left of the order's products, or of that one, as a cart; None if nothing is known of them. Of an order of
    which nothing is kept any more it is one piece of that product."""
    kept = buying_of(person).kept.get(order_id)
    if kept is None or not kept.lines:
        return {product: Held(THOUSAND, None, None, 0)} if product else None
    return {one: held for one, held in cart_of(kept).items() if product in ("", one)}


def merge(person: Person, joining: Person) -> None:
    """What both halves of a person know of orders, each of which may have heard a part of one's records."""
    kept = own_buying(person).kept
    for order_id, brought in buying_of(joining).kept.items():
        own = kept.get(order_id)
        kept[order_id] = brought if own is None else _both(own, brought)


def _both(one: KeptOrder, other: KeptOrder) -> KeptOrder:
    early, late = sorted((one, other), key=lambda kept: kept.payment_by)
    parcels = dict(one.parcels)
    for parcel, at in other.parcels:
        parcels[parcel] = max(at, parcels.get(parcel, 0))
    placed, refunds = _union(one.placed, other.placed), _union(one.refunds, other.refunds)
    latest = max((one, other), key=lambda kept: kept.lines_by or NEVER)
    amount = max((one, other), key=lambda kept: kept.updated_by or NEVER)
    payment = payment_after(*(None if kept.payment is None else Payment(kept.payment) for kept in (early, late)))
    both = KeptOrder(
        payment=None if payment is None else payment.value,
        payment_by=late.payment_by,
        opened=min((kept.opened for kept in (one, other) if kept.opened is not None), default=None),
        placed=placed,
        told=early.told if early.told is not None else late.told,
        updated=amount.updated,
        updated_by=amount.updated_by,
        currency=(None if amount.updated is None else amount.currency) or one.currency or other.currency,
        lines=latest.lines if latest.lines_by is not None else more(one.lines, other.lines),
        lines_by=latest.lines_by,
        refunds=refunds,
        cancelled=one.cancelled or other.cancelled,
        parcels=tuple(parcels.items())[:PARCELS_MAX],
        delivered_at=0 if any(not at for at in parcels.values()) else max(one.delivered_at, other.delivered_at),
        channel=one.channel or other.channel,
    )
    return _whether_reversed(both)


def _union(one: tuple[Told, ...], other: tuple[Told, ...]) -> tuple[Told, ...]:
    """Each record once."""
    all_ = {part.event: part for part in (*one, *other)}
    return tuple(all_.values())[:PARTS_MAX]
