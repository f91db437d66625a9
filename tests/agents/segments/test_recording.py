"""Orders are read for `segments fit` as `replay` reads them, whatever is wrong with them."""

from collections import Counter
from pathlib import Path

from agents.segments.purchases import Skipped
from agents.segments.recording import Recording, read_recording
from schemas.topics import Topic
from tests.agents.replay.recorded import BEGUN, DAY, NOW, Json, order, replayed, written
from tests.bad_input.cases import CASES


def recorded(folder: Path, records: list[Json | bytes], until: int | None = None) -> Recording:
    """What the file of these records says."""
    told: list[tuple[int, int | None]] = []
    file = written(folder, Topic.ORDERS, records)
    recording = read_recording(file, until, NOW, lambda done, total: told.append((done, total)))
    assert all(total == file.stat().st_size and done <= total for done, total in told)
    assert recording.read == recording.used + recording.refused.total() + recording.skipped.total()
    return recording


def test_what_replay_puts_aside_is_refused_for_the_same_reason(tmp_path: Path) -> None:
    """All bad and odd orders of the table of bad input, one after the other, in one file."""
    odd: list[Json | bytes] = [
        case.value for case in CASES if case.topic is Topic.ORDERS and case.value and b"\n" not in case.value
    ]
    assert len(odd) > 50
    came = replayed(tmp_path, orders=[order(1, BEGUN, customer_id="ada"), *odd])
    refused = Counter[str]()
    for one in came.tally.quarantined:
        refused[one.name] += one.count
    assert recorded(tmp_path, [order(1, BEGUN, customer_id="ada"), *odd]).refused == refused
    assert refused


def test_the_future_is_refused_and_tomorrow_is_today(tmp_path: Path) -> None:
    """As the broker would have it: up to a day ahead a clock may be wrong."""
    ahead = [order(number, NOW + by, customer_id="ada") for number, by in enumerate((DAY, DAY + 1))]
    recording = recorded(tmp_path, [order(9, BEGUN, customer_id="ada"), *ahead])
    assert recording.refused == {"future": 1}
    assert sorted(one.at for one in recording.purchases) == [BEGUN, NOW]


def test_an_order_of_another_century_is_too_old(tmp_path: Path) -> None:
    """More than twenty years before what came until then: its producer has no clock. To the instant, it counts."""
    years = 20 * 365 * DAY
    old = [order(number, BEGUN - years - by, customer_id="ada") for number, by in enumerate((0, 1))]
    recording = recorded(tmp_path, [order(9, BEGUN, customer_id="ada"), *old])
    assert recording.skipped == {Skipped.TOO_OLD: 1}
    assert sorted(one.at for one in recording.purchases) == [BEGUN - years, BEGUN]


def test_progress_is_told_on_the_way(tmp_path: Path) -> None:
    """Every thousand lines."""
    file = written(tmp_path, Topic.ORDERS, [order(number, BEGUN, customer_id="ada") for number in range(2_500)])
    told: list[int] = []
    read_recording(file, None, NOW, lambda done, _: told.append(done))
    assert len(told) == 2
