"""A field of the contract is not lost when a record is mended: a pending order with a discount line is pending."""

import orjson
import pytest
from pydantic import BaseModel

from schemas.events.clicks import Click
from schemas.events.engagements import Engagement
from schemas.events.orders import Order, PaymentState
from schemas.mending.names import Shape
from schemas.mending.records import CLICK, ENGAGEMENT, ORDER
from schemas.reading.wire import read_order


@pytest.mark.parametrize(("shape", "contract"), [(CLICK, Click), (ORDER, Order), (ENGAGEMENT, Engagement)])
def test_mending_knows_every_field_of_the_contract(shape: Shape, contract: type[BaseModel]) -> None:
    """And no others."""
    assert shape.readers.keys() == contract.model_fields.keys()


@pytest.mark.parametrize("store", ["north", 7])
def test_a_mended_order_keeps_its_state_and_its_store(store: object) -> None:
    """A lower-case currency is no reason to take an unpaid order for a purchase."""
    said = {
        "event_id": "e",
        "type": "order_updated",
        "order_id": "1",
        "occurred_at": 1_750_000_000_000,
        "customer_id": "ada",
        "currency": "eur",
        "payment_state": "pending",
        "store": store,
    }
    order = read_order(orjson.dumps(said))
    assert isinstance(order, Order)
    assert (order.currency, order.payment_state, order.store) == ("EUR", PaymentState.PENDING, str(store))
    assert not order.is_purchase()
