"""What a trigger says to whoever writes the message, as its rule has it."""

from collections.abc import Callable, Iterable

from schemas.outcomes.outcome_records import AlsoBoughtRecord, MessageRecord, OfferRecord
from schemas.outcomes.triggers import VIEWED
from schemas.rules.base import RuleBase
from schemas.rules.message import ALSO_BOUGHT, PRODUCTS_MAX, Message
from schemas.rules.words import DAY_MS
from schemas.state.cart import Cart
from schemas.state.person import Episode, Person
from streams.limits import how_many
from streams.person.bought import purchases_of
from streams.person.waiting import rings_at

LATELY_MS = 30 * DAY_MS
"""What was bought so lately is not shown as bought by others; at exactly that age it is again."""

WITHOUT_MAX = 100
"""Products that were bought lately and are named in a trigger, the last ones."""

WITHOUT_BYTES_MAX = 4 * 1024
"""All of those, so that what is delivered is not too large for them."""


def message_of(
    rule: RuleBase,
    episode: Episode,
    cart: Cart,
    viewed: tuple[str, ...],
    restore_url: Callable[[int], str | None],
    person: Person,
    about: str,
) -> MessageRecord | None:
    """The message of the episode's step, its products resolved from the cart as it is sent and from what was viewed,
    the latest last; None if the rule names none. `restore_url` knows where the cart comes back, by the due time. What
    others have bought is that of the products that the trigger is `about`."""
    message = rule.message_of(episode.step)
    if message is None:
        return None
    return MessageRecord(
        template=message.template,
        products=_products(message, cart, viewed),
        offer=_offer(message, rings_at(episode)),
        restore_url=restore_url(rings_at(episode)) if message.restore_url else None,
        also_bought=_also_bought(message, rings_at(episode), cart, viewed, person, about),
    )


def _also_bought(
    message: Message, due: int, cart: Cart, viewed: tuple[str, ...], person: Person, about: str
) -> AlsoBoughtRecord | None:
    if ALSO_BOUGHT not in message.products:
        return None
    seen = tuple(reversed(viewed))
    of = seen if about == VIEWED or not cart else tuple(cart)
    return AlsoBoughtRecord(of[:PRODUCTS_MAX], _bought_lately(person, due), message.limit)


def _bought_lately(person: Person, due: int) -> tuple[str, ...]:
    """What the person has bought in the 30 days up to the due time, the last first."""
    last = {product: purchases[-1][0][0] for product, purchases in purchases_of(person).items()}
    found = sorted([(-at, product) for product, at in last.items() if at > due - LATELY_MS])
    products = [product for _, product in found[:WITHOUT_MAX]]
    return tuple(products[: how_many(products, WITHOUT_BYTES_MAX)])


def _products(message: Message, cart: Cart, viewed: tuple[str, ...]) -> tuple[str, ...]:
    """The last viewed first; what came into the cart first, first."""
    found: dict[str, None] = {}
    for source in message.products:
        if source == ALSO_BOUGHT:
            continue
        place: Iterable[str] = cart if source == "cart" else reversed(viewed)
        found.update(dict.fromkeys(place))
    return tuple(found)[: message.limit]


def _offer(message: Message, due: int) -> OfferRecord | None:
    offer = message.offer
    if offer is None:
        return None
    return OfferRecord(offer.code, offer.code_pool, None if offer.expires_after is None else due + offer.expires_after)
