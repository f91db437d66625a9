"""What the answers of fetches prove, and for how long those of a new leader prove nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from agents.seam.fetches import LEADER_SETTLES_S, Fetches, Proof

T0, T1 = TopicPartition("clickstream", 0), TopicPartition("clickstream", 1)
NOT_LEADER = 6


def answer(*partitions: tuple[int, int, int]) -> Any:
    """An answer with (partition, error, end) of each; the last stable offset is one below the end."""
    parts: list[Any] = [(partition, error, end, end - 1, [], b"raw") for partition, error, end in partitions]
    return SimpleNamespace(API_VERSION=4, topics=[("clickstream", parts)])


def test_an_answer_proves_what_was_there_when_it_was_asked_for() -> None:
    """Also the first one: where a partition begins has been asked for in another way."""
    fetches = Fetches()
    fetches.answered(1, answer((0, 0, 10), (1, 0, 20)), sent_s=100.0)
    assert fetches.proofs == {T0: Proof(100.0, 10, 9), T1: Proof(100.0, 20, 19)}


@pytest.mark.parametrize(
    ("after_s", "proved"),
    [(LEADER_SETTLES_S - 0.1, 10), (LEADER_SETTLES_S, 12), (LEADER_SETTLES_S + 0.1, 12)],
    ids=["within", "exactly at", "after"],
)
def test_a_new_leader_may_know_less_than_the_last_one_had_taken(after_s: float, proved: int) -> None:
    """Its log seems to end at 8, where 12 were acknowledged; what the last leader proved stands meanwhile."""
    fetches = Fetches()
    fetches.answered(1, answer((0, 0, 10)), sent_s=100.0)
    fetches.answered(2, answer((0, 0, 8)), sent_s=110.0)
    assert fetches.proofs[T0] == Proof(100.0, 10, 9)
    assert fetches.answers[T0] == b"raw"
    fetches.answered(2, answer((0, 0, 12)), sent_s=110.0 + after_s)
    assert fetches.proofs[T0].end == proved


def test_a_leader_that_was_away_is_a_new_one() -> None:
    """Nobody else was heard of in between, but it refused: somebody may have led."""
    fetches = Fetches()
    fetches.answered(1, answer((0, 0, 10), (1, 0, 10)), sent_s=100.0)
    fetches.answered(1, answer((0, NOT_LEADER, -1), (1, 0, 11)), sent_s=101.0)
    fetches.answered(1, answer((0, 0, 8), (1, 0, 12)), sent_s=102.0)
    assert (fetches.proofs[T0].end, fetches.proofs[T1].end) == (10, 12)
