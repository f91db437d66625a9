"""Afterclick as of some later version, played by today's with a few things more: `python -m tests.e2e.newer run …`.

Its clicks tell one kind of fact more, and one field more of a kind that is known; its triggers are of a kind that
nobody knows yet, and say what nobody says yet.
"""

from typing import Any, ClassVar

from msgspec import field
from msgspec.json import Decoder

from schemas.events.clicks import ClickType
from schemas.events.plain_clicks import AnyClick
from schemas.facts.fact_versions import FACT_VERSIONS
from schemas.facts.profile_facts import CLICK, ITSELF, CartChanged, Fact, Place
from schemas.facts.said import Said
from schemas.outcomes.outcome_records import FiredRecord
from schemas.reading import wire
from schemas.state.profile import CUSTOMER
from streams.profiles import people
from streams.profiles.arrivals import ARRIVALS, arrive
from streams.triggers import case
from streams.visits import click_facts
from streams.visits.visitors import Visit

KIND = "quote_reminder"
MESSAGE = {"template": "quote_1", "limit": 4}


class Pinged(Said, tag="pinged"):
    """The kind of fact that nobody knows today."""

    fact: ClassVar[str] = "pinged"
    at: int
    event_id: str
    visitor: str

    def place(self) -> Place:
        return (self.at, CLICK, self.event_id, ITSELF)


class CartChangedHow(CartChanged, tag="cart_changed"):
    """The field that nobody knows today."""

    how: str = field(default_factory=lambda: "by hand")  # what is made is written, a plain default is not


class FiredWithMessage(FiredRecord, frozen=True):
    """What no trigger says today."""

    notice: dict[str, Any]


def become_newer() -> None:
    """Change this process, before it does anything."""
    FACT_VERSIONS["pinged"] = 1
    wire._HEADS["pinged"] = b'{"version":1,'
    facts: Any = Fact | Pinged
    add = click_facts.FACT_OF[ClickType.CART_ITEM_ADDED]

    def added(click: AnyClick, at: int, visit: Visit | None) -> Fact | None:
        told = add(click, at, visit)
        assert isinstance(told, CartChanged)
        return CartChangedHow(told.at, told.event_id, told.visitor, told.change, told.lines)

    def pinged(click: AnyClick, at: int, visit: Visit | None) -> Any:
        return Pinged(at, click.event_id, click.visitor_id)

    def arrives(of: Any, profile: Any, fact: Any, gate: int, tell: Any) -> None:
        if not isinstance(fact, Pinged):
            arrive(of, profile, fact, gate, tell)
        elif profile.links:
            tell(CUSTOMER + profile.links[-1][1], fact)

    def fired(**said: Any) -> FiredRecord:
        return FiredWithMessage(**said | {"kind": KIND, "notice": MESSAGE})

    ARRIVALS[CartChangedHow] = ARRIVALS[CartChanged]
    click_facts.FACT_OF.update({ClickType.CART_ITEM_ADDED: added, ClickType.PAGE_PING: pinged})
    for module, name, newer in (
        (wire, "_decode_fact", Decoder(facts).decode),
        (people, "arrive", arrives),
        (case, "FiredRecord", fired),
    ):
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        setattr(module, name, newer)


if __name__ == "__main__":
    become_newer()
    from agents.cli import main

    main()
