"""The one declared list of metrics: every name, its help and its closed label sets stand here and nowhere else."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from streams.stage import Effects

PREFIX = "afterclick_"

COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "records": (
        "Consumed records, or facts of an inbox, by topic and outcome; each ends in one.",
        ("topic", "outcome"),
    ),
    "quarantined": ("Records put aside, by reason.", ("topic", "reason")),
    "oddities": ("Records that were odd and not put aside, by what was odd.", ("topic", "oddity")),
    "clock_ahead": ("Records whose own time was later than the broker's, and was clamped.", ("topic",)),
    "facts": ("Facts sent to profiles, by kind.", ("fact",)),
    "sessions_closed": ("Sessions closed.", ()),
    "decisions": ("Verdicts by rule kind and reason.", ("verdict", "kind", "reason")),
    "commits": ("Transactions committed, by stage.", ("stage",)),
    "restored": ("Changelog records restored, by stage.", ("stage",)),
    "records_lost": ("Offsets that retention took before they were read, by topic.", ("topic",)),
    "attempts": ("HTTP calls made, by destination and outcome.", ("destination", "outcome")),
    "deliveries": ("Deliveries that became terminal, by destination and state.", ("destination", "state")),
    "codes": ("Codes of pools, by what became of them; missing where there was none.", ("pool", "outcome")),
    "dead_letters": ("Dead letters written, by stage.", ("stage",)),
    "cut": ("What was too much to be kept of one person, by what it was.", ("what",)),
    "rulebooks": ("Published rulebooks that the process has come upon, by what became of them.", ("outcome",)),
    "conditions_failed": ("Conditions that could not be judged, and so did not hold, by clause.", ("clause",)),
    "dates_unreadable": ("Dates of persons that cannot be read, and so are waited for by no rule, by rule.", ("rule",)),
    "put_aside": ("Persons put aside since their record became too large, by stage.", ("stage",)),
}

GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "keys": ("Live state records, by stage and partition.", ("stage", "partition")),
    "open_sessions": ("Sessions not yet closed.", ("partition",)),
    "open_episodes": ("Occasions that wait for their due time, by stage and partition.", ("stage", "partition")),
    "watermark_timestamp_seconds": ("W of a source partition.", ("topic", "partition")),
    "gate_timestamp_seconds": ("Minimum W that a partition of that stage decides by.", ("stage", "partition")),
    "blocking": (
        "1 for the partitions that hold back the minimum watermark of a stage.",
        ("stage", "topic", "partition"),
    ),
    "oldest_due_timestamp_seconds": (
        "Due time of the oldest pending timer, by stage and partition; 0 when there is none.",
        ("stage", "partition"),
    ),
    "lag_records": ("Records not yet folded.", ("topic", "partition")),
    "partition_stalled": (
        "1 while a partition is not read on, since too many of its records cannot be used.",
        ("topic", "partition"),
    ),
    "ledger": ("Deliveries that are not terminal, by destination and state.", ("destination", "state")),
    "codes_free": ("Codes of a pool that are nobody's, in the partitions of the process.", ("pool",)),
    "oldest_delivery_timestamp_seconds": ("When the oldest unfinished delivery was taken up.", ("destination",)),
    "destination_resting": (
        "1 while a destination is called by a probe now and then only, by what is wrong with it.",
        ("destination", "why"),
    ),
    "rulebook_refused": (
        "1 while the last published rulebook is refused by this process, and the one of before stays in force.",
        (),
    ),
    "rulebooks_behind": (
        "Published rulebooks that the process has read and the partition has not taken over.",
        ("stage", "partition"),
    ),
    "restore_left": ("Changelog offsets that a restore has still to read; 0 when none runs.", ("stage",)),
    "ready": ("1 once the process's partitions are restored and reading.", ("role",)),
}

HISTOGRAMS: dict[str, tuple[str, tuple[str, ...], tuple[float, ...]]] = {
    "trigger_latency_seconds": (
        "From due to emitted, by kind.",
        ("kind",),
        (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
    ),
    "lateness_seconds": ("How late the late records were.", ("topic",), (1, 5, 30, 60, 300, 1800, 7200, 86400)),
    "batch_seconds": ("Fold and commit of one batch.", ("stage",), (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)),
    "attempt_seconds": ("One HTTP call.", ("destination",), (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30)),
}


class Metrics:
    """The declared families on one registry. An undeclared name is a KeyError: a typo must not become a series."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self._counters = {
            name: Counter(PREFIX + name, help_, labels, registry=self.registry)
            for name, (help_, labels) in COUNTERS.items()
        }
        self._gauges = {
            name: Gauge(PREFIX + name, help_, labels, registry=self.registry)
            for name, (help_, labels) in GAUGES.items()
        }
        self._histograms = {
            name: Histogram(PREFIX + name, help_, labels, registry=self.registry, buckets=buckets)
            for name, (help_, labels, buckets) in HISTOGRAMS.items()
        }

        ProcessCollector(registry=self.registry)

    def start_at_zero(self, name: str, *labels: str) -> None:
        """Show a counter before its first count: a rate sees only what it has seen at zero."""
        self._counters[name].labels(*labels)

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        counter = self._counters[name]
        (counter.labels(*labels) if labels else counter).inc(by)

    def gauge(self, name: str, *labels: str, value: float) -> None:
        """Set a gauge."""
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def observe(self, name: str, *labels: str, seconds: float) -> None:
        """Put one observation into a histogram."""
        self._histograms[name].labels(*labels).observe(seconds)

    def take(self, effects: Effects, gauges: Mapping[tuple[str, ...], float]) -> None:
        """Export what a stage counted in one committed batch, once a batch and never once a record."""
        for (name, *labels), by in effects.counts.items():
            self.count(name, *labels, by=by)
        for name, label, seconds in effects.observed:
            self.observe(name, label, seconds=seconds)
        self.show(gauges.items())

    def show(self, gauges: Iterable[tuple[tuple[str, ...], float]]) -> None:
        """Set gauges: (metric, label values…) -> value."""
        for (name, *labels), value in gauges:
            self.gauge(name, *labels, value=value)

    def forget(self, gauges: Iterable[tuple[str, ...]]) -> None:
        """Drop gauges, (metric, label values…), that somebody else shows from now on; unknown ones are ignored."""
        for name, *labels in gauges:
            with suppress(KeyError):
                self._gauges[name].remove(*labels)
