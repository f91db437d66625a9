"""A visitor whose clicks are not where others speak of it is counted: no order would reach it there."""

import pytest

from streams.replay import ONE_EACH
from streams.visits import home
from streams.visits.session_stage import SessionStage
from tests.streams.records import batch, click, given_record
from tests.world import rule, rulebook

HERE = {b"phone", b"laptop"}
FOREIGN = ("oddities", "clickstream", "foreign_partition")


def stage() -> SessionStage:
    """Partition 0, to which the partitioner leads only those who are here."""
    book = rulebook(rule("browse_abandonment"))
    return SessionStage(0, book, ONE_EACH, 0, is_home=lambda key: key in HERE)


def foreign(owner: SessionStage, *visitors: str) -> int:
    """How many of these new visitors' clicks are told to be on a partition that is not theirs."""
    records = [given_record(click(visitor=name), key=name.encode(), offset=n) for n, name in enumerate(visitors)]
    owner.fold(batch(records, now=2_000))
    return owner.counts.get(FOREIGN, 0)


def test_a_visitor_on_its_own_partition_is_not_told_of() -> None:
    """Nor is any other that the partitioner leads here."""
    assert foreign(stage(), "phone", "laptop") == 0


def test_a_visitor_elsewhere_is_told_of_once_and_counts_all_the_same() -> None:
    """Its second click says nothing new, and its clicks are folded as any other's."""
    owner = stage()
    assert foreign(owner, "tablet", "phone", "tablet") == 1
    assert b"tablet" in dict(owner.take().changelog)


@pytest.mark.parametrize(("looks", "told"), [(1, 1), (2, 2), (3, 2)])
def test_only_the_first_new_visitors_are_looked_at(monkeypatch: pytest.MonkeyPatch, looks: int, told: int) -> None:
    """As many as the limit, or all where there are fewer."""
    monkeypatch.setattr(home, "LOOKS_MAX", looks)
    assert foreign(stage(), "tablet", "watch") == told
