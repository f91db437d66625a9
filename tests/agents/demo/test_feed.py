"""The feed: what becomes of a trigger, from the topic and the ledger, in whatever order they are read."""

import pytest

from agents.demo.feed import Feed
from agents.settings.settings import KafkaSettings, Settings
from schemas.outcomes.deliveries import Delivery, DeliveryState
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired, TriggerLine

EMITTED_MS = 1_750_000_008_500
FIRED = TriggerFired(
    trigger_id="t-1",
    kind="cart_abandonment",
    rule_id="cart",
    rule_version="1",
    step=1,
    destination="default",
    profile="v:v-1",
    visitor_id="v-1",
    customer_id=None,
    anchor_ms=1_750_000_000_000,
    due_ms=1_750_000_006_000,
    fired_at_ms=1_750_000_007_000,
    expires_at=None,
    lines=(TriggerLine(product_id="tent", quantity=2), TriggerLine(product_id="hat", quantity=1)),
    value="59.80",
    currency="EUR",
)
CANCELLED = TriggerCancelled(
    trigger_id="t-1",
    kind="cart_abandonment",
    rule_id="cart",
    profile="v:v-1",
    reason="late_order",
    cancelled_at_ms=1_750_000_009_000,
)


def delivery(state: DeliveryState, calls: int = 1, status: int | None = 202) -> Delivery:
    """The ledger's line, 41 ms after the trigger."""
    return Delivery(
        trigger_id="t-1",
        state=state,
        destination="default",
        profile="v:v-1",
        rule_id="cart",
        kind="cart_abandonment",
        body="",
        expires_at=None,
        offset=0,
        taken_at_ms=EMITTED_MS,
        calls=calls,
        updated_at_ms=EMITTED_MS + 41,
        status=status,
    )


@pytest.fixture
async def feed() -> Feed:
    """One that is not connected."""
    return Feed(Settings.model_construct(kafka=KafkaSettings()))


async def test_a_trigger_is_shown_at_once_and_told_when_it_is_over(feed: Feed) -> None:
    """The latency is from due to emitted."""
    feed.heard(FIRED, EMITTED_MS)
    (line,) = feed.lines(10)
    assert (line.kind, line.who, line.what, line.state) == ("cart_abandonment", "v-1", "3 items 59.80 EUR", "pending")
    assert not feed.news
    feed.noted(delivery(DeliveryState.IN_FLIGHT))
    assert not feed.news
    feed.noted(delivery(DeliveryState.DELIVERED))
    assert [line.outcome for line in feed.news] == ["delivered 41 ms"]
    assert list(feed.seconds["cart_abandonment"]) == [2.5]


async def test_the_ledger_may_be_read_first(feed: Feed) -> None:
    """They are different topics."""
    feed.noted(delivery(DeliveryState.DELIVERED, calls=2))
    assert not feed.lines(10)
    feed.heard(FIRED, EMITTED_MS)
    assert [line.outcome for line in feed.lines(10)] == ["delivered 41 ms, call 2"]


async def test_a_refused_call_is_seen(feed: Feed) -> None:
    """With its status."""
    feed.heard(FIRED, EMITTED_MS)
    feed.noted(delivery(DeliveryState.RETRY, status=503))
    assert [line.outcome for line in feed.lines(10)] == ["503, again soon"]


async def test_what_is_taken_back_says_why(feed: Feed) -> None:
    """Delivered or not."""
    feed.heard(FIRED, EMITTED_MS)
    feed.noted(delivery(DeliveryState.DELIVERED))
    feed.heard(CANCELLED, EMITTED_MS + 500)
    assert [line.outcome for line in feed.news] == ["delivered 41 ms", "taken back: late_order"]
    assert [line.state for line in feed.lines(10)] == ["taken back"]


async def test_what_was_due_before_anybody_was_there_counts_from_then_on() -> None:
    """A daily look of yesterday is decided when the worker starts: that took a second, and no day."""
    for since_ms, seconds in ((EMITTED_MS - 1000, 1.0), (EMITTED_MS + 1000, 0.0), (FIRED.due_ms, 2.5)):
        feed = Feed(Settings.model_construct(kafka=KafkaSettings()), since_ms)
        feed.heard(FIRED, EMITTED_MS)
        assert list(feed.seconds["cart_abandonment"]) == [seconds]


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"lines": (), "viewed": ("tent",)}, "1 product viewed"),
        ({"value": None}, "3 items"),
        ({"lines": ()}, "after 6 s"),
        ({"lines": (), "due_ms": FIRED.anchor_ms}, ""),
    ],
)
async def test_what_it_is_about(feed: Feed, changes: dict[str, object], what: str) -> None:
    """What is in the cart, else what was viewed, else how long it has waited."""
    feed.heard(FIRED.model_copy(update=changes), EMITTED_MS)
    assert [line.what for line in feed.lines(10)] == [what]
