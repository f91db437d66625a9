"""Java's start-up cache is a pure optimization: no failure of it is a failure of Kafka."""

import logging
from pathlib import Path

import pytest

from agents.demo.broker.aot import AotCache
from agents.demo.broker.java import Java


@pytest.fixture
def java(tmp_path: Path) -> Java:
    """A Java that can't run anything."""
    runtime = tmp_path / "runtime"
    (runtime / "bin").mkdir(parents=True)
    (runtime / "lib").mkdir()
    (runtime / "lib" / "modules").touch()
    executable = runtime / "bin" / "java"
    executable.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    executable.chmod(0o755)
    return Java(executable, class_path=(), options=())


def test_a_failed_creation_is_only_logged(java: Java, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The recording is gone, nothing half-made is left, and the log says what it means for the user."""
    recording = tmp_path / "kafka.aotconf"
    recording.touch()
    cache = AotCache(java, tmp_path / "cache")

    with caplog.at_level(logging.WARNING):
        cache.create(recording)

    assert "Kafka will start more slowly" in caplog.text
    assert not recording.exists()
    assert list((tmp_path / "cache").iterdir()) == []
    assert cache.options() == ()


def test_another_runtime_or_other_options_have_another_cache(java: Java, tmp_path: Path) -> None:
    """Java would refuse the cache of another runtime or of other options, so it never sees one."""
    path = AotCache(java, tmp_path).path
    quick = Java(java.executable, java.class_path, options=("-Xmx1m",))
    assert AotCache(quick, tmp_path).path != path

    (java.executable.parent.parent / "lib" / "modules").write_bytes(b"another Java")
    assert AotCache(java, tmp_path).path != path
