"""The facts of a profile that wait for W: which comes next, and how much room all of them take."""

from typing import Final

from schemas.facts.event_facts import ProductHappened
from schemas.facts.product_facts import PriceChanged, ProductKnown, Released, StockChanged
from schemas.facts.profile_facts import (
    CartChanged,
    CheckoutReached,
    FactInOrder,
    Inherited,
    Linked,
    OrderPlaced,
    SessionClosed,
    SessionOpened,
    VisitLeft,
)
from schemas.state.profile import CUSTOMER, HERE, Entry, Profile
from streams.limits import ID_BYTES_MAX, size_of

VISITOR_JOURNAL_BYTES_MAX: Final = 156 * 1024
"""The facts of a visitor that wait for W, some 700 changes of a cart: more than a person makes in the hours of an
outage. The oldest are folded early (`walk.fold_early`)."""

CUSTOMER_JOURNAL_BYTES_MAX: Final = 216 * 1024
"""The facts of a customer that wait for W. Several devices tell them, and a customer's record has no visits in it that
need the room."""

SMALL_BYTES: Final = 8 * ID_BYTES_MAX
"""What a fact takes at most that is a few ids, and whom it went to."""

SMALL: Final = frozenset({SessionOpened, VisitLeft, CheckoutReached, Linked})
"""These facts are; a cart's change of one line is, a purchase of which nothing more is said, and the end of a visit but
for what is in it."""

OF_THE_CATALOGUE: Final = frozenset({PriceChanged, StockChanged, Released, ProductKnown, ProductHappened})
"""What products tell persons."""

TIME_BYTES: Final = 16
"""What a time takes at most."""

ENTRY_BYTES: Final = 40
"""What an entry takes beside its fact and whom it went to."""


def next_entry(profile: Profile) -> Entry | None:
    """The first fact of the journal that may be folded. A word of products about a visitor waits for all that the
    visitor was, where that is on its way: it is told late, and is about a cart, a look or an order that are not here
    yet."""
    awaited: list[str] | None = None
    for entry in profile.journal:
        if type(entry.fact) not in OF_THE_CATALOGUE:
            return entry
        if awaited is None:
            awaited = [one.visitor for one in own_inheritances(profile)]
        if entry.fact.visitor not in awaited:
            return entry
    return None


def own_inheritances(profile: Profile) -> list[Inherited]:
    """What visitors were, on its way to be this person's."""
    waiting = [entry.fact for entry in profile.journal if entry.to == HERE]
    return [fact for fact in waiting if isinstance(fact, Inherited)]


def journal_bytes_max(key: str) -> int:
    """How many bytes the facts may take that wait in the profile of that key."""
    return CUSTOMER_JOURNAL_BYTES_MAX if key.startswith(CUSTOMER) else VISITOR_JOURNAL_BYTES_MAX


def waiting_bytes(profile: Profile, limit: int) -> int:
    """How many bytes the facts take that wait; 0 if they are within `limit` by their kinds, which is not measured."""
    left = limit
    for entry in profile.journal:
        fact = entry.fact
        if type(fact) in SMALL or _is_small(fact):
            left -= SMALL_BYTES
        elif type(fact) is SessionClosed:
            left -= SMALL_BYTES + TIME_BYTES * len(fact.clicks) + ID_BYTES_MAX * (len(fact.products) + len(fact.ties))
        else:
            left -= entry_bytes(entry)
        if left < 0:
            return sum([entry_bytes(entry) for entry in profile.journal])
    return 0


def _is_small(fact: FactInOrder) -> bool:
    """Whether a fact is as small as those of `SMALL` by what it says."""
    if type(fact) is CartChanged:
        return len(fact.lines) == 1
    return type(fact) is OrderPlaced and fact.details is None and not fact.said


def entry_bytes(entry: Entry) -> int:
    """How many bytes the entry takes in the record. It is measured when somebody first asks."""
    if not entry.size:
        entry.size = size_of(entry.fact)
    return entry.size + len(entry.to.encode()) + ENTRY_BYTES
