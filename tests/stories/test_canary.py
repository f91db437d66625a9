"""A canary is a rule for a share of the persons; for the others the version before it goes on."""

from schemas.outcomes.decisions import Verdict
from streams.ids import bucket_of
from tests.streams.durable import DurableReplay
from tests.world import World, ms, rule, rulebook

CART, LAPSE = "cart_abandonment", "lapse"
OLD, CANARY = rulebook(rule(CART)), rulebook(rule(CART, wait="30m", canary="30%"))
OTHER = rulebook(rule(CART, wait="20m", canary="60%"))
PHONES = [f"phone{number}" for number in range(40)]


def shares(world: World) -> dict[str, int]:
    """How long each phone was waited for."""
    return {fired["visitor_id"]: fired["due_ms"] - fired["anchor_ms"] for fired in world.fired()}


def fill(world: World) -> World:
    """Every phone has a cart."""
    for phone in PHONES:
        world.as_(phone).adds("mug")
    return world.after("2h")


def chosen(share: int) -> set[str]:
    """The phones below that share, in ten-thousandths, in the rule's hash."""
    return {phone for phone in PHONES if bucket_of(CART, f"v:{phone}") < share}


def live() -> World:
    """A shop that can be stopped, by the old rulebook."""
    return World(OLD, driver=DurableReplay)


def test_a_share_goes_by_the_canary_and_the_others_by_the_version_before() -> None:
    """Each by the whole rule."""
    world = live()
    world.replay.take_over(CANARY)
    went = shares(fill(world))
    assert 0 < len(chosen(3000)) < len(PHONES) == len(went)
    assert {phone for phone, wait in went.items() if wait == ms("30m")} == chosen(3000)
    assert {phone for phone, wait in went.items() if wait == ms("60m")} == set(PHONES) - chosen(3000)


def test_a_canary_after_a_canary_leaves_the_others_with_the_last_version_for_all() -> None:
    """And through a restart."""
    world = live()
    world.replay.take_over(CANARY)
    world.replay.take_over(OTHER)
    assert isinstance(world.replay, DurableReplay)
    world.replay.kill(OTHER)
    went = shares(fill(world))
    assert {phone for phone, wait in went.items() if wait == ms("20m")} == chosen(6000)
    assert {phone for phone, wait in went.items() if wait == ms("60m")} == set(PHONES) - chosen(6000)


def test_the_canary_becomes_the_rule_or_goes() -> None:
    """For everybody."""
    for book, wait in ((rulebook(rule(CART, wait="30m")), "30m"), (OLD, "60m")):
        world = live()
        world.replay.take_over(CANARY)
        world.replay.take_over(book)
        assert set(shares(fill(world)).values()) == {ms(wait)}


def test_a_new_rule_that_is_a_canary_is_no_rule_for_the_others() -> None:
    """There is no version before it; nor is a rule of another kind one."""
    for before in (rulebook(rule(LAPSE)), rulebook(rule(LAPSE, id=CART))):
        world = World(before, driver=DurableReplay)
        world.replay.take_over(CANARY)
        assert set(shares(fill(world))) == chosen(3000)


def test_the_version_before_is_kept_for_as_long_as_the_canary_lasts() -> None:
    """It is not gone: after weeks what it opens is judged by it."""
    world = live()
    world.replay.take_over(CANARY)
    for _ in range(3):
        fill(world).after("9d")
    versions = [one.rule_version for one in world.decisions() if one.verdict is Verdict.FIRED]
    others = 3 * (len(PHONES) - len(chosen(3000)))
    assert versions.count(OLD.rules[0].version) == others
    assert versions.count(CANARY.rules[0].version) == len(versions) - others
