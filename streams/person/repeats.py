"""Which records of orders and engagements a person has heard already. A feed may send them again at any time, long
after W has passed them; clicks that come twice are known to the visitor's record."""

from typing import Final

from schemas.facts.profile_facts import FactInOrder, Happened, OrderPlaced, OrderTold, SubscriptionTold
from schemas.state.person import Person
from streams.ids import hash64

HEARD_MAX: Final = 32
"""Records of which it is known that they were heard, the last ones: some weeks of an eager customer's. Of one that is
sent again after so many others, only what it says of an order counts once."""

HASH_BYTES: Final = 8

_OF_A_FEED: Final = frozenset({OrderPlaced, Happened, OrderTold, SubscriptionTold})
_HEARD_BYTES: Final = HEARD_MAX * HASH_BYTES


def is_repeat(person: Person, fact: FactInOrder) -> bool:
    """Whether the very record was heard before; if not, it is remembered. Never for what is no record of a feed."""
    about = _about(fact)
    if about is None:
        return False
    mark = hash64("\x00".join((fact.fact, *about, str(fact.at), fact.event_id)).encode())
    heard = person.heard
    if any(heard[place : place + HASH_BYTES] == mark for place in range(0, len(heard), HASH_BYTES)):
        return True
    person.heard = (heard + mark)[-_HEARD_BYTES:]
    return False


def _about(fact: FactInOrder) -> tuple[str, ...] | None:
    """What tells records of one time and id apart: feeds give all orders one id, or number them anew each day. None if
    it is no record of a feed."""
    if type(fact) not in _OF_A_FEED:
        return None
    if type(fact) is OrderPlaced:
        return None if fact.on_site else (fact.order_id, fact.by or "")
    if type(fact) is Happened:
        return None if fact.on_site else (fact.event,)
    if type(fact) is OrderTold:
        return (fact.order_id,)
    return (fact.subscription,) if type(fact) is SubscriptionTold else None


def join_heard(person: Person, joining: Person) -> None:
    """Two are one: what either has heard is known."""
    person.heard = (joining.heard + person.heard)[-_HEARD_BYTES:]
