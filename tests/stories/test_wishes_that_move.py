"""A wish goes to whoever held the device when it was said: also where it becomes known only later who that was."""

import pytest

from schemas.outcomes.decisions import Verdict
from tests.world import World, rule, rulebook

CART = "cart_abandonment"
ADA, BEA = {"customer_id": "ada", "visitor_id": None}, {"customer_id": "bea", "visitor_id": None}


def shop(*, passed: bool = False) -> World:
    """A shop in which refusals count, whose orders may be 20 minutes late; or in which W has passed what was said."""
    return World(rulebook(rule(CART), consent="opt_out"), lateness="5s" if passed else "20m")


def two_carts(world: World) -> World:
    """Ada's on her tablet, Bea's on her laptop. Bea signs in on the phone."""
    world.as_("tablet").adds("jug", customer_id="ada").as_("laptop").adds("mug", customer_id="bea")
    return world.as_("phone").signs_in("bea")


def goes_on(world: World, duration: str, *, passed: bool) -> World:
    """Time passes, and W with it or not."""
    return world.after(duration) if passed else world.advance(duration)


def mailed(world: World) -> set[str]:
    """Who has been sent something."""
    return {shot.person for shot in world.drain().triggers()}


def erased(world: World) -> list[str]:
    """Whose erasure has been confirmed."""
    return [decision.profile for decision in world.decisions() if decision.verdict is Verdict.ERASED]


@pytest.mark.parametrize("passed", [False, True], ids=["within W", "after W"])
@pytest.mark.parametrize(
    ("ago", "silent"),
    [("1m 59s 999ms", "c:bea"), ("2m", "c:ada"), ("2m 1ms", "c:ada")],
    ids=["after", "exactly at", "before"],
)
def test_an_opt_out_moves_to_whose_sign_in_comes_to_light(ago: str, silent: str, passed: bool) -> None:
    """It was Bea's as far as anybody knew. What was refused in her name is taken back."""
    world = goes_on(two_carts(shop(passed=passed)), "5m", passed=passed)
    world.opts_out(event_id="wish")
    world = goes_on(world, "2m", passed=passed)
    world.signs_in("ada", ago=ago)
    assert mailed(world) == {"c:ada", "c:bea"} - {silent}


def test_it_moves_back_where_another_name_stands_between() -> None:
    """Bea had signed in once more after Ada."""
    world = two_carts(shop()).advance("5m").opts_out().advance("1m")
    world.signs_in("ada", ago="3m").signs_in("bea", ago="2m")
    assert mailed(world) == {"c:ada"}


def test_a_wish_that_moves_away_leaves_what_she_said_herself() -> None:
    """Bea wants nothing. The phone gives consent, which is Ada's, as turns out."""
    world = two_carts(shop()).opts_out(**BEA).opts_out(**ADA)
    world.advance("5m").opts_in().advance("1m").signs_in("ada", ago="2m")
    assert mailed(world) == {"c:ada"}


def test_an_older_word_of_hers_that_comes_while_the_wish_is_held_for_hers_counts_again() -> None:
    """It changed nothing when it came."""
    world = two_carts(shop()).advance("5m").opts_in().advance("1m").opts_out(ago="2m", **BEA)
    world.signs_in("ada", ago="2m")
    assert mailed(world) == {"c:ada"}


def test_a_wish_that_is_delivered_again_after_it_has_moved_is_adas() -> None:
    """Nobody asks whose it was thought to be."""
    world = two_carts(shop()).advance("5m").opts_out(event_id="wish").advance("1m").signs_in("ada", ago="2m")
    world.advance("1m").opts_out(event_id="wish", ago="2m")
    assert mailed(world) == {"c:bea"}


def test_what_an_unknown_device_wants_is_known_with_its_first_name() -> None:
    """Ada has been sent something that is not delivered yet. The sign-in of before arrives behind the wish."""
    world = shop()
    world.as_("tablet").adds("jug", customer_id="ada").after("61m").as_("phone").opts_out().advance("1m")
    assert world.cancelled() == []
    assert world.signs_in("ada", ago="90s").cancelled() == [CART]


def test_beas_wish_is_not_inherited_by_ada_whose_the_device_was_first() -> None:
    """W has passed neither name yet: what the phone was goes to Ada later, without Bea's wish."""
    world = shop().as_("phone").adds("jug").advance("1m").signs_in("ada").advance("5m").signs_in("bea")
    world.advance("5m").opts_out().as_("laptop").signs_in("bea").adds("mug")
    assert mailed(world) == {"c:ada"}


@pytest.mark.parametrize("passed", [False, True], ids=["within W", "after W"])
def test_an_erasure_moves_to_whose_sign_in_comes_to_light(passed: bool) -> None:
    """What was forgotten of Bea is gone, and is confirmed; but she may be known again, and mailed."""
    world = goes_on(two_carts(shop(passed=passed)), "5m", passed=passed)
    world = goes_on(world.asks_for_erasure(), "1m", passed=passed)
    world = goes_on(world.signs_in("ada", ago="2m"), "1m", passed=passed)
    world.as_("laptop").adds("pot", customer_id="bea")
    assert mailed(world) == {"c:bea"}
    assert sorted(name for name in erased(world) if name.startswith("c:")) == ["c:ada", "c:bea"]


def test_beas_other_devices_are_not_mute_when_her_erasure_moves_away() -> None:
    """W has not passed her name on the laptop: what it was is inherited later."""
    world = two_carts(shop()).advance("5m").asks_for_erasure().advance("1m").signs_in("ada", ago="2m")
    world.as_("laptop").adds("pot", customer_id="bea")
    assert mailed(world) == {"c:bea"}


def test_beas_erasure_leaves_what_ada_is_about_to_inherit() -> None:
    """The phone's cart is Ada's, whose name it had first; Bea asks when she has it. Each is asked about once."""
    world = shop().as_("phone").adds("jug").advance("1m").signs_in("ada").advance("5m").signs_in("bea")
    world.adds("mug").advance("5m").asks_for_erasure(event_id="wish").advance("1m")
    world.asks_for_erasure(event_id="wish", ago="1m")
    assert mailed(world) == {"c:ada"}
    assert sorted(erased(world)) == ["c:bea", "v:phone"]


def test_what_ada_is_about_to_inherit_is_without_a_wish_that_turns_out_to_be_beas() -> None:
    """It was taken for Ada's until Bea's sign-in of before came to light. The phone's cart is still Ada's."""
    world = shop().as_("phone").adds("jug").advance("1m").signs_in("ada").advance("5m").opts_out().advance("1m")
    world.signs_in("bea", ago="2m").as_("laptop").signs_in("bea").adds("mug")
    assert mailed(world) == {"c:ada"}


@pytest.mark.parametrize("name_first", [True, False])
def test_who_asks_to_be_forgotten_before_signing_in_asks_for_the_device_alone(name_first: bool) -> None:
    """Whichever comes first: what Ada does elsewhere was hers all the time."""
    world = shop().as_("tablet").adds("jug", customer_id="ada").as_("phone").adds("mug").advance("5m")
    if name_first:
        world.signs_in("ada")
    world.asks_for_erasure(ago="1m")
    if not name_first:
        world.signs_in("ada")
    assert mailed(world) == {"c:ada"}
    assert [line["product_id"] for line in world.fired()[0]["lines"]] == ["jug"]
    assert erased(world) == ["v:phone"]


def test_ada_who_comes_to_light_as_the_first_inherits_nothing_of_beas_wish() -> None:
    """Bea was the first as far as anybody knew, and what the phone was would have been hers."""
    world = shop().as_("phone").adds("jug").advance("5m").signs_in("bea").advance("1m").opts_out().advance("1m")
    world.signs_in("ada", ago="4m").as_("laptop").signs_in("bea").adds("mug")
    assert mailed(world) == {"c:ada"}
