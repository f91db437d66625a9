"""The rules that opened episodes, as a partition keeps them."""

from pathlib import Path

import orjson
import pytest

from schemas.rules.kinds import Rule
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import rulebook_from_text
from streams.state_format import NewerState
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import RULE_KEY, KeptRule, OpeningRules, decode, encode
from tests.world import rule, rulebook

SHIPPED = Path("agents/rulebooks").glob("*.yaml")
BOOKS = [rulebook_from_text(path.read_text(encoding="utf-8"), path.name) for path in SHIPPED]
RULES = [rule_ for book in BOOKS for rule_ in book.rules]


@pytest.mark.parametrize("kept", RULES, ids=[f"{rule_.id}-{rule_.version}" for rule_ in RULES])
def test_a_rule_survives_the_way_to_the_changelog_and_back(kept: Rule) -> None:
    """Equal, and of the same version."""
    for gone_at in (None, 7):
        again = decode(encode(KeptRule(kept, gone_at)))
        assert (again.rule, again.gone_at, again.rule.version) == (kept, gone_at, kept.version)


@pytest.mark.parametrize(
    "news",
    [{"kind": "mind_reading"}, {"mood": "good"}, {"if": "person.mood == 'good'"}],
    ids=["kind", "field", "condition"],
)
def test_a_rule_that_only_a_newer_program_knows_is_refused(news: dict[str, str]) -> None:
    """As the rulebook that has it is: the worker ends with 78, and nothing is written."""
    book = rulebook(rule("cart_abandonment"))
    said = orjson.loads(encode(KeptRule(book.rules[0])))
    said["rule"] |= news
    with pytest.raises(NewerState, match="a newer Afterclick wrote it"):
        OpeningRules(book, HEARS).restore(RULE_KEY + b"0123456789ab", orjson.dumps(said))


def keys(book: Rulebook) -> set[bytes]:
    """Where the rulebook's rules stand."""
    return {RULE_KEY + rule_.version.encode() for rule_ in book.rules}


def test_each_rule_is_written_once() -> None:
    """With the first commit; nothing is said again while nothing changes."""
    book = rulebook(rule("cart_abandonment"), rule("lapse"))
    rules = OpeningRules(book, HEARS)
    assert {key for key, _ in rules.entries(0)} == keys(book)
    assert rules.entries(10**15) == []


def test_a_rule_that_does_not_wait_opens_no_episode() -> None:
    """An exit intent is judged at once."""
    assert OpeningRules(rulebook(rule("exit_intent")), HEARS).entries(0) == []


def test_what_was_restored_is_not_written_again() -> None:
    """A restart of the same rulebook changes nothing."""
    book = rulebook(rule("cart_abandonment"))
    written = OpeningRules(book, HEARS).entries(0)
    rules = OpeningRules(book, HEARS)
    for key, value in written:
        rules.restore(key, value)
    rules.open(book, 5)
    assert rules.entries(5) == []
