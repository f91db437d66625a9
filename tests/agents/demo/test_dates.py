"""The dates of the demo, and the year before: both hang on the day, and on nothing else."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agents.demo.dates import dated as dated_kinds
from agents.demo.dates import moment, rulebook_for
from agents.demo.history import KNOWN, history, year_before
from agents.rulebook_file import load_rulebook
from schemas.events.orders import Order
from schemas.reading.wire import read_order
from schemas.rules.calendar import CalendarRule
from schemas.rules.text import rulebook_from_text


def test_dates_come_at_that_second() -> None:
    """All else is as the shipped rulebook says it, and the worker can read it."""
    book, shipped = rulebook_for(datetime(2026, 11, 27, 23, 4, 5, tzinfo=UTC)), load_rulebook(Path("demo"))
    assert rulebook_from_text(book.canonical.decode(), "rulebook.yaml") == book
    dated = [rule for rule in book.rules if isinstance(rule, CalendarRule)]
    assert len(dated) == 3
    assert dated_kinds(book) == {rule.kind for rule in dated}
    assert {(rule.at, rule.first_wait) for rule in dated} == {(23 * 60 + 4, 5000)}
    assert [rule for rule in book.rules if rule not in dated] == [
        rule for rule in shipped.rules if not isinstance(rule, CalendarRule)
    ]


def test_a_moment_is_cut_off_to_its_second() -> None:
    """In UTC, as the rulebook's zone."""
    assert moment(1_750_000_000_999) == datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("today", "then"),
    [
        (date(2026, 11, 27), date(2025, 11, 27)),
        (date(2028, 2, 29), date(2024, 2, 29)),
        (date(2028, 3, 1), date(2027, 3, 1)),
    ],
)
def test_the_day_of_the_year_before_is_the_same_day(today: date, then: date) -> None:
    """Of a leap day, the last one."""
    assert year_before(today) == then


def test_the_year_before_is_remembered_and_arms_nothing() -> None:
    """Orders that the product understands, in the order of time, each a backfill."""
    today = date(2026, 11, 27)
    orders = history(today)
    assert [order.at_ms for order in orders] == sorted(order.at_ms for order in orders)
    assert {known.customer for known in KNOWN} < {order.customer for order in orders}
    for order in orders:
        read = read_order(order.value, lambda _: None)
        assert isinstance(read, Order)
        assert (read.backfill, read.customer_id, read.occurred_at) == (True, order.customer, order.at_ms)
        assert read.occurred_at < datetime(2026, 11, 27, tzinfo=UTC).timestamp() * 1000
