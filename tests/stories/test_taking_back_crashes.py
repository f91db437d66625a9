"""Taking back across a crash at any point: the same is said, and nobody hears what was taken back.

Each story is told once undisturbed, and then once for every step that any process takes in it, with a crash of all of
them right there, and once more with another crash during what follows it.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from agents import crash_points
from agents.crash_points import Point
from tests.site import Crashed, Site
from tests.world import rule, rulebook

Step = Callable[[Site], Any]
CART, LAPSE = "cart_abandonment", "lapse"
BOOK = rulebook(rule(CART, expires_after="6h"), rule(LAPSE, wait="2d"), already_converted=True, consent="opt_out")


def after(duration: str) -> Step:
    return lambda site: site.after(duration)


def while_connecting(what: str) -> Step:
    return lambda site: site.esp.connecting.append(what)


def during_the_call(what: str) -> Step:
    return lambda site: site.esp.meanwhile.append(what)


def the_call_drops(site: Site) -> None:
    site.esp.drops = 1


STORIES: dict[str, tuple[Step, ...]] = {
    "a late order after delivery": (
        Site.adds, after("61m"), partial(Site.after, duration="1h"), partial(Site.orders, ago="90m"), after("1m"),
    ),
    "an order while the receiver is down": (
        Site.is_down, Site.adds, after("61m"), after("5m"), Site.orders, after("5m"), Site.is_up, after("1h"),
    ),
    "an order while connecting": (while_connecting("orders"), Site.adds, after("61m"), after("5m")),
    "an order during a call that is dropped": (
        the_call_drops, during_the_call("orders"), Site.adds, after("61m"), after("5m"), after("1h"),
    ),
    "a receipt while the profiles merge": (
        Site.is_down, Site.adds, after("61m"), Site.signs_in, Site.lags, after("1m"), Site.is_up, after("5m"),
        Site.buys_elsewhere, after("1m"), Site.catches_up, after("1h"),
    ),
    "an order during the call": (during_the_call("orders"), Site.adds, after("61m"), after("5m")),
    "an opt-out during the call": (during_the_call("opts_out"), Site.adds, after("61m"), after("5m")),
    "she signs in between trigger and order": (
        Site.is_down, Site.adds, after("61m"), Site.signs_in, Site.buys_elsewhere, after("1m"), Site.is_up, after("1h"),
    ),
    "a late order after delivery and merge": (
        Site.adds, after("61m"), after("30m"), Site.signs_in, after("1m"),
        partial(Site.buys_elsewhere, ago="60m"), after("1h"),
    ),
    "erasure while the profiles merge": (
        Site.is_down, Site.adds, after("61m"), Site.signs_in, Site.asks_for_erasure, after("1m"), Site.is_up,
        after("1h"),
    ),
    "a purchase that is sent back": (
        Site.orders, after("1h"), Site.adds, after("61m"), Site.orders, after("1m"), Site.sends_back, after("3d"),
    ),
    "expiry while the receiver is down": (
        Site.is_down, Site.adds, after("61m"), after("5h"), after("1h"), Site.is_up, after("1h"),
    ),
    "nothing is taken back": (
        Site.is_down, Site.adds, after("61m"), Site.signs_in, after("1h"), Site.is_up, after("1h"),
    ),
}  # fmt: skip
"""Who says what, and when; after each step all that can be done is done."""


@dataclass(frozen=True)
class Ending:
    """What the world saw: triggers and what was taken back, with key and reason; and the receiver's effects."""

    fired: dict[str, Any]
    cancelled: dict[str, Any]
    effects: dict[str, set[str]]
    steps: int


async def told(story: tuple[Step, ...], *crashes: int) -> Ending:
    """The story, with a crash at each of these steps of the processes."""
    site, steps = Site(BOOK), 0

    def count(_point: Point) -> None:
        nonlocal steps
        steps += 1
        if steps in crashes:
            raise Crashed

    crash_points.arm(count)
    for step in story:
        step(site)
        while True:
            try:
                await site.settle()
                break
            except Crashed:
                site.restore()
    check(site)
    cancelled = {id_: (trigger["_key"], trigger["reason"]) for id_, trigger in site.cancelled().items()}
    fired = {
        id_: {name: trigger[name] for name in trigger if name != "fired_at_ms"} for id_, trigger in site.fired().items()
    }
    return Ending(fired, cancelled, site.esp.bodies, steps)


def check(site: Site) -> None:
    """What must hold whatever happened; that nobody is called after a cancellation is the receiver's to see."""
    fired, cancelled = site.fired(), site.cancelled()
    assert cancelled.keys() <= fired.keys()
    assert all(cancelled[id_]["_key"] == fired[id_]["_key"] for id_ in cancelled), "on another partition"
    assert site.ledger().keys() == fired.keys()
    assert set(site.ledger().values()) <= {"delivered", "cancelled", "expired"}, "something is left over"
    assert all(len(bodies) == 1 for bodies in site.esp.bodies.values()), "two bodies under one id"
    for id_, state in site.ledger().items():
        assert state != "delivered" or id_ in site.esp.bodies
        assert state != "expired" or id_ not in site.esp.bodies
    held = [known for profile in site.profiles().values() for known in profile["person"]["fired"]]
    assert all(known["settled"] for known in held), "a receipt did not find its trigger"


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    crash_points.arm(None)


@pytest.mark.parametrize("name", STORIES)
def test_a_crash_at_any_step_changes_nothing(name: str) -> None:
    """Fired and taken back are the same, by id, key and reason; whoever was never taken back is reached once, under one
    body; and what was taken back reaches nobody whom it would not have reached anyway."""
    calm = asyncio.run(told(STORIES[name]))
    assert calm.steps > 20
    once = [(at,) for at in range(1, calm.steps + 1)]
    for crashes in (*once, *((at, at + 2) for (at,) in once)):
        crashed = asyncio.run(told(STORIES[name], *crashes))
        where = f"crashed at steps {crashes} of {calm.steps}"
        assert crashed.fired == calm.fired, where
        assert crashed.cancelled == calm.cancelled, where
        for id_ in calm.fired:
            if id_ not in calm.cancelled:
                assert crashed.effects.get(id_) == calm.effects.get(id_), where
        assert crashed.effects.keys() <= calm.effects.keys(), where


EXPECTED = {
    "a late order after delivery": ("late_order", 1),
    "an order while the receiver is down": ("ordered", 0),
    "an order while connecting": ("ordered", 0),
    "an order during a call that is dropped": ("ordered", 1),
    "a receipt while the profiles merge": (None, 1),
    "an order during the call": ("ordered", 1),
    "an opt-out during the call": ("opted_out", 1),
    "she signs in between trigger and order": ("ordered", 0),
    "a late order after delivery and merge": ("late_order", 1),
    "erasure while the profiles merge": ("erased", 0),
    "expiry while the receiver is down": (None, 0),
    "nothing is taken back": (None, 1),
}


@pytest.mark.parametrize(("name", "reason", "effects"), [(name, *came) for name, came in EXPECTED.items()])
def test_the_stories_are_what_their_names_say(name: str, reason: str | None, effects: int) -> None:
    """One trigger, taken back for that reason or not at all, and heard of by the receiver or not."""
    calm = asyncio.run(told(STORIES[name]))
    carts = [id_ for id_, trigger in calm.fired.items() if trigger["kind"] == CART]
    assert len(carts) == 1
    assert [why for _, why in calm.cancelled.values()] == ([] if reason is None else [reason])
    assert sum(id_ in calm.effects for id_ in carts) == effects
