"""The rulebook of a partition, as its changelog keeps it."""

import orjson
import pytest

from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from streams.state_format import NewerState
from streams.triggers.in_force import FIRST_EFFECTS_MAX, TAKEOVERS_KEPT, decode, encode, first
from tests.world import rule, rulebook

CART = rulebook(rule("cart_abandonment"))
CANARY = rulebook(rule("cart_abandonment", wait="30m", canary="10%"), rule("lapse"))


def test_it_survives_the_way_to_the_changelog_and_back() -> None:
    """With what canaries leave to the others, and where it was taken over."""
    kept = first(CART)
    kept.take_over(CANARY, 7, {Topic.CLICKSTREAM: 3})
    again = decode(encode(kept))
    assert (again.rulebook, again.rulebook.version, again.previous) == (
        CANARY,
        CANARY.version,
        {"cart_abandonment": CART.rules[0]},
    )
    assert again.first_effects == {"cart_abandonment": 0, "lapse": 7}
    assert again.takeovers == kept.takeovers
    assert encode(again) == encode(kept)


def test_what_only_a_newer_program_knows_is_refused() -> None:
    """Not guessed at: a rule without what it asks for would be another rule."""
    said = orjson.loads(encode(first(CART)))
    said["rulebook"]["rules"][0]["mood"] = "good"
    with pytest.raises(NewerState, match="a newer Afterclick wrote it"):
        decode(orjson.dumps(said))


@pytest.mark.parametrize(
    "book",
    [
        rulebook(rule("cart_abandonment", **{"if": "person.mood == 'good'"})),
        rulebook(rule("cart_abandonment"), segments=[{"id": "merry", "if": "person.mood == 'good'"}]),
    ],
    ids=["rule", "segment"],
)
def test_a_condition_that_only_a_newer_program_knows_is_refused(book: Rulebook) -> None:
    """At the restore, and not when somebody first comes to it."""
    with pytest.raises(NewerState, match="person has no field mood"):
        decode(encode(first(book)))


def test_it_has_limits() -> None:
    """Of rule ids that are no more the oldest go first; of takeovers the latest stay."""
    kept = first(CART)
    kept.first_effects |= {f"gone{number}": number for number in range(FIRST_EFFECTS_MAX)}
    for at in range(TAKEOVERS_KEPT + 1):
        kept.take_over(CANARY, at + 1, {})
    assert len(kept.first_effects) == FIRST_EFFECTS_MAX
    assert {"cart_abandonment", "lapse"} <= kept.first_effects.keys()
    assert "gone1" not in kept.first_effects
    assert [takeover.watermark for takeover in kept.takeovers] == list(range(2, TAKEOVERS_KEPT + 2))
