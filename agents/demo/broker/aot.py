"""Java's ahead-of-time cache of Kafka (Java 25, JEP 483 and 515): a broker starts in a third of the time.

It is a pure optimization: when it can't be made that is logged, and brokers start without it.

A quick broker that finds no cache records what it loads (0.2 s at its start, 3 s at its stop). The cache is made from
that after the broker has stopped in order (2 s), once for each Java, class path and set of options.
"""

import hashlib
import logging
import os
import subprocess
import time
from pathlib import Path

from agents.demo.broker.java import Java

log = logging.getLogger(__name__)

CREATION_TIMEOUT_S = 120.0
UNUSED_AGE_MAX_S = 14 * 86_400.0


class AotCache:
    """The cache that fits this Java, in the user's cache folder, whether it exists already or not."""

    def __init__(self, java: Java, folder: Path) -> None:
        self._java = java
        self.path = folder / f"kafka-{_fingerprint(java)}.aot"

    def exists(self) -> bool:
        return self.path.exists()

    def options(self) -> tuple[str, ...]:
        """Options to start from the cache; none when there is none. Marks it as used."""
        try:
            os.utime(self.path)
        except OSError:
            return ()
        return (f"-XX:AOTCache={self.path}",)

    @staticmethod
    def recording_options(recording: str) -> tuple[str, ...]:
        """Options to record what a cache needs; Java writes it to the file when it exits in order."""
        return ("-XX:AOTMode=record", f"-XX:AOTConfiguration={recording}")

    def create(self, recording: Path) -> None:
        """Make the cache from a recording, which is deleted. Takes a few seconds, never raises for a failure."""
        log.info("Making Java's start-up cache for Kafka in %s (once)", self.path)
        unfinished = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._assemble(recording, unfinished)
            os.replace(unfinished, self.path)
            self._prune()
        except (OSError, subprocess.SubprocessError) as cause:
            log.warning("Kafka will start more slowly: Java's start-up cache could not be made: %s", cause)
        finally:
            unfinished.unlink(missing_ok=True)
            recording.unlink(missing_ok=True)

    def _assemble(self, recording: Path, target: Path) -> None:
        arguments = ("-XX:AOTMode=create", f"-XX:AOTConfiguration={recording}", f"-XX:AOTCache={target}")
        subprocess.run(
            [str(self._java.executable), *arguments, *self._java.jvm_arguments()],
            check=True,
            capture_output=True,
            timeout=CREATION_TIMEOUT_S,
        )
        # Java does not check the content (that would cost 0.1 s a start) and crashes on half a cache; a power cut
        # must not leave one.
        with target.open("rb") as written:
            os.fsync(written.fileno())

    def _prune(self) -> None:
        """Remove caches (66 MB each) of environments which are probably gone."""
        oldest = time.time() - UNUSED_AGE_MAX_S
        for cache in self.path.parent.glob("kafka-*.aot"):
            if cache.stat().st_mtime < oldest:
                cache.unlink(missing_ok=True)


def _fingerprint(java: Java) -> str:
    """Covers all that makes Java refuse a cache: the runtime, the jars with their times and sizes, the options."""
    runtime = java.executable.resolve().parent.parent / "lib" / "modules"
    parts = [str(java.executable), *java.options]
    for file in (runtime, *java.class_path):
        stat = file.stat()
        parts.append(f"{file}:{stat.st_size}:{stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
