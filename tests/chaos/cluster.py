"""Three brokers for the chaos run, with a side door through which one worker's traffic can be disturbed.

Each broker has a second listener that advertises the port of a proxy: whoever bootstraps through the proxies stays
behind them.
"""

import asyncio
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

from agents.demo.broker import Kafka
from agents.demo.broker.ports import free_ports
from agents.demo.broker.properties import Address
from agents.settings.settings import KafkaSettings, Settings
from agents.topics.declared import apply, declared_topics, default_topics_file
from schemas.topics import Topic
from tests.chaos.generator import PARTITIONS

BROKERS = 3
LOOK_MS = 3000


class Cluster:
    """The brokers, by number from 1. All that blocks runs in one thread of its own, one thing after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, "brokers")
        self._kafka: Kafka | None = None
        ports = free_ports(2 * BROKERS)
        self._side, self._proxied = ports[:BROKERS], ports[BROKERS:]

    @property
    def bootstrap(self) -> str:
        """The front door."""
        assert self._kafka is not None
        return self._kafka.bootstrap

    @property
    def bootstrap_proxied(self) -> str:
        """The door behind the proxies."""
        return ",".join(f"127.0.0.1:{port}" for port in self._proxied)

    @property
    def routes(self) -> list[str]:
        """What the proxies are to listen on, and where it goes."""
        return [f"{proxied}:{side}" for proxied, side in zip(self._proxied, self._side, strict=True)]

    async def start(self) -> None:
        """Start all brokers; returns when they are ready."""
        self._kafka = await self._do(lambda: Kafka.start(self._folder, brokers=BROKERS, extra=self._extra))

    async def stop(self) -> None:
        """Stop all."""
        if self._kafka is not None:
            await self._do(self._kafka.stop)

    async def kill(self, broker: int) -> None:
        """SIGKILL."""
        await self._do(lambda: self._running().kill(broker))

    async def restart(self, broker: int, wait: bool = True) -> None:
        """Start it again, after an orderly stop if it runs."""
        await self._do(lambda: self._running().restart(broker, wait))

    async def pause(self, broker: int) -> None:
        """SIGSTOP."""
        await self._do(lambda: self._running().pause(broker))

    async def resume(self, broker: int) -> None:
        """SIGCONT."""
        await self._do(lambda: self._running().resume(broker))

    def is_running(self, broker: int) -> bool:
        """Whether the process exists."""
        return self._running().is_running(broker)

    def refuse_writes(self, broker: int) -> None:
        """From now on no file of the broker may grow: to it the disk is full."""
        pid = self._running().pid(broker)
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))

    async def leader(self, topic: str, partition: int) -> int | None:
        """The broker that leads the partition at the moment, as far as it is known."""
        client = AIOKafkaClient(bootstrap_servers=self.bootstrap, request_timeout_ms=LOOK_MS)
        try:
            await client.bootstrap()
            client.add_topic(topic)
            async with asyncio.timeout(LOOK_MS / 1000):
                await client.force_metadata_update()
            found: int | None = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        except Exception:  # noqa: BLE001  (whatever it is: the question has no answer now)
            return None
        finally:
            await client.close()
        return found if found in range(1, BROKERS + 1) else None

    async def make_topics(self, settings: Settings, file: Path) -> None:
        """The shipped topics with four partitions each; what the verdict reads has times of append too."""
        declared = yaml.safe_load(default_topics_file().read_text())
        for topic in (Topic.TRIGGERS, Topic.DECISIONS, Topic.DELIVERIES):
            declared["topics"][topic.value]["configs"] = {
                **declared["topics"][topic.value]["configs"],
                "message.timestamp.type": "LogAppendTime",
            }
        file.write_text(yaml.safe_dump(declared))
        await apply(settings, declared_topics(file, PARTITIONS, BROKERS))

    def _extra(self, own: Address) -> Mapping[str, str]:
        side, proxied = self._side[own.number - 1], self._proxied[own.number - 1]
        return {
            "listeners": f"PLAINTEXT://127.0.0.1:{own.port},CONTROLLER://127.0.0.1:{own.controller_port},"
            f"SIDE://127.0.0.1:{side}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{own.port},SIDE://127.0.0.1:{proxied}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SIDE:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }

    def _running(self) -> Kafka:
        assert self._kafka is not None, "not started"
        return self._kafka

    async def _do(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def settings_of(app: str, bootstrap: str) -> Settings:
    """The settings by which the run itself reads and makes topics."""
    return Settings(app=app, topic_prefix=f"{app}-", kafka=KafkaSettings(bootstrap=bootstrap))
