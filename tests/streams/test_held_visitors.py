"""Visitors rest as their records, and nobody who asks for one can tell."""

import pytest

from streams.visits import held_visitors
from streams.visits.held_visitors import HeldVisitors
from streams.visits.visitor_record import encode
from streams.visits.visitors import Visitor


@pytest.fixture(autouse=True)
def two_are_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a time."""
    monkeypatch.setattr(held_visitors, "ALIVE_AT_A_TIME", 2)


def commit(held: HeldVisitors) -> list[bytes]:
    """Write all who have changed; who they were."""
    changed = held.begin_turn()
    found = [(key, held.get(key)) for key in changed]
    held.written([(key, None if visitor is None else encode(visitor)) for key, visitor in found])
    return changed


def seen(held: HeldVisitors, *keys: bytes) -> None:
    """A batch in which these visitors are here."""
    for key in keys:
        visitor = held.get(key) or Visitor()
        held.touch(key, visitor)
        visitor.last_at += 1


def alive(held: HeldVisitors) -> list[bytes]:
    """Who is held as a live object: asked for twice, it is the same one."""
    return [key for key, _ in held.items() if held.get(key) is held.get(key)]


def test_those_who_were_written_last_are_alive() -> None:
    """As many as may be; the others rest."""
    held = HeldVisitors()
    for key in (b"a", b"b", b"c"):
        seen(held, key)
        assert commit(held) == [key]
    assert alive(held) == [b"b", b"c"]


def test_whoever_comes_again_stays_alive() -> None:
    """What was written of it before does not make it rest, nor does a commit while it is changing."""
    held = HeldVisitors()
    for keys in ((b"a",), (b"b",), (b"a",), (b"c",)):
        seen(held, *keys)
        commit(held)
    assert alive(held) == [b"a", b"c"]
    seen(held, b"a")
    held.written([])
    assert b"a" in alive(held)


def test_more_than_may_be_alive_rest_at_once() -> None:
    """All of a batch in which too many have changed."""
    held = HeldVisitors()
    seen(held, b"a", b"b", b"c")
    assert alive(held) == [b"a", b"b", b"c"]
    commit(held)
    assert alive(held) == []


def test_a_visitor_is_the_same_after_it_has_rested() -> None:
    """What it was is not lost, and what it becomes is written."""
    held = HeldVisitors()
    seen(held, b"a", b"b", b"c")
    commit(held)
    seen(held, b"a")
    assert commit(held) == [b"a"]
    assert [(key, visitor.last_at) for key, visitor in held.items()] == [(b"a", 2), (b"b", 1), (b"c", 1)]


def test_whoever_is_gone_stays_gone() -> None:
    """Its record of before brings nobody back."""
    held = HeldVisitors()
    seen(held, b"a")
    commit(held)
    held.drop(b"a")
    seen(held, b"b", b"c")
    commit(held)
    assert (b"a" in held, len(held), held.get(b"a")) == (False, 2, None)


def test_a_look_changes_nothing() -> None:
    """Whoever only looks at a resting visitor leaves it resting."""
    held = HeldVisitors()
    held.restore(b"a", encode(Visitor(last_at=7)))
    visitor = held.get(b"a")
    assert visitor is not None
    visitor.last_at = 8
    assert [one.last_at for _, one in held.items()] == [7]
    assert held.begin_turn() == []
