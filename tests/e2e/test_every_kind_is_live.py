"""Every kind of the table is in a world that is played live, its worker killed."""

from schemas.rules.timed import ANSWERS, TimedRule
from streams.triggers.kinds import ROWS
from tests.e2e.test_worlds_live import WORLDS


def test_every_kind_is_in_a_live_world() -> None:
    """A new kind needs one."""
    assert ROWS.keys() - {rule.kind for live in WORLDS.values() for rule in live.book.rules} == set()


def test_rules_that_speak_several_times_are_in_a_live_world() -> None:
    """With every answer that a rule may name as its end."""
    rules = [rule for live in WORLDS.values() for rule in live.book.rules]
    runs = [rule for rule in rules if isinstance(rule, TimedRule) and rule.steps]
    assert {answer for rule in runs for answer in rule.stop_on} == ANSWERS.keys()
    assert {"cart_abandonment", "lapse", "sequence"} <= {rule.kind for rule in runs}
