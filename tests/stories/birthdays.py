"""A shop with calendar rules, whose persons say when they were born."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.world import BEGINNING_MS, World, rule, rulebook

Json = dict[str, Any]

VIENNA, KIRITIMATI, PAGO_PAGO = "Europe/Vienna", "Pacific/Kiritimati", "Pacific/Pago_Pago"
BIRTHDAY, ANNIVERSARY = "birthday", "anniversary"


def at(local: str, zone: str = "UTC") -> int:
    """A local time as the story's clock shows it."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000) - BEGINNING_MS


def shop(*rules: Json, **settings: Any) -> World:
    """A shop with these rules; the story begins on 15 June 2025 by night, 15:06:40 UTC, and nobody is known."""
    return World(rulebook(*rules, **settings))


def yearly(kind: str = BIRTHDAY, **fields: Any) -> Json:
    """A calendar rule, at nine."""
    return {name: value for name, value in rule(kind, **fields).items() if name != "wait"}


def born(world: World, birthday: object, zone: str | None = None, who: str = "ada", **fields: Any) -> World:
    """The person says when that is, and where they are."""
    context = None if zone is None else {"timezone": zone}
    return world.signs_in(who, traits={"birthday": birthday}, context=context, **fields)


def days(world: World) -> list[str]:
    """Of which days was spoken."""
    return [str(date.fromtimestamp((BEGINNING_MS + shot.anchor) / 1000)) for shot in world.triggers()]


def dues(world: World) -> list[int]:
    """When what has fired was due, ms since the beginning."""
    return [shot.due for shot in world.triggers()]
