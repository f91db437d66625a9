"""What became of each order, from all its records: a purchase with its amount, or why it is none.

The records of an order may come in any order, and again: they are looked at by (time, event), each event once.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from schemas.events.orders import (
    COUNTS_AS_PAID,
    SHOWS,
    Order,
    OrderType,
    Payment,
    is_called_off,
    order_of_store,
    payment_after,
)
from streams.ids import hash64
from streams.person.amounts import amount_of, amount_of_lines, given_back, is_other, left_of, said_of
from streams.person.money import minor_units

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
    NOT_PAID = "not_paid"  # the payment is open, or has failed
    CANCELLED = "cancelled"  # or its payment was voided after it had been paid
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
    """What one record says. `amount` is that of the record's lines, `total` what it says of the whole; minor units.
    `payment` is what it says of that, if anything, `failed_as` the state by which it has failed."""

    at: int
    event: bytes
    type: OrderType
    payment: Payment | None
    failed_as: str | None
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
    amount = amount_of_lines(order.lines, currency)
    payment, customer = order.payment(), order.customer_id
    return Told(at, event, order.type, payment, order.failed_as(), customer, total, amount, len(order.lines), currency)


def settle(records: Sequence[Told]) -> Purchase | LeftOut:
    """What became of the order that these records tell of; there is at least one."""
    told = sorted(records, key=lambda one: (one.at, one.event))
    shown = [one for one in told if one.type in SHOWS]
    if not shown:
        return LeftOut.NOT_PLACED
    customer = next((one.customer for one in told if one.customer is not None), None)
    if customer is None:
        return LeftOut.WITHOUT_CUSTOMER
    payment, is_off = _payment(told)
    if payment not in COUNTS_AS_PAID:
        return LeftOut.NOT_PAID
    if is_off or any(one.type is OrderType.ORDER_CANCELLED for one in told):
        return LeftOut.CANCELLED
    currency = _currency(shown)
    refunds = [one for one in told if one.type is OrderType.ORDER_REFUNDED]
    amount, is_left = left_of(_amount(shown, currency), [given_back(one) for one in refunds])
    if not is_left:
        return LeftOut.REFUNDED
    known = not any(is_other(one.currency, currency) for one in refunds)
    return Purchase(customer, shown[0].at, amount if known else None, currency)


def _currency(shown: Sequence[Told]) -> str | None:
    """That of the last update that names an amount, else of what was placed, else the first that is told."""
    updates = [one for one in reversed(shown) if one.type is OrderType.ORDER_UPDATED and said_of(one) is not None]
    placed = [one for one in shown if one.type is OrderType.ORDER_PLACED]
    return next((one.currency for one in (*updates, *placed, *shown) if one.currency is not None), None)


def _payment(told: Sequence[Told]) -> tuple[Payment | None, bool]:
    """How the payment stands in the end, and whether the order was called off by it on the way."""
    payment, is_off = None, False
    for one in told:
        if is_called_off(payment, one.failed_as):
            is_off = True
        else:
            payment = payment_after(payment, one.payment, one.failed_as)
    return payment, is_off


def _amount(shown: Sequence[Told], currency: str | None) -> int | None:
    """What the order comes to in that currency, by its records in their order. An amount of another one is unknown."""
    shown = [replace(one, amount=None, total=None) if is_other(one.currency, currency) else one for one in shown]
    updates = [said for one in shown if one.type is OrderType.ORDER_UPDATED and (said := said_of(one)) is not None]
    others = (said_of(one) for one in shown if one.type not in (OrderType.ORDER_PLACED, OrderType.ORDER_UPDATED))
    placed = [one for one in shown if one.type is OrderType.ORDER_PLACED]
    told = next((said for said in others if said is not None), None)
    return amount_of(placed, told, updates[-1] if updates else None)
