"""A kind of trigger is a row: all that the rest of the house has to know of it. Its detector's file holds it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from schemas.facts.product_facts import PriceChanged
from schemas.facts.profile_facts import ExitSignalled, FactInOrder
from schemas.outcomes.decisions import Reason
from schemas.outcomes.triggers import PERSON
from schemas.rules.base import RuleBase
from schemas.state.person import Episode, Fired
from schemas.state.profile import Profile
from streams.person.change import Change
from streams.triggers.case import Case

OFF_LADDER: Final = -2
"""The depth of a kind that knows none: less than that of any rung."""


class Row(NamedTuple):
    """One kind of trigger.

    `section` is its part of the rulebook. `hears` names the facts that it wants to see; each goes to `observe`, which
    arms, moves and ends episodes, after it was remembered. At the due time `look_again` says what speaks against the
    episode after all. A kind that is decided the moment a signal arrives has `judge` instead, which says whether it
    fired. `again` lets an occasion wait that follows by itself on one that was judged, whatever came of it. A kind that
    looks at people day by day, and hears `standing.DAILY`, does so in `look_daily`. All get the rule, which is of the
    row's section.

    `rung` is the kind's depth on the abandonment ladder. `of_device`: it is about what was left on a device, so whoever
    buys there ends it. `of_cart`: it waits for as long as there is something in the cart. `of_order`: it counts from an
    order, its `origin`, and ends when that is none any more; its trigger shows what was ordered, of one product that
    alone. Which purchases make it wrong is said by whoever arms it (`Episode.start`). `on_request`: the person has
    asked for it, and is awake. `reminds_of_cart`: it is idle after a rule that says the same (`instead_of_reminders`).
    `overtaken`, where the kind is about a price: why a trigger that is not delivered, or an episode, is wrong since the
    price has changed; it is asked the moment that is known. `about` is what its triggers are about, one of the words of
    `schemas.outcomes.triggers`.
    """

    kind: str
    section: type[RuleBase]
    hears: frozenset[str]
    observe: Callable[[Case, Any, FactInOrder, Change], None] | None = None
    look_again: Callable[[Case, Episode, Any], Reason | None] | None = None
    look_daily: Callable[[Case, Any, int], None] | None = None
    judge: Callable[[Case, Any, Profile, ExitSignalled], bool] | None = None
    again: Callable[[Case, Episode], None] | None = None
    rung: int = OFF_LADDER
    of_device: bool = False
    of_cart: bool = False
    of_order: bool = False
    on_request: bool = False
    reminds_of_cart: bool = False
    overtaken: Callable[[Episode | Fired, Any, PriceChanged], Reason | None] | None = None
    about: str = PERSON


def shown(row: Row, case: Case, rule: Any, fact: FactInOrder, change: Change) -> None:
    """Show the fact to a rule of the kind."""
    observe = row.observe
    if observe is not None:
        observe(case, rule, fact, change)


def looked_at_again(row: Row, case: Case, episode: Episode, rule: Any) -> Reason | None:
    """What speaks against the episode after all; nothing does of a kind that has nothing to look at."""
    look_again = row.look_again
    return None if look_again is None else look_again(case, episode, rule)
