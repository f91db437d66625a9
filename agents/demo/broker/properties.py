"""The settings of a small, quick, real cluster. All paths are relative to the broker's own folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

TimestampType = Literal["CreateTime", "LogAppendTime"]

LOG4J_PROPERTIES = """\
rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = kafka.log
appender.file.filePattern = kafka.log.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %p %c{1}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 1
"""


@dataclass(frozen=True, slots=True)
class Address:
    """A broker's number, from 1, and its two ports on 127.0.0.1."""

    number: int
    port: int
    controller_port: int


def server_properties(
    own: Address, cluster: Sequence[Address], timestamp_type: TimestampType, extra: Mapping[str, str]
) -> str:
    """The text of server.properties for one of the brokers; `extra` has the last word."""
    settings = _identity(own, cluster) | _copies(len(cluster)) | _small_and_quick()
    settings |= {"log.message.timestamp.type": timestamp_type, "auto.create.topics.enable": "false"}
    settings |= extra
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _identity(own: Address, cluster: Sequence[Address]) -> dict[str, str]:
    return {
        "process.roles": "broker,controller",
        "node.id": str(own.number),
        "controller.quorum.voters": ",".join(f"{a.number}@127.0.0.1:{a.controller_port}" for a in cluster),
        "listeners": f"PLAINTEXT://127.0.0.1:{own.port},CONTROLLER://127.0.0.1:{own.controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{own.port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": "data",
    }


def _copies(brokers: int) -> dict[str, str]:
    copies = str(min(brokers, 3))
    in_sync_min = "1" if brokers == 1 else "2"
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync_min,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync_min,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync_min,
    }


def _small_and_quick() -> dict[str, str]:
    return {
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        # After a kill the controller refuses the broker's successor until the session of the dead one is over, which
        # by default takes 9 s.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "500",
        # Kafka would set 128 MB of the heap aside for compaction.
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    }
