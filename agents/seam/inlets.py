"""What goes from the consumer to a partition's task: deliveries, by way of an inlet that bounds them."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.topics import Topic
from streams.stage import Batch

QUEUED_MAX = 2
"""Batches of a partition that may wait for its task: one is not enough to keep it busy while the next is fetched."""


class Inlet:
    """The way in of a source partition to its restored stage: what is to be read next, and how much is under way.

    It lives from the end of a rebalance to the beginning of the next one.
    """

    __slots__ = ("_on_room", "delivered_s", "end", "next", "stable", "topic", "under_way")

    def __init__(self, topic: Topic, start: int, on_room: Callable[[], None]) -> None:
        self.topic = topic
        self.next = start
        """The offset that the next delivery starts at."""
        self.under_way = 0
        self.delivered_s = 0.0
        """When the last delivery was made (monotonic); 0 before the first."""
        self.end = start
        """The partition's high watermark as last heard of."""
        self.stable = start
        """Its last stable offset as last heard of: there is something to read if it lies above the position."""
        self._on_room = on_room

    @property
    def has_room(self) -> bool:
        """Whether another batch may be delivered."""
        return self.under_way < QUEUED_MAX

    def taken(self, deliveries: int) -> None:
        """That many deliveries were taken up by the partition's task."""
        self.under_way -= deliveries
        assert self.under_way >= 0, "more was taken than delivered"
        self._on_room()


@dataclass(slots=True, frozen=True)
class Delivery:
    """A batch on its way: the value of one stream event. It holds all of the partition from `start` to its position."""

    batch: Batch
    start: int
    inlet: Inlet
