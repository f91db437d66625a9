"""Restored from its changelog a stage is what it was: killed after every record, nothing is different."""

import orjson
from hypothesis import given, settings

from schemas.facts.profile_facts import CheckoutReached
from schemas.reading.wire import write_fact
from schemas.topics import Topic
from streams.profiles.customer_stage import CustomerStage
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0, Given
from streams.stage import Batch
from streams.time.watermarks import WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
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
from tests.streams.durable import Changelog, DurableReplay, restore, write
from tests.streams.records import given_record


@settings(max_examples=100, derandomize=True)
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


@settings(max_examples=100, derandomize=True)
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


def test_what_was_known_of_the_watermarks_is_known_again() -> None:
    """Position and vectors are one record: a new owner calls late what its predecessor would have."""
    stage = CustomerStage(0, RULEBOOK, ONE_EACH)
    vector = orjson.dumps({CLICKS_0: 9_000, ORDERS_0: 8_000})
    heard = Given(WATERMARKS_KEY, vector, 0)
    fact = Given(b"ada", write_fact(CheckoutReached(9_500, "e1", "phone")), 1)
    stage.fold(Batch(Topic.CUSTOMER_INBOX, (heard, fact), 2, None, 10_000))
    changelog: Changelog = {}
    write(changelog, stage.take())

    restored = CustomerStage(0, RULEBOOK, ONE_EACH)
    restore(restored, changelog)
    assert (restored.positions, restored.watermark) == ({Topic.CUSTOMER_INBOX: 2}, 8_000)


def test_a_new_owner_of_visitors_publishes_what_its_predecessor_had_come_to() -> None:
    """W of the clicks and of all orders are one record with the visitors: what was told to customers stays true."""
    stage = SessionStage(0, RULEBOOK, ONE_EACH, 5_000)
    heard = Given(WATERMARKS_KEY, orjson.dumps({ORDERS_0: 8_000}), 0)
    stage.fold(Batch(Topic.VISITOR_INBOX, (heard,), 1, None, 20_000))
    click = given_record({"event_id": "e1", "type": "page_viewed", "occurred_at": 15_000, "visitor_id": "phone"})
    stage.fold(Batch(Topic.CLICKSTREAM, (click,), 1, None, 20_000))
    changelog: Changelog = {}
    write(changelog, stage.take())

    restored = SessionStage(0, RULEBOOK, ONE_EACH, 5_000)
    restore(restored, changelog)
    assert restored.positions == {Topic.CLICKSTREAM: 1, Topic.VISITOR_INBOX: 1}
    assert (
        (restored.watermark, restored.watermarks) == (stage.watermark, stage.watermarks) == (10_000, {CLICKS_0: 8_000})
    )
