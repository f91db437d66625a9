"""The fact that a visitor behaves as no person does."""

from typing import ClassVar, Literal

from msgspec import Struct

BEFORE_CLICKS = -1
"""Among facts of one instant it is the first: what it is told by already counts for nothing."""

Why = Literal["clicks_in_a_minute", "carts_in_a_minute", "customers"]
"""Of what there is more than one person makes."""


class Suspected(Struct, tag_field="fact", tag="suspected", gc=False):
    """From `at` on the visitor behaves as no person does: `number` of what `why` names, the first of them at `since`.
    A paid order from then on says that it is somebody after all."""

    fact: ClassVar[str] = "suspected"
    at: int
    event_id: str
    visitor: str
    why: Why
    number: int
    since: int

    def place(self) -> tuple[int, int, str, int]:
        """That of no event: two visitors of one person may be suspected at one instant."""
        return (self.at, BEFORE_CLICKS, self.visitor, 0)
