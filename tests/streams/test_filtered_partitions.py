"""A partition on which nothing can be used goes on telling the time: W follows the broker's, also with backlog.

Else whoever fills a partition with robots' clicks, or with what ends as dead letters, would hold back every trigger of
the shop for as long as the reader is behind.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.layout import Layout
from streams.replay import ONE_EACH, Given
from streams.stage import LOG_APPEND_TIME, POSITION_KEY, Batch
from streams.time.watermarks import UNKNOWN, Gate, sources
from streams.visits.session_stage import SessionStage
from tests.streams.durable import restore
from tests.streams.records import click, given_record, order
from tests.world import BEGINNING_MS, rule, rulebook

L = 5_000
T = BEGINNING_MS
MONTHS = 90 * 24 * 3_600_000
BOOK = rulebook(rule("cart_abandonment"))

Stage = SessionStage | IntakeStage


def sessions() -> SessionStage:
    return SessionStage(0, BOOK, ONE_EACH, L)


def orders() -> IntakeStage:
    return IntakeStage(Topic.ORDERS, 0, L)


def taken(said: Any, at: int, key: bytes | None = b"phone") -> Given:
    """A record that the broker took at that time."""
    return given_record(said, key=key, timestamp=at, timestamp_type=LOG_APPEND_TIME)


def fold(stage: Stage, *records: Given, now: int = T + 2 * MONTHS, asked: int | None = None) -> int:
    """One poll; with backlog unless it says when its fetch was sent. W after it."""
    topic = Topic.CLICKSTREAM if isinstance(stage, SessionStage) else Topic.ORDERS
    stage.fold(Batch(topic, records, stage.positions[topic] + len(records), asked, now))
    return stage.watermark


CLICK = click(at=T)
SAME = dict(CLICK)
FILTERED_CLICKS: dict[str, tuple[Any, bytes]] = {
    "tombstones": (None, b"phone"),
    "no JSON": (b"\xff\xfe", b"phone"),
    "an unknown type": (click("dreamt_of", at=T), b"phone"),
    "wrong keys": (click(at=T), b"another"),
    "nobody's": (click(at=T, visitor="null"), b"null"),
    "nobody signed in": (click(at=T, customer_id="undefined"), b"phone"),
    "a clock of next week": (click(at=T + 8 * 24 * 3_600_000), b"phone"),
    "a clock of the last century": (click(at=1_000), b"phone"),
    "repeats": (SAME, b"phone"),
    "late clicks": (click(at=T - 3_600_000), b"phone"),
}


@pytest.mark.parametrize("what", FILTERED_CLICKS)
def test_a_batch_of_clicks_that_says_nothing_new_moves_w_by_the_brokers_time(what: str) -> None:
    """An hour of it after one good click: W is the broker's time of the last record, less L, exactly."""
    said, key = FILTERED_CLICKS[what]
    stage = sessions()
    assert fold(stage, taken(CLICK, T)) == T - L
    assert fold(stage, taken(said, T + 1, key), taken(said, T + 3_600_000, key)) == T + 3_600_000 - L


FILTERED_ORDERS: dict[str, tuple[Any, bytes]] = {
    "tombstones": (None, b"ada"),
    "no JSON": (b"{", b"ada"),
    "an unknown type": (order(at=T, kind="order_dreamt_of", customer_id="ada"), b"ada"),
    "wrong keys": (order(at=T, customer_id="ada"), b"bea"),
    "nobody's": (order(at=T, customer_id="null"), b"null"),
    "a clock of next week": (order(at=T + 8 * 24 * 3_600_000, customer_id="ada"), b"ada"),
    "late orders": (order(at=T - 3_600_000, customer_id="ada"), b"ada"),
}


@pytest.mark.parametrize("what", FILTERED_ORDERS)
def test_a_batch_of_orders_that_says_nothing_new_moves_w_by_the_brokers_time(what: str) -> None:
    """The same for the other source that gates."""
    said, key = FILTERED_ORDERS[what]
    stage = orders()
    assert fold(stage, taken(order(at=T, customer_id="ada"), T, b"ada")) == T - L
    assert fold(stage, taken(said, T + 1, key), taken(said, T + 3_600_000, key)) == T + 3_600_000 - L


@pytest.mark.parametrize("make", [sessions, orders])
def test_a_partition_on_which_nothing_was_ever_usable_moves_w(make: Any) -> None:
    """There is no record time at all, and no end of the backlog."""
    stage = make()
    assert fold(stage, taken(b"?", T)) == T - L
    assert fold(stage, taken(b"?", T + 10)) == T + 10 - L


def test_a_click_that_is_on_time_is_never_overtaken() -> None:
    """A click may come L after its own time. Exactly at W it is on time, a millisecond before it is late."""
    stage = sessions()
    fold(stage, taken(b"?", T))
    fold(stage, taken(click(at=T - L), T), taken(click(at=T - L - 1), T))
    counts = stage.take().counts
    assert (counts["records", "clickstream", "applied"], counts["records", "clickstream", "late"]) == (1, 1)


def test_a_mixed_batch_moves_w_by_its_usable_records_alone() -> None:
    """What is filtered at its end says nothing as long as there is news: another usable one may follow at once."""
    stage = sessions()
    assert fold(stage, taken(click(at=T), T), taken(b"?", T + 60_000)) == T - L
    assert fold(stage, taken(b"?", T + 60_001)) == T + 60_001 - L


def test_clicks_that_are_older_than_the_newest_and_on_time_are_no_news() -> None:
    """W follows the broker's time, and they count."""
    stage = sessions()
    fold(stage, taken(click(at=T), T))
    assert fold(stage, taken(click(at=T - L), T + 20)) == T + 20 - L
    assert stage.take().counts["records", "clickstream", "applied"] == 2


@pytest.mark.parametrize("restarted", [False, True], ids=["one owner", "a new owner in between"])
def test_history_that_is_loaded_is_not_overtaken_by_the_hour_of_its_loading(restarted: bool) -> None:
    """Months of clicks are written within minutes, and one file twice. The repeats move W by as much as they took
    to write, not to the day of the loading: what follows them is on time."""
    stage, loaded = sessions(), T + MONTHS
    before = [click(at=T + n * 60_000) for n in range(20)]
    after = [click(at=T + n * 60_000) for n in range(20, 40)]
    changelog: dict[bytes, bytes] = {}
    for number, file in enumerate((before, before, after)):
        fold(stage, *(taken(said, loaded + number * 1_000) for said in file), now=loaded + 60_000)
        counts = stage.counts
        assert ("records", "clickstream", "late") not in counts
        changelog |= {key: value for key, value in stage.take().changelog if value is not None}
        if restarted:
            stage = sessions()
            restore(stage, changelog)
    assert stage.watermark == T + 39 * 60_000 - L


def test_at_the_end_the_loading_is_over() -> None:
    """What the broker took since then was said since then: W follows the broker's time again."""
    stage, loaded = sessions(), T + MONTHS
    fold(stage, taken(click(at=T), loaded))
    assert fold(stage, taken(b"?", loaded + 1_000)) == T + 1_000 - L
    assert fold(stage, asked=loaded + 2_000) == loaded + 2_000 - L
    assert fold(stage, taken(b"?", loaded + 3_000)) == loaded + 3_000 - L


@pytest.mark.parametrize("make", [sessions, orders])
def test_where_the_topic_keeps_the_producers_times_only_its_end_moves_w(make: Any) -> None:
    """A producer's time is no proof, and the clock of the fetch does not say where in the backlog a record lies."""
    stage = make()
    assert fold(stage, given_record(b"?", timestamp=T)) == UNKNOWN
    assert fold(stage, given_record(b"?", timestamp=T), now=T, asked=T) == T - L


def test_a_broker_whose_clock_runs_ahead_moves_w_no_further_than_the_clock_of_the_fetch() -> None:
    """Brokers differ; the one that leads this partition may be the fast one."""
    assert fold(sessions(), taken(b"?", T + 60_000), now=T) == T - L


def test_silence_with_backlog_moves_nothing() -> None:
    """No record, no proof."""
    stage = sessions()
    fold(stage, taken(click(at=T), T))
    assert fold(stage, now=T + 60_000) == T - L


def test_the_gate_moves_behind_a_partition_of_robots() -> None:
    """Two partitions of clicks, one of which is robots' alone and never read to its end: timers ring all the same."""
    gate = Gate(sources(Layout({Topic.CLICKSTREAM: 2, Topic.ORDERS: 1}), Topic.CLICKSTREAM, Topic.ORDERS))
    people, robots, buyers = sessions(), sessions(), orders()
    for second in range(1, 4):
        at = T + second * 1_000
        fold(people, now=at, asked=at)
        fold(buyers, now=at, asked=at)
        fold(robots, *[taken(click("scraped", at=at), at)] * 100, now=at)
        stages: Sequence[tuple[str, Stage]] = (("clickstream-0", people), ("clickstream-1", robots))
        gate.heard({name: stage.watermark for name, stage in stages} | {"orders-0": buyers.watermark})
        gate.settle()
        assert gate.watermark == at - L


def test_what_was_behind_is_kept_with_the_position() -> None:
    """A restart must not make live traffic of a load of history."""
    stage = sessions()
    fold(stage, taken(click(at=T), T + 7_000))
    mark = dict(stage.take().changelog)[POSITION_KEY]
    assert mark is not None
    assert b'"behind":7000' in mark
