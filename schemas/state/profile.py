"""The state of one profile, `v:<visitor>` or `c:<customer>`: who it is, and the facts that W has not passed.

These are the live objects, and classes of the compiled core: every click asks several of their fields, and one of a
msgspec struct costs thirty times as much. How they stand in records is said in `streams.profiles.profile_record`.
"""

from dataclasses import dataclass, field
from typing import Final

from mypy_extensions import mypyc_attr

from schemas.facts.profile_facts import FactInOrder, Joining, Place
from schemas.state.person import Person
from schemas.state.wishes import Wish

Link = tuple[Place, str]
"""From that place on the visitor is that customer."""

CUSTOMER: Final = "c:"
VISITOR: Final = "v:"
"""How the key of a profile begins: a customer's, or that of a visitor whom nobody knows."""

PRODUCT: Final = "p:"
"""How the key of a product begins, where facts are told of it."""

HERE: Final = ""
"""The destination of a fact that its own profile folds."""


@mypyc_attr(acyclic=True)
class Entry:
    """A fact that waits, the customer to whom it was forwarded, or HERE, and the bytes that it takes in the record, 0
    as long as nobody has asked. `at` is the fact's time, which is asked for most."""

    __slots__ = ("at", "fact", "size", "to")

    def __init__(self, fact: FactInOrder, to: str = HERE, size: int = 0) -> None:
        self.fact = fact
        self.to = to
        self.size = size
        self.at = fact.at


@mypyc_attr(acyclic=True)
@dataclass(slots=True)
class Profile:
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
