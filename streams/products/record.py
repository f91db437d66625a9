"""How products stand in their changelog: a record a product, one a visitor who has looked at it, one a visitor who
waits for it, one a person who has bought it, one an order with it, one a product that is bought together with it. The
first byte of a value is the version; the rest is msgpack.

A product that is looked at all day is not written with all of its lookers: each has a key of its own.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from msgspec.msgpack import Decoder, Encoder

from schemas.state.product import Look, OrderOf, Partner, Product, Request
from streams.stage import STAGES_OWN
from streams.state_format import StateFormat

LOOK, ASK, BUY = STAGES_OWN + b"look:", STAGES_OWN + b"ask:", STAGES_OWN + b"buy:"
"""What the keys begin with of who has looked, of who waits, and of who has bought. A product's own key is its id."""

ORDER, PARTNER = STAGES_OWN + b"order:", STAGES_OWN + b"partner:"
"""The same of an order with the product, and of a product that is bought together with it."""

BETWEEN = b"\x1f"
"""Between product and visitor, the key of a buyer, an order or a partner, in a key: no id has it, but for a stand-in,
which is a visitor's."""

RECORD = StateFormat("a product's record", oldest=3)

T = TypeVar("T")

_encode: Callable[[Any], bytes] = Encoder().encode
_product: Callable[[memoryview], Product] = Decoder(Product).decode
_looks: Callable[[memoryview], list[Look]] = Decoder(list[Look]).decode
_request: Callable[[memoryview], Request] = Decoder(Request).decode
_order: Callable[[memoryview], OrderOf] = Decoder(OrderOf).decode
_partner: Callable[[memoryview], Partner] = Decoder(Partner).decode
_times: Callable[[memoryview], tuple[int, ...]] = Decoder(tuple[int, ...]).decode


class Kept(NamedTuple):
    """What a key of the changelog is about; `visitor`, who or what stands beside it there, is None for the product
    itself."""

    prefix: bytes
    product: str
    visitor: str | None


def key_of(kept: Kept) -> bytes:
    """The key in the changelog."""
    product = kept.product.encode()
    return product if kept.visitor is None else kept.prefix + product + BETWEEN + kept.visitor.encode()


def kept_of(key: bytes) -> Kept:
    """What a key of the changelog is about."""
    for prefix in (LOOK, ASK, BUY, ORDER, PARTNER):
        if key.startswith(prefix):
            product, _, visitor = key.removeprefix(prefix).partition(BETWEEN)
            return Kept(prefix, product.decode(), visitor.decode())
    return Kept(b"", key.decode(), None)


def encode(kept: Product | list[Look] | Request | tuple[int, ...] | OrderOf | Partner) -> bytes:
    """The record as it stands in the changelog; equal ones have equal bytes."""
    return bytes((RECORD.version,)) + _encode(kept)


def decode_product(value: bytes) -> Product:
    """The product that the changelog holds. Raises UnreadableState."""
    return _product(_as_of_today(value))


def decode_looks(value: bytes) -> list[Look]:
    """The looks of a visitor that the changelog holds. Raises UnreadableState."""
    return _looks(_as_of_today(value))


def decode_request(value: bytes) -> Request:
    """The request that the changelog holds. Raises UnreadableState."""
    return _request(_as_of_today(value))


def decode_times(value: bytes) -> tuple[int, ...]:
    """The purchases of a buyer that the changelog holds. Raises UnreadableState."""
    return _times(_as_of_today(value))


def decode_order(value: bytes) -> OrderOf:
    """The order that the changelog holds. Raises UnreadableState."""
    return _order(_as_of_today(value))


def decode_partner(value: bytes) -> Partner:
    """The partner that the changelog holds. Raises UnreadableState."""
    return _partner(_as_of_today(value))


def _as_of_today(value: bytes) -> memoryview:
    RECORD.lift(value[0], None)
    return memoryview(value)[1:]
