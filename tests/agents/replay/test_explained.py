"""What a replay says of lines that were refused or odd: which field, what it should be, and how to mend it."""

from pathlib import Path

import orjson
import pytest

from agents.replay.explained import NAMES_MAX, WRITE_A_TIME
from agents.replay.tally import Met
from schemas.topics import Topic
from tests.agents.replay.recorded import BEGUN, DAY, HOUR, Came, Json, click, opted_out, order, replayed

CLICKS, ORDERS = Topic.CLICKSTREAM, Topic.ORDERS


def without(said: Json, *names: str) -> Json:
    """The record as somebody writes it who forgets these fields."""
    return {name: value for name, value in said.items() if name not in names}


def refusals(came: Came) -> list[tuple[str, str, int, int | None]]:
    """Reasons and details, how many lines had each, and the first."""
    return [(met.name, met.detail, met.count, met.line) for met in came.tally.quarantined]


def oddities(came: Came) -> list[tuple[str, str, int, int | None]]:
    """The same of what was odd."""
    return [(met.name, met.detail, met.count, met.line) for met in came.tally.oddities]


def the_refusal(folder: Path, **fields: object) -> str:
    """What is said of a click with these fields."""
    ((_, detail, _, _),) = refusals(replayed(folder, clicks=[click(1, BEGUN) | fields]))
    return detail


# -- refused -----------------------------------------------------------------------------------------------------------


def test_bad_ids_are_told_apart_by_which_id_it_is(tmp_path: Path) -> None:
    """Each with its own first line; the most frequent first."""
    clicks = [
        click(1, BEGUN, visitor_id="guest"),
        click(2, BEGUN, event_id="​"),
        click(3, BEGUN, visitor_id="0"),
        click(4, BEGUN, visitor_id="guest", customer_id="0"),
    ]
    found = refusals(replayed(tmp_path, clicks=clicks))
    assert [(name, detail.partition(":")[0], count, line) for name, detail, count, line in found] == [
        ("bad_id", "visitor_id", 2, 1),
        ("bad_id", "event_id", 1, 2),
        ("bad_id", "visitor_id and customer_id", 1, 4),
    ]
    assert found[0][1] == "visitor_id: stands for nobody"


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        ("2026-01-31T09:30:00", "occurred_at: has no offset from UTC"),
        ("2026-01-31 09:30", "occurred_at: has no offset from UTC"),
        (BEGUN // 1000, "occurred_at: is in seconds since the epoch"),
        (float(BEGUN // 1000), "occurred_at: is in seconds since the epoch"),
        ("yesterday", "occurred_at: is no time"),
        ([BEGUN], "occurred_at: is a list, and has to be a time"),
        (None, "occurred_at: is missing"),
    ],
)
def test_a_wrong_time_is_answered_with_a_good_one(tmp_path: Path, at: object, wrong: str) -> None:
    """What is wrong with it, and both forms that are taken."""
    detail = the_refusal(tmp_path, occurred_at=at)
    assert detail == f"{wrong}; {WRITE_A_TIME}"
    assert "2026-01-31T09:30:00Z" in detail


def test_the_good_times_are_good(tmp_path: Path) -> None:
    """Whoever copies them is not refused."""
    came = replayed(tmp_path, clicks=[click(1, "2025-01-31T09:30:00Z"), click(2, 1738315800000)])
    assert came.ended(CLICKS) == {"applied": 2}
    assert "1769851800000" in WRITE_A_TIME


def test_a_field_of_another_type_is_told_which_it_has_to_be(tmp_path: Path) -> None:
    """And which it is."""
    assert the_refusal(tmp_path, visitor_id=["ada"]) == "visitor_id: is a list, and has to be a text"
    assert the_refusal(tmp_path, event_id={}) == "event_id: is an object, and has to be a text"


def test_a_missing_field_may_be_misspelled(tmp_path: Path) -> None:
    """Of the names that nobody knows the nearest."""
    said = without(click(1, BEGUN), "event_id") | {"evnt_id": "e1"}
    ((name, detail, _, _),) = refusals(replayed(tmp_path, clicks=[said]))
    assert (name, detail) == ("missing", "event_id: is missing; did you mean it by 'evnt_id'?")
    ((_, detail, _, _),) = refusals(replayed(tmp_path, clicks=[without(click(1, BEGUN), "event_id")]))
    assert detail == "event_id: is missing"
    said = without(click(1, BEGUN), "occurred_at") | {"ocurred_at": BEGUN}
    ((_, detail, _, _),) = refusals(replayed(tmp_path, clicks=[said]))
    assert (
        detail
        == f"occurred_at: is missing; did you mean it by 'ocurred_at'? {WRITE_A_TIME[0].upper()}" + (WRITE_A_TIME[1:])
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"event_id,type,occurred_at", "looks like CSV"),
        (b"event_id;type", "looks like CSV"),
        (b"<!DOCTYPE html>", "looks like HTML or XML"),
        (b"{'event_id': 'e1'}", "as Python writes them"),
        (b'[{"event_id":"e1"}]', "is a list"),
        (b"[", "is a part of a record"),
        (b"{", "is a part of a record"),
        (b'  "event_id": "e1",', "is a part of a record"),
        (b"},", "is a part of a record"),
        (b'{"event_id":"e1"},', "ends with a comma"),
        (b'{"event_id":"e1"} {"event_id":"e2"}', "has several records"),
        (b'"{}"', "is a text"),
        (b'v1\t{"event_id":"e1"}', "in front of the record"),
    ],
)
def test_a_file_that_is_no_json_lines_is_known_by_its_looks(tmp_path: Path, line: bytes, said: str) -> None:
    """It says what it is, and what is wanted."""
    ((_, detail, _, _),) = refusals(replayed(tmp_path, clicks=[line]))
    assert said in detail


def test_a_record_within_another_is_found(tmp_path: Path) -> None:
    """As exports of databases and topics have it, also as a text, or in a list."""
    good = click(1, BEGUN)
    for name, wrapped in (("after", good), ("value", orjson.dumps(good).decode()), ("events", [good])):
        ((_, detail, _, _),) = refusals(replayed(tmp_path, clicks=[{"op": "c", name: wrapped}]))
        assert detail == f"event_id: is missing; it stands within {name!r}, and a record has to stand for itself"


def test_the_records_of_another_topic_are_told_by_which_option_they_are_given(tmp_path: Path) -> None:
    """Whether they are refused, or ignored."""
    (found,) = oddities(replayed(tmp_path, clicks=[order(1, BEGUN)]))
    assert found[1] == "'order_placed': ignored, a type of orders; give such records by --orders"
    (found,) = refusals(replayed(tmp_path, orders=[click(1, BEGUN)]))
    assert found[1].endswith("it is a record of clickstream: give the file by --clicks")


# -- odd ---------------------------------------------------------------------------------------------------------------


def test_unknown_types_are_named_with_the_nearest_that_is_known(tmp_path: Path) -> None:
    """Each of them, by how often; where none is near, all that are known."""
    clicks = [click(n, BEGUN, type=kind) for n, kind in enumerate(("page_viewd", "danced", "danced", 7, "x" * 500))]
    found = oddities(replayed(tmp_path, clicks=clicks))
    assert found[0][:1] + found[0][2:] == ("unknown_type", 2, 2)
    said = "ignored, a type that this version does not know"
    assert found[0][1].startswith(f"'danced': {said}; it knows account_changed, back_in_stock_requested,")
    assert ("unknown_type", f"'page_viewd': {said}; did you mean 'page_viewed'?", 1, 1) in found
    assert max(len(detail.partition(":")[0]) for _, detail, _, _ in found) < 60


def test_unknown_fields_are_named_with_the_nearest_that_is_known(tmp_path: Path) -> None:
    """Also in the lines of a cart or an order. One record may have several."""
    lines = [{"product_id": "p", "quantity": 1, "unit_prise": 5}]
    misspelled = without(click(1, BEGUN, prodct_id="x", mood="good"), "product_id", "quantity") | {
        "type": "page_viewed"
    }
    clicks = [misspelled, click(2, BEGUN, mood="bad", visitorId="ada")]
    orders = [order(1, BEGUN, customer_id="ada", lines=lines)]
    said = "applied without this field, which this version does not know"
    assert oddities(replayed(tmp_path, clicks=clicks, orders=orders)) == [
        ("unknown_field", f"'mood': {said}", 2, 1),
        ("unknown_field", f"'prodct_id': {said}; did you mean 'product_id'?", 1, 1),
        ("unknown_field", f"'visitorId': {said}", 1, 2),
        ("unknown_field", f"'unit_prise' of a line: {said}; did you mean 'unit_price'?", 1, 1),
    ]


def test_of_many_names_the_first_are_told_and_the_rest_is_counted(tmp_path: Path) -> None:
    """A feed whose names are data does not fill the terminal; no record is left out."""
    clicks = [click(n, BEGUN + n, **{f"field-{n}": 1}) for n in range(NAMES_MAX + 5)]
    found = oddities(replayed(tmp_path, clicks=clicks))
    assert len(found) == NAMES_MAX + 1
    assert found[0] == ("unknown_field", "", 5, NAMES_MAX + 1)


# -- the order of lines ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [0, 1, HOUR])
def test_the_first_line_that_goes_back_in_time_is_found(tmp_path: Path, back: int) -> None:
    """By how much it does, and the farthest that any does; the same instant is no way back."""
    times = [BEGUN, BEGUN + DAY, BEGUN + DAY - back, BEGUN + 2 * DAY, BEGUN + 2 * DAY - 2 * back]
    clicks: list[Json | bytes] = [click(n, at) for n, at in enumerate(times)]
    came = replayed(tmp_path, clicks=[b"", *clicks, click(6, "soon")])
    if not back:
        assert came.tally.backwards == {}
        return
    (found,) = came.tally.backwards.values()
    assert (found.line, found.back_ms, found.farthest_ms) == (4, back, 2 * back)
    assert came.ended(CLICKS).get("late", 0) == (0 if back == 1 else 2)


def test_each_input_has_its_own_order(tmp_path: Path) -> None:
    """Clicks may be of after the orders."""
    came = replayed(
        tmp_path,
        clicks=[click(1, BEGUN + DAY)],
        orders=[order(1, BEGUN), order(2, BEGUN + 2 * DAY), order(3, BEGUN + DAY)],
        engagements=[opted_out(1, BEGUN)],
    )
    assert list(came.tally.backwards) == [ORDERS]


def test_triggers_are_counted_by_kind(tmp_path: Path) -> None:
    """As they are written."""
    came = replayed(tmp_path, clicks=[click(1, BEGUN), click(2, BEGUN + DAY)])
    assert came.tally.triggers == {"cart_abandonment": 2}
    assert came.tally.fired == len(came.triggers) == 2


def test_a_name_of_another_vocabulary_is_not_taken_for_a_misspelling(tmp_path: Path) -> None:
    """Of a record in a platform's format every field of ours is missing."""
    said = without(click(1, BEGUN), "event_id") | {"event": "Product Added", "messageId": "m"}
    ((_, detail, _, _),) = refusals(replayed(tmp_path, clicks=[said]))
    assert detail == "event_id: is missing"


def test_a_detail_without_words_is_as_the_stage_said_it(tmp_path: Path) -> None:
    """What can be said no better."""
    ((name, detail, _, _),) = refusals(replayed(tmp_path, clicks=[b'{"event_id":']))
    assert (name, detail) == ("malformed", "the record is not one JSON document")
    assert Met("clickstream", name, 1, 1, detail)
