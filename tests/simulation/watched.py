"""The product's stages, with an eye on them: what goes in has to come out as an outcome."""

from collections.abc import Callable, Mapping

from schemas.reading.wire import LINE_END
from schemas.rules.rulebook import Rulebook
from schemas.topics import INBOXES, Topic
from streams.stage import Batch, Effects, Stage


class Watched:
    """A stage whose records are counted on their way in and out."""

    def __init__(self, stage: Stage, topics: tuple[str, ...], wrong: Callable[[str], None]) -> None:
        self.stage = stage
        self.restore = stage.restore
        self.open_in_steps = stage.open_in_steps
        self.open = stage.open
        self.take_over = stage.take_over
        self._topics = topics
        self._wrong = wrong
        self._folded = 0

    @property
    def positions(self) -> Mapping[Topic, int]:
        return self.stage.positions

    @property
    def watermark(self) -> int:
        return self.stage.watermark

    @property
    def watermarks(self) -> Mapping[str, int]:
        return self.stage.watermarks

    @property
    def rulebook(self) -> Rulebook | None:
        return self.stage.rulebook

    @property
    def is_waited_for(self) -> bool:
        return self.stage.is_waited_for

    @property
    def is_late(self) -> bool:
        return self.stage.is_late

    def fold(self, batch: Batch) -> None:
        # On an inbox each fact counts: a line of a record.
        inbox = batch.topic in INBOXES
        self._folded += sum(1 + ((record.value or b"").count(LINE_END) if inbox else 0) for record in batch.records)
        self.stage.fold(batch)

    def take(self) -> Effects:
        effects = self.stage.take()
        counted = sum(by for name, by in effects.counts.items() if name[0] == "records" and name[1] in self._topics)
        if counted != self._folded:
            self._wrong(f"I6: {self._folded} records were folded and {counted} counted")
        self._folded = 0
        return effects

    def gauges(self) -> dict[tuple[str, ...], float]:
        return {}
