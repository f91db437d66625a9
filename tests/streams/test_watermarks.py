"""How far time has come: one source's W, and the minimum that a profile decides by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import Topic
from streams.layout import Layout
from streams.profiles.customer_stage import CustomerStage
from streams.replay import ONE_EACH
from streams.stage import LOG_APPEND_TIME, Batch
from streams.time.watermarks import UNKNOWN, Gate, SourceClock, source_name, sources
from streams.visits.session_stage import SessionStage
from tests.streams.records import click, given_record
from tests.world import rule, rulebook

TWO_EACH = Layout(dict.fromkeys(Topic, 2))
CLICKS = ("clickstream-0", "clickstream-1")
ORDERS = ("orders-0", "orders-1")
ALL = dict.fromkeys((*CLICKS, *ORDERS), 100)
BOOK = rulebook(rule("cart_abandonment"))


def test_with_backlog_w_stays_behind_the_largest_record_time() -> None:
    """What lies between may still come, as late as is allowed."""
    clock = SourceClock(5_000)
    clock.saw(20_000, 20_000)
    clock.saw(12_000, 21_000)
    assert clock.settle(None) == 15_000


def test_at_the_end_w_stays_behind_the_moment_at_which_the_fetch_was_sent() -> None:
    """Not behind the moment at which its answer was handled: the time of a response proves nothing."""
    stage = SessionStage(0, BOOK, ONE_EACH, 5_000)
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
    stage = SessionStage(0, BOOK, ONE_EACH, 5_000)
    record = given_record(click("page_viewed", at=300_000), timestamp=60_000, timestamp_type=LOG_APPEND_TIME)
    stage.fold(Batch(Topic.CLICKSTREAM, (record,), 1, None, now_ms=10**9))
    assert stage.watermark == 55_000


def gate() -> Gate:
    """That of customers in a shop of two partitions a topic."""
    return Gate(sources(TWO_EACH, Topic.CLICKSTREAM, Topic.ORDERS))


@pytest.mark.parametrize("missing", [*CLICKS, *ORDERS])
def test_a_partition_not_yet_heard_of_gates(missing: str) -> None:
    """It may hold the purchase that ends everything."""
    waiting = gate()
    waiting.heard({name: at for name, at in ALL.items() if name != missing})
    assert waiting.settle() == waiting.watermark == UNKNOWN
    assert list(waiting.blocking()) == [missing]


@pytest.mark.parametrize("slow", [*CLICKS, *ORDERS])
def test_the_slowest_partition_decides_and_is_named(slow: str) -> None:
    """What blocks is a metric."""
    waiting = gate()
    waiting.heard(ALL | {slow: 70})
    assert waiting.settle() == 70
    assert list(waiting.blocking()) == [slow]


def test_an_older_vector_changes_nothing() -> None:
    """Two processes publish; the slower one's news may come last."""
    waiting = gate()
    waiting.heard(ALL)
    waiting.heard(dict.fromkeys(ALL, 10))
    assert waiting.settle() == 100


def test_a_partition_that_does_not_gate_changes_nothing() -> None:
    """Another stage's business, or a newer version's."""
    waiting = gate()
    waiting.heard(ALL | {"engagements-0": 5, "clickstream-2": 5})
    assert waiting.settle() == 100


def sessions(partition: int = 0) -> SessionStage:
    """One of two partitions of clicks, where 5 s late is in time."""
    return SessionStage(partition, BOOK, TWO_EACH, 5_000)


def reads_to(stage: SessionStage, at: int) -> None:
    """The stage is at the end of its clicks, as a fetch sent then says."""
    stage.fold(Batch(Topic.CLICKSTREAM, (), 0, asked_ms=at, now_ms=at))


@pytest.mark.parametrize("orders", [ORDERS[:1], ORDERS[1:]])
def test_a_visitor_waits_for_all_orders(orders: tuple[str, ...]) -> None:
    """Each partition of them may hold its purchase, or say whose it is."""
    stage = sessions()
    stage.heard(dict.fromkeys(orders, 30_000))
    reads_to(stage, 35_000)
    assert stage.watermarks == {"clickstream-0": UNKNOWN}
    stage.heard(dict.fromkeys(ORDERS, 20_000))
    reads_to(stage, 35_001)
    assert stage.watermarks == {"clickstream-0": 20_000}


def test_a_visitor_waits_for_its_own_clicks_and_for_no_others() -> None:
    """Another partition of clicks, however slow, has nothing to say of it."""
    stage = sessions(1)
    stage.heard({"clickstream-0": UNKNOWN} | dict.fromkeys(ORDERS, 90_000))
    reads_to(stage, 35_000)
    assert stage.watermarks == {"clickstream-1": 30_000}
    assert {key[2] for key in stage.gauges() if key[0] == "blocking"} == {"orders"}


def test_what_is_published_is_what_visitors_have_come_to() -> None:
    """Not W of the clicks: what still waits for orders in a visitor's journal has not been sent on to its customer."""
    stage = sessions()
    stage.heard(dict.fromkeys(ORDERS, 7_000))
    reads_to(stage, 35_000)
    assert (stage.watermark, stage.watermarks) == (30_000, {"clickstream-0": 7_000})


def test_what_was_heard_since_counts_once_it_is_passed() -> None:
    """A vector alone moves nothing that is published: the visitors must have been walked up to there first."""
    stage = sessions()
    stage.heard(dict.fromkeys(ORDERS, 7_000))
    reads_to(stage, 35_000)
    stage.heard(dict.fromkeys(ORDERS, 20_000))
    assert stage.watermarks == {"clickstream-0": 7_000}


@pytest.mark.parametrize("missing", [*CLICKS, *ORDERS])
def test_a_customer_waits_for_all_orders_and_for_all_that_visitors_were(missing: str) -> None:
    """Any device may turn out to be the customer's."""
    stage = CustomerStage(0, BOOK, TWO_EACH)
    stage.heard({name: at for name, at in ALL.items() if name != missing})
    assert stage.watermark == UNKNOWN
    stage.heard({missing: 40})
    assert stage.watermark == 40


def test_products_alone_wait_for_customers() -> None:
    """To know of all who buy. What customers have to say of triggers is told at once."""
    stage = CustomerStage(1, BOOK, TWO_EACH)
    stage.heard(ALL)
    assert stage.watermarks == {"customer-inbox-1": stage.watermark}
    assert not stage.is_waited_for


def test_a_source_is_named_by_topic_and_partition() -> None:
    """As vectors say it."""
    assert [source_name(Topic.ORDERS, number) for number in (0, 1)] == list(sources(TWO_EACH, Topic.ORDERS))
    assert list(sources(TWO_EACH, Topic.CLICKSTREAM, Topic.ORDERS)) == [*CLICKS, *ORDERS]


@pytest.mark.parametrize(
    ("heard", "named"),
    [
        (ALL | {"orders-1": 50, "clickstream-0": 50, "clickstream-1": 50}, {"orders-1"}),
        (ALL | {"orders-1": 50, "clickstream-0": 49, "clickstream-1": 50}, {"clickstream-0"}),
        (ALL | {"clickstream-0": 50}, {"clickstream-0"}),
        ({}, {"orders-0", "orders-1"}),
    ],
    ids=["clicks wait for orders", "clicks are behind these", "clicks are behind", "nothing was heard"],
)
def test_orders_are_to_blame_where_clicks_wait_for_them(heard: dict[str, int], named: set[str]) -> None:
    """What sessions sends on goes by orders, too: an operator must not look for the fault among the clicks."""
    stage = CustomerStage(0, BOOK, TWO_EACH)
    stage.heard(heard)
    blocking = {key[2:] for key, value in stage.gauges().items() if key[0] == "blocking" and value}
    assert blocking == {tuple(name.rsplit("-", 1)) for name in named}
