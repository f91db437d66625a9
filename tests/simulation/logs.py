"""The logs of the simulated Kafka: records, transactions and their markers, and how far committed records reach."""

from typing import Any

from aiokafka import TopicPartition

from streams.stage import LOG_APPEND_TIME

EPOCH_MS = 1_750_032_000_000 - 12_000
"""The broker's clock at the beginning of the world: midnight, UTC, is in the midst of what happens."""

OPEN, COMMITTED, ABORTED = "open", "committed", "aborted"


class Transaction:
    """A transaction: its outcome, and the partitions it wrote to."""

    __slots__ = ("logs", "outcome")

    def __init__(self) -> None:
        self.outcome = OPEN
        self.logs: list[Log] = []


class Entry:
    """A record of a log as consumers see it, or a marker, which they do not see."""

    __slots__ = (
        "headers",
        "is_marker",
        "key",
        "offset",
        "partition",
        "timestamp",
        "timestamp_type",
        "topic",
        "transaction",
        "value",
    )

    def __init__(
        self,
        log: "Log",
        key: bytes | None,
        value: bytes | None,
        headers: Any,
        timestamp: int,
        transaction: Transaction | None,
        *,
        is_marker: bool = False,
    ) -> None:
        self.topic, self.partition = log.tp
        self.offset = len(log.entries)
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
        self.timestamp_type = LOG_APPEND_TIME
        self.transaction = transaction
        self.is_marker = is_marker

    @property
    def is_read(self) -> bool:
        """Whether a consumer of committed records sees it, once it is below the last stable offset."""
        return not self.is_marker and (self.transaction is None or self.transaction.outcome == COMMITTED)


class Log:
    """One partition."""

    __slots__ = ("entries", "open", "stable_since", "tp")

    def __init__(self, tp: TopicPartition) -> None:
        self.tp = tp
        self.entries: list[Entry] = []
        self.open: dict[Transaction, int] = {}
        """Transactions without a marker, and their first offsets, ascending."""
        self.stable_since: list[tuple[int, float]] = []
        """How far committed records could be read, and since when (s)."""

    @property
    def end(self) -> int:
        """The high watermark."""
        return len(self.entries)

    @property
    def stable(self) -> int:
        """The last stable offset: below it every transaction has its marker."""
        return next(iter(self.open.values())) if self.open else len(self.entries)

    def append(
        self, key: bytes | None, value: bytes | None, headers: Any, timestamp: int, transaction: Transaction | None
    ) -> Entry:
        """Take a record."""
        if transaction is not None and self not in transaction.logs:
            transaction.logs.append(self)
            self.open[transaction] = len(self.entries)
        entry = Entry(self, key, value, headers, timestamp, transaction)
        self.entries.append(entry)
        return entry

    def mark(self, transaction: Transaction, timestamp: int) -> None:
        """Write the transaction's marker."""
        del self.open[transaction]
        self.entries.append(Entry(self, None, None, (), timestamp, transaction, is_marker=True))
        self.stable_since.append((self.stable, (timestamp - EPOCH_MS) / 1000))

    def committed(self) -> list[Entry]:
        """All records that a consumer of committed records sees."""
        return [entry for entry in self.entries[: self.stable] if entry.is_read]

    def read(self, position: int, records_max: int, *, committed: bool) -> tuple[list[Entry], int]:
        """At most so many records from there on, and the next position; the committed ones, or just all."""
        until = self.stable if committed else len(self.entries)
        found: list[Entry] = []
        while position < until and len(found) < records_max:
            entry = self.entries[position]
            position += 1
            if entry.is_read or not (committed or entry.is_marker):
                found.append(entry)
        return found, position
