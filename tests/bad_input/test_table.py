"""Every row of the reference's table of bad input ends as the table says (reference: reliability, part 7)."""

import time

import orjson
import pytest

from schemas.outcomes.dead_letters import Oddity, Rejection
from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.products.product_stage import ProductStage
from streams.replay import ONE_EACH
from streams.stage import Effects
from streams.visits.session_stage import SessionStage
from tests.bad_input.case import NOW, Case
from tests.bad_input.cases import CASES
from tests.bad_input.rows import ROWS
from tests.bad_input.table import FILE, document
from tests.streams.records import batch, given_record
from tests.world import rule, rulebook

OUTCOMES = {"applied", "duplicate", "late", "ignored", "quarantined"}
PAUSE_S = 0.05
AGAIN = 5
"""On a busy machine the garbage collector may have its turn meanwhile; it has not every time."""

BY_DISPATCHER = {Rejection.UNDELIVERABLE}
BY_OTHER_TESTS = {
    Rejection.INVALID,
    Rejection.PUT_ASIDE,
    Oddity.PUT_ASIDE,
    Oddity.HOT_KEY,
    Oddity.FOREIGN_PARTITION,
    Oddity.SIMILAR_ID,
    Oddity.CLOCK_CORRECTED,
    Oddity.BOT,
    Oddity.EXCLUDED,
}


def stage_of(topic: Topic) -> SessionStage | IntakeStage | ProductStage:
    """The stage that reads the topic, at the end of it: its watermark is there."""
    stage: SessionStage | IntakeStage | ProductStage
    if topic is Topic.CLICKSTREAM:
        stage = SessionStage(0, rulebook(rule("cart_abandonment")), ONE_EACH, 5_000)
    elif topic is Topic.CATALOG:
        stage = ProductStage(0, rulebook(rule("cart_abandonment")), ONE_EACH, 5_000)
    else:
        stage = IntakeStage(topic, 0, 5_000)
    stage.fold(batch([], now=NOW, at_end=True, topic=topic))
    return stage


def counted(effects: Effects, metric: str, topic: Topic) -> dict[str, int]:
    """The counts of that metric of the topic."""
    return {name[2]: by for name, by in effects.counts.items() if name[:2] == (metric, topic.value) and by}


def folded(case: Case) -> tuple[Effects, float]:
    """What comes of the record, and the CPU time that it took, s."""
    stage = stage_of(case.topic)
    stage.take()
    record = given_record(case.value, key=case.key)
    began = time.thread_time()
    stage.fold(batch([record], now=NOW, topic=case.topic))
    effects = stage.take()
    return effects, time.thread_time() - began


@pytest.mark.parametrize("case", CASES, ids=[case.name[:60] for case in CASES])
def test_a_record_ends_in_its_one_outcome(case: Case) -> None:
    """With its dead letter, if it was put aside, and what was odd about it; within the pause that neighbours bear."""
    effects, took = folded(case)
    outcomes = counted(effects, "records", case.topic)
    assert set(outcomes) <= OUTCOMES
    assert outcomes == {case.outcome: 1}
    letters = [orjson.loads(out.value) for out in effects.outputs if out.topic is Topic.DEAD_LETTERS]
    assert [letter["reason"] for letter in letters] == ([case.reason] if case.reason else [])
    assert counted(effects, "quarantined", case.topic) == ({case.reason: 1} if case.reason else {})
    assert counted(effects, "oddities", case.topic) == dict.fromkeys(case.oddities, 1)
    assert took < PAUSE_S or min([folded(case)[1] for _ in range(AGAIN)]) < PAUSE_S


@pytest.mark.parametrize("case", [case for case in CASES if case.oddity == "too_old"], ids=lambda case: case.name)
def test_what_is_too_old_moves_nothing(case: Case) -> None:
    """No visitor, no fact, no watermark."""
    stage = stage_of(case.topic)
    stage.take()
    before = stage.watermark
    stage.fold(batch([given_record(case.value)], now=NOW))
    effects = stage.take()
    assert effects.outputs == []
    assert [key for key, _ in effects.changelog if not key.startswith(b"\x00")] == []
    assert stage.watermark == before


def test_every_row_is_decided() -> None:
    """By cases, by a note, or by both; a row that differs says why."""
    cases = {case.row for case in CASES}
    assert set(ROWS) == set(range(1, 61))
    assert cases <= set(ROWS)
    assert [number for number, row in ROWS.items() if number not in cases and not row.note] == []
    assert [number for number, row in ROWS.items() if row.differs and len(row.note) < 40] == []


@pytest.mark.parametrize("word", [*Rejection, *Oddity], ids=lambda word: word.value)
def test_every_word_is_said(word: Rejection | Oddity) -> None:
    """A reason or an oddity that exists has a case, or a test of its own."""
    said = {case.reason for case in CASES} | {oddity for case in CASES for oddity in case.oddities}
    assert word.value in said or word in BY_DISPATCHER or word in BY_OTHER_TESTS


def test_the_document_says_what_the_tests_do() -> None:
    """Written by `python -m tests.bad_input.table`."""
    assert FILE.read_text() == document()


def test_ids_that_differ_by_case_are_two_people() -> None:
    """The second is told apart, and counted, since somebody may have meant one. Blanks make nobody else."""
    stage = stage_of(Topic.CLICKSTREAM)
    said = {"event_id": "e", "type": "page_viewed", "occurred_at": NOW}
    ids = ["phone", "Phone", " phone"]
    records = [
        given_record({**said, "visitor_id": id_, "event_id": id_}, key=id_.encode(), offset=index)
        for index, id_ in enumerate(ids)
    ]
    stage.fold(batch(records, now=NOW))
    effects = stage.take()
    assert {key.decode() for key, _ in effects.changelog if not key.startswith(b"\x00")} == {"phone", "Phone"}
    assert counted(effects, "oddities", Topic.CLICKSTREAM) == {"similar_id": 1, "id_cleaned": 1}


@pytest.mark.parametrize(("clicks", "odd"), [(500, {}), (501, {"hot_key": 1})], ids=["exactly_at", "after"])
def test_a_bot_is_counted_once_a_batch(clicks: int, odd: dict[str, int]) -> None:
    """All of its clicks count; what is kept of it is bounded elsewhere."""
    stage = stage_of(Topic.CLICKSTREAM)
    said = {"type": "page_viewed", "occurred_at": NOW, "visitor_id": "phone"}
    stage.fold(batch([given_record({**said, "event_id": f"e{n}"}, offset=n) for n in range(clicks)], now=NOW))
    effects = stage.take()
    assert counted(effects, "records", Topic.CLICKSTREAM) == {"applied": clicks}
    assert counted(effects, "oddities", Topic.CLICKSTREAM) == odd
