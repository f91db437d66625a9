"""What became of each order, from all its records: a purchase with its amount, or why it is none.

The records of an order may come in any order, and again: they are looked at by (time, event), each event once.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from schemas.orders import SHOWS_NOTHING, Order, OrderLine, OrderType, order_of_store
from streams.ids import hash64
from streams.money import minor_units

RECORDS_MAX = 500
"""How many records of one order are looked at: as many as an order has lines, for feeds that send a record a line."""


class Skipped(StrEnum):
    """Why a record that can be read does not count. A closed set."""

    UNKNOWN_TYPE = "unknown_type"
    TOO_OLD = "too_old"  # twenty years older than what came before
    AFTER_UNTIL = "after_until"
    TEST = "test"  # it says `test: true`
    REPEATED = "repeated"  # the same event of the same order again
    CUT = "cut"  # beyond the most records of one order that are looked at


class LeftOut(StrEnum):
    """Why an order is no purchase. A closed set."""

    NOT_PLACED = "not_placed"  # only a cancellation or a refund is known of it
    NOT_PAID = "not_paid"  # by its latest record the payment is open, or has failed
    CANCELLED = "cancelled"
    REFUNDED = "refunded"  # in full
    WITHOUT_CUSTOMER = "without_customer"  # a visitor's whom no record of the order calls a customer


class Purchase(Struct, frozen=True, gc=False):
    """An order that counts. `at`, ms, is the time of its first record; `amount`, in minor units, is what is left of it
    after refunds, None where it is not told."""

    customer: str
    at: int
    amount: int | None
    currency: str | None


class Told(Struct, gc=False):
    """What one record says. `amount` is that of the record's lines, `total` what it says of the whole; minor units."""

    at: int
    event: bytes
    type: OrderType
    paid: bool
    customer: str | None
    total: int | None
    amount: int | None
    lines: int
    currency: str | None


class Purchases:
    """The orders of a recording."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[Told, ...]] = {}

    def take(self, order: Order, at: int) -> Skipped | None:
        """Remember one record, which counts from `at`, ms; or why it is not needed."""
        key = order_of_store(order.order_id, order.store)
        event, known = hash64(order.event_id.encode()), self._told.get(key, ())
        if any(told.event == event for told in known):
            return Skipped.REPEATED
        if len(known) == RECORDS_MAX:
            return Skipped.CUT
        self._told[key] = (*known, _told(order, at, event))
        return None

    def settled(self) -> Iterator[Purchase | LeftOut]:
        """What became of each order."""
        for told in self._told.values():
            yield settle(told)


def _told(order: Order, at: int, event: bytes) -> Told:
    currency = order.currency or next((line.currency for line in order.lines if line.currency is not None), None)
    total = None if order.total is None else minor_units(order.total, currency)
    amount = _sum(order.lines, currency)
    paid = order.is_purchase()
    return Told(at, event, order.type, paid, order.customer_id, total, amount, len(order.lines), currency)


def _sum(lines: Sequence[OrderLine], currency: str | None) -> int | None:
    """What the lines come to; None if there are none, or one of them has no price."""
    prices = [line.unit_price * line.quantity for line in lines if line.unit_price is not None]
    return minor_units(sum(prices, Decimal(0)), currency) if prices and len(prices) == len(lines) else None


def settle(records: Sequence[Told]) -> Purchase | LeftOut:
    """What became of the order that these records tell of; there is at least one."""
    told = sorted(records, key=lambda one: (one.at, one.event))
    shown = [one for one in told if one.type not in SHOWS_NOTHING]
    if not shown:
        return LeftOut.NOT_PLACED
    customer = next((one.customer for one in told if one.customer is not None), None)
    if customer is None:
        return LeftOut.WITHOUT_CUSTOMER
    if not shown[-1].paid:
        return LeftOut.NOT_PAID
    if any(one.type is OrderType.ORDER_CANCELLED for one in told):
        return LeftOut.CANCELLED
    amount, refunds = _amount(shown), [one for one in told if one.type is OrderType.ORDER_REFUNDED]
    back = [_refunded(one) for one in refunds]
    if any(part is None for part in back):
        return LeftOut.REFUNDED
    given_back = sum(part for part in back if part is not None)
    if given_back and amount is not None:
        amount -= given_back
        if amount <= 0:
            return LeftOut.REFUNDED
    currency = next((one.currency for one in shown if one.currency is not None), None)
    return Purchase(customer, shown[0].at, amount, currency)


def _amount(shown: Sequence[Told]) -> int | None:
    """What the order comes to: what was placed, added up over its records, unless a later update replaces it. Records
    of other types (paid, shipped) may be of a part of it: they speak where no other does."""
    placed = [one for one in shown if one.type is OrderType.ORDER_PLACED]
    amount = _placed(placed)
    for one in shown:
        said = one.total if one.total is not None else one.amount
        if said is not None and (amount is None or one.type is OrderType.ORDER_UPDATED):
            amount = said
    return amount


def _placed(placed: Sequence[Told]) -> int | None:
    """The total of the one record; of several, each with a line of the order, the sum of their lines, unless each of
    them repeats the total of the whole."""
    totals = {one.total for one in placed}
    if len(totals) == 1 and (len(placed) == 1 or any(one.total != one.amount for one in placed)):
        (total,) = totals
        if total is not None:
            return total
    parts = [one.amount if one.amount is not None else one.total for one in placed]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _refunded(told: Told) -> int | None:
    """How much a refund gives back; None for all: it names neither an amount nor lines. Lines without prices give back
    what nobody can tell, so nothing."""
    if told.total is not None:
        return abs(told.total)
    if told.amount is not None:
        return abs(told.amount)
    return 0 if told.lines else None
