"""Kafka's class path: 46 pinned jars from Maven Central, fetched once per user by jgo.

Every jar is named and hashed in jars.txt, for three reasons. jgo's own resolver picks other versions than Maven does,
some of which break the broker. `jgo.build` wants a second JDK, to sort jars into modules, and fetches it where there is
none. And jgo only warns of a wrong checksum, and keeps what a broken download left behind.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from agents.demo.broker.cache_dir import user_cache
from agents.demo.broker.errors import ClassPathUnavailable

log = logging.getLogger(__name__)

DOWNLOADS_AT_ONCE_MAX = 8


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned jar: its Maven coordinate and the SHA-256 of its bytes."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def pinned_jars() -> tuple[Jar, ...]:
    """All jars in the order of jars.txt, which is the order of the class path."""
    lines = files(__package__).joinpath("jars.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_parsed(line) for line in lines if line and not line.startswith("#"))


def class_path(cache: Path | None = None) -> tuple[Path, ...]:
    """The jars' paths, all present when this returns; from the second call on this machine without any network.

    Raises ClassPathUnavailable.
    """
    folder = (cache or user_cache()) / "jars"
    jars = pinned_jars()
    missing = [jar for jar in jars if not (folder / jar.file_name).exists()]
    if missing:
        _fetch(missing, folder)
    return tuple(folder / jar.file_name for jar in jars)


def _parsed(line: str) -> Jar:
    coordinate, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256)


def _fetch(jars: Iterable[Jar], folder: Path) -> None:
    log.info("Fetching Apache Kafka from Maven Central into %s (44 MB, once)", folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as temporary:
            maven = _maven(Path(temporary))
            with ThreadPoolExecutor(DOWNLOADS_AT_ONCE_MAX) as downloads:
                list(downloads.map(lambda jar: _fetch_one(maven, jar, folder), jars))
    except (OSError, RuntimeError) as cause:  # requests' errors are OSErrors, jgo's own are RuntimeErrors
        raise ClassPathUnavailable(
            f"Apache Kafka's jars can't be fetched from Maven Central into {folder}: {cause}. "
            "It takes network access once; a mirror can be named under [repositories] in ~/.config/jgo.conf."
        ) from cause


def _maven(download_folder: Path) -> Any:
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext
    except ImportError as cause:
        raise ClassPathUnavailable(
            "Apache Kafka's jars can't be fetched because jgo is not installed: pip install 'afterclick[demo]'."
        ) from cause
    mirrors = GlobalSettings.load().repositories
    # jgo writes in place and trusts what it finds; downloading into a folder of our own keeps half a jar from ~/.m2.
    return MavenContext(repo_cache=download_folder, remote_repos={**mirrors, "central": MAVEN_CENTRAL_URL})


def _fetch_one(maven: Any, jar: Jar, folder: Path) -> None:
    downloaded: Path = maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    sha256 = hashlib.sha256(downloaded.read_bytes()).hexdigest()
    if sha256 != jar.sha256:
        raise RuntimeError(f"{jar.file_name} has SHA-256 {sha256}, pinned is {jar.sha256}")
    # Atomic, so that two first starts at once can't spoil each other's jars.
    os.replace(downloaded, folder / jar.file_name)
