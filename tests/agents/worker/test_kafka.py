"""How clients reach Kafka, and by which partitioner."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from pydantic import SecretStr

from agents.exits import Misconfigured
from agents.kafka import PARTITIONERS, closed, connection
from agents.settings.settings import KafkaSettings
from tests.waiting import WITHIN_S


def test_crc32_is_librdkafkas() -> None:
    """The check value of the CRC that librdkafka takes, without a sign."""
    assert PARTITIONERS["crc32"](b"123456789", 1 << 32) == 0xCBF4_3926


async def test_a_client_that_loses_its_own_cancellation_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka cancels its refresh of metadata as the answer comes: the refresh goes on, and the close waits for it.

    A restore was seen to wait for that until the watchdog ended the process.
    """
    monkeypatch.setattr("agents.kafka.CLOSE_S", 0.05)
    client, asked = AIOKafkaClient(), asyncio.Event()

    async def answered_as_it_is_cancelled(*_: Any) -> bool:
        asked.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        return True

    monkeypatch.setattr(client, "_metadata_update", answered_as_it_is_cancelled)
    client._sync_task = asyncio.create_task(client._md_synchronizer())
    client.force_metadata_update()
    await asked.wait()
    closing = asyncio.create_task(closed(client.close()))
    await asyncio.wait([closing], timeout=WITHIN_S)
    is_closed = closing.done()
    closing.cancel()
    assert is_closed


async def test_whoever_closes_a_client_is_not_cancelled_by_it() -> None:
    """aiokafka cancels a fetch that has failed and is being waited out, and hands on that it was cancelled.

    Seen in an outage: the opening of a ledger and a restore ended as if somebody had asked for it, and those who relied
    on them waited for ever.
    """
    fetcher = Fetcher.__new__(Fetcher)
    fetcher._fetch_task, fetcher._fetch_waiters = asyncio.create_task(asyncio.sleep(3600)), set()
    fetcher._pending_tasks = {asyncio.create_task(asyncio.sleep(3600))}
    await asyncio.sleep(0)
    closing = asyncio.create_task(closed(fetcher.close()))
    await asyncio.wait([closing], timeout=WITHIN_S)
    assert closing.done()
    assert not closing.cancelled()


async def test_who_is_cancelled_while_a_client_closes_is_cancelled() -> None:
    """By somebody who means it; the close is given up then."""
    client: asyncio.Task[None] = asyncio.create_task(asyncio.sleep(3600))

    async def close() -> None:
        await client

    closing = asyncio.create_task(closed(close()))
    await asyncio.sleep(0.01)
    closing.cancel()
    await asyncio.wait([closing], timeout=WITHIN_S)
    assert closing.cancelled()
    await asyncio.wait([client], timeout=WITHIN_S)
    assert client.cancelled()


def test_plaintext_needs_the_address_alone() -> None:
    """No credentials are passed on where none are used."""
    options = connection(KafkaSettings(bootstrap="b:1", sasl_password=SecretStr("unused")))
    assert options == {"bootstrap_servers": "b:1", "security_protocol": "PLAINTEXT"}


def test_the_password_file_comes_before_the_password(tmp_path: Path) -> None:
    """A mounted secret, with the line end that editors leave."""
    file = tmp_path / "password"
    file.write_text("from the file\n")
    settings = KafkaSettings(
        security_protocol="SASL_PLAINTEXT", sasl_username="u", sasl_password=SecretStr("p"), sasl_password_file=file
    )
    options = connection(settings)
    assert options["sasl_plain_password"] == "from the file"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"


def test_tls_verifies_the_broker() -> None:
    """Certificates and host names are checked."""
    context = connection(KafkaSettings(security_protocol="SSL"))["ssl_context"]
    assert context.check_hostname


def test_sasl_without_credentials_is_said_so() -> None:
    """Rather than an authentication error of the broker's."""
    with pytest.raises(Misconfigured, match="sasl_username"):
        connection(KafkaSettings(security_protocol="SASL_SSL"))
