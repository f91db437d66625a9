"""Calendar rules: the product and the oracle find the same triggers, in order, shuffled, and on several partitions."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tests.oracle.calendar_worlds import END, calendar_world
from tests.oracle.calendars import Calendar, calendars
from tests.oracle.plain import Trigger
from tests.oracle.worlds import shuffled
from tests.properties.batch import LATENESS, Arrival, arrivals, fired_by_rule
from tests.properties.seeds import seeds
from tests.world import rulebook

Json = dict[str, Any]
SEEDS = seeds(4, 1009, *range(6), 10007)
ZONE = "Europe/Vienna"

RULES = [
    Calendar("birthday", "birthday"),
    Calendar("before", "birthday", lead=7, hour=2, minute=30, march=True),
    Calendar("ends", "ends", once=True, lead=1),
    Calendar("first", "first_order"),
    Calendar("second", "first_order", once=True, lead=2, hour=23, minute=59),
    Calendar("member", "signup", hour=0),
]


NAMED = {"birthday": "birthday", "first": "anniversary"}
"""Rules that a kind of its own stands for, which knows its date."""


def as_said(one: Calendar) -> Json:
    """The rule as a rulebook has it."""
    date = one.date if one.date in ("first_order", "signup") else f"traits.{one.date}"
    return {
        "id": one.id,
        **({"kind": NAMED[one.id]} if one.id in NAMED else {"kind": "calendar", "date": date}),
        "every": "once" if one.once else "year",
        "lead": f"{one.lead}d",
        "at": f"{one.hour:02}:{one.minute:02}",
        "leap": "mar1" if one.march else "feb28",
        "expires_after": "never",
    }


BOOK = rulebook(*map(as_said, RULES), zone=ZONE, retention="9999d", customer_retention="9999d")


def found(arrived: Iterable[Arrival]) -> tuple[Counter[Trigger], list[str]]:
    """What fires before the world's end."""
    return fired_by_rule(BOOK, arrived, until=END)


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_in_order_gives_the_oracles_triggers(seed: int) -> None:
    """Dates that change, zones that change, clocks that change, at the very instant and beside it."""
    clicks, orders = calendar_world(seed)
    expected = calendars(clicks, orders, RULES, ZONE, END)
    triggers, ids = found(arrivals(clicks, orders))
    assert triggers == expected
    assert len(ids) == len(set(ids)), "two triggers share an id"
    assert {one.kind for one in expected} == {one.id for one in RULES}


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_shuffled_world_gives_the_same(seed: int) -> None:
    """Within the lateness the order of arrival changes nothing, ids included."""
    clicks, orders = calendar_world(seed)
    triggers, ids = found(arrivals(clicks, orders))
    mixed = arrivals(shuffled(clicks, seed + 1, LATENESS), shuffled(orders, seed + 2, LATENESS))
    mixed_triggers, mixed_ids = found(mixed)
    assert mixed_triggers == triggers
    assert sorted(mixed_ids) == sorted(ids)
