"""The events that a rule may name, and the fields that each of them has: clicks, orders, engagements, what becomes of a
product, what a person becomes, and the shop's own, `custom:<name>`. A new source of events is a line in `SOURCES`."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator

from schemas.base import ID_CHARS_MAX
from schemas.events.clicks import Click, ClickType
from schemas.events.engagements import Engagement, EngagementType
from schemas.events.orders import Order, OrderType

PURCHASE: Final = "order"
"""A purchase: the first record of an order, a click on the site or a record of the order feed."""

CUSTOM: Final = "custom:"
"""How the name of a shop's own event begins: `custom:quote_sent` is a click of type `custom` with that `name`."""


class Source(StrEnum):
    """What kind of record says that the event happened; of what a person or a product has become, none: it is found."""

    CLICK = "click"
    ORDER = "order"
    ENGAGEMENT = "engagement"
    PRODUCT = "product"
    PERSON = "person"


NOT_FOR_RULES = frozenset({"visitor_id", "customer_id", "sent_at", "schema_version", "machine"})
"""Fields that say how a record came to us, and of whom it is: rules are about what happened. What a machine has done
with a message is told to no rule."""

MAPS = frozenset({"traits", "properties"})
"""Fields that hold what is a shop's own, by its own names."""

BECOMES: Mapping[str, str] = {
    "segment_entered": "segment",
    "segment_left": "segment",
    "stage_changed": "stage",
    "tier_entered": "tier",
    "tier_left": "tier",
}
"""What a person becomes, by the names of the events, and the field that says what: of a stage the new one, which may be
none."""

OF_PRODUCTS = ("price_changed", "price_drop", "stock_changed", "back_in_stock")
"""What becomes of a product, for who has looked at it in the last 90 days: another price, a lower one, another stock,
and a stock again where there was none. What was told first of a product changes nothing."""

LOW_STOCK: Final = "low_stock"
"""What becomes of a product in somebody's cart, and is no event: how low is for a rule to say."""

FIELDS: Mapping[Source, frozenset[str]] = {
    Source.CLICK: frozenset(Click.model_fields) - NOT_FOR_RULES,
    Source.ORDER: frozenset(Order.model_fields) - NOT_FOR_RULES,
    Source.ENGAGEMENT: frozenset(Engagement.model_fields) - NOT_FOR_RULES,
    Source.PRODUCT: frozenset(
        {"occurred_at", "product_id", "category", "price", "price_before", "currency", "stock", "stock_before"}
    ),
    Source.PERSON: frozenset(BECOMES.values()) | {"occurred_at"},
}
"""What a rule can ask of a record, by the names of the contract."""

SOURCES: Mapping[str, tuple[Source, ...]] = {
    **{kind.value: (Source.CLICK,) for kind in ClickType if kind is not ClickType.CUSTOM},
    **{kind.value: (Source.ORDER,) for kind in OrderType},
    **{kind.value: (Source.ENGAGEMENT,) for kind in EngagementType},
    **dict.fromkeys(OF_PRODUCTS, (Source.PRODUCT,)),
    **dict.fromkeys(BECOMES, (Source.PERSON,)),
    PURCHASE: (Source.ORDER, Source.CLICK),
}
"""Every name but the shop's own, and which records may say it."""

CALLED: Mapping[str, str] = {
    **dict.fromkeys(
        ("purchase", "placed_order", "order_created", "checkout_completed", "checkout_complete", "transaction"),
        PURCHASE,
    ),
    **dict.fromkeys(("add_to_cart", "added_to_cart", "product_added", "item_added"), "cart_item_added"),
    **dict.fromkeys(("remove_from_cart", "removed_from_cart", "product_removed"), "cart_item_removed"),
    **dict.fromkeys(("view_item", "viewed_product", "view_content"), "product_viewed"),
    **dict.fromkeys(("view_item_list", "category_viewed", "collection_viewed"), "product_list_viewed"),
    **dict.fromkeys(("search", "searched", "search_submitted", "products_searched"), "product_searched"),
    **dict.fromkeys(("begin_checkout", "started_checkout", "initiate_checkout", "checkout_begun"), "checkout_started"),
    **dict.fromkeys(("sign_up", "signup", "signed_up", "account_created", "customer_created"), "registered"),
    **dict.fromkeys(("login", "logged_in", "signed_in", "sign_in", "identify"), "identified"),
    **dict.fromkeys(("newsletter_signup", "subscribed_to_list", "email_subscribed"), "subscribed"),
    **dict.fromkeys(("unsubscribe", "unsubscribed", "opt_out"), "opted_out"),
    **dict.fromkeys(("refund", "refund_created"), "order_refunded"),
    **dict.fromkeys(("fulfilled_order", "order_fulfilled", "shipment_created"), "order_shipped"),
}
"""What others call events that there are, in small letters with `_` between the words: an event of one's own by that
name would never come."""

_PATH = re.compile(r"^[^\W\d]\w{0,63}(\.[^\W\d]\w{0,63}){0,4}$")


def sources_of(event: str) -> tuple[Source, ...]:
    """Which records may say that event."""
    return (Source.CLICK,) if event.startswith(CUSTOM) else SOURCES[event]


def fields_of(event: str) -> frozenset[str]:
    """What may be asked of that event; of a purchase what one of its records has."""
    return frozenset().union(*(FIELDS[source] for source in sources_of(event)))


def event_name(said: str) -> str:
    """The name of an event that there is. Raises ValueError with the mend for any other."""
    if said.startswith(CUSTOM):
        own = said[len(CUSTOM) :]
        if not own.strip() or len(own) > ID_CHARS_MAX:
            raise ValueError(f"{said!r} names no event; write custom:<name>, in at most {ID_CHARS_MAX} characters")
        return said
    if said in SOURCES:
        return said
    called = CALLED.get(re.sub(r"[\s-]+", "_", said.strip().lower()))
    near = get_close_matches(said.lower(), SOURCES, n=1) if called is None else [called]
    if said == LOW_STOCK:
        raise ValueError(f"{said!r} is a kind of rule and no event; write stock_changed, with where: event.stock <= 5")
    if said == ClickType.CUSTOM.value:
        raise ValueError(f"an event of your own has a name; write {CUSTOM}<name>")
    mend = (
        f"did you mean {near[0]!r}?" if near else f"an event of your own is written {CUSTOM}{said.strip() or '<name>'}"
    )
    raise ValueError(f"there is no event {said!r}; {mend}")


def field_path(said: str) -> str:
    """Where a record has the value: `cart_id`, `properties.quote_id`. A name that no contract has is one of the
    properties. Raises ValueError with the mend for what is no such path."""
    path = said.removeprefix("event.")
    first, _, rest = path.partition(".")
    known = frozenset().union(*FIELDS.values()) - {"lines"}
    if not _PATH.match(path):
        raise ValueError(f"{said!r} is no field; write its name, such as cart_id or properties.quote_id")
    if first in MAPS:
        if not rest:
            raise ValueError(f"{said!r} holds many values; name one of them, such as {first}.quote_id")
        return path
    if rest:
        raise ValueError(f"{first!r} holds no fields; write properties.{path} if that is what your events have")
    if first in known:
        return path
    near = get_close_matches(first, known, n=1, cutoff=0.85)
    if near:
        raise ValueError(f"there is no field {said!r}; did you mean {near[0]!r}? If it is your own: properties.{path}")
    return f"properties.{path}"


def has_field(event: str, path: str) -> bool:
    """Whether every record of that event can have a value there. What may say a purchase has no properties."""
    return all(path.partition(".")[0] in FIELDS[source] for source in sources_of(event))


if TYPE_CHECKING:
    EventName = str
    FieldPath = str
else:
    EventName = Annotated[str, AfterValidator(event_name)]
    FieldPath = Annotated[str, AfterValidator(field_path)]
