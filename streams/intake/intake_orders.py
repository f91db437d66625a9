"""What a record of the order feed tells its person of the order."""

from schemas.events.orders import Order, order_of_store
from schemas.facts.order_facts import OrderDetails, SubscriptionTold
from schemas.state.order import BoughtLine
from streams.ids import hash64
from streams.limits import Cut, how_many
from streams.person.amounts import amount_of_lines
from streams.person.money import minor_units
from streams.person.order_lines import LINES_MAX
from streams.person.orders import PARCELS_MAX
from streams.person.quantities import thousandths
from streams.person.subscriptions import PRODUCTS_MAX

LINES_BYTES_MAX = 8 * 1024
"""The lines of one record: all of 50 with ordinary ids. The first ones stay."""


def details_of(order: Order, cut: Cut) -> OrderDetails:
    """What the record says of its order, as far as some rule may need it."""
    currency = order.currency or next((line.currency for line in order.lines if line.currency is not None), None)
    payment = order.payment()
    parcels = order.parcels if order.parcel_id is None else (order.parcel_id, *order.parcels)
    return OrderDetails(
        order.type.value,
        None if payment is None else payment.value,
        order.payment_due_at,
        _lines(order, currency, cut),
        amount_of_lines(order.lines, currency),
        None if order.total is None else minor_units(order.total, currency),
        currency,
        None if order.channel is None else order.channel.value,
        tuple(hash64(parcel.encode()) for parcel in dict.fromkeys(parcels[:PARCELS_MAX])),
        bool(order.backfill),
        order.failed_as(),
    )


def subscription_of(order: Order, at: int, cut: Cut) -> SubscriptionTold:
    """What a record of a subscription says of it, at its time."""
    products = tuple(dict.fromkeys(line.product_id for line in order.lines))
    kept = how_many(products[:PRODUCTS_MAX], LINES_BYTES_MAX)
    if kept < len(products):
        cut("subscribed_products", len(products) - kept)
    id_ = order_of_store(order.order_id, order.store)
    return SubscriptionTold(at, order.event_id, order.visitor_id, id_, order.type.value, products[:kept])


def _lines(order: Order, currency: str | None, cut: Cut) -> tuple[BoughtLine, ...]:
    lines = [
        BoughtLine(
            line.product_id,
            thousandths(line.quantity),
            None if line.unit_price is None else minor_units(line.unit_price, currency or line.currency),
            currency or line.currency,
        )
        for line in order.lines[:LINES_MAX]
    ]
    kept = how_many(lines, LINES_BYTES_MAX)
    if kept < len(order.lines):
        cut("order_lines", len(order.lines) - kept)
    return tuple(lines[:kept])
