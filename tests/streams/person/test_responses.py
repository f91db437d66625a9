"""Responses have limits, and what is cut is counted."""

from collections import Counter

import pytest

from schemas.facts.profile_facts import Happened
from schemas.state.person import Person
from schemas.state.shelves import Response
from streams.person.responses import (
    BEGUN_KEPT_MS,
    BEGUN_MAX,
    FOLLOWED_MS,
    RESPONSES_MAX,
    join_responses,
    note_beginning,
    note_response,
)
from streams.person.shelves import dealings_of

AT = 1_750_000_000_000
cuts: Counter[str] = Counter()


def cut(name: str, number: int) -> None:
    """Count what is cut."""
    cuts[name] += number


@pytest.fixture(autouse=True)
def _nothing_is_cut() -> None:
    cuts.clear()


def said(at: int, event: str = "message_replied", **names: object) -> Happened:
    """Something was done with a message."""
    return Happened(at, f"e{at}", None, event, on_site=False, said=names)


def test_the_latest_responses_stay() -> None:
    """In the order of time, whatever the order in which they came."""
    person = Person()
    for number in reversed(range(RESPONSES_MAX + 3)):
        note_response(person, said(AT + number), cut)
    kept = [response.at for response in dealings_of(person).responses]
    assert kept == [AT + number for number in range(3, RESPONSES_MAX + 3)]
    assert cuts == {"responses": 3}


def test_the_latest_beginnings_stay() -> None:
    """Those of a day, and not more than there may be."""
    person = Person()
    note_beginning(person, AT - BEGUN_KEPT_MS - 1, cut)
    note_beginning(person, AT - BEGUN_KEPT_MS, cut)
    note_beginning(person, AT, cut)
    assert person.begun == [AT - BEGUN_KEPT_MS, AT]
    assert not cuts
    for number in range(BEGUN_MAX + 1):
        note_beginning(person, AT + number, cut)
    assert person.begun == [AT + number for number in range(1, BEGUN_MAX + 1)]
    assert cuts == {"begun": 1}


def test_names_that_cannot_be_ours_take_no_place() -> None:
    """A trigger's id has 26 letters, a rule's up to 64; a number is a name, too."""
    person = Person()
    note_response(person, said(AT, trigger_id="x" * 65, rule_id="ö"), cut)
    note_response(person, said(AT + 1, trigger_id=7, rule_id="x" * 64), cut)
    note_response(person, said(AT + 2), cut)
    named = [(one.trigger_id, one.rule_id) for one in dealings_of(person).responses]
    assert named == [("?", "?"), ("7", "x" * 64), ("", "")]


@pytest.mark.parametrize("first", ["click", "visit"])
@pytest.mark.parametrize(("later", "follows"), [(0, True), (FOLLOWED_MS, True), (FOLLOWED_MS + 1, False), (-1, False)])
def test_two_halves_have_clicked_and_come_together(first: str, later: int, follows: bool) -> None:
    """Either may be the one who clicked."""
    clicked, came = Person(), Person()
    note_response(clicked, said(AT, "message_clicked"), cut)
    note_beginning(came, AT + later, cut)
    one, other = (clicked, came) if first == "click" else (came, clicked)
    join_responses(one, other, cut)
    assert dealings_of(one).responses == [Response(AT, "message_clicked" if follows else "unfollowed", "", "")]
    assert one.begun == [AT + later]
    join_responses(one, other, cut)
    assert len(dealings_of(one).responses) == 1
