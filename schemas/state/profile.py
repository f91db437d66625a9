"""The state of one profile, `v:<visitor>` or `c:<customer>`: who it is, and the facts that W has not passed."""

from typing import Final

from msgspec import Struct, field

from schemas.facts.profile_facts import ConsentChanged, ErasureAsked, FactInOrder, Joining, Place
from schemas.state.person import Person

Link = tuple[Place, str]
"""From that place on the visitor is that customer."""

CUSTOMER: Final = "c:"
VISITOR: Final = "v:"
"""How the key of a profile begins: a customer's, or that of a visitor whom nobody knows."""

PRODUCT: Final = "p:"
"""How the key of a product begins, where facts are told of it."""

HERE: Final = ""
"""The destination of a fact that its own profile folds."""


class Entry(Struct, array_like=True, gc=False):
    """A fact that waits, the customer to whom it was forwarded, or HERE, and the bytes that it takes in the record."""

    fact: FactInOrder
    to: str = HERE
    size: int = 0


class Wish(Struct, array_like=True, gc=False):
    """What the visitor said of messages or of being known, and the customer whose wish it is; HERE where it was
    nobody's."""

    fact: ConsentChanged | ErasureAsked
    to: str


class Profile(Struct, array_like=True, gc=False):
    """`links` (a visitor's only) say since when the visitor is which customer, in order; `visit_start` is that of the
    running visit, for telling the next customer of it; `exited_at` the time of the last exit intent; `joining` (a
    customer's only) are previews of inheritances. `touched` is the time of the latest fact, or of the latest timer that
    rang. `wishes` (a visitor's only) are the last ones. `carts` are the hashes, 8 bytes each, of the last carts
    that were told here."""

    person: Person = field(default_factory=Person)
    journal: list[Entry] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    handed_over: bool = False
    visit_start: int = 0
    exited_at: int | None = None
    joining: dict[str, Joining] = field(default_factory=dict)
    touched: int = 0
    wishes: list[Wish] = field(default_factory=list)
    carts: bytes = b""


class Note(Struct, omit_defaults=True, gc=False):
    """What is kept of somebody who is put aside: the time of the last that is known of the person (`aside`, ms), and
    what is heard of wishes since."""

    aside: int
    heard: Profile | None = None
