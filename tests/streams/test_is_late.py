"""Whether all that a stage has folded is late already: then a commit may wait for more, and nobody loses by it."""

import pytest

from schemas.facts.profile_facts import CheckoutReached
from schemas.reading.wire import write_fact
from schemas.topics import Topic
from streams.profiles.customer_stage import CustomerStage
from streams.replay import ONE_EACH, Given
from streams.stage import LATE_MS, Batch
from streams.visits.session_stage import SessionStage
from tests.streams.records import click, given_record
from tests.world import BEGINNING_MS, LADDER

NOW = BEGINNING_MS
WITHIN, EXACTLY, AFTER = NOW - LATE_MS + 1, NOW - LATE_MS, NOW - LATE_MS - 1


def stage_that_heard(*facts_at: int, watermark: int) -> CustomerStage:
    """A stage that was told facts of these times, W of all others at that time."""
    stage = CustomerStage(0, LADDER, ONE_EACH)
    stage.heard({"clickstream-0": watermark, "orders-0": watermark})
    said = [write_fact(CheckoutReached(at, f"e{at}", "phone")) for at in facts_at]
    records = [Given(b"ada", value, offset) for offset, value in enumerate(said)]
    stage.fold(Batch(Topic.CUSTOMER_INBOX, records, len(records), None, NOW))
    return stage


@pytest.mark.parametrize(("at", "is_late"), [(WITHIN, False), (EXACTLY, False), (AFTER, True)])
def test_what_is_told_is_late_when_it_is_late(at: int, *, is_late: bool) -> None:
    """A minute behind the clock, and more; the latest of all that is told counts."""
    assert stage_that_heard(at, AFTER, watermark=AFTER).is_late is is_late


@pytest.mark.parametrize(("watermark", "is_late"), [(WITHIN, False), (EXACTLY, False), (AFTER, True)])
def test_what_time_brings_is_late_when_it_is_late(watermark: int, *, is_late: bool) -> None:
    """Timers go by W."""
    assert stage_that_heard(AFTER, watermark=watermark).is_late is is_late
    assert stage_that_heard(watermark=watermark).is_late is is_late


def test_what_was_taken_does_not_count() -> None:
    """One who is here and now keeps nobody from waiting after the commit."""
    stage = stage_that_heard(NOW, watermark=AFTER)
    stage.take()
    assert stage.is_late


@pytest.mark.parametrize(("at", "is_late"), [(WITHIN, False), (EXACTLY, False), (AFTER, True)])
def test_clicks_are_late_when_the_latest_of_all_is(at: int, *, is_late: bool) -> None:
    """Whoever is here now is answered at once, whatever comes after."""
    stage = SessionStage(0, LADDER, ONE_EACH, 0)
    for offset, clicked in enumerate((at, AFTER)):
        record = given_record(click(at=clicked), offset=offset)
        stage.fold(Batch(Topic.CLICKSTREAM, (record,), offset + 1, None, NOW))
        stage.take()
    assert stage.is_late is is_late
