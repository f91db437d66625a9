"""How a process ends."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from agents.exits import CommitFailed, Exit, Misconfigured, Unreachable, code_of, error_of
from schemas.facts.fact_versions import NewerFact
from tests.waiting import WITHIN_S

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AssertionError("broken"), Exit.CRASHED),
        (CommitFailed("fenced"), Exit.COMMIT_FAILED),
        (Misconfigured("no topics"), Exit.MISCONFIGURED),
        (Unreachable("no broker"), Exit.UNREACHABLE),
        (NewerFact("of tomorrow"), Exit.MISCONFIGURED),
        (ExceptionGroup("several", [CommitFailed("fenced"), ValueError()]), Exit.COMMIT_FAILED),
    ],
)
def test_an_error_has_its_code(error: BaseException, code: Exit) -> None:
    """A supervisor, or whoever reads its log, can tell why."""
    assert code_of(error) is code


async def test_a_task_that_nobody_has_cancelled_has_failed() -> None:
    """What it waited for was cancelled: whoever relies on the task must hear of it."""
    waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        await waited_for

    told, returned, astray = (asyncio.create_task(work) for work in (asyncio.sleep(3600), asyncio.sleep(0), wait()))
    await asyncio.sleep(0.01)
    told.cancel()
    waited_for.cancel()
    await asyncio.wait([told, returned, astray])
    assert error_of(told) is None
    assert error_of(returned) is None
    assert isinstance(error_of(astray), RuntimeError)


def ended_of(script: str) -> "subprocess.CompletedProcess[bytes]":
    """How a Python that runs this has ended."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=WITHIN_S, check=False)


def test_a_failed_task_ends_the_process_at_once() -> None:
    """Even if something else would keep it alive, in a thread or in the loop."""
    script = """
import asyncio, threading, time
from agents.exits import crash_with
async def broken():
    raise AssertionError("a broken invariant")
async def main():
    threading.Thread(target=time.sleep, args=(3600,)).start()
    crash_with(asyncio.create_task(broken()))
    await asyncio.sleep(3600)
asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, timeout=WITHIN_S, check=False
    )
    assert ended.returncode == Exit.CRASHED
    assert b"a broken invariant" in ended.stdout + ended.stderr


def test_a_log_that_nobody_reads_holds_up_no_end() -> None:
    """A collector that stands still must not keep a worker that has to go."""
    script = """
import os, sys
from agents.exits import Exit, end_process
os.set_blocking(2, False)
try:
    while True:
        os.write(2, bytes(4096))
except BlockingIOError:
    os.set_blocking(2, True)
sys.stdout = sys.stderr
end_process(Exit.STALLED, "no progress")
"""
    with subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stderr=subprocess.PIPE) as process:
        assert process.wait(timeout=WITHIN_S) == Exit.STALLED


def test_a_port_that_is_taken_is_named() -> None:
    """Two workers on one host: the second says what to change, and its supervisor sees a code it knows."""
    script = """
import socket
from agents.worker import worker
from agents.web.metrics import Metrics
from agents.settings.settings import Settings, WebSettings
taken = socket.create_server(("127.0.0.1", 0))
worker.run(Settings(web=WebSettings(port=taken.getsockname()[1])), [], Metrics())
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, timeout=WITHIN_S, check=False
    )
    assert ended.returncode == Exit.MISCONFIGURED
    assert b"settings web.host, web.port: nothing can listen on 127.0.0.1:" in ended.stdout + ended.stderr


def test_a_stopped_worker_is_gone_whatever_threads_live_on() -> None:
    """Python would wait for them: a worker that had said `stopped` was seen to live on for 44 s."""
    script = """
import asyncio, os, signal, threading, time
from agents.worker import worker
from agents.web.metrics import Metrics
from agents.settings.settings import Settings, WebSettings
async def nothing(*_):
    return None
worker.read_layout = worker.check_topic_configs = worker.check_state_fits = worker.watch_layout = nothing
class Toy:
    name, is_ready, state = "toy", True, "ready"
    async def start(self):
        threading.Thread(target=time.sleep, args=(3600,)).start()
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    async def stop(self):
        pass
worker.run(Settings(web=WebSettings(port=0)), [], Metrics(), [Toy()])
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, timeout=WITHIN_S, check=False
    )
    assert ended.returncode == Exit.OK
    assert b'"stopped"' in ended.stdout + ended.stderr
