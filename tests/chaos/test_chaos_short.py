"""The short form of the chaos run, as one test."""

from pathlib import Path

import orjson
import pytest

from tests.chaos.__main__ import main

pytestmark = [pytest.mark.kafka, pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1800)]

SEED = 20261122


def test_the_short_form_is_green(kafka_installed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Kills at named points and at random, a zombie, broker bounces, a full outage, a mass expiry: nothing is lost,
    doubled, early or false, and every invariant was looked at."""
    folder = tmp_path / "chaos"
    code = main(["short", "--seed", str(SEED), "--folder", str(folder)])
    summary = orjson.loads(capsys.readouterr().out.splitlines()[-1])

    assert (folder / "timeline.svg").exists()
    assert code == 0, (folder / "verdict.txt").read_text()
    assert summary["kills"] >= 8
    assert summary["zombies"] >= 1
    assert summary["broker_bounces"] >= 2
    assert summary["invariants_evaluated"] == 9
    assert [summary[name] for name in ("lost", "duplicates", "early", "false_abandonments")] == [0, 0, 0, 0]
