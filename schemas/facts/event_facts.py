"""The events that rules name, as the stages tell each other of them."""

from typing import Any, ClassVar

from msgspec import field

from schemas.facts.said import ASKED, BECOMING, CATALOG, CLICK, ORDER, Place, Said


class Happened(Said, tag="happened"):
    """An event that a rule names `event`; `said` is what rules ask of it, and `viewed`, if they ask, what was looked at
    in its visit until then. `on_site` if it was a click."""

    fact: ClassVar[str] = "happened"
    at: int
    event_id: str
    visitor: str | None
    event: str
    on_site: bool
    said: dict[str, Any] = field(default_factory=dict)
    viewed: tuple[str, ...] = ()

    def place(self) -> Place:
        return (self.at, CLICK if self.on_site else ORDER, self.event_id, ASKED)


class ProductHappened(Happened, tag="product_happened"):
    """Something has become of a product that the visitor has looked at."""

    fact: ClassVar[str] = "product_happened"

    def place(self) -> Place:
        return (self.at, CATALOG, self.event_id, ASKED)


class Became(Happened, tag="became"):
    """The person is in a segment, a stage or a tier, or is not any more. No stage tells it another: it is found where
    the person is looked at, and shown to the rules at once."""

    fact: ClassVar[str] = "became"

    def place(self) -> Place:
        return (self.at, BECOMING, self.event_id, ASKED)
