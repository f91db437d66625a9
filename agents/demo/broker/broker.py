"""A real Apache Kafka on loopback: one to three brokers, started, stopped, killed and paused at will."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from agents.demo.broker.aot import AotCache
from agents.demo.broker.cache_dir import user_cache
from agents.demo.broker.class_path import class_path
from agents.demo.broker.identity import identity_of
from agents.demo.broker.java import QUICK_OPTIONS, STEADY_OPTIONS, Java, java_executable
from agents.demo.broker.node import Node
from agents.demo.broker.properties import Address, TimestampType, server_properties
from agents.demo.broker.readiness import wait_for_brokers, wait_for_producers

BROKERS_MAX = 3
READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
_NOTHING: Mapping[str, str] = MappingProxyType({})
# Relative to the folder of the first broker, whose first run is recorded.
_RECORDING = "kafka.aotconf"


class Kafka:
    """A cluster of Apache Kafka on 127.0.0.1; brokers are numbered from 1. Not to be shared by threads.

    Ports and data survive `stop`, `kill` and `restart`; started again on the same folder it is the same cluster.
    """

    def __init__(self, java: Java, nodes: Sequence[Node], aot: AotCache | None) -> None:
        """Nothing runs yet: use `Kafka.start`."""
        self._java = java
        self._nodes = nodes
        self._aot = aot

    @classmethod
    def start(
        cls,
        data_dir: Path,
        brokers: int = 1,
        quick: bool = True,
        message_timestamp_type: TimestampType = "CreateTime",
        extra: Mapping[str, str] | Callable[[Address], Mapping[str, str]] = _NOTHING,
    ) -> Self:
        """Start a cluster and return when it is ready for idempotent and transactional producers.

        `quick` starts fast and stays small; for benchmarks take `quick=False`. `extra` are broker settings which
        override ours, for all brokers alike or by the address of each. Raises KafkaUnavailable, with the end of the
        log, when a broker does not start; nothing is left running then. Blocks for seconds: from a coroutine, call it
        by `asyncio.to_thread`.
        """
        assert 1 <= brokers <= BROKERS_MAX, f"1 to {BROKERS_MAX} brokers, not {brokers}"
        java = Java(java_executable(), class_path(), QUICK_OPTIONS if quick else STEADY_OPTIONS)
        aot = AotCache(java, user_cache()) if quick else None
        java = replace(java, options=(*java.options, *(aot.options() if aot else ())))
        folder = data_dir.resolve()
        identity = identity_of(folder, brokers)
        kafka = cls(java, [Node(a, folder / f"broker-{a.number}") for a in identity.addresses], aot)
        texts = [
            server_properties(a, identity.addresses, message_timestamp_type, extra(a) if callable(extra) else extra)
            for a in identity.addresses
        ]
        try:
            kafka._prepare(identity.cluster_id, texts)
            kafka._launch()
        except BaseException:
            kafka._kill_all()
            raise
        return kafka

    @property
    def bootstrap(self) -> str:
        """The `bootstrap.servers` of the cluster."""
        return ",".join(f"127.0.0.1:{node.address.port}" for node in self._nodes)

    def pid(self, broker: int = 1) -> int:
        """The process id. Raises ValueError when that broker is not running."""
        return self._node(broker).pid

    def is_running(self, broker: int = 1) -> bool:
        """Whether the broker's process exists; a paused one does."""
        return self._node(broker).is_running()

    def kill(self, broker: int = 1) -> None:
        """SIGKILL: the broker is gone when this returns, as after a power cut.

        The others notice after 4 s (broker.session.timeout.ms); only then is it let in again after a `restart`.
        """
        self._node(broker).kill()

    def pause(self, broker: int = 1) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self._node(broker).pause()

    def resume(self, broker: int = 1) -> None:
        """SIGCONT: the broker goes on where it was paused."""
        self._node(broker).resume()

    def restart(self, broker: int = 1, wait: bool = True) -> None:
        """Start the broker again, on the same port and data, after an orderly stop if it is running.

        Returns when the broker knows itself to be part of the cluster. That needs a majority of brokers: to bring
        back the first of several that are down, pass `wait=False`.
        """
        node = self._node(broker)
        node.stop(STOP_TIMEOUT_S)
        node.launch(self._java)
        if wait:
            self._wait_ready([node])

    def stop(self) -> None:
        """Stop all brokers, in order where that is possible; no process is left. May be repeated.

        Brokers leave one by one with the consent of a majority. What remains after that, and what has not ended in
        time, is killed: acknowledged data is safe with the others, and an orderly end would never come.
        """
        deadline = time.monotonic() + STOP_TIMEOUT_S
        running = [node for node in self._nodes if node.is_running()]
        for node in running:
            node.resume()
        for left, node in zip(range(len(running), 0, -1), running, strict=True):
            if left > len(self._nodes) // 2:
                node.stop(max(0.0, deadline - time.monotonic()))
            else:
                node.kill()
        self._create_aot()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _node(self, broker: int) -> Node:
        if not 1 <= broker <= len(self._nodes):
            raise ValueError(f"There is no broker {broker}; there are 1 to {len(self._nodes)}.")
        return self._nodes[broker - 1]

    def _prepare(self, cluster_id: str, properties: Sequence[str]) -> None:
        with ThreadPoolExecutor(BROKERS_MAX) as at_once:
            prepared = [
                at_once.submit(node.prepare, self._java, cluster_id, text)
                for node, text in zip(self._nodes, properties, strict=True)
            ]
        for preparation in prepared:
            preparation.result()

    def _launch(self) -> None:
        first, *others = self._nodes
        recording = self._aot is not None and not self._aot.exists()
        first.launch(self._java, AotCache.recording_options(_RECORDING) if recording else ())
        for node in others:
            node.launch(self._java)
        self._wait_ready(self._nodes)
        if not wait_for_producers(self.bootstrap, READY_TIMEOUT_S):
            raise first.gave_up(READY_TIMEOUT_S)

    def _wait_ready(self, nodes: Sequence[Node]) -> None:
        def check_alive() -> None:
            for node in nodes:
                node.check_running()

        ports = {node.address.number: node.address.port for node in nodes}
        if not wait_for_brokers(ports, check_alive, READY_TIMEOUT_S):
            raise nodes[0].gave_up(READY_TIMEOUT_S)

    def _create_aot(self) -> None:
        recording = self._nodes[0].folder / _RECORDING
        if self._aot is not None and recording.exists():
            self._aot.create(recording)

    def _kill_all(self) -> None:
        for node in self._nodes:
            node.kill()
