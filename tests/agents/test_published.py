"""Rulebooks on their topic, and what whoever goes by one of them has to take over."""

from types import SimpleNamespace

import pytest

from agents.published import HISTORY_MAX, Rules, read, record_of
from agents.rulebook_file import SHIPPED, read_rulebook
from schemas.rules.rulebook import Rulebook
from tests.world import rule, rulebook

CART = "cart_abandonment"
BOOKS = [rulebook(rule(CART, wait=f"{number}m")) for number in range(60, 60 + 2 * HISTORY_MAX)]
A, B, C = BOOKS[:3]


def given(key: bytes | None, value: bytes | None) -> SimpleNamespace:
    """A record of the topic."""
    return SimpleNamespace(key=key, value=value, timestamp=7)


def followed(*books: Rulebook) -> Rules:
    """A process that has read these, in this order; its default is another one."""
    rules = Rules(rulebook(rule(CART, wait="1m")))
    for book in books:
        rules.heard(book)
    return rules


def test_what_is_published_is_read_as_it_was_written() -> None:
    """Name, version, the marketers' own text, and the broker's time."""
    written = read_rulebook(SHIPPED / "preset.yaml")
    one = read(given(*record_of(*written)))
    assert one is not None
    assert (one.rulebook, one.text, one.published_at) == (written.rulebook, written.text, 7)
    assert (one.name, one.version, one.refused) == ("preset", written.rulebook.version, "")


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"[]", b"7", b'{"name": "x"}', b'{"name": "x", "version": "v", "text": "rules: []"}'],
    ids=["empty", "cut", "list", "number", "no_text", "invalid"],
)
def test_what_is_no_rulebook_is_refused_with_a_sentence(value: bytes) -> None:
    """It crashes nobody."""
    one = read(given(b"v", value))
    assert one is not None
    assert one.rulebook is None
    assert one.refused


def test_a_tombstone_says_nothing() -> None:
    """Somebody has tidied the topic."""
    assert read(given(b"v", None)) is None


def test_before_any_is_published_the_default_is_in_force() -> None:
    """A partition that goes by another one takes it over."""
    rules = followed()
    assert rules.first is rules.newest
    assert rules.after(rules.newest) == []
    assert rules.after(A) == [rules.newest]


def test_whoever_was_away_takes_over_all_that_was_missed_in_order() -> None:
    """Also whoever goes by a rulebook that nobody knows any more."""
    rules = followed(A, B, C)
    assert [rules.after(book) for book in (A, B, C)] == [[B, C], [C], []]
    assert rules.after(BOOKS[9]) == [A, B, C]


def test_a_rulebook_that_comes_back_is_the_last_word() -> None:
    """A, B, and A again."""
    rules = followed(A, B, A)
    assert rules.newest is A
    assert (rules.after(A), rules.after(B)) == ([], [A])


def test_the_same_rulebook_again_is_no_news() -> None:
    """Two workers have published it at once."""
    rules = followed(A, A)
    assert (rules.count, rules.after(A)) == (1, [])


def test_only_so_many_are_kept() -> None:
    """The latest."""
    rules = followed(*BOOKS)
    assert rules.count == len(BOOKS)
    assert rules.after(BOOKS[0]) == BOOKS[-HISTORY_MAX:]
