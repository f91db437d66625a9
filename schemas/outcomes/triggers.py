"""What ESPs consume: a trigger fired, or one taken back. CloudEvents 1.0 on Kafka, versioned by event type."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.base import Wire

KindOnWire = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""Which occasion. Newer versions fire kinds that an older one does not know: whoever only passes triggers on passes
them on as they are."""


LINES, VIEWED, ORDER, PERSON = "lines", "viewed", "order", "person"
"""What a trigger may be about: what is in the cart, or is to be bought again; what was looked at, or waited for; an
order, which its lines are then; or the person, whatever is said of products beside."""


class TriggerLine(Wire, extra="allow"):
    """One product left in the cart, or ordered; `quantity` is an integer, or has up to three decimals where goods are
    weighed; `unit_price` is a decimal in the trigger's currency, where known. Fields that a newer version has added are
    kept."""

    product_id: str
    quantity: int | float
    unit_price: str | None = None


class TriggerOffer(Wire, extra="allow"):
    """A code for the customer; `expires_at` (ms) is until when it is said to be good, null if nothing is said. Where a
    `code_pool` is named, the code is one of it that is nobody else's: the dispatcher puts it in, and it is null on the
    topic of the triggers."""

    code: str | None
    code_pool: str | None = None
    expires_at: int | None = None


class TriggerAlsoBought(Wire, extra="allow"):
    """Which products are to follow those of the message: what others have bought with each product `of` these, as the
    topic `products` says (`also_bought`): the first of each, then the second of each, and so on, until the message has
    `limit` of them. Left out are these themselves, what stands in `lines` or in the message already, and what it is to
    be `without`, since the person has bought it in the last 30 days."""

    of: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    limit: int


class TriggerMessage(Wire, extra="allow"):
    """What the rule asks of the message: a `template` that the destination knows, and ids of `products`, in the order
    in which they are to be shown; those in the cart stand in `lines` with their prices. `restore_url` is a link that
    brings the cart back, where the rule asks for it and the feed or the settings say where. `also_bought` says what
    the dispatcher adds to the products right before it delivers; null where the rule does not ask for it, and in what
    is delivered."""

    template: str
    products: tuple[str, ...] = ()
    offer: TriggerOffer | None = None
    restore_url: str | None = None
    also_bought: TriggerAlsoBought | None = None

    def says_more(self) -> bool:
        """Whether there are fields that this version does not know."""
        parts = [part for part in (self, self.offer, self.also_bought) if part is not None]
        return any(part.model_extra for part in parts)


class TriggerFired(Wire, extra="allow"):
    """Somebody should be answered now.

    `anchor_ms` is the event that the wait counts from, `due_ms` when the wait was over, `fired_at_ms` the stream time
    of the verdict, `expires_at` (ms, or null for never) the moment from which on it must not be delivered any more.
    `value` is the cart's value as a decimal string, null where no price is known. `channel` is the one that was chosen
    of those that the rule names, null where it names none. Fields that a newer version has added are kept: a trigger is
    delivered as it was fired, but for products that cannot be bought any more. `message` is what its rule asks of it,
    null where that names nothing. `about` says what has to be left: where that is `lines` or `viewed`, and none of the
    products there can be bought any more, it is not delivered. The lines of an `order` stay as they are.
    """

    type: Literal["fired"] = "fired"
    trigger_id: str
    kind: KindOnWire
    rule_id: str
    rule_version: str
    step: int
    destination: str
    profile: str
    visitor_id: str | None
    customer_id: str | None
    anchor_ms: int
    due_ms: int
    fired_at_ms: int
    expires_at: int | None
    lines: tuple[TriggerLine, ...] = ()
    value: str | None = None
    currency: str | None = None
    viewed: tuple[str, ...] = ()
    channel: str | None = None
    message: TriggerMessage | None = None
    about: KindOnWire = PERSON

    def says_more(self) -> bool:
        """Whether there are fields that this version does not know."""
        lines = any(line.model_extra for line in self.lines)
        return bool(self.model_extra) or lines or (self.message is not None and self.message.says_more())


class TriggerCancelled(Wire):
    """A fired trigger is taken back: whoever has not delivered it yet must not. Same id, same Kafka key."""

    type: Literal["cancelled"] = "cancelled"
    trigger_id: str
    kind: KindOnWire
    rule_id: str
    profile: str
    reason: str
    cancelled_at_ms: int


Trigger = Annotated[TriggerFired | TriggerCancelled, Field(discriminator="type")]
