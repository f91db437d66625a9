"""A data folder remembers whose it is."""

import socket
from pathlib import Path

import pytest

from agents.demo.broker.identity import identity_of


def test_a_folder_keeps_its_cluster(tmp_path: Path) -> None:
    """The second look finds the same cluster at the same ports, all different."""
    first = identity_of(tmp_path / "new", brokers=3)

    assert identity_of(tmp_path / "new", brokers=3) == first
    assert len({port for a in first.addresses for port in (a.port, a.controller_port)}) == 6
    assert [a.number for a in first.addresses] == [1, 2, 3]


def test_ports_taken_by_others_are_given_up(tmp_path: Path) -> None:
    """Where somebody listens on an old port there are new ones; the cluster remains the same."""
    first = identity_of(tmp_path, brokers=1)
    with socket.create_server(("127.0.0.1", first.addresses[0].port)):
        second = identity_of(tmp_path, brokers=1)

    assert second.cluster_id == first.cluster_id
    assert second.addresses[0].port != first.addresses[0].port


def test_another_size_is_refused(tmp_path: Path) -> None:
    """A quorum can't change its size behind its own back."""
    identity_of(tmp_path, brokers=1)
    with pytest.raises(ValueError, match="cluster of 1 brokers, not of 3"):
        identity_of(tmp_path, brokers=3)
