"""What a trigger says to whoever writes the message, as its rule has it."""

from collections.abc import Callable, Iterable

from schemas.outcome_records import MessageRecord, OfferRecord
from schemas.person import Cart, Episode
from schemas.rules.base import RuleBase
from schemas.rules.message import Message


def message_of(
    rule: RuleBase,
    episode: Episode,
    cart: Cart,
    viewed: tuple[str, ...],
    restore_url: Callable[[int], str | None],
) -> MessageRecord | None:
    """The message of the episode's step, its products resolved from the cart as it is sent and from what was viewed,
    the latest last; None if the rule names none. `restore_url` knows where the cart comes back, by the due time."""
    message = rule.message_of(episode.step)
    if message is None:
        return None
    return MessageRecord(
        template=message.template,
        products=_products(message, cart, viewed),
        offer=_offer(message, episode.rings_at),
        restore_url=restore_url(episode.rings_at) if message.restore_url else None,
    )


def _products(message: Message, cart: Cart, viewed: tuple[str, ...]) -> tuple[str, ...]:
    """The last viewed first; what came into the cart first, first."""
    found: dict[str, None] = {}
    for source in message.products:
        place: Iterable[str] = cart if source == "cart" else reversed(viewed)
        found.update(dict.fromkeys(place))
    return tuple(found)[: message.limit]


def _offer(message: Message, due: int) -> OfferRecord | None:
    offer = message.offer
    if offer is None:
        return None
    return OfferRecord(offer.code, offer.code_pool, None if offer.expires_after is None else due + offer.expires_after)
