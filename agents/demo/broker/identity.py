"""What a data folder remembers, so that a cluster started on it again is the same one at the same addresses."""

import json
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from agents.demo.broker.ports import free_ports, is_free
from agents.demo.broker.properties import Address

_FILE_NAME = "cluster.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """Kafka's cluster id, and the brokers' addresses."""

    cluster_id: str
    addresses: tuple[Address, ...]


def identity_of(data_dir: Path, brokers: int) -> Identity:
    """The identity kept in the folder, or a new one, kept from now on; new ports where the old ones are taken.

    Raises ValueError when the folder belongs to a cluster of another size.
    """
    file = data_dir / _FILE_NAME
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    if known and len(known["ports"]) != 2 * brokers:
        raise ValueError(f"{data_dir} holds a cluster of {len(known['ports']) // 2} brokers, not of {brokers}.")
    cluster_id = known["cluster_id"] if known else _new_cluster_id()
    ports = known["ports"] if known and all(map(is_free, known["ports"])) else free_ports(2 * brokers)
    data_dir.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cluster_id": cluster_id, "ports": ports}), encoding="utf-8")
    addresses = (Address(i + 1, ports[2 * i], ports[2 * i + 1]) for i in range(brokers))
    return Identity(cluster_id, tuple(addresses))


def _new_cluster_id() -> str:
    """A UUID as Kafka writes it. Never with a dash at its start, which Kafka's tools would take for an option."""
    encoded = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return encoded if not encoded.startswith("-") else _new_cluster_id()
