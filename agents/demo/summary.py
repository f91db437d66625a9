"""Does it add up? What was produced, decided, delivered and received, compared at the end of the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.demo.receiver import Tally
from agents.demo.scrape import Scrape
from agents.demo.words import plain
from agents.rulebook_file import load_rulebook
from schemas.deliveries import TERMINAL
from schemas.topics import Topic
from streams.records import APPLIED, DUPLICATE, IGNORED, LATE, QUARANTINED

SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS)
OUTCOMES = (APPLIED, DUPLICATE, LATE, IGNORED, QUARANTINED)
KINDS = tuple(dict.fromkeys(rule.kind for rule in load_rulebook(Path("demo")).rules))
"""The kinds of triggers that the demo's shop shows: those of its rulebook."""


@dataclass(slots=True, frozen=True)
class Check:
    """One line of the summary, and whether it holds."""

    holds: bool
    name: str
    text: str


def consumed(scrape: Scrape) -> int:
    """Records of the sources that have had their outcome."""
    return sum(scrape.total("records", topic=topic.value) for topic in SOURCES)


def fired(scrape: Scrape) -> dict[str, int]:
    """Triggers fired by kind."""
    return scrape.by("decisions", "kind", verdict="fired")


def under_way(scrape: Scrape) -> int:
    """Triggers whose delivery is not over."""
    return sum(fired(scrape).values()) - scrape.total("deliveries")


def is_quiet(scrape: Scrape, produced: Mapping[Topic, int]) -> bool:
    """Whether everything produced has been consumed, and everything fired has been delivered or given up."""
    return consumed(scrape) == sum(produced.values()) and not under_way(scrape) and not scrape.total("ledger")


def is_decided(scrape: Scrape) -> bool:
    """Whether no visit is open and nothing waits for its due time."""
    return not scrape.total("open_sessions") and not scrape.total("open_episodes")


def checks(
    scrape: Scrape, produced: Mapping[Topic, int], tally: Tally, exit_code: int, *, every_kind: bool
) -> list[Check]:
    """The lines of the summary. `every_kind` demands that each kind of trigger has fired."""
    return [
        *(_topic(scrape, topic, produced.get(topic, 0)) for topic in SOURCES),
        _triggers(scrape, every_kind),
        _deliveries(scrape),
        _receiver(scrape, tally),
        Check(exit_code == 0, "worker", f"SIGTERM ended it with exit code {exit_code}"),
    ]


def _topic(scrape: Scrape, topic: Topic, produced: int) -> Check:
    outcomes = scrape.by("records", "outcome", topic=topic.value)
    parts = " + ".join(f"{outcomes.get(outcome, 0):,} {outcome}" for outcome in OUTCOMES)
    return Check(produced == sum(outcomes.values()), topic.value, f"{produced:,} produced = {parts}")


def _triggers(scrape: Scrape, every_kind: bool) -> Check:
    counts = fired(scrape)
    kinds = ", ".join(f"{plain(kind)} {counts.get(kind, 0):,}" for kind in KINDS)
    holds = not every_kind or all(counts.get(kind, 0) for kind in KINDS)
    return Check(holds, "triggers", f"{sum(counts.values()):,} fired: {kinds}")


def _deliveries(scrape: Scrape) -> Check:
    states = scrape.by("deliveries", "state")
    parts = " + ".join(f"{states.get(state.value, 0):,} {state.value}" for state in sorted(TERMINAL, key=_shown_first))
    total, left = sum(fired(scrape).values()), under_way(scrape)
    return Check(not left, "deliveries", f"{total:,} fired = {parts}; {left:,} under way")


def _shown_first(state: str) -> tuple[bool, str]:
    return state != "delivered", state


def _receiver(scrape: Scrape, tally: Tally) -> Check:
    delivered = scrape.total("deliveries", state="delivered")
    effects = len(tally.effects)
    return Check(
        effects == delivered and not tally.changed and not tally.bad_signatures,
        "receiver",
        f"{effects:,} effects, one per webhook-id; {tally.refused:,} calls answered 503 and repeated, "
        f"{tally.repeats:,} repeats of what had arrived, {tally.bad_signatures:,} bad signatures",
    )
