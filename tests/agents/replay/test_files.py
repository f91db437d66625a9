"""Recordings: how their records end, and what a summary says of them."""

from pathlib import Path

import pytest

from agents.replay.files import LINES_A_TURN
from schemas.outcomes.dead_letters import DeadLetter
from schemas.topics import Topic
from streams.records import FUTURE_MS_MAX
from tests.agents.replay.recorded import (
    BEGUN,
    DAY,
    HOUR,
    LATENESS,
    MINUTE,
    NOW,
    Json,
    click,
    opted_out,
    order,
    replayed,
)
from tests.world import rule, rulebook

CLICKS, ORDERS, ENGAGEMENTS = Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS
IN_SECONDS = BEGUN // 1000
YEAR_1997 = 852_076_800_000


# -- times, judged as live does ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "outcomes", "fired"),
    [
        (NOW + FUTURE_MS_MAX, {"applied": 2, "late": 1}, 3),
        (NOW + FUTURE_MS_MAX + 1, {"applied": 2, "quarantined": 1}, 2),
        (BEGUN * 1000, {"applied": 2, "quarantined": 1}, 2),
    ],
    ids=["exactly a day ahead", "after that", "microseconds"],
)
def test_a_device_without_a_clock_spoils_nothing(tmp_path: Path, at: int, outcomes: dict[str, int], fired: int) -> None:
    """As live it is put aside, and moves nothing: what follows it in the file is as good as before."""
    came = replayed(tmp_path, clicks=[click(1, BEGUN), click(2, at, visitor_id="eve"), click(3, BEGUN + DAY)])

    assert came.ended(CLICKS) == outcomes
    assert came.tally.fired == fired


@pytest.mark.parametrize(("ahead", "ended"), [(0, "applied"), (1, "quarantined")])
def test_the_future_is_counted_from_today(tmp_path: Path, ahead: int, ended: str) -> None:
    """Also behind a record of tomorrow: no clock of a recording is later than the clock on the wall."""
    came = replayed(tmp_path, clicks=[click(1, NOW + HOUR), click(2, NOW + FUTURE_MS_MAX + ahead, visitor_id="eve")])

    assert came.ended(CLICKS).get(ended) == 2 - ahead
    assert {trigger["anchor_ms"] for trigger in came.triggers} == {NOW}, "taken at the broker's time, as live"


@pytest.mark.parametrize("at", [IN_SECONDS, float(IN_SECONDS), 946_684_800, 4_102_444_800])
@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "between", "last"])
def test_a_time_in_seconds_is_no_time(tmp_path: Path, at: float, place: int) -> None:
    """Wherever it stands, of a click or an order: it is not of January 1970, and moves no clock. A wish counts."""
    clicks, orders = [click(1, BEGUN), click(2, BEGUN + DAY)], [order(1, BEGUN + HOUR), order(2, BEGUN + 3 * DAY)]
    engagements = [opted_out(1, BEGUN + 3 * DAY), opted_out(2, BEGUN + 3 * DAY)]
    clicks.insert(place, click(9, at, visitor_id="eve"))
    orders.insert(place, order(9, at, visitor_id="eve"))
    engagements.insert(place, opted_out(9, at, visitor_id="eve"))
    came = replayed(tmp_path, clicks=clicks, orders=orders, engagements=engagements)

    assert came.ended(ENGAGEMENTS) == {"applied": 3}
    for topic in (CLICKS, ORDERS):
        assert came.ended(topic) == {"applied": 2, "quarantined": 1}
    assert [(met.topic, met.name, met.line) for met in came.tally.quarantined] == [
        (topic, "time", place + 1) for topic in sorted((CLICKS, ORDERS))
    ]
    assert {trigger["visitor_id"] for trigger in came.triggers} == {"ada"}


def test_a_recording_of_seconds_only_is_told_so(tmp_path: Path) -> None:
    """A trial with a shop's own file: nothing is applied, and the first line says why."""
    came = replayed(tmp_path, clicks=[click(number, IN_SECONDS + number) for number in range(5)])

    assert came.ended(CLICKS) == {"quarantined": 5}
    (met,) = came.tally.quarantined
    assert (met.name, met.count, met.line) == ("time", 5, 1)
    assert "seconds" in met.detail
    assert not came.triggers


def test_milliseconds_of_1970_outside_those_are_not_seconds(tmp_path: Path) -> None:
    """Only numbers that are seconds of our days are: the boundaries are the years 2000 and 2100."""
    came = replayed(tmp_path, clicks=[click(1, 946_684_799), click(2, 4_102_444_801)])
    assert came.ended(CLICKS) == {"applied": 2}


def test_another_year_replays(tmp_path: Path) -> None:
    """How old a record is, is not judged by today's date."""
    came = replayed(tmp_path, clicks=[click(1, "1997-01-01T00:00:00Z")], orders=[order(1, YEAR_1997 + 2 * HOUR)])

    assert came.ended(CLICKS) == came.ended(ORDERS) == {"applied": 1}
    assert [trigger["anchor_ms"] for trigger in came.triggers] == [YEAR_1997]


# -- three inputs ------------------------------------------------------------------------------------------------------


def test_engagements_are_replayed_beside_the_rest(tmp_path: Path) -> None:
    """Who wants to hear no more hears nothing from then on; before that, as ever."""
    clicks = [click(1, BEGUN), click(2, BEGUN + DAY)]
    book = rulebook(rule("cart_abandonment", wait="1h"), consent="opt_out")
    before = replayed(tmp_path, clicks=clicks, engagements=[opted_out(1, BEGUN + DAY)], book=book)
    after = replayed(tmp_path, clicks=clicks, engagements=[opted_out(1, BEGUN + 3 * DAY)], book=book)

    assert before.ended(ENGAGEMENTS) == {"applied": 1}
    assert [trigger["anchor_ms"] for trigger in before.triggers] == [BEGUN]
    assert [trigger["anchor_ms"] for trigger in after.triggers] == [BEGUN, BEGUN + DAY]
    assert before.tally.read == {CLICKS: 2, ENGAGEMENTS: 1}


@pytest.mark.parametrize(("after", "fired"), [(HOUR + LATENESS, 0), (HOUR + LATENESS + 1, 1), (3 * DAY, 1)])
def test_what_was_due_in_silence_is_not_called_back_by_what_came_later(tmp_path: Path, after: int, fired: int) -> None:
    """A purchase or an opt-out that comes when a reminder was due is in time; live, one later finds it gone."""
    book = rulebook(rule("cart_abandonment", wait="1h"), already_converted=True, consent="opt_out")
    bought = replayed(tmp_path, clicks=[click(1, BEGUN)], orders=[order(1, BEGUN + after)], book=book)
    silenced = replayed(tmp_path, clicks=[click(1, BEGUN)], engagements=[opted_out(1, BEGUN + after)], book=book)
    assert len(bought.triggers) == len(silenced.triggers) == fired


# -- how records ended -------------------------------------------------------------------------------------------------


def test_every_line_has_one_end(tmp_path: Path) -> None:
    """Applied, duplicate, late, ignored, quarantined: together as many as lines, by input; a blank line is none."""
    clicks: list[Json | bytes] = [
        click(1, BEGUN), b"", click(1, BEGUN), click(2, BEGUN + DAY), b"  ", click(3, BEGUN + HOUR),
        click(4, BEGUN + DAY, type="danced"), b"{", click(5, BEGUN + DAY, unheard_of=1), b"[1]",
    ]  # fmt: skip
    came = replayed(tmp_path, clicks=clicks, orders=[order(1, BEGUN + 2 * DAY), order(2, "soon")])

    ended = {"applied": 3, "duplicate": 1, "late": 1, "ignored": 1, "quarantined": 2}
    assert came.ended(CLICKS) == ended
    assert came.ended(ORDERS) == {"applied": 1, "quarantined": 1}
    for topic, by in came.tally.outcomes().items():
        assert sum(by.values()) == came.tally.read[topic]
    assert [(met.topic, met.name, met.count, met.line) for met in came.tally.quarantined] == [
        ("clickstream", "malformed", 1, 8),
        ("clickstream", "not_object", 1, 10),
        ("orders", "time", 1, 2),
    ]
    assert all(met.detail for met in came.tally.quarantined)
    assert [(met.topic, met.name, met.count, met.line) for met in came.tally.oddities] == [
        ("clickstream", "unknown_field", 1, 9),
        ("clickstream", "unknown_type", 1, 7),
    ]


@pytest.mark.parametrize("before", [0, LINES_A_TURN - 1, LINES_A_TURN, LINES_A_TURN + 1])
def test_the_first_line_is_found_wherever_it_stands(tmp_path: Path, before: int) -> None:
    """Also at the borders of what is written at a time, and between the lines of another input."""
    clicks = [click(number, BEGUN + number * 1000) for number in range(before)]
    clicks += [click(9_001, BEGUN + before * 1000, unheard_of=1), click(9_002, BEGUN + before * 1000, visitor_id=[])]
    clicks += [click(10_000 + number, BEGUN + DAY, unheard_of=1, visitor_id=[]) for number in range(3)]
    orders = [order(number, BEGUN + number * 60_000) for number in range(50)]
    came = replayed(tmp_path, clicks=[*clicks, click(9_003, BEGUN + DAY, unheard_of=1)], orders=orders)

    (odd,) = came.tally.oddities
    assert (odd.name, odd.count, odd.line) == ("unknown_field", 2, before + 1)
    (aside,) = came.tally.quarantined
    assert (aside.name, aside.count, aside.line) == ("type", 4, before + 2)


def test_dead_letters_are_written(tmp_path: Path) -> None:
    """As they would stand on the topic; the offset is the line."""
    came = replayed(tmp_path, clicks=[click(1, BEGUN), b"", b"{"], orders=[b"\xff", order(1, BEGUN + MINUTE)])

    letters = [DeadLetter.model_validate(letter, strict=False) for letter in came.dead_letters]
    assert [(letter.topic, letter.offset, letter.reason.value) for letter in letters] == [
        ("orders", 1, "encoding"),
        ("clickstream", 3, "malformed"),
    ]
