"""The names that a condition may use: of what happened, the person, the episode and the cart.

What a record may leave out is null. Amounts are decimals in their currency's unit, as people say them.
"""

from dataclasses import replace
from typing import NamedTuple

from schemas.events.currencies import DIGITS
from schemas.events.orders import Channel, PaymentState
from schemas.mending.orders import CHANNELS as CHANNELS_CALLED
from schemas.mending.words import PAYMENT_WORDS
from streams.triggers.conditions.kinds import Fields, Kind, Question, Type

TEXT, WHOLE, NUMBER, TRUTH = Type(Kind.TEXT), Type(Kind.WHOLE), Type(Kind.NUMBER), Type(Kind.TRUTH)
TIMESTAMP, MAP, TEXTS = Type(Kind.TIMESTAMP), Type(Kind.MAP), Type(Kind.LIST, of=Type(Kind.TEXT))

CHANNELS = ("email", "sms", "whatsapp", "push", "onsite")
"""Channels that every shop may ask for, whether it has them or not."""

LINE = Type(
    Kind.RECORD,
    fields={"product_id": TEXT, "quantity": NUMBER, "unit_price": NUMBER, "currency": TEXT},
)
LINES = Type(Kind.LIST, of=LINE)

EVENT = Type(
    Kind.RECORD,
    name="event",
    fields={
        "type": TEXT,
        "name": TEXT,
        "event_id": TEXT,
        "occurred_at": TIMESTAMP,
        "visitor_id": TEXT,
        "customer_id": TEXT,
        "session_id": TEXT,
        "url": TEXT,
        "referrer": TEXT,
        "product_id": TEXT,
        "quantity": NUMBER,
        "price": NUMBER,
        "price_before": NUMBER,
        "stock": NUMBER,
        "stock_before": NUMBER,
        "value": NUMBER,
        "currency": TEXT,
        "category": TEXT,
        "query": TEXT,
        "cart_id": TEXT,
        "restore_url": TEXT,
        "order_id": TEXT,
        "store": TEXT,
        "exit_kind": TEXT,
        "lines": LINES,
        "total": NUMBER,
        "subtotal": NUMBER,
        "shipping": NUMBER,
        "tax": NUMBER,
        "payment_state": TEXT,
        "payment_due_at": TIMESTAMP,
        "channel": TEXT,
        "locale": TEXT,
        "discount_codes": TEXTS,
        "checkout_id": TEXT,
        "parcel_id": TEXT,
        "parcels": TEXTS,
        "test": TRUTH,
        "backfill": TRUTH,
        "trigger_id": TEXT,
        "rule_id": TEXT,
        "machine": TRUTH,
        "segment": TEXT,
        "stage": TEXT,
        "tier": TEXT,
        "traits": MAP,
        "properties": MAP,
        "context": MAP,
    },
)
"""A click, an order, an engagement, a custom event: what its own record has; what is a shop's own is in the maps."""

CART = Type(
    Kind.RECORD,
    name="person.cart",
    fields={"value": NUMBER, "quantity": NUMBER, "has": Question(Kind.TEXT, TRUTH)},
)

PERSON = Type(
    Kind.RECORD,
    name="person",
    fields={
        "orders": WHOLE,
        "orders_in": Question(Kind.DURATION, WHOLE),
        "spend_in": Question(Kind.DURATION, NUMBER),
        "aov_in": Question(Kind.DURATION, NUMBER),
        "days_since_order": NUMBER,
        "days_since_seen": NUMBER,
        "visits_in": Question(Kind.DURATION, WHOLE),
        "views_in": Question(Kind.DURATION, WHOLE),
        "mean_gap_days": NUMBER,
        "next_order_at": TIMESTAMP,
        "p_alive": NUMBER,
        "revenue_at_risk": NUMBER,
        "consent": Question(Kind.TEXT, TRUTH, words=CHANNELS),
        "segment": TEXTS,
        "stage": TEXT,
        "tier": TEXT,
        "traits": MAP,
        "last_channel": TEXT,
        "cart": CART,
    },
)
"""Segments are independent of one another, so `segment` is all that the person is in: `"loyal" in person.segment`."""

EPISODE = Type(
    Kind.RECORD,
    name="episode",
    fields={"anchor": TIMESTAMP, "due": TIMESTAMP, "lines": LINES, "value": NUMBER, "currency": TEXT},
)


PLACED_ON = Type(Kind.TEXT, words=tuple(Channel), meant=CHANNELS_CALLED)
PAID = Type(Kind.TEXT, words=tuple(PaymentState), meant=PAYMENT_WORDS)
CURRENCY = Type(Kind.TEXT, words=tuple(DIGITS))
"""What orders say in our words only: those of shops are read as ours."""


class Words(NamedTuple):
    """What a rulebook has names for: its channels, and its segments, stages and tiers. `of_an_order` if the condition
    is about one: its channel is where it was placed."""

    channels: tuple[str, ...] | None
    segments: tuple[str, ...] | None
    stages: tuple[str, ...] | None
    tiers: tuple[str, ...] | None
    of_an_order: bool = False


ANY_WORDS = Words(None, None, None, None)
"""Of a rule whose rulebook is not at hand: it was looked at there."""


def of_a_rulebook(fields: Fields, words: Words) -> Fields:
    """The same names, where a word that there is not is a mistake."""
    segment, stage, tier = (Type(Kind.TEXT, words=known) for known in (words.segments, words.stages, words.tiers))
    groups = {"stage": stage, "tier": tier}
    channels = () if words.channels is None else tuple(dict.fromkeys((*CHANNELS, *words.channels)))
    consent = Question(Kind.TEXT, TRUTH, words=channels)
    own: dict[str, dict[str, Type | Question]] = {
        "event": {"segment": segment, **groups},
        "person": {"segment": Type(Kind.LIST, of=segment), **groups, "consent": consent},
    }
    if words != ANY_WORDS:
        own["event"] |= {"payment_state": PAID, "currency": CURRENCY}
        own["person"] |= {"last_channel": PLACED_ON}
        own["episode"] = {"currency": CURRENCY}
    if words.of_an_order:
        own["event"] |= {"channel": PLACED_ON}
    return {
        name: replace(type_, fields={**type_.fields, **own[name]}) if name in own else type_
        for name, type_ in fields.items()
    }


OF_AN_EVENT: Fields = {"event": EVENT}
"""What a `where` sees."""

OF_A_PERSON: Fields = {"person": PERSON, "cart": CART}
"""What segments, stages and tiers see. `cart` is the short name of `person.cart`, and asked for by the long one."""

OF_AN_EPISODE: Fields = {"person": PERSON, "cart": CART, "episode": EPISODE, "event": EVENT}
"""What an `if` sees: `event` is the anchor's."""
