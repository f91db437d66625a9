"""Whether a commit of the customers may wait for more: when nobody loses by it, since all of it is late anyway."""

import pytest

from schemas.facts import CheckoutReached
from schemas.topics import Topic
from schemas.wire import write_fact
from streams.customer_stage import CustomerStage
from streams.replay import ONE_EACH, Given
from streams.stage import LATE_MS, Batch
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


@pytest.mark.parametrize(("at", "may_wait"), [(WITHIN, False), (EXACTLY, False), (AFTER, True)])
def test_what_is_told_may_wait_when_it_is_late(at: int, *, may_wait: bool) -> None:
    """A minute behind the clock, and more; the latest of all that is told counts."""
    assert stage_that_heard(at, AFTER, watermark=AFTER).may_wait is may_wait


@pytest.mark.parametrize(("watermark", "may_wait"), [(WITHIN, False), (EXACTLY, False), (AFTER, True)])
def test_what_time_brings_may_wait_when_it_is_late(watermark: int, *, may_wait: bool) -> None:
    """Timers go by W."""
    assert stage_that_heard(AFTER, watermark=watermark).may_wait is may_wait
    assert stage_that_heard(watermark=watermark).may_wait is may_wait


def test_what_was_taken_does_not_count() -> None:
    """One who is here and now keeps nobody from waiting after the commit."""
    stage = stage_that_heard(NOW, watermark=AFTER)
    stage.take()
    assert stage.may_wait
