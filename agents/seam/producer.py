"""Transactional producers as aiokafka has them, with two rules of our own."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import aiokafka.producer.sender as sender
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.protocol.transaction import EndTxnRequest

from agents.exits import CommitFailed

NEXT_TRANSACTION_WAIT_S = 0.004
"""Until the markers of the last transaction are written the next one is refused; aiokafka would wait 20 ms, each."""


Entry = tuple[bytes, bytes | None, Sequence[tuple[str, bytes]]]
"""Key, value and headers of a record that is to be written."""

_NO_HEADERS: list[tuple[str, bytes]] = []


class RecordTooLarge(Exception):
    """A record is larger than what was allowed; the text says by how much."""


class TransactionalProducer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka is Any to mypy
    """A producer whose transactions end in a known way, or raise CommitFailed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        sender.BACKOFF_OVERRIDE = NEXT_TRANSACTION_WAIT_S
        self._answer_lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._send = self.client.send
        self.client.send = self._send_watched

    def fill(self, batch: Any, entries: Iterator[Entry], timestamp_ms: int, size_max: int) -> Entry | None:
        """Put records into a fresh batch until none is left (None), or one does not fit: that one is returned.

        By the C builder inside of aiokafka's: its own `append` costs ten times as much a record. Raises
        RecordTooLarge for a key and value of more than `size_max` bytes together.
        """
        append, count = batch._builder.append, 0
        for entry in entries:
            key, value, headers = entry
            if len(key) + (0 if value is None else len(value)) > size_max:
                raise RecordTooLarge(f"a record of {len(key) + len(value or b'')} bytes, and {size_max} are allowed")
            if append(count, timestamp_ms, key, value, list(headers) if headers else _NO_HEADERS) is None:
                batch._relative_offset = count
                return entry
            count += 1
        batch._relative_offset = count
        return None

    async def end_transaction(self) -> None:
        """Commit. Raises CommitFailed when the transaction is not, or perhaps not, committed.

        aiokafka repeats an EndTxn whose answer was lost. The first one may still be on its way, and would commit a
        part of the next transaction: so this producer must not begin another.
        """
        commit = asyncio.ensure_future(self.commit_transaction())
        await asyncio.wait([commit, self._answer_lost], return_when=asyncio.FIRST_COMPLETED)
        if self._answer_lost.done():
            commit.cancel()
            raise CommitFailed("the answer to a commit was lost: nobody knows its result")
        try:
            commit.result()
        except KafkaError as error:
            raise CommitFailed(f"the transaction was not committed: {error!r}") from error

    async def _send_watched(self, node_id: Any, request: Any, **options: Any) -> Any:
        try:
            return await self._send(node_id, request, **options)
        except KafkaError:
            if isinstance(request, EndTxnRequest) and not self._answer_lost.done():
                self._answer_lost.set_result(None)
            raise
