"""How far time has come: one source's W, and the minimum that a profile decides by."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import Topic
from streams.layout import Layout
from streams.session_stage import SessionStage
from streams.stage import LOG_APPEND_TIME, Batch
from streams.watermarks import UNKNOWN, Gate, SourceClock
from tests.streams.records import click, given_record
from tests.world import rule, rulebook

TWO_AND_ONE = Layout({Topic.CLICKSTREAM: 2, Topic.ORDERS: 1, Topic.CUSTOMER_INBOX: 2})
SOURCES = {"clickstream-0": 100, "clickstream-1": 100, "orders-0": 100}
INBOXES = {"customer-inbox-0": 90, "customer-inbox-1": 80}


def test_with_backlog_w_stays_behind_the_largest_record_time() -> None:
    """What lies between may still come, as late as is allowed."""
    clock = SourceClock(5_000)
    clock.saw(20_000, 20_000)
    clock.saw(12_000, 21_000)
    assert clock.settle(None) == 15_000


def test_at_the_end_w_stays_behind_the_moment_at_which_the_fetch_was_sent() -> None:
    """Not behind the moment at which its answer was handled: the time of a response proves nothing."""
    stage = SessionStage(0, rulebook(rule("cart_abandonment")), 5_000)
    stage.fold(Batch(Topic.CLICKSTREAM, (), 0, asked_ms=50_000, now_ms=90_000))
    assert stage.watermark == 45_000


def test_an_empty_partition_at_its_end_blocks_nothing() -> None:
    """No record ever came, and yet its W follows the clock."""
    clock = SourceClock(5_000)
    assert [clock.settle(asked) for asked in (10_000, 20_000)] == [5_000, 15_000]


def test_silence_without_proof_moves_nothing() -> None:
    """An empty batch of a partition that may have more is no evidence."""
    clock = SourceClock(5_000)
    clock.saw(20_000, 20_000)
    clock.settle(None)
    assert clock.settle(None) == 15_000


@given(st.lists(st.tuples(st.sampled_from(["saw", "asked", "filtered"]), st.integers(0, 10**6))))
def test_w_never_goes_back(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of record times and fetches."""
    clock, reached = SourceClock(5_000), UNKNOWN
    for what, at in steps:
        if what == "saw":
            clock.saw(at, at + 1_000)
        watermark = clock.settle(at if what == "asked" else None, at if what == "filtered" else None)
        assert watermark >= reached
        reached = watermark


def test_a_phone_ahead_moves_no_watermark_beyond_the_brokers_clock() -> None:
    """Its click counts at the time at which the broker took it."""
    stage = SessionStage(0, rulebook(rule("cart_abandonment")), 5_000)
    record = given_record(click("page_viewed", at=300_000), timestamp=60_000, timestamp_type=LOG_APPEND_TIME)
    stage.fold(Batch(Topic.CLICKSTREAM, (record,), 1, None, now_ms=10**9))
    assert stage.watermark == 55_000


def test_a_partition_not_yet_heard_of_gates() -> None:
    """It may hold the purchase that ends everything."""
    gate = Gate(TWO_AND_ONE)
    gate.heard({"clickstream-0": 100, "orders-0": 100})
    gate.settle()
    assert gate.visitors == UNKNOWN
    assert list(gate.blocking()) == ["clickstream-1"]


def test_visitors_wait_for_the_sources_and_customers_for_the_inboxes_too() -> None:
    """Visitors' profiles forward: what they have read must have been forwarded first."""
    gate = Gate(TWO_AND_ONE)
    gate.heard(SOURCES)
    gate.settle()
    assert (gate.visitors, gate.customers) == (100, UNKNOWN)
    gate.heard(INBOXES)
    gate.settle()
    assert (gate.visitors, gate.customers) == (100, 80)


def test_customers_are_never_ahead_of_the_sources() -> None:
    """An inbox's own minimum may be older news than the source's that blocks."""
    gate = Gate(TWO_AND_ONE)
    gate.heard(SOURCES | {"orders-0": 50} | INBOXES)
    gate.settle()
    assert (gate.visitors, gate.customers) == (50, 50)


def test_an_older_vector_changes_nothing() -> None:
    """Two processes publish; the slower one's news may come last."""
    gate = Gate(TWO_AND_ONE)
    gate.heard(SOURCES | INBOXES)
    gate.heard(dict.fromkeys(SOURCES | INBOXES, 10))
    gate.settle()
    assert (gate.visitors, gate.customers) == (100, 80)


def test_the_slowest_partition_is_named() -> None:
    """What blocks is a metric."""
    gate = Gate(TWO_AND_ONE)
    gate.heard(SOURCES | {"orders-0": 70} | dict.fromkeys(INBOXES, 70))
    gate.settle()
    assert list(gate.blocking()) == ["orders-0"]
    assert list(gate.gating()) == [*SOURCES, *INBOXES]


def test_an_inbox_partition_that_lags_behind_the_sources_is_named() -> None:
    """Customers' profiles wait for it, though all sources are far ahead."""
    gate = Gate(TWO_AND_ONE)
    slow = next(iter(INBOXES))
    gate.heard(SOURCES | dict.fromkeys(INBOXES, 100) | {slow: 40})
    gate.settle()
    assert slow in list(gate.blocking())
