"""When the dates of the demo come: its rulebook says nine o'clock, and nobody wants to wait until then."""

from datetime import UTC, datetime
from pathlib import Path

from agents.rulebook_file import load_rulebook
from schemas.rules.calendar import CalendarRule
from schemas.rules.policy import clock_text
from schemas.rules.rulebook import Rulebook

DEMO = Path("demo")


def moment(at_ms: int) -> datetime:
    """A time, ms, as the demo's rulebook reads it: in UTC, to the second."""
    return datetime.fromtimestamp(at_ms // 1000, UTC)


def dated(rulebook: Rulebook) -> frozenset[str]:
    """The kinds of its calendar rules."""
    return frozenset(rule.kind for rule in rulebook.rules if isinstance(rule, CalendarRule))


def rulebook_for(greets: datetime) -> Rulebook:
    """The demo's rulebook, with calendar rules that speak at that time of the day: at its minute, and the seconds are
    the wait of their first step."""
    rulebook = load_rulebook(DEMO)
    said = rulebook.model_dump(mode="json")
    for rule, own in zip(rulebook.rules, said["rules"], strict=True):
        if isinstance(rule, CalendarRule):
            own["at"] = clock_text(greets.hour * 60 + greets.minute)
            own["steps"] = [{"wait": f"{greets.second}s"}]
    return Rulebook.model_validate(said)
