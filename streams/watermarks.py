"""How far time has come: W of one source partition, and the minimum over all that gate a profile.

W of a source partition promises that every record with an earlier time has been folded. 0 stands for "nothing known":
no record has an earlier time, and nothing is due before it.
"""

from collections.abc import Iterable, Mapping

from schemas.topics import Topic
from streams.layout import Layout

WATERMARKS_KEY = b"\x00watermarks"
"""The key of the records on the inboxes that carry watermarks between the stages."""

UNKNOWN = 0


def source_name(topic: Topic, partition: int) -> str:
    """How a source partition is called in a vector of watermarks."""
    return f"{topic.value}-{partition}"


class SourceClock:
    """W of one source partition, with its allowed lateness in ms. It never goes back."""

    __slots__ = ("largest", "lateness", "watermark")

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.largest = 0
        self.watermark = UNKNOWN

    def kept(self) -> dict[str, int]:
        """What a stage's mark keeps of it."""
        return {"watermark": self.watermark, "largest": self.largest}

    def restore(self, mark: Mapping[str, int]) -> None:
        """Go on from what a mark has kept."""
        self.watermark, self.largest = mark["watermark"], mark["largest"]

    def saw(self, at: int) -> None:
        """A record of that time was folded (already clamped to the broker's clock)."""
        if at > self.largest:
            self.largest = at

    def settle(self, asked_ms: int | None) -> int:
        """W after a batch: behind the largest record time with backlog; behind the moment at which the fetch was
        *sent* that found the partition at its end. The time of a response proves nothing."""
        reached = self.largest if asked_ms is None else max(self.largest, asked_ms)
        self.watermark = max(self.watermark, reached - self.lateness)
        return self.watermark


class Gate:
    """The minimum W over the source partitions that can still say something about the profiles of one partition, from
    the vectors that reached its inbox. A partition that has not been heard of counts as 0.
    """

    __slots__ = ("vector", "watermark")

    def __init__(self, names: Iterable[str]) -> None:
        self.vector: dict[str, int] = dict.fromkeys(names, UNKNOWN)
        self.watermark = UNKNOWN

    def heard(self, vector: Mapping[str, int]) -> None:
        """Take a vector: an older value than the known one changes nothing, nor does a partition that does not gate.
        Call `settle` after the batch."""
        known = self.vector
        for name, watermark in vector.items():
            if watermark > known.get(name, watermark):
                known[name] = watermark

    def settle(self) -> int:
        """Bring the minimum up to date."""
        self.watermark = min(self.vector.values())
        return self.watermark

    def blocking(self) -> Iterable[str]:
        """The partitions that hold the minimum back."""
        return [name for name, watermark in self.vector.items() if watermark <= self.watermark]


def sources(layout: Layout, *topics: Topic) -> Iterable[str]:
    """The names of all partitions of these topics."""
    return [source_name(topic, partition) for topic in topics for partition in range(layout.partitions(topic))]
