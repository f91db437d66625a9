"""One broker: its folder and its process.

The folder holds server.properties, the argument files, data/ (which makes the broker durable), kafka.log (Kafka's own
warnings) and java.out (what Java itself has to say about the latest run).
"""

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from agents.demo.broker.errors import BrokerDidNotStart
from agents.demo.broker.java import Java
from agents.demo.broker.leash import spawn
from agents.demo.broker.properties import LOG4J_PROPERTIES, Address

FORMAT_TIMEOUT_S = 60.0
LOG_TAIL_BYTES_MAX = 2_000
_LOGGING_OPTIONS = ("-Dlog4j2.configurationFile=log4j2.properties",)


class Node:
    """A broker that is prepared, then launched, and launched again after each stop or kill."""

    def __init__(self, address: Address, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, java: Java, cluster_id: str, properties: str) -> None:
        """Write the settings, and format the data folder unless it has been. Raises BrokerDidNotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.joinpath("server.properties").write_text(properties, encoding="utf-8")
        self.folder.joinpath("log4j2.properties").write_text(LOG4J_PROPERTIES, encoding="utf-8")
        if self.folder.joinpath("data", "meta.properties").exists():
            return
        arguments = ("format", "-t", cluster_id, "-c", "server.properties")
        command = java.command(self.folder, "kafka.tools.StorageTool", *arguments, options=_LOGGING_OPTIONS)
        process = spawn(command, self.folder, self._output)
        try:
            code = process.wait(FORMAT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if code != 0:
            raise BrokerDidNotStart(self._sentence(f"could not format its data folder (exit code {code})"))

    def launch(self, java: Java, options: Sequence[str] = ()) -> None:
        """Start the process; it is not ready yet."""
        assert not self.is_running(), f"broker {self.address.number} runs already"
        command = java.command(self.folder, "kafka.Kafka", "server.properties", options=(*_LOGGING_OPTIONS, *options))
        self._process = spawn(command, self.folder, self._output)

    def is_running(self) -> bool:
        """Whether the process exists; one that is paused does."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._running().pid

    def check_running(self) -> None:
        """Raises BrokerDidNotStart, with the end of the log, when the process has ended."""
        if not self.is_running():
            code = None if self._process is None else self._process.returncode
            raise BrokerDidNotStart(self._sentence(f"ended while starting (exit code {code})"))

    def gave_up(self, waited_s: float) -> BrokerDidNotStart:
        """The error for a broker that runs but does not get ready."""
        return BrokerDidNotStart(self._sentence(f"was not ready within {waited_s:.0f} s"))

    def pause(self) -> None:
        """Suspend the process. Raises ValueError when there is none."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on; no effect when it is not paused or there is none."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process at once, as a power cut would; no effect when there is none."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, timeout_s: float) -> None:
        """Ask for an orderly end, and kill when it has not come in time; no effect when there is no process."""
        if self._process is not None:
            self.resume()  # a paused process would not hear the next signal
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or not self.is_running():
            raise ValueError(f"Broker {self.address.number} is not running.")
        return self._process

    @property
    def _output(self) -> Path:
        return self.folder / "java.out"

    def _sentence(self, what: str) -> str:
        ends = "".join(f"\n--- the end of {file}:\n{_tail(file)}" for file in (self.folder / "kafka.log", self._output))
        return f"Kafka broker {self.address.number} {what}.{ends}"


def _tail(file: Path) -> str:
    try:
        return file.read_bytes()[-LOG_TAIL_BYTES_MAX:].decode("utf-8", "replace").strip()
    except OSError as cause:
        return f"({cause.strerror})"
