"""Devices' clocks: what is told by a wrong one and says when it was sent is put right; a right one keeps its time."""

import pytest

from schemas.facts.profile_facts import CartChanged
from streams.records import CLOCK_SLACK_MS
from streams.stage import Effects
from streams.visits.told import Told
from streams.visits.visits import Visits
from tests.bad_input.case import DAY_MS, NOW, click, page
from tests.streams.records import given_record
from tests.world import rule, rulebook

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
BY_BROKER, BY_PRODUCER = 1, 0
YEAR_MS = 365 * DAY_MS


def taken(value: bytes, timestamp_type: int = BY_BROKER) -> tuple[Told, Effects]:
    """What comes of a click that the broker took at NOW."""
    visits = Visits(0, rulebook(rule("cart_abandonment")), 5_000)
    told, _ = visits.fold((given_record(value, timestamp=NOW, timestamp_type=timestamp_type),), NOW)
    return told, visits.effects


def time_of(told: Told) -> int | None:
    """When the item was added, as far as the visitor's profile hears; None if it does not."""
    return next((fact.at - NOW for facts in told.values() for fact in facts if isinstance(fact, CartChanged)), None)


def odd(effects: Effects) -> dict[str, int]:
    """What was odd, and of clocks that ran ahead."""
    return {name[2]: by for name, by in effects.counts.items() if name[0] == "oddities"}


@pytest.mark.parametrize(
    ("happened", "sent", "counts_at"),
    [
        (-HOUR - 2 * SECOND, -HOUR, -2 * SECOND),
        (-HOUR, -HOUR, 0),
        (4 * MINUTE, 4 * MINUTE + SECOND, -SECOND),
        (2 * DAY_MS, 2 * DAY_MS + MINUTE, -MINUTE),
        (70 * YEAR_MS, 70 * YEAR_MS + SECOND, -SECOND),
        (100 - NOW, 350 - NOW, -250),
        (-CLOCK_SLACK_MS - 2, -CLOCK_SLACK_MS - 1, -1),
        (CLOCK_SLACK_MS + 1, CLOCK_SLACK_MS + 11, -10),
    ],
    ids=[
        "behind",
        "behind_and_sent_at_once",
        "ahead",
        "two_days_ahead",
        "in_2095",
        "in_1970",
        "after_the_slack",
        "ahead_of_it",
    ],
)
def test_a_wrong_clock_is_put_right_by_what_it_says_of_sending(happened: int, sent: int, counts_at: int) -> None:
    """So long before the broker took it as the device says that it was sent after it happened."""
    told, effects = taken(click(occurred_at=NOW + happened, sent_at=NOW + sent))
    assert time_of(told) == counts_at
    assert odd(effects) == {"clock_corrected": 1}


@pytest.mark.parametrize(
    ("happened", "sent"),
    [(-3 * SECOND, -SECOND), (-3 * HOUR, -2 * SECOND), (-CLOCK_SLACK_MS - 1, -CLOCK_SLACK_MS), (0, CLOCK_SLACK_MS)],
    ids=["on_its_way", "queued_for_hours", "exactly_at_the_slack", "ahead_by_the_slack"],
)
def test_a_right_clock_keeps_its_time(happened: int, sent: int) -> None:
    """The way to the broker takes a moment, and what waited on the device was sent only now."""
    told, effects = taken(click(occurred_at=NOW + happened, sent_at=NOW + sent))
    assert time_of(told) == happened
    assert odd(effects) == {}


def test_a_click_is_never_later_than_the_broker_takes_it() -> None:
    """Ahead by less than the slack: its time is the broker's, as without `sent_at`."""
    told, effects = taken(click(occurred_at=NOW + 30 * SECOND, sent_at=NOW + 31 * SECOND))
    assert time_of(told) == 0
    assert effects.counts["clock_ahead", "clickstream"] == 1


def test_what_was_sent_before_it_happened_is_of_two_clocks() -> None:
    """Then the time it happened stands, as without `sent_at`."""
    told, effects = taken(click(occurred_at=NOW - HOUR, sent_at=NOW - 2 * HOUR))
    assert time_of(told) == -HOUR
    assert odd(effects) == {}


def test_without_the_brokers_time_nothing_is_known_of_the_devices() -> None:
    """A replay of files, or a topic that keeps producers' times."""
    told, _ = taken(click(occurred_at=NOW - HOUR, sent_at=NOW - HOUR + SECOND), BY_PRODUCER)
    assert time_of(told) == -HOUR


def test_a_wrong_sent_at_corrects_nothing() -> None:
    """It is dropped, and the click counts at its own time."""
    told, effects = taken(page(type="cart_item_added", product_id="mug", occurred_at=NOW - SECOND, sent_at="soon"))
    assert time_of(told) == -SECOND
    assert odd(effects) == {"field_dropped": 1}
