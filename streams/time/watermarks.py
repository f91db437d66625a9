"""How far time has come: W of one source partition, and the minimum over all that gate a profile.

W of a source partition promises that every record with an earlier time has been folded. 0 stands for "nothing known":
no record has an earlier time, and nothing is due before it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from schemas.topics import Topic
from streams.layout import Layout

CONTROL: Final = b"\x00"
"""The first byte of keys on the inboxes that are nobody's."""

WATERMARKS_KEY: Final = CONTROL + b"watermarks"
"""The key of the records on the inboxes that carry watermarks between the stages."""

UNKNOWN: Final = 0


def source_name(topic: Topic, partition: int) -> str:
    """How a source partition is called in a vector of watermarks."""
    return f"{topic.value}-{partition}"


class SourceClock:
    """W of one source partition, with its allowed lateness in ms. It never goes back.

    With backlog W is behind the largest record time; at the end of the partition behind the moment at which the fetch
    was *sent* that found it there: the time of a response proves nothing. A batch with backlog that says nothing new
    of time (all of it filtered, repeated or late) moves W by the broker's time of its last record. From that is taken
    off how far behind the broker's time the largest record time was: where months of history are being loaded, the
    hour of the loading is not the hour of the clicks.
    """

    __slots__ = ("behind", "is_news", "largest", "lateness", "watermark")

    def __init__(self, lateness: int) -> None:
        self.lateness = lateness
        self.largest = 0
        self.behind = 0
        """How much earlier the record of the largest time was than the broker's time of it, ms; 0 since the end of the
        partition was seen."""
        self.is_news = False
        self.watermark = UNKNOWN

    def kept(self) -> dict[str, int]:
        """What a stage's mark keeps of it."""
        return {"watermark": self.watermark, "largest": self.largest, "behind": self.behind}

    def restore(self, mark: Mapping[str, int]) -> None:
        """Go on from what a mark has kept."""
        self.watermark, self.largest, self.behind = mark["watermark"], mark["largest"], mark["behind"]

    def saw(self, at: int, taken: int) -> None:
        """A record of that time was folded (already clamped to `taken`, when the broker took it)."""
        if at > self.largest:
            self.largest, self.behind, self.is_news = at, taken - at, True

    def settle(self, asked_ms: int | None, appended_ms: int | None = None) -> int:
        """W after a batch, which was at the end of the partition as a fetch sent at `asked_ms` saw it.

        `appended_ms` is when the broker took the batch's last record. None for a batch without records, and where the
        topic keeps the producers' times: nothing then says where in a backlog a record lies.
        """
        reached = self.largest
        if appended_ms is not None and not self.is_news:
            reached = max(reached, appended_ms - self.behind)
        if asked_ms is not None:
            reached, self.behind = max(reached, asked_ms), 0
        self.is_news = False
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

    def heard(self, vector: dict[str, int]) -> None:
        """Take a vector: an older value than the known one changes nothing, nor does a partition that does not gate.
        Call `settle` after the batch."""
        known = self.vector
        for name, watermark in vector.items():
            if name in known and watermark > known[name]:
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
