"""What the fields say that orders alone have, whatever they are."""

from collections.abc import Mapping
from decimal import Decimal

from schemas.dead_letters import Oddity, Rejection
from schemas.json_text import Said
from schemas.mended_ids import read_detail_id
from schemas.mended_values import ABSENT, Read, Reader, dropped, read_amount, read_instant, read_text
from schemas.orders import CODES_MAX, PARCELS_MAX, Channel

CHANNELS = frozenset(map(str, Channel))
FLAGS: dict[object, bool] = {
    **dict.fromkeys((True, "true", "1", "yes"), True),
    **dict.fromkeys((False, "false", "0", "no"), False),
}
"""How a yes or no is written: 1 is True, and 0 is False, as numbers too."""


def read_channel(value: object) -> Read:
    """Where an order was placed, in any case."""
    if _is_empty(value):
        return ABSENT
    name = value.strip().lower() if isinstance(value, str) else None
    return Read(Channel(name)) if name in CHANNELS else dropped(Rejection.TYPE)


def read_flag(value: object) -> Read:
    """A yes or no, also as a text or a number of it."""
    if _is_empty(value):
        return ABSENT
    said = value.strip().lower() if isinstance(value, str) else value
    if isinstance(said, Decimal | int | str) and said in FLAGS:
        return Read(FLAGS[said])
    return dropped(Rejection.TYPE)


def read_codes(value: object) -> Read:
    """Discount codes: the first ones that are texts. A single one may stand alone."""
    return _several(value, read_text, CODES_MAX)


def read_parcels(value: object) -> Read:
    """The ids of parcels: the first ones that are ids. A single one may stand alone."""
    return _several(value, read_detail_id, PARCELS_MAX)


def _several(value: object, read: Reader, most: int) -> Read:
    """The items of a list that can be read, each an entry; what cannot is dropped."""
    if value is None or value == "" or value in ([], Said()):
        return ABSENT
    items = value if isinstance(value, list) and not isinstance(value, Said) else [value]
    reads = [read(item) for item in items[:most]]
    said = tuple(one.said for one in reads if one.said is not None)
    whole = len(items) <= most and all(one.odd is not Oddity.FIELD_DROPPED for one in reads)
    return Read(said, None if whole else Oddity.FIELD_DROPPED)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


SUMS: Mapping[str, Reader] = {"subtotal": read_amount, "shipping": read_amount, "tax": read_amount}
"""Amounts of the order as a whole, besides its total."""

DETAILS: Mapping[str, Reader] = {
    "payment_due_at": read_instant,
    "channel": read_channel,
    "locale": read_text,
    "test": read_flag,
    "backfill": read_flag,
    "discount_codes": read_codes,
    "checkout_id": read_detail_id,
    "parcel_id": read_detail_id,
    "parcels": read_parcels,
}
