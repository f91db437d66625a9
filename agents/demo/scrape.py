"""The worker's metrics as its `/metrics` tells them, ready to be asked."""

from collections import defaultdict

from prometheus_client.parser import text_string_to_metric_families

from agents.web.metrics import PREFIX

Labels = dict[str, str]


class Scrape:
    """One look at them. Names are those of `agents.web.metrics`, without prefix and `_total`."""

    def __init__(self, text: str = "") -> None:
        self._samples: defaultdict[str, list[tuple[Labels, float]]] = defaultdict(list)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                name = sample.name.removeprefix(PREFIX).removesuffix("_total")
                self._samples[name].append((sample.labels, sample.value))

    def total(self, name: str, **where: str) -> int:
        """The sum over all series with these labels."""
        return int(sum(self._values(name, where)))

    def least(self, name: str) -> float | None:
        """The least of all series; None without any."""
        return min(self._values(name, {}), default=None)

    def by(self, name: str, label: str, **where: str) -> dict[str, int]:
        """The sums by the values of one label."""
        sums: defaultdict[str, int] = defaultdict(int)
        for labels, value in self._samples.get(name, ()):
            if where.items() <= labels.items():
                sums[labels[label]] += int(value)
        return dict(sums)

    def values(self, name: str) -> list[float]:
        """Those of all series."""
        return self._values(name, {})

    def _values(self, name: str, where: Labels) -> list[float]:
        return [value for labels, value in self._samples.get(name, ()) if where.items() <= labels.items()]
