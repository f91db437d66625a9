"""The tally: which line is the first of its kind."""

from agents.replay.lines import Line
from agents.replay.tally import Met, Tally
from schemas.topics import Topic

APPLIED: dict[tuple[str, ...], int] = {("records", "clickstream", "applied"): 1}


def odd(topic: Topic) -> dict[tuple[str, ...], int]:
    """What the stage of an input has counted after a record that was odd."""
    return {("oddities", topic.value, "amount_rounded"): 1}


def line(topic: Topic, number: int) -> Line:
    """A line of that input."""
    return Line(topic, b"", b"", 1, number)


def test_the_first_line_is_of_the_input_that_is_odd() -> None:
    """Two stages may have counted as many things: each input is looked at for itself."""
    tally = Tally()
    tally.saw(line(Topic.CLICKSTREAM, 1), APPLIED)
    tally.saw(line(Topic.ORDERS, 7), odd(Topic.ORDERS))
    tally.saw(line(Topic.CLICKSTREAM, 2), APPLIED)
    tally.saw(line(Topic.ORDERS, 8), odd(Topic.ORDERS))
    tally.add(APPLIED | odd(Topic.ORDERS))
    assert tally.oddities == [Met("orders", "amount_rounded", 1, 7)]


def test_it_stays_the_first_when_counting_begins_anew() -> None:
    """A stage's counts are taken now and then, and begin at nothing."""
    tally = Tally()
    for number in (3, 4):
        tally.saw(line(Topic.CLICKSTREAM, number), counts := odd(Topic.CLICKSTREAM))
        tally.add(counts)
    assert tally.oddities == [Met("clickstream", "amount_rounded", 2, 3)]


def test_an_oddity_that_no_line_told_has_none() -> None:
    """What a stage finds when time passes is counted all the same."""
    tally = Tally()
    tally.add({("oddities", "clickstream", "hot_key"): 2})
    assert tally.oddities == [Met("clickstream", "hot_key", 2, None)]


def test_an_oddity_that_cannot_be_explained_is_counted_beside_those_that_can() -> None:
    """A record that says nothing by which its unknown field could be named."""
    tally = Tally()
    counts: dict[tuple[str, ...], int] = {("oddities", "orders", "unknown_field"): 1}
    for number, value in ((1, b'{"mood": 1}'), (2, b""), (3, b'{"mood": 1}')):
        tally.saw(Line(Topic.ORDERS, b"", value, 1, number), counts)
        tally.add(counts)
    assert [(met.detail[:6], met.count, met.line) for met in tally.oddities] == [("'mood'", 2, 1), ("", 1, 2)]


def test_a_person_put_aside_is_no_refused_line() -> None:
    """Its dead letter names a changelog."""
    tally = Tally()
    tally.put_aside(b'{"reason": "put_aside", "topic": "sessions-changelog", "detail": "", "offset": 1, "raw": ""}')
    assert tally.quarantined == []
