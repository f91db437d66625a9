"""Rulebooks as they stand on their topic: a record each, the last valid one is in force.

Compaction keeps the latest record of each key, and the key is the rulebook's version: so every version that was ever
published stays, where it was published last. All are on the topic's first partition, since their order counts.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.rule_conditions import mistakes_in

PARTITION = 0

HISTORY_MAX = 50
"""How many rulebooks a process keeps of those that were published, the latest: a partition that was away takes over all
that it has missed, and more than this nobody misses."""


class Published(NamedTuple):
    """A record of the topic: `published_at` is the broker's time, ms. `rulebook` is None where the text is refused;
    `refused` then says why."""

    version: str
    name: str
    text: str
    published_at: int
    rulebook: Rulebook | None
    refused: str = ""


def record_of(rulebook: Rulebook, text: str) -> tuple[bytes, bytes]:
    """Key and value of the record that publishes the rulebook that is written as `text`."""
    said = {"name": rulebook.name, "version": rulebook.version, "text": text}
    return rulebook.version.encode(), orjson.dumps(said)


def read(record: Any) -> Published | None:
    """What a record of the topic says; None of a tombstone. Never raises for a bad one."""
    if record.value is None:
        return None
    try:
        said = orjson.loads(record.value)
        name, version, text = (str(said[field]) for field in ("name", "version", "text"))
    except (ValueError, TypeError, KeyError) as error:
        key = (record.key or b"").decode(errors="replace")
        return Published(key, "", "", record.timestamp, None, f"the record is no published rulebook: {error!r}")
    try:
        return Published(version, name, text, record.timestamp, rulebook_from_text(text, name, mistakes_in))
    except RulebookRefused as refused:
        return Published(version, name, text, record.timestamp, None, str(refused))


class Rules:
    """The rulebooks that were published, in their order, as far as this process has read them. Before any was, the
    `default` is in force."""

    def __init__(self, default: Rulebook) -> None:
        self._default = default
        self._history: deque[Rulebook] = deque(maxlen=HISTORY_MAX)
        self.count = 0
        """How many have been heard of: it moves when there is something to take over."""

    def heard(self, rulebook: Rulebook) -> None:
        """This one is in force from now on."""
        if not self._history or self._history[-1].version != rulebook.version:
            self._history.append(rulebook)
            self.count += 1

    @property
    def first(self) -> Rulebook:
        """That by which a partition begins of which nothing is recorded."""
        return self._history[0] if self._history else self._default

    @property
    def newest(self) -> Rulebook:
        """The one in force."""
        return self._history[-1] if self._history else self._default

    def after(self, rulebook: Rulebook) -> Sequence[Rulebook]:
        """What whoever goes by `rulebook` has to take over, in this order. All, if that one is not known."""
        known = list(self._history) or [self._default]
        place = next((place for place in reversed(range(len(known))) if known[place].version == rulebook.version), -1)
        return known[place + 1 :]
