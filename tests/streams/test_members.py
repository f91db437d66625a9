"""Who is in which segments, as a changelog of customers says it."""

import pytest

from streams.members import Members, NoSuchSegment, members_of
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

SEGMENTS = [
    {"id": "non_target", "if": "person.orders == 0"},
    {"id": "buyer", "if": "person.orders > 0"},
    {"id": "loyal", "if": "person.orders > 1"},
]
BOOK = rulebook(rule("cart_abandonment"), segments=SEGMENTS, excluded_segments=["non_target"])


def shop() -> World:
    """Ada has bought twice, bob once, and cem only looks; a visitor is nobody's customer."""
    world = World(BOOK, driver=DurableReplay)
    for customer in ("bob", "ada", "ada"):
        world.after("1h").orders(on_site=False, customer_id=customer, visitor_id=None)
    world.as_("tablet").signs_in("cem").sees("mug").as_("phone").sees("mug").at("1d")
    return world


def changelog(world: World) -> dict[bytes, bytes | None]:
    """The customers' records."""
    assert isinstance(world.replay, DurableReplay)
    return dict(world.replay.changelogs["customers"])


def test_by_default_it_is_who_hears_no_marketing() -> None:
    """The suppression list."""
    found, unlooked = members_of(changelog(shop()), ())
    assert [(one.customer, one.segments) for one in found] == [("cem", ("non_target",))]
    assert BEGINNING_MS <= found[0].at <= BEGINNING_MS + ms("1d")
    assert unlooked == 0


def test_any_segments_may_be_asked_for() -> None:
    """Each customer once, in the order of the ids."""
    found = members_of(changelog(shop()), ("buyer", "loyal")).found
    assert [(one.customer, one.segments) for one in found] == [("ada", ("buyer", "loyal")), ("bob", ("buyer",))]


def test_who_was_not_looked_at_by_todays_segments_is_counted() -> None:
    """Not guessed: what a rulebook of before found says nothing of today's."""
    world = shop()
    other = rulebook(rule("cart_abandonment"), segments=SEGMENTS[:1], excluded_segments=["non_target"])
    assert isinstance(world.replay, DurableReplay)
    world.replay.kill(other)
    world.after("1m").orders(on_site=False, customer_id="dan", visitor_id=None).after("1m")
    found, unlooked = members_of(changelog(world), ())
    assert ([one.customer for one in found], unlooked) == ([], 3)
    found, unlooked = members_of(changelog(world.at("3d")), ())
    assert ([one.customer for one in found], unlooked) == (["cem"], 0)


def test_a_partition_without_anybody_has_none() -> None:
    """Nor has one that has no rulebook yet; tombstones are nobody."""
    assert members_of({}, ()) == Members([], 0)
    records = changelog(shop())
    assert members_of({**records, b"cem": None}, ()).found == []


@pytest.mark.parametrize(
    ("wanted", "told"),
    [(["loyall"], "has no segment 'loyall'; did you mean 'loyal'?"), (["x"], "it has non_target, buyer, loyal")],
)
def test_a_mistake_has_a_sentence(wanted: list[str], told: str) -> None:
    """With the nearest right name."""
    with pytest.raises(NoSuchSegment, match=told.replace("?", r"\?")):
        members_of(changelog(shop()), wanted)


def test_a_rulebook_that_excludes_nobody_has_no_list() -> None:
    """The user names what is wanted."""
    world = World(rulebook(rule("cart_abandonment")), driver=DurableReplay)
    world.orders(on_site=False, customer_id="ada", visitor_id=None).at("1d")
    with pytest.raises(NoSuchSegment, match="has no excluded_segments; name the segments that you want: --segment ID"):
        members_of(changelog(world), ())
