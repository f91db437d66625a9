"""Answers: few of many are kept, and none that is needed is lost."""

import random
from collections import Counter

import pytest

from schemas.rules.sequence import Sequence
from schemas.state.person import Episode, Person
from streams.limits import size_of, uncounted
from streams.person.answers import (
    ANSWERS_BYTES_MAX,
    KEPT_MS,
    answers_of,
    fit_answers,
    join_answers,
    remember_answer,
)
from streams.person.shelves import dealings_of, own_dealings
from streams.triggers.absence import is_answered
from tests.world import rule

WAIT = 7_200_000
RULE = Sequence.model_validate(
    rule("sequence", id="r", wait="2h", after={"event": "page_viewed"}, unless={"event": "order"})
)


def answered(person: Person, at: int, same: str) -> bool:
    """Whether what waits from there on has its answer."""
    return is_answered(Episode("r", "v", "sequence", at, at + WAIT, "e", "v", None), answers_of(person, "r", same))


@pytest.mark.parametrize("seed", range(20), ids="seed{}".format)
def test_none_that_is_needed_is_left_out(seed: int) -> None:
    """Of an hour's and a day's events, in any order: whatever waits finds the same answer as among all."""
    rng = random.Random(seed)
    person, every = Person(), Person()
    times = [rng.choice([rng.randrange(KEPT_MS), rng.randrange(WAIT)]) // 60_000 * 60_000 for _ in range(40)]
    for number, at in enumerate(times):
        same = rng.choice(["", "a", "b"])
        remember_answer(person, RULE, (at, 0, f"e{number}", 3), same, uncounted)
        own_dealings(every).answers.setdefault("r", []).append((at, 0, f"e{number}", same))
    assert len(dealings_of(person).answers["r"]) < len(dealings_of(every).answers["r"])
    for at in range(0, KEPT_MS, 60_000):
        for same in ("a", "b", "c"):
            assert answered(person, at, same) == answered(every, at, same), (at, same)


def test_what_is_a_day_older_than_the_wait_is_forgotten() -> None:
    """Exactly that old is kept."""
    person = Person()
    for at in (0, 1, WAIT + KEPT_MS + 1):
        remember_answer(person, RULE, (at, 0, "e", 3), "", uncounted)
    assert [at for at, *_ in dealings_of(person).answers["r"]] == [1, WAIT + KEPT_MS + 1]


def test_an_answer_that_is_told_again_is_one() -> None:
    """It is known by its place."""
    person = Person()
    for _ in range(2):
        remember_answer(person, RULE, (1, 0, "e", 3), "", uncounted)
    assert len(dealings_of(person).answers["r"]) == 1


def test_the_answers_of_all_rules_have_a_limit_in_bytes() -> None:
    """The oldest go first, whichever rule's they are; the cut is counted."""
    counted: Counter[str] = Counter()
    person = Person()
    own_dealings(person).answers = {
        f"rule-{number}": [(at, 0, f"{at}".ljust(1000, "x"), "") for at in (number, 100 + number)]
        for number in range(20)
    }
    fit_answers(person, lambda what, by: counted.update({what: by}))
    assert size_of(dealings_of(person).answers) <= ANSWERS_BYTES_MAX
    kept = sorted(at for own in dealings_of(person).answers.values() for at, *_ in own)
    assert kept == [*range(20), *range(100, 120)][-len(kept) :]
    assert counted["answers"] == 40 - len(kept)


def test_two_who_become_one_have_the_answers_of_both() -> None:
    """In order, each once."""
    person, joining = Person(), Person()
    for one, times in ((person, (1, 5)), (joining, (1, 3))):
        own_dealings(one).answers["r"] = [(at, 0, "e", "") for at in times]
    own_dealings(joining).answers["q"] = [(2, 0, "e", "")]
    join_answers(person, joining)
    answers = dealings_of(person).answers
    assert {rule_id: [at for at, *_ in own] for rule_id, own in answers.items()} == {"r": [1, 3, 5], "q": [2]}
