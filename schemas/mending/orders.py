"""What the fields say that orders alone have, whatever they are."""

from collections.abc import Mapping

from schemas.events.orders import CODES_MAX, PARCELS_MAX, Channel
from schemas.mending.ids import read_cart_id, read_detail_id
from schemas.mending.values import (
    ABSENT,
    Read,
    Reader,
    dropped,
    read_amount,
    read_instant,
    read_several,
    read_text,
)
from schemas.mending.words import read_flag, words_in
from schemas.outcomes.dead_letters import Rejection

CHANNELS: dict[str, Channel] = {
    **{channel.value: channel for channel in Channel},
    **dict.fromkeys(("online_store", "online", "website", "webshop", "storefront"), Channel.WEB),
    **dict.fromkeys(("point_of_sale", "in_store", "retail", "shopify_pos"), Channel.POS),
    **dict.fromkeys(("telephone", "call_center"), Channel.PHONE),
    **dict.fromkeys(("draft_order", "shopify_draft_order"), Channel.DRAFT),
    **dict.fromkeys(
        (
            *("subscriptions", "subscription_contract", "subscription_contract_checkout_one", "subscription_renewal"),
            *("renewal", "recurring"),
        ),
        Channel.SUBSCRIPTION,
    ),
}
"""What shops call the channels. What a subscription delivers asks nobody to buy it again."""


def read_channel(value: object) -> Read:
    """Where an order was placed, in any case, and in the words of shops."""
    name = words_in(value)
    if value is None or (isinstance(value, str) and not name):
        return ABSENT
    channel = CHANNELS.get(name)
    return dropped(Rejection.TYPE) if channel is None else Read(channel)


def read_codes(value: object) -> Read:
    """Discount codes: the first ones that are texts."""
    return read_several(value, read_text, CODES_MAX)


def read_parcels(value: object) -> Read:
    """The ids of parcels: the first ones that are ids."""
    return read_several(value, read_detail_id, PARCELS_MAX)


SUMS: Mapping[str, Reader] = {"subtotal": read_amount, "shipping": read_amount, "tax": read_amount}
"""Amounts of the order as a whole, besides its total."""

DETAILS: Mapping[str, Reader] = {
    "payment_due_at": read_instant,
    "channel": read_channel,
    "locale": read_text,
    "test": read_flag,
    "backfill": read_flag,
    "discount_codes": read_codes,
    "checkout_id": read_cart_id,
    "parcel_id": read_detail_id,
    "parcels": read_parcels,
}
