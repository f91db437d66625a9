"""A stage opens in steps: however many keys it has, whoever shares its loop gets a turn in between."""

from collections.abc import Callable

import pytest

from schemas.topics import Topic
from streams.profiles.customer_stage import CustomerStage
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0
from streams.stage import OPENED_AT_A_TIME, Batch
from streams.visits.session_stage import SessionStage
from tests.streams.test_state_format import KINDS, golden
from tests.world import rule, rulebook

FAR = 4_000_000_000_000
BOOK = rulebook(rule("cart_abandonment"))
VISITOR, PROFILE = (golden(kind, kind.format.version)[0] for kind in KINDS[:2])
Stage = SessionStage | CustomerStage
STAGES: dict[str, tuple[Callable[[], Stage], str, bytes]] = {
    "sessions": (lambda: SessionStage(0, BOOK, ONE_EACH, 0), "%d", VISITOR),
    "customers": (lambda: CustomerStage(0, BOOK, ONE_EACH), "%d", PROFILE),
}


def tick(stage: Stage, now: int, asked: int | None) -> None:
    """A poll of the stage's first topic that brings nothing."""
    topic = Topic.CLICKSTREAM if isinstance(stage, SessionStage) else Topic.CUSTOMER_INBOX
    stage.fold(Batch(topic, (), 0, asked, now))


def restored(what: str, keys: int) -> Stage:
    """A stage that has read so many keys of its changelog."""
    make, name, value = STAGES[what]
    stage = make()
    for number in range(keys):
        stage.restore((name % number).encode(), value)
    return stage


@pytest.mark.parametrize("what", STAGES)
@pytest.mark.parametrize(("keys", "steps"), [(-1, 0), (0, 1), (1, 1), (OPENED_AT_A_TIME, 2)])
def test_it_stops_after_each_few_thousand_keys(what: str, keys: int, steps: int) -> None:
    """One fewer than a step has, exactly as many, one more, and twice as many."""
    assert sum(1 for _ in restored(what, OPENED_AT_A_TIME + keys).open_in_steps()) == steps


@pytest.mark.parametrize("what", STAGES)
def test_opened_in_steps_it_is_what_it_is_opened_at_once(what: str) -> None:
    """Every key is armed and counted, whatever step it fell into."""
    at_once, in_steps = restored(what, 2 * OPENED_AT_A_TIME + 1), restored(what, 2 * OPENED_AT_A_TIME + 1)
    at_once.open()
    for _ in in_steps.open_in_steps():
        pass
    assert in_steps.gauges() == at_once.gauges()
    assert in_steps.next_due == at_once.next_due
    for stage in (in_steps, at_once):
        stage.heard(dict.fromkeys((CLICKS_0, ORDERS_0), FAR))
        tick(stage, FAR, FAR)
    assert in_steps.take() == at_once.take()


@pytest.mark.parametrize("what", STAGES)
def test_nothing_is_folded_before_it_has_opened(what: str) -> None:
    """Half of its timers would not ring: that is a broken invariant, and ends the process."""
    stage = restored(what, OPENED_AT_A_TIME)
    with pytest.raises(AssertionError, match="before it has opened"):
        tick(stage, 1, None)
    opening = stage.open_in_steps()
    next(opening)
    with pytest.raises(AssertionError, match="before it has opened"):
        tick(stage, 1, None)
    assert next(opening, "the end") == "the end"
    tick(stage, 1, None)
