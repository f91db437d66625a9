"""No broker answers: who starts says so, who asks is told, and who runs waits. Nothing listens at the address."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from agents.exits import Exit
from agents.settings.settings import KafkaSettings, Settings
from agents.topics.cluster import watch_layout
from streams.layout import Layout
from tests.waiting import WITHIN_S

REPOSITORY = Path(__file__).parents[3]
NOWHERE = "127.0.0.1:9"


def afterclick(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """The command's end."""
    return subprocess.run(
        [sys.executable, "-m", "agents.cli", *arguments],
        cwd=REPOSITORY,
        env=os.environ
        | {
            "AFTERCLICK_KAFKA__BOOTSTRAP": NOWHERE,
            "AFTERCLICK_WEB__PORT": "0",
            "AFTERCLICK_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )


def test_a_worker_that_starts_says_where_it_looked(tmp_path: Path) -> None:
    """One sentence with the address and the setting, and a code by which a supervisor tries again."""
    ended = afterclick(tmp_path, "run", "--rules", "plain")
    last = orjson.loads(ended.stderr.splitlines()[-1])
    assert ended.returncode == Exit.UNREACHABLE
    assert f"no broker answers at {NOWHERE}: " in last["error"]
    assert "AFTERCLICK_KAFKA__BOOTSTRAP" in last["error"]


@pytest.mark.parametrize(
    "command", ["state inspect c:ada", "state timers", "segments export", "topics plan", "topics apply"]
)
def test_who_asks_is_told_in_a_sentence(tmp_path: Path, command: str) -> None:
    """No stack: it is the user's to mend."""
    ended = afterclick(tmp_path, *command.split())
    last = ended.stderr.decode().splitlines()[-1]
    assert ended.returncode not in (0, Exit.CRASHED)
    assert last.startswith(command.split()[0])
    assert NOWHERE.split(":")[0] in last
    assert b"Traceback" not in ended.stderr


async def test_a_worker_that_runs_waits(tmp_path: Path) -> None:
    """Its brokers are all down for a while: looking at the topics in vain ends nothing."""
    settings = Settings(data_dir=tmp_path, kafka=KafkaSettings(bootstrap=NOWHERE))
    watching = asyncio.create_task(watch_layout(settings, Layout({}), look_every_s=0.01))
    await asyncio.wait([watching], timeout=0.5)
    assert not watching.done()
    watching.cancel()
