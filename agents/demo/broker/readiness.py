"""When a cluster is ready: it lists its brokers itself, and producers of both kinds have been served once.

An open port is not enough: a broker listens before the controller knows it, and the first transactional producer has
to wait for the transaction log to be created.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

POLL_INTERVAL_S = 0.05
REQUEST_TIMEOUT_MS = 3_000


def wait_for_brokers(ports: Mapping[int, int], check_alive: Callable[[], None], timeout_s: float) -> bool:
    """Whether, in the time given, each of these brokers (number to port) has come to know all of them.

    `check_alive` is called again and again, and what it raises ends the wait.
    """
    return _in_own_loop(_brokers_know_each_other(ports, check_alive, time.monotonic() + timeout_s))


def wait_for_producers(bootstrap: str, timeout_s: float) -> bool:
    """Whether an idempotent and a transactional producer got their ids in the time given."""
    return _in_own_loop(_producers_served(bootstrap, timeout_s))


def _in_own_loop(work: Coroutine[None, None, bool]) -> bool:
    # In a thread of its own, since the caller may be inside a running loop, where asyncio.run is refused.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _brokers_know_each_other(ports: Mapping[int, int], check_alive: Callable[[], None], deadline: float) -> bool:
    waiting = set(ports.values())
    while waiting and time.monotonic() < deadline:
        check_alive()
        for port in sorted(waiting):
            # The bare connection spares the log aiokafka's errors while nobody listens yet.
            if await _is_listening(port) and set(ports) <= await _known_brokers(port):
                waiting.remove(port)
        await asyncio.sleep(POLL_INTERVAL_S if waiting else 0)
    return not waiting


async def _is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _known_brokers(port: int) -> set[int]:
    # Not the admin client's describe_cluster: that asks any broker, also one that is down.
    client = AIOKafkaClient(bootstrap_servers=f"127.0.0.1:{port}", request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await client.bootstrap()
        return {broker.nodeId for broker in client.cluster.brokers()}
    except KafkaError:
        return set()
    finally:
        await client.close()


async def _producers_served(bootstrap: str, timeout_s: float) -> bool:
    idempotent = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    transactional = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="afterclick-readiness")
    try:
        async with asyncio.timeout(timeout_s):
            for producer in (idempotent, transactional):
                await producer.start()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await asyncio.gather(idempotent.stop(), transactional.stop())
    return True
