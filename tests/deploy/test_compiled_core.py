"""The core as machine code is the same core: it passes the core's own tests, and writes the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.not_run import not_run
from tests.oracle import otto

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
OF_THE_CORE = (
    "tests/schemas/mending/test_ids.py",
    "tests/schemas/reading/test_wire.py",
    "tests/streams/test_state_format.py",
    "tests/streams/test_restore.py",
    "tests/streams/triggers",
    "tests/stories",
    "tests/properties/test_batch_equality.py",
    "tests/properties/test_sequences.py",
)
"""Where compiled code would differ: bytes in and out, restarts, conditions, whole worlds. `make test-compiled` runs all
tests of the core on it."""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel with compiled modules brings it."""
    if shutil.which("cc") is None:
        not_run("there is no C compiler")
    target = tmp_path_factory.mktemp("compiled")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(ROOT)],
        env={**os.environ, "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true", "AFTERCLICK_CORE_LEVEL": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def run(target: Path, *arguments: str) -> str:
    """Run python with the compiled package before the tree; its output."""
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": f"{target}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_core_is_compiled_and_nothing_else(compiled: Path) -> None:
    """What a click and a fact pass through, and not what pydantic and msgspec read."""
    names = (
        "schemas.ids",
        "schemas.reading.wire",
        "schemas.reading.plain_reading",
        "schemas.events.plain_clicks",
        "schemas.state.profile",
        "streams.visits.session_stage",
        "streams.profiles.customer_stage",
        "streams.triggers.fold",
        "streams.replay",
    )
    files = "import importlib, sys; print(*(importlib.import_module(n).__file__ for n in sys.argv[1:]))"
    assert all(file.endswith(".so") for file in run(compiled, "-c", files, *names).split())
    assert run(compiled, "-c", "from agents.core import core; print(core())") == "compiled\n"
    left = (
        "schemas.events.clicks",
        "schemas.events.flat_clicks",
        "schemas.facts.profile_facts",
        "schemas.state.person",
        "streams.triggers.conditions.grammar",
        "agents.worker.worker",
    )
    found = run(compiled, "-c", files, *left).split()
    assert all(file.endswith(".py") and file.startswith(str(compiled)) for file in found)


def test_it_passes_the_tests_of_the_core(compiled: Path) -> None:
    """What the wire says, the oracle's worlds, state and its versions, restarts and late records."""
    said = run(compiled, "-m", "pytest", "-q", "-o", "pythonpath=", "-p", "no:cacheprovider", *OF_THE_CORE)
    assert " passed" in said
    assert "skipped" not in said


def test_it_writes_the_same_bytes(compiled: Path, tmp_path: Path) -> None:
    """A recording gives the same triggers, decisions and counts, to the byte."""
    recorded = []
    for name, records in (("clicks", otto.sample().clicks), ("orders", otto.sample().orders)):
        path = tmp_path / f"{name}.jsonl"
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
        recorded += [f"--{name}", str(path)]
    written = []
    for target in (compiled, ROOT):
        out, decisions = tmp_path / f"{target.name}.triggers", tmp_path / f"{target.name}.decisions"
        asked = ("--rules", "preset", "--out", str(out), "--decisions", str(decisions), "--drain", "--json")
        counts = orjson.loads(run(target, "-m", "agents.cli", "replay", *recorded, *asked))
        del counts["cpu_s"]
        written.append((out.read_bytes(), decisions.read_bytes(), counts))
    assert written[0][0], "nothing fired: this proves nothing"
    assert written[0] == written[1]
