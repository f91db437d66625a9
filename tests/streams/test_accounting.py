"""Every consumed record ends in exactly one counted outcome, whatever it is (reference: reliability, part 7)."""

import base64
import hashlib
import random
from collections import Counter

import orjson
import pytest

from schemas.outcomes.dead_letters import RAW_BYTES_MAX
from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.replay import ONE_EACH, Given
from streams.stage import Effects
from streams.visits.session_stage import SessionStage
from tests.bad_input.cases import CASES
from tests.streams.records import Json, batch, click, given_record
from tests.world import rule, rulebook

NOW = 1_750_000_000_000
OUTCOMES = {"applied", "duplicate", "late", "ignored", "quarantined"}


def said(**fields: object) -> bytes:
    """A good click but for these fields; None drops a field."""
    record: Json = click(at=NOW) | fields
    return orjson.dumps({name: value for name, value in record.items() if value is not None})


def outcomes(effects: Effects, topic: Topic) -> dict[str, int]:
    """How many records ended how; counts of nothing left out."""
    counted = {name[2]: by for name, by in effects.counts.items() if name[:2] == ("records", topic.value) and by}
    assert set(counted) <= OUTCOMES
    return counted


def letters(effects: Effects) -> list[Json]:
    """The dead letters."""
    return [orjson.loads(out.value) for out in effects.outputs if out.topic is Topic.DEAD_LETTERS]


def sessions() -> SessionStage:
    """A partition of clicks."""
    return SessionStage(0, rulebook(rule("cart_abandonment")), ONE_EACH, 5_000)


@pytest.mark.parametrize("seed", [1, 2, 3], ids="seed{}".format)
def test_what_was_consumed_is_what_was_counted(seed: int) -> None:
    """Good, repeated, late and bad records in one batch: the sum is right at every commit."""
    rng, stage, consumed, counted = random.Random(seed), sessions(), 0, Counter[str]()
    bad = [case.value for case in CASES if case.topic is Topic.CLICKSTREAM]
    good = [said(event_id=f"e{number}", occurred_at=NOW - rng.randint(0, 20_000)) for number in range(30)]
    for _ in range(20):
        values = [rng.choice([*good, *bad]) for _ in range(rng.randint(0, 60))]
        records = [given_record(value, offset=consumed + index) for index, value in enumerate(values)]
        stage.fold(batch(records, now=NOW, first=consumed, at_end=rng.random() < 0.3))
        consumed += len(values)
        counted.update(outcomes(stage.take(), Topic.CLICKSTREAM))
        assert counted.total() == consumed
    assert set(counted) == OUTCOMES


def test_a_dead_letter_says_where_it_lay_and_what_it_was() -> None:
    """Enough to find it, to know it again, and to send it once more."""
    value = b"x" * (RAW_BYTES_MAX + 10)
    stage = sessions()
    stage.fold(batch([given_record(value, offset=7)], now=NOW, first=7))
    effects = stage.take()
    (letter,) = letters(effects)
    assert (letter["topic"], letter["partition"], letter["offset"]) == ("clickstream", 0, 7)
    assert (letter["size"], letter["sha256"]) == (len(value), hashlib.sha256(value).hexdigest())
    assert base64.b64decode(letter["raw"]) == value[:RAW_BYTES_MAX]


def test_a_rejection_never_quotes_the_content() -> None:
    """Its detail goes to logs and metrics; what customers typed does not."""
    stage = sessions()
    stage.fold(batch([given_record(said(occurred_at="ada@example.org"))], now=NOW))
    (letter,) = letters(stage.take())
    assert "ada" not in letter["detail"]
    assert "occurred_at" in letter["detail"]


def test_the_brokers_time_counts_where_the_topic_has_it() -> None:
    """A click a day and a second ahead of the broker is the future, though the fetch came days later."""
    stage = sessions()
    ahead = Given(b"phone", said(occurred_at=NOW + 86_401_000), 0, timestamp=NOW, timestamp_type=1)
    stage.fold(batch([ahead], now=NOW + 10 * 86_400_000))
    assert [letter["reason"] for letter in letters(stage.take())] == ["future"]


def test_each_partition_that_intake_reads_has_a_mark_of_its_own() -> None:
    """They share a changelog: none overwrites another's position."""
    marks = set[bytes]()
    for topic in (Topic.ORDERS, Topic.ENGAGEMENTS):
        for partition in (0, 1):
            stage = IntakeStage(topic, partition, 5_000)
            stage.fold(batch([given_record(b"?")], now=NOW, topic=topic))
            ((key, _),) = stage.take().changelog
            marks.add(key)
    assert len(marks) == 4
