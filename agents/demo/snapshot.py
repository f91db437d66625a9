"""What the screen shows at one moment: plain values, so that rendering is a pure function of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, frozen=True)
class KindLine:
    """One kind of trigger: how often it fired and was delivered, and the seconds from due to emitted."""

    kind: str
    fired: int = 0
    delivered: int = 0
    p50_s: float | None = None
    p99_s: float | None = None


@dataclass(slots=True, frozen=True)
class FeedLine:
    """One trigger. `outcome` is what became of it so far, `state` the ledger's word for that (or `taken back`)."""

    at: str
    kind: str
    who: str
    what: str
    state: str
    outcome: str


@dataclass(slots=True, frozen=True)
class Snapshot:
    """`events` are the records consumed from the sources, `events_per_s` the rate of the last seconds, oldest first."""

    phase: str
    title: str
    elapsed_s: float
    seconds: float | None
    events: int = 0
    events_per_s: tuple[float, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    sessions: int = 0
    episodes: int = 0
    behind_s: float | None = None
    lag: int = 0
    kinds: tuple[KindLine, ...] = ()
    deliveries: Mapping[str, int] = field(default_factory=dict)
    repeated_calls: int = 0
    verdicts: tuple[tuple[str, str, int], ...] = ()
    feed: tuple[FeedLine, ...] = ()
