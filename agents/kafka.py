"""How clients reach Kafka, and by which partitioner."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from zlib import crc32

from agents.exits import Misconfigured
from agents.settings.settings import KafkaSettings, Partitioner
from streams.partitions import partition_of

CLOSE_S = 3.0
"""How long the close of a client may take before it is asked again."""


def connection(settings: KafkaSettings) -> dict[str, Any]:
    """What every aiokafka client, consumer or producer takes to connect. Reads the password and certificate files."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol in ("SSL", "SASL_SSL"):
        try:
            options["ssl_context"] = _ssl_context(settings)
        except OSError as error:
            raise Misconfigured(f"kafka.ssl_ca_file, ssl_cert_file or ssl_key_file cannot be used: {error}") from error
    if settings.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = _password(settings)
    return options


async def closed(closing: Coroutine[Any, Any, None]) -> None:
    """Wait for a client's `stop()` or `close()`, but not for ever, and not for what it has cancelled itself.

    aiokafka cancels tasks of its own and waits for them. In Python 3.11 such a cancellation may be lost: `wait_for`
    prefers an answer that comes at that very moment; what is cancelled a second time then ends. And one that arrives
    while a failed fetch is being waited out comes back as if whoever closes had been cancelled (`Fetcher.close`).
    """
    stopping = asyncio.create_task(closing)
    try:
        await asyncio.wait([stopping], timeout=CLOSE_S)
    finally:
        stopping.cancel()  # does nothing to what is done
    await asyncio.wait([stopping], timeout=CLOSE_S)
    if stopping.done() and not stopping.cancelled():
        stopping.result()


def _crc32(key: bytes, partitions: int) -> int:
    return crc32(key) % partitions


PARTITIONERS: Mapping[Partitioner, Callable[[bytes, int], int]] = {"murmur2": partition_of, "crc32": _crc32}
"""How producers choose the partition of a key: `murmur2` is Java's way and most clients', `crc32` that of librdkafka
where nothing else is set (`consistent_random`)."""


DEFAULT_PARTITIONER: Partitioner = "murmur2"
"""That of the clients that we use ourselves."""


def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ssl_ca_file)
    if settings.ssl_cert_file is not None:
        context.load_cert_chain(settings.ssl_cert_file, settings.ssl_key_file)
    return context


def _password(settings: KafkaSettings) -> str:
    if settings.sasl_password_file is not None:
        try:
            return settings.sasl_password_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"kafka.sasl_password_file cannot be read: {error}") from error
    if settings.sasl_password is None or settings.sasl_username is None:
        raise Misconfigured("SASL needs kafka.sasl_username and kafka.sasl_password or kafka.sasl_password_file")
    return settings.sasl_password.get_secret_value()
