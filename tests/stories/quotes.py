"""A rule of the general kind: who asked for a quote is reminded, unless the booking was seen."""

from typing import Any

from schemas.rules.rulebook import Rulebook
from tests.world import Json, World, rule, rulebook

VIEWED = {"event": "page_viewed", "where": 'event.url.contains("/booked")'}
FORM = {"event": "custom:form_sent"}


def sequence(*, id_: str = "quote", **fields: Any) -> Json:
    """A rule of two hours after a form was sent, unless the booking was seen."""
    return rule("sequence", **{"id": id_, "wait": "2h", "after": FORM, "unless": VIEWED, **fields})


def book(**fields: Any) -> Rulebook:
    """A rulebook of that rule alone."""
    return rulebook(sequence(**fields), already_converted=True, consent="opt_out")


def sends_form(world: World, **fields: Any) -> World:
    """The person at hand sends a form."""
    return world.pipe({"type": "custom", "name": "form_sent"}, **fields)


def sees_booking(world: World, **fields: Any) -> World:
    """The person at hand sees the page of a booking."""
    return world.pipe({"type": "page_viewed", "url": "https://shop.example/booked?id=1"}, **fields)
