"""Does it add up? What was produced, decided, delivered and received, compared at the end of the demo."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agents.demo.receiver import Tally
from agents.demo.scrape import Scrape
from agents.demo.words import plain
from schemas.outcomes.decisions import Verdict
from schemas.outcomes.deliveries import TERMINAL
from schemas.rules.rulebook import Rulebook
from schemas.topics import SOURCES, Topic
from streams.records import OUTCOMES
from streams.triggers.kinds import ROWS

NOT_SENT = (Verdict.ENDED, Verdict.SUPPRESSED, Verdict.CANCELLED)
"""What became of the occasions that did not lead to a trigger that stands."""

SOON_S = 20.0
"""What is due later than that waits for another day: every wait of the demo's rulebook is shorter."""


@dataclass(slots=True, frozen=True)
class Check:
    """One line of the summary, and whether it holds."""

    holds: bool
    name: str
    text: str


def kinds_of(rulebook: Rulebook) -> tuple[str, ...]:
    """The kinds of triggers that a rulebook has, in the order of all."""
    own = {rule.kind for rule in rulebook.rules}
    return tuple(kind for kind in ROWS if kind in own)


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


def is_decided(scrape: Scrape, now_s: float) -> bool:
    """Whether no visit is open and nothing is due soon after `now_s`, s since the epoch: what waits for a birthday of
    next year is waited for by nobody."""
    due = [at_s for at_s in scrape.values("oldest_due_timestamp_seconds") if at_s]
    return not scrape.total("open_sessions") and all(at_s > now_s + SOON_S for at_s in due)


def checks(
    scrape: Scrape,
    produced: Mapping[Topic, int],
    tally: Tally,
    exit_code: int,
    kinds: Sequence[str],
    *,
    demanded: Collection[str],
) -> list[Check]:
    """The lines of the summary; `kinds` are those of the rulebook, and each that is demanded has to be delivered."""
    return [
        *(_topic(scrape, topic, produced.get(topic, 0)) for topic in SOURCES),
        _triggers(scrape, kinds, demanded),
        _deliveries(scrape),
        _kinds(tally, kinds, demanded),
        _receiver(scrape, tally),
        Check(exit_code == 0, "worker", f"SIGTERM ended it with exit code {exit_code}"),
    ]


def _topic(scrape: Scrape, topic: Topic, produced: int) -> Check:
    outcomes = scrape.by("records", "outcome", topic=topic.value)
    parts = " + ".join(f"{outcomes.get(outcome, 0):,} {outcome}" for outcome in OUTCOMES)
    return Check(produced == sum(outcomes.values()), topic.value, f"{produced:,} produced = {parts}")


def _triggers(scrape: Scrape, kinds: Sequence[str], demanded: Collection[str]) -> Check:
    counts, decided = fired(scrape), scrape.by("decisions", "verdict")
    never = [kind for kind in kinds if not counts.get(kind)]
    parts = [f"{sum(counts.values()):,} fired" + _but(" (never {})", never)]
    parts += [f"{decided[verdict]:,} {plain(verdict)}" for verdict in NOT_SENT if decided.get(verdict)]
    parts.append(f"{scrape.total('open_episodes'):,} wait for another day")
    return Check(not any(kind in demanded for kind in never), "triggers", ", ".join(parts))


def _kinds(tally: Tally, kinds: Sequence[str], demanded: Collection[str]) -> Check:
    delivered = tally.by_kind()
    missing = [kind for kind in kinds if not delivered[kind]]
    text = f"{len(kinds) - len(missing)} of {len(kinds)} kinds delivered" + _but(", not {}", missing)
    return Check(not any(kind in demanded for kind in missing), "kinds", text)


def _but(words: str, kinds: Sequence[str]) -> str:
    return words.format(", ".join(plain(kind) for kind in kinds)) if kinds else ""


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
