"""Ids never change: ESPs hold them as idempotency keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ids import hash64, trigger_id
from tests.world import World, rule, rulebook

OCCASION = ("cart_abandonment", "phone", "e00001", 1, 1_750_000_000_000)


def test_the_id_of_one_occasion_is_the_same_for_ever() -> None:
    """Pinned: whoever changes this sends every waiting customer a second message."""
    assert trigger_id(*OCCASION) == "01JXT21Q001A9J3C8Z493W354D"
    assert hash64(b"e00001").hex() == "31411aa5072cc42b"


def test_the_same_story_has_the_same_id_end_to_end() -> None:
    """Origin, anchor event and step come from the record, not from the run."""
    world = World(rulebook(rule("cart_abandonment")))
    world.adds("mug", event_id="e00001").after("61m")
    assert [fired["trigger_id"] for fired in world.fired()] == [trigger_id(*OCCASION)]


@pytest.mark.parametrize("changed", range(5), ids=["rule", "origin", "event", "step", "anchor"])
def test_another_occasion_has_another_id(changed: int) -> None:
    """Each part of it counts."""
    other = [*OCCASION]
    value = other[changed]
    other[changed] = value + 1 if isinstance(value, int) else f"{value}x"
    assert trigger_id(*other) != trigger_id(*OCCASION)  # type: ignore[arg-type]


def test_parts_cannot_flow_into_each_other() -> None:
    """`a` + `bc` is not `ab` + `c`."""
    assert trigger_id("a", "bc", "e", 1, 0) != trigger_id("ab", "c", "e", 1, 0)


@given(st.text(max_size=20), st.integers(0, (1 << 48) - 1), st.integers(1, 10**6))
def test_an_id_is_a_ulid_that_sorts_by_its_anchor(event_id: str, anchor: int, later: int) -> None:
    """26 characters of Crockford's alphabet, time first."""
    one = trigger_id("r", "o", event_id, 1, anchor)
    assert len(one) == 26
    assert set(one) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    if anchor + later < 1 << 48:
        assert one[:10] <= trigger_id("r", "o", event_id, 1, anchor + later)[:10]


def test_editing_a_rule_makes_no_second_trigger_of_the_same_occasion() -> None:
    """The version is in the trigger, not in its id."""
    ids: set[str] = set()
    for wait in ("60m", "30m"):
        world = World(rulebook(rule("cart_abandonment", wait=wait)))
        world.adds("mug").after("2h")
        ids.update(fired["trigger_id"] for fired in world.fired())
    assert len(ids) == 1
