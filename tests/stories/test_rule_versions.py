"""Rules change while people wait: an episode is judged, routed and reported by the version that opened it."""

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import DAY_MS
from streams.time.watermarks import UNKNOWN
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import RULE_KEY, OpeningRules
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, CHECKOUT = "cart_abandonment", "checkout_abandonment"
OLD = rule(CART, destination="letters", min_cart_value="20 EUR", cool_down="1d", expires_after="2d")
NEW = rule(CART, destination="parcels", min_cart_value="90 EUR", cool_down="9d", expires_after="1m", wait="30m")


def shop(book: Rulebook) -> World:
    """A shop that can be stopped, and started with another rulebook."""
    return World(book, driver=DurableReplay)


def driver(world: World) -> DurableReplay:
    """Its driver."""
    assert isinstance(world.replay, DurableReplay)
    return world.replay


def versions(world: World) -> set[str]:
    """The rules that the changelog of visitors keeps."""
    keys = driver(world).changelogs["sessions"]
    return {key.removeprefix(RULE_KEY).decode() for key in keys if key.startswith(RULE_KEY)}


def test_an_episode_is_judged_routed_and_reported_by_the_rule_that_opened_it() -> None:
    """Worth enough for the old rule, not for the new one; to the old destination, with the old deadline."""
    old, new = rulebook(OLD), rulebook(NEW)
    world = shop(old)
    world.adds("mug", price="25").after("10m")
    driver(world).kill(new)
    world.after("1d")
    (fired,) = world.fired()
    assert fired["rule_version"] == old.rules[0].version != new.rules[0].version
    assert (fired["destination"], fired["due_ms"] - fired["anchor_ms"]) == ("letters", ms("60m"))
    assert fired["expires_at"] - fired["due_ms"] == ms("2d")


def test_it_is_refused_by_the_rule_that_opened_it() -> None:
    """Too little for the old rule, enough for the new one."""
    world = shop(rulebook(NEW))
    world.adds("mug", price="25").after("10m")
    driver(world).kill(rulebook(OLD))
    world.after("1d")
    assert world.sent() == []
    assert world.why(CART) is Reason.BELOW_THRESHOLD
    assert world.decisions()[-1].rule_version == rulebook(NEW).rules[0].version


def test_what_is_armed_anew_is_armed_by_todays_rule() -> None:
    """She changes her cart after the rule has changed."""
    world = shop(rulebook(OLD))
    world.adds("mug", price="25").after("10m")
    driver(world).kill(rulebook(rule(CART, destination="parcels")))
    world.adds("mug", price="25").after("1d")
    assert [fired["destination"] for fired in world.fired()] == ["parcels"]


@pytest.mark.parametrize("kills", [1, 3])
def test_the_old_rule_is_kept_through_further_changes_and_restarts(kills: int) -> None:
    """It lies in the changelog."""
    world = shop(rulebook(OLD))
    world.adds("mug", price="25").after("10m")
    for number in range(kills):
        driver(world).kill(rulebook(rule(CART, cool_down=f"{number + 1}d")))
        world.after("1m").visits()
    world.after("1d")
    assert [fired["destination"] for fired in world.fired()] == ["letters"]


def test_a_rule_that_is_removed_takes_its_episodes_with_it() -> None:
    """Nobody is to be spoken to by a rule that is no more."""
    world = shop(rulebook(OLD))
    world.adds("mug", price="25").after("10m")
    driver(world).kill(rulebook(rule(CHECKOUT)))
    world.after("1d")
    assert world.sent() == []
    assert world.why(CART) is Reason.RULE_GONE


@pytest.mark.parametrize(("later", "kept"), [(0, True), (1, False)], ids=["exactly_at", "after"])
def test_an_old_rule_is_forgotten_when_no_episode_can_name_it(later: int, kept: bool) -> None:
    """The longest wait and a day after it was found to be gone."""
    old, new = rulebook(OLD), rulebook(rule(CART, wait="30m"))
    written = dict(OpeningRules(old, HEARS).entries(0))
    rules = OpeningRules(new, HEARS)
    for key, value in written.items():
        rules.restore(key, value)
    rules.open(new, ms("9h"))
    (key,) = written
    assert key in dict(rules.entries(ms("9h"))), "when it was found to be gone is written down"
    told = dict(rules.entries(ms("9h") + ms("60m") + DAY_MS + later))
    assert told == ({} if kept else {key: None})


def test_a_rule_that_was_gone_before_any_w_was_known_is_kept_from_when_one_is() -> None:
    """A shop's first hour: the rules change before a partition has heard how far time has come."""
    old, new = rulebook(OLD), rulebook(rule(CART, wait="30m"))
    rules = OpeningRules(new, HEARS)
    for key, value in OpeningRules(old, HEARS).entries(0):
        rules.restore(key, value)
    rules.open(new, UNKNOWN)
    (key,) = (key for key, _ in OpeningRules(old, HEARS).entries(0))
    assert dict(rules.entries(UNKNOWN)).get(key) is not None
    assert dict(rules.entries(BEGINNING_MS)).get(key) is not None
    assert rules.entries(BEGINNING_MS + ms("60m") + DAY_MS) == []
    assert rules.entries(BEGINNING_MS + ms("60m") + DAY_MS + 1) == [(key, None)]


def test_a_rule_that_comes_back_is_not_forgotten() -> None:
    """The change was a mistake, and is undone."""
    old = rulebook(OLD)
    world = shop(old)
    world.adds("mug", price="25").after("10m")
    driver(world).kill(rulebook(NEW))
    world.adds("mug", price="25").after("1m")
    driver(world).kill(old)
    world.adds("mug").after("9d").adds("mug").after("9d")
    assert old.rules[0].version in versions(world)
    assert rulebook(NEW).rules[0].version not in versions(world)


def test_what_is_inherited_is_judged_by_the_rule_that_opened_it_too() -> None:
    """Opened while she was nobody, handed over after the change."""
    world = shop(rulebook(OLD))
    world.adds("mug", price="25").after("10m")
    driver(world).kill(rulebook(NEW))
    world.signs_in("ada").after("1d")
    assert [(fired["destination"], fired["customer_id"]) for fired in world.fired()] == [("letters", "ada")]
