"""Recordings that tests write and replay."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from agents.replay.files import Outputs, replay_files
from agents.replay.tally import Tally
from schemas.rules.rulebook import Rulebook
from schemas.topics import Topic
from tests.world import rule, rulebook

Json = dict[str, Any]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 24 * 3_600_000
LATENESS = 5 * SECOND
NOW = 1_760_000_000_000
"""Today, as whoever replays has it."""
BEGUN = NOW - 30 * DAY
BOOK = rulebook(rule("cart_abandonment", wait="1h"))


def click(number: int, at: object, **more: object) -> Json:
    """Somebody puts something into the cart."""
    said = {"event_id": f"e{number}", "type": "cart_item_added", "occurred_at": at, "visitor_id": "ada"}
    return said | {"product_id": "p1", "price": "10.00", "currency": "EUR"} | more


def order(number: int, at: object, **more: object) -> Json:
    """Somebody buys."""
    said = {"event_id": f"o{number}", "type": "order_placed", "order_id": f"{number}", "occurred_at": at}
    return said | (more or {"visitor_id": "ada"})


def opted_out(number: int, at: object, **more: object) -> Json:
    """Somebody wants to hear no more."""
    said = {"event_id": f"g{number}", "type": "opted_out", "occurred_at": at}
    return said | (more or {"visitor_id": "ada"})


def written(folder: Path, topic: Topic, records: Iterable[Json | bytes]) -> Path:
    """A file with these records, or these bytes as a line."""
    file = folder / f"{topic}.jsonl"
    file.write_bytes(b"".join((one if isinstance(one, bytes) else orjson.dumps(one)) + b"\n" for one in records))
    return file


class Came:
    """What came of recordings: the tally, and what was written."""

    def __init__(self, tally: Tally, outputs: Outputs) -> None:
        self.tally = tally
        self.triggers, self.decisions, self.dead_letters = (
            [orjson.loads(line) for line in path.read_bytes().splitlines()] if path is not None else []
            for path in outputs
        )

    def ended(self, topic: Topic) -> dict[str, int]:
        """How the records of that input ended; what did not happen is left out."""
        return {outcome: by for outcome, by in self.tally.outcomes()[topic].items() if by}


def replayed(
    folder: Path,
    *,
    clicks: Iterable[Json | bytes] = (),
    orders: Iterable[Json | bytes] = (),
    engagements: Iterable[Json | bytes] = (),
    book: Rulebook = BOOK,
    today: int = NOW,
) -> Came:
    """What comes of these lines; an input without lines is not given."""
    given = {Topic.CLICKSTREAM: list(clicks), Topic.ORDERS: list(orders), Topic.ENGAGEMENTS: list(engagements)}
    inputs = {topic: written(folder, topic, records) for topic, records in given.items() if records}
    outputs = Outputs(folder / "triggers", folder / "decisions", folder / "dead_letters")
    return Came(replay_files(inputs, book, LATENESS, outputs, drain=True, now_ms=today), outputs)
