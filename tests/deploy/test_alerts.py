"""The alerts are valid, fire when they should, speak of metrics that exist, and lead to a runbook."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.web.metrics import COUNTERS, GAUGES, HISTOGRAMS, PREFIX
from agents.worker.roles import CUSTOMERS, ROLES, SESSIONS
from schemas.outcomes.deliveries import DeliveryState
from streams.delivery.delivery import Result
from tests.not_run import not_run

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yaml"
RULE_TESTS = DEPLOY / "prometheus" / "alerts.test.yaml"
RUNBOOK = DEPLOY / "RUNBOOK.md"
SPEAKS_OF_METRICS = (RULES, RULE_TESTS, RUNBOOK)

LABELS_OF_PROMETHEUS = {"job", "instance"}
LABEL_VALUES = {
    "afterclick_attempts_total.outcome": {result.value for result in Result},
    "afterclick_deliveries_total.state": {state.value for state in DeliveryState},
    "afterclick_codes_total.outcome": {"claimed", "kept", "given", "released", "missing"},
    "afterclick_blocking.stage": {SESSIONS, CUSTOMERS},
    "afterclick_gate_timestamp_seconds.stage": {SESSIONS, CUSTOMERS},
    "afterclick_oldest_due_timestamp_seconds.stage": {SESSIONS, CUSTOMERS},
    "afterclick_ready.role": set(ROLES),
}
"""Labels whose closed sets of values the alerts select from."""


def _exported() -> dict[str, set[str]]:
    """Every series that a process can export, with its labels."""
    labels = {f"{PREFIX}{name}_total": set(own) for name, (_, own) in COUNTERS.items()}
    labels |= {PREFIX + name: set(own) for name, (_, own) in GAUGES.items()}
    for name, (_, own, _) in HISTOGRAMS.items():
        labels |= {f"{PREFIX}{name}_bucket": {*own, "le"}}
        labels |= {f"{PREFIX}{name}_{part}": set(own) for part in ("sum", "count")}
    return labels


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _anchors() -> set[str]:
    return {heading.lower() for heading in re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)}


@pytest.fixture(scope="module")
def promtool() -> str:
    """Where promtool can't be had its tests are not run."""
    found = shutil.which("promtool")
    if found is None:
        not_run("promtool missing (Debian package prometheus)")
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", RULES.name),
        ("test", "rules", RULE_TESTS.name),
    ],
    ids=" ".join,
)
def test_promtool_agrees(promtool: str, arguments: tuple[str, ...]) -> None:
    """Configuration and rules are valid, and each alert does what alerts.test.yaml expects of it."""
    ran = subprocess.run([promtool, *arguments], cwd=RULES.parent, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_alert_is_tested_firing_and_not_firing() -> None:
    """An alert that was never seen firing may never fire; one that was never seen silent may never stop."""
    seen: dict[str, set[bool]] = {alert["alert"]: set() for alert in _alerts()}
    for test in yaml.safe_load(RULE_TESTS.read_text())["tests"]:
        for expectation in test["alert_rule_test"]:
            seen[expectation["alertname"]].add(bool(expectation["exp_alerts"]))

    assert {name for name, fired in seen.items() if fired != {True, False}} == set()


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: str(alert["alert"]))
def test_an_alert_says_how_urgent_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    """Every alert has a severity, a summary, a description and a heading in the runbook."""
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"deploy/RUNBOOK.md#{alert['alert'].lower()}"
    assert alert["alert"].lower() in _anchors()


def test_every_role_is_missed() -> None:
    """A role that nobody runs does no work, and says nothing of it itself."""
    (absent,) = [alert for alert in _alerts() if alert["alert"] == "AfterclickAbsent"]
    assert sorted(re.findall(r'role="(\w+)"', absent["expr"])) == sorted(ROLES)


def test_the_runbook_knows_no_other_alerts() -> None:
    """A section outlives its alert only by mistake, and links inside of the runbook lead somewhere."""
    assert _anchors() == {alert["alert"].lower() for alert in _alerts()}
    assert set(re.findall(r"\]\(#(\w+)\)", RUNBOOK.read_text())) <= _anchors()


@pytest.mark.parametrize("file", SPEAKS_OF_METRICS, ids=lambda file: str(file.name))
def test_every_metric_that_is_named_is_declared(file: Path) -> None:
    """A typo in a metric's name is an alert that never fires."""
    named = set(re.findall(rf"\b{PREFIX}\w+", file.read_text()))
    families = {PREFIX + name for name in HISTOGRAMS} if file == RUNBOOK else set()

    assert named
    assert named - _exported().keys() - families == set()


@pytest.mark.parametrize("file", SPEAKS_OF_METRICS, ids=lambda file: str(file.name))
def test_every_label_that_is_selected_exists(file: Path) -> None:
    """A typo in a label, or in one of its closed set of values, selects nothing."""
    exported = _exported()
    for metric, selector in re.findall(rf"\b({PREFIX}\w+)\{{([^}}]*)\}}", file.read_text()):
        for label, value in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*[\"']([^\"']*)[\"']", selector):
            assert label in exported[metric] | LABELS_OF_PROMETHEUS, f"{metric} has no label {label}"
            values = LABEL_VALUES.get(f"{metric}.{label}")
            assert values is None or value in values, f"{metric} has no {label} {value}"
