"""The dates of calendar rules: how they are written, changed and taken back."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.stories.birthdays import BIRTHDAY, VIENNA, at, born, days, shop, yearly
from tests.world import World, rulebook


def test_once_a_year() -> None:
    """Year after year, also told again and again."""
    world = born(shop(yearly()), "1990-08-17")
    for _ in range(8):
        born(world.after("100d"), "1990-08-17")
    assert days(world) == ["2025-08-17", "2026-08-17", "2027-08-17"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [("06-12", "2027-06-12"), ("06-13", "2026-06-13"), ("06-14", "2026-06-14"), ("12-24", "2026-12-24")],
    ids=["299_days", "exactly_300", "301", "another_day_of_the_year"],
)
def test_whoever_changes_the_date_is_not_greeted_twice(changed: str, expected: str) -> None:
    """17 August 2025, and then another date: not in the same year, and not within 300 days."""
    world = born(shop(yearly()), "08-17").at_ms(at("2025-08-18 12:00"))
    assert days(world) == ["2025-08-17"]
    assert days(born(world, changed).after("800d"))[1] == expected


def test_a_changed_date_moves_what_waits() -> None:
    """The later word counts, whichever arrives first."""
    world = World(rulebook(yearly()), lateness="30m")
    born(born(world, "07-20"), "08-17", ago="5m")
    assert days(world.after("200d")) == ["2025-07-20"]


def test_an_older_word_that_comes_late_changes_nothing() -> None:
    """The newer one has long been waited for."""
    world = born(shop(yearly()), "07-20").after("1h")
    assert days(born(world, "08-17", ago="2h").after("200d")) == ["2025-07-20"]


@pytest.mark.parametrize("said", ["17.8.1990", "1990-02-30", "13-01", "soon", 17, "", ["08-17"], "9999-01-01"])
def test_a_date_that_cannot_be_read_arms_nothing_and_is_counted(said: object) -> None:
    """Rather no greeting than one on the wrong day."""
    world = born(shop(yearly()), said).after("400d")
    assert world.sent() == []
    assert world.counts["dates_unreadable", BIRTHDAY] == 1


@pytest.mark.parametrize("said", ["1990-08-17", "08-17", "--08-17", "0000-08-17", " 1990-08-17T00:00:00Z"])
def test_a_date_may_have_a_year_or_none(said: str) -> None:
    """As shops and address books write it."""
    assert days(born(shop(yearly()), said).after("100d")) == ["2025-08-17"]


def test_a_date_that_is_none_any_more_ends_what_waits() -> None:
    """The person has mended it into something that cannot be read."""
    world = born(born(shop(yearly()), "08-17").after("1d"), "unknown").after("100d")
    assert world.sent() == []
    assert world.why(BIRTHDAY) is Reason.DATE_GONE


def test_a_date_with_its_year_returns_in_the_year_after_it() -> None:
    """What is to come this year is no anniversary yet."""
    world = born(shop(yearly("calendar", date="traits.birthday")), "2025-08-17").after("500d")
    assert days(world) == ["2026-08-17"]


@pytest.mark.parametrize(
    "written",
    [
        *("1990/08/17", "1990.08.17", "19900817", "--0817", "--08-17", "1990-08-17 00:00:00", "1990-8-17", "1990/8/17"),
        *("17 August 1990", "17-Aug-1990", "17. AUG 1990", "August 17, 1990", "Aug 17 1990", "Fri, 17 Aug 1990"),
        *("Fri Aug 17 1990 00:00:00 GMT+0200 (CEST)", "Fri, 17 Aug 1990 00:00:00 GMT"),
    ],
)
def test_a_date_is_read_where_its_year_or_its_month_is_told_from_its_day(written: str) -> None:
    """As databases, address books and browsers write it."""
    assert days(born(shop(yearly()), written).after("100d")) == ["2025-08-17"]


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("1990-08-16T22:00:00.000Z", VIENNA, "2025-08-17"),
        ("1990-12-31T23:00:00Z", VIENNA, "2026-01-01"),
        ("1990-08-17T04:00:00+0000", "America/New_York", "2025-08-17"),
        ("1990-08-16T15:00:00Z", "Asia/Tokyo", "2025-08-17"),
        ("1990-08-17T00:00:00.000Z", VIENNA, "2025-08-17"),
        ("1990-08-17T00:00:00Z", "America/New_York", "2025-08-17"),
        ("1990-08-17T00:00:00+02:00", "America/New_York", "2025-08-17"),
        ("1990-08-16T21:00:00Z", VIENNA, "2025-08-16"),
        ("1990-08-16T22:00:00", VIENNA, "2025-08-16"),
    ],
)
def test_a_day_that_is_told_as_the_instant_at_which_it_begins(written: str, zone: str, expected: str) -> None:
    """As browsers write it, of which each day before it is a complaint. What is no midnight there is as it stands."""
    assert days(born(shop(yearly()), written, zone).after("300d"))[:1] == [expected]


@pytest.mark.parametrize("written", ["08/09", "08/09/1990", "08.09.1990", "0809", "1990-08/09", "1990080", "90-08-09"])
def test_what_may_be_another_day_is_none(written: str) -> None:
    """The eighth of September, or the ninth of August."""
    assert days(born(shop(yearly()), written).after("400d")) == []
