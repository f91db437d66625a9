"""The pinned jars: complete, and only what they claim to be."""

from pathlib import Path

import pytest

from agents.demo.broker import class_path as module
from agents.demo.broker.class_path import class_path, pinned_jars
from agents.demo.broker.errors import ClassPathUnavailable


class MavenThatServes:
    """In the place of jgo's context: every artifact has the same bytes."""

    def __init__(self, folder: Path, content: bytes, artifact: str = "") -> None:
        self.folder = folder
        self.content = content
        self.file = folder / f"served-{artifact}"

    def project(self, _group: str, artifact: str) -> "MavenThatServes":
        # Downloads run side by side, so each has an object of its own.
        return type(self)(self.folder, self.content, artifact)

    def at_version(self, _version: str) -> "MavenThatServes":
        return self

    def artifact(self) -> "MavenThatServes":
        return self

    def resolve(self) -> Path:
        self.file.write_bytes(self.content)
        return self.file


def test_all_of_kafka_is_named_once() -> None:
    """One line for each jar, the three that matter in the versions asked for."""
    jars = pinned_jars()
    names = [jar.file_name for jar in jars]

    assert len(names) == len(set(names)) == 46
    assert {"kafka_2.13-4.3.1.jar", "kafka-clients-4.3.1.jar", "log4j-slf4j-impl-2.25.1.jar"} <= set(names)
    assert all(len(jar.sha256) == 64 for jar in jars)


def test_what_is_cached_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all jars present nothing is asked of anybody."""
    monkeypatch.setattr(module, "_maven", lambda _: pytest.fail("asked for Maven"))
    (tmp_path / "jars").mkdir()
    for jar in pinned_jars():
        (tmp_path / "jars" / jar.file_name).touch()

    assert [path.name for path in class_path(tmp_path)] == [jar.file_name for jar in pinned_jars()]


def test_a_jar_with_other_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download that is broken or tampered with is not kept, and the sentence names the jar."""
    monkeypatch.setattr(module, "_maven", lambda folder: MavenThatServes(folder, b"not a jar"))

    with pytest.raises(ClassPathUnavailable, match=r"\.jar has SHA-256 \w{64}, pinned is"):
        class_path(tmp_path)

    assert list(tmp_path.glob("**/*.jar")) == []


def test_no_network_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is off line reads where the jars were to come from and where they would have gone."""

    class Offline(MavenThatServes):
        def resolve(self) -> Path:
            raise OSError("Network is unreachable")

    monkeypatch.setattr(module, "_maven", lambda folder: Offline(folder, b""))

    with pytest.raises(ClassPathUnavailable, match=r"from Maven Central into .*jars: Network is unreachable\."):
        class_path(tmp_path)
