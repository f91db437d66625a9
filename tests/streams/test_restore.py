"""Restored from its changelog a stage is what it was: killed after every record, nothing is different."""

from hypothesis import given, settings

from tests.oracle.plain import triggers
from tests.properties.batch import Outcome, replay
from tests.properties.test_small_histories import (
    GENEROUS,
    HISTORIES,
    NO_EXIT,
    RULEBOOK,
    RULES,
    Moment,
    comparable,
    delayed,
    in_order,
    split,
    written,
)
from tests.streams.durable import DurableReplay


@settings(max_examples=100, deadline=None, derandomize=True)
@given(HISTORIES)
def test_killed_after_every_record_it_fires_the_same(history: list[Moment]) -> None:
    """In order, with the journals short."""
    arrived = in_order(written(history))
    killed = DurableReplay(RULEBOOK, 5_000)
    for arrival in arrived:
        killed.feed(*arrival.fed())
        killed.kill(RULEBOOK)
    killed.drain()
    assert Outcome.of(killed.take().outputs) == replay(RULEBOOK, arrived)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(HISTORIES)
def test_killed_while_facts_wait_in_journals_it_fires_the_same(history: list[Moment]) -> None:
    """Out of order, with a generous lateness: most of what is known is not yet folded."""
    arrived = written(history)
    killed = DurableReplay(NO_EXIT, GENEROUS)
    for arrival in delayed(arrived, history):
        killed.feed(*arrival.fed())
        killed.kill(NO_EXIT)
    killed.drain()
    expected = {trigger for trigger in triggers(*split(arrived), RULES) if trigger.kind != "exit_intent"}
    assert comparable(Outcome.of(killed.take().outputs).triggers, arrived) == comparable(expected, arrived)
