"""The rulebook of the chaos run, with waits of seconds, and the independent batch computation for it.

There are several rules of each kind, each with a destination of its own. The oracle knows one rule a kind: it runs once
for each set of rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from tests.oracle import plain

Json = dict[str, Any]

CART_S = (6, 7, 8, 9, 10, 11, 12, 14)
BROWSE_S = (6, 7, 8, 10, 12, 15)
CHECKOUT_S = (10,)
LAPSE_S = (8, 11, 14)
INACTIVITY_S = (16,)
GAP_S = 5
EXIT = "exit"
MASS_RULE = "inactivity-0"
"""The rule of the mass expiry."""
MASS_EXPIRES_S = 300
"""Its triggers expire that long after they are due, times the factor: what is not delivered by then never is."""


class Occasion(NamedTuple):
    """What a detection is compared by: rule, person (`c:…` or `v:…`), the anchor and the due time, ms."""

    rule: str
    person: str
    anchor: int
    due: int


@dataclass(frozen=True)
class Waits:
    """All waits are those above times `factor`; `lateness_ms` is L of both source topics."""

    factor: int
    lateness_ms: int

    @property
    def longest_s(self) -> int:
        """How long after the last event the last timer is due."""
        return max(*CART_S, *BROWSE_S, *CHECKOUT_S, *LAPSE_S, *INACTIVITY_S) * self.factor

    @property
    def gap_s(self) -> int:
        """The pause that ends a session."""
        return GAP_S * self.factor

    def carts_s(self) -> tuple[int, ...]:
        """The cart rules' waits, shortest first."""
        return tuple(wait * self.factor for wait in CART_S)

    def by_rule(self) -> dict[str, tuple[str, int]]:
        """Rule id -> (kind, wait in s), the exit intent apart."""
        kinds = {
            "cart": ("cart_abandonment", CART_S),
            "browse": ("browse_abandonment", BROWSE_S),
            "checkout": ("checkout_abandonment", CHECKOUT_S),
            "lapse": ("lapse", LAPSE_S),
            "inactivity": ("inactivity", INACTIVITY_S),
        }
        return {
            f"{short}-{number}": (kind, wait * self.factor)
            for short, (kind, waits) in kinds.items()
            for number, wait in enumerate(waits)
        }


def destinations(waits: Waits) -> list[str]:
    """One a rule, and called like it."""
    return [*waits.by_rule(), EXIT]


def rulebook(waits: Waits, expires: bool = True) -> str:
    """The YAML. Nothing but an opt-out stands between a due timer and its trigger.

    Without `expires` the mass does not expire either: so late as the recompute comes, nothing of it would fire.
    """
    lines = [
        "name: chaos",
        f"session_gap: {waits.gap_s}s",
        "session_max: off",
        "ladder: false",
        "consent: opt_out",
        "already_converted: false",
        "rules:",
        f"  - {{id: {EXIT}, kind: exit_intent, destination: {EXIT}, expires_after: 30s}}",
    ]
    mass = f"{MASS_EXPIRES_S * waits.factor}s" if expires else "never"
    lines += [
        f"  - {{id: {id_}, kind: {kind}, wait: {wait}s, destination: {id_}, "
        f"expires_after: {mass if id_ == MASS_RULE else 'never'}}}"
        for id_, (kind, wait) in waits.by_rule().items()
    ]
    return "\n".join(lines) + "\n"


def expected(clicks: Iterable[Json], orders: Iterable[Json], mass: Iterable[Json], waits: Waits) -> set[Occasion]:
    """Every trigger that the input leads to, exit intents apart: those depend on what was known when.

    `mass` are the clicks of the mass expiry: each leads to silence, and to nothing else.
    """
    clicks, orders, mass = list(clicks), list(orders), list(mass)
    seconds = waits.factor * 1000
    found: set[Occasion] = set()
    for number, (cart, browse, checkout, lapse, inactivity) in enumerate(
        zip_longest(CART_S, BROWSE_S, CHECKOUT_S, LAPSE_S, INACTIVITY_S)
    ):
        rules = plain.Rules(
            session_gap_ms=GAP_S * seconds,
            cart_wait_ms=cart and cart * seconds,
            browse_wait_ms=browse and browse * seconds,
            checkout_wait_ms=checkout and checkout * seconds,
            lapse_ms=lapse and lapse * seconds,
            inactivity_ms=inactivity and inactivity * seconds,
        )
        for kind, person, anchor, due in plain.triggers(clicks + mass * (number == 0), orders, rules):
            found.add(Occasion(f"{kind.removesuffix('_abandonment')}-{number}", person, anchor, due))
    return found
