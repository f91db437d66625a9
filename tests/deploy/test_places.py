"""Container, compose, env example and unit: what they set exists, and what they promise about safety holds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from agents.settings.settings import SETTINGS_FILE_VARIABLE, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PREFIX = "AFTERCLICK_"

Json = dict[str, Any]


def _compose() -> Json:
    read: Json = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def _dockerfile() -> list[str]:
    """The instructions, one a line, without comments."""
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def _instructions(name: str) -> list[str]:
    return [line.split(maxsplit=1)[1] for line in _dockerfile() if line.startswith(name + " ")]


def _example() -> dict[str, str]:
    """The settings of the env example, those that are commented out too."""
    text = (DEPLOY / "afterclick.env.example").read_text()
    return dict(re.findall(rf"^#?({PREFIX}\w+)=(.*)$", text, re.MULTILINE))


def _compose_environment() -> dict[str, str]:
    return {
        name: str(value)
        for service in _compose()["services"].values()
        for name, value in service.get("environment", {}).items()
        if name.startswith(PREFIX)
    }


def _image_environment() -> dict[str, str]:
    return dict(re.findall(rf"\b({PREFIX}\w+)=(\S+)", " ".join(_instructions("ENV"))))


def _unit_environment() -> dict[str, str]:
    """What the unit sets, on top of the env file that it reads."""
    text = (DEPLOY / "afterclick.service").read_text()
    return _example() | dict(re.findall(rf"^#?Environment=({PREFIX}\w+)=(.*)$", text, re.MULTILINE))


@pytest.mark.parametrize(
    "environment",
    [_example(), _compose_environment(), _image_environment(), _unit_environment()],
    ids=["env example", "compose", "image", "unit"],
)
def test_only_settings_that_exist_are_set(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """pydantic-settings reads past unknown top-level names in the environment, so a typo would be silence."""
    assert environment
    for name, value in environment.items():
        first = name.removeprefix(PREFIX).lower().split("__")[0]
        assert first in Settings.model_fields or name == SETTINGS_FILE_VARIABLE, f"there is no setting {name}"
        monkeypatch.setenv(name, value)

    settings = Settings()

    for name, value in environment.items():
        assert _arrived(settings, name, value), f"{name} does not arrive"


def _arrived(settings: Settings, name: str, value: str) -> bool:
    found: Any = settings
    for part in name.removeprefix(PREFIX).lower().split("__"):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    if hasattr(found, "get_secret_value"):
        return bool(found.get_secret_value() == value)
    if isinstance(found, bool):
        return str(found).lower() == value
    if isinstance(found, (int, float)):
        return bool(float(value) == found)
    if isinstance(found, dict):
        told = {str(key): str(kept) if isinstance(kept, Path) else kept for key, kept in found.items()}
        return bool(told == json.loads(value))
    if isinstance(found, tuple) and any(isinstance(one, BaseModel) for one in found):
        return bool([one.model_dump(mode="json") for one in found] == json.loads(value))
    if isinstance(found, (frozenset, tuple)):
        return value.startswith("[") and {str(one) for one in found} >= set(json.loads(value))
    return str(found) == value


def test_the_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Except where it says otherwise: what has no default, secrets' files, and examples of names."""
    text = (DEPLOY / "afterclick.env.example").read_text()
    active = dict(re.findall(rf"^({PREFIX}\w+)=(.*)$", text, re.MULTILINE))
    for name, value in active.items():
        monkeypatch.setenv(name, value)
    without_default = re.compile(
        "_FILE$|SASL_USERNAME|SECRET$|TOPICS$|INSTANCE$|RULEBOOK$|BOT_ADDRESSES$|EXCLUDED_[A-Z]+$"
        "|CODE_POOLS$|RESTORE_URL$|RATES_TO$|RATES$"
    )

    settings = Settings()

    for name, value in _example().items():
        assert without_default.search(name) or _arrived(settings, name, value), f"{name} has another default"


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last stage has a numeric user that is not root."""
    user, group = _instructions("USER")[-1].split(":")

    assert int(user) > 0
    assert int(group) > 0


def test_signals_reach_the_process() -> None:
    """Entry point, command and health check are in exec form: a shell in between would swallow SIGTERM."""
    assert [json.loads(entry) for entry in _instructions("ENTRYPOINT")] == [["afterclick"]]
    assert [json.loads(command) for command in _instructions("CMD")] == [["run"]]
    assert _instructions("STOPSIGNAL") == ["SIGTERM"]
    (check,) = _instructions("HEALTHCHECK")
    assert json.loads(check[check.index("[") :])[0] == "python"
    assert _compose()["services"]["afterclick"]["init"] is True


def test_what_the_image_copies_is_let_into_the_build() -> None:
    """Only what `.dockerignore` names is there to be copied; a file that it leaves out ends the build."""
    let_in = {rule[1:] for rule in (ROOT / ".dockerignore").read_text().splitlines() if rule.startswith("!")}
    copied = {source for line in _instructions("COPY") if "--from" not in line for source in line.split()[:-1]}

    assert copied == let_in
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_no_compiler_gets_into_the_image() -> None:
    """Packages are installed in the build stage only, and of that only the environment is taken over."""
    lines = _dockerfile()
    final = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]

    assert not [line for line in final if re.search(r"\b(apt|apt-get|pip)\b", line)]
    assert [line for line in final if line.startswith(("COPY", "ADD"))] == [
        "COPY --from=build /opt/afterclick /opt/afterclick"
    ]


def test_every_image_has_a_tag_and_none_is_latest() -> None:
    """What runs tomorrow is what was tried today."""
    arguments = dict(argument.split("=", 1) for argument in _instructions("ARG"))
    stages = [line.split()[0] for line in _instructions("FROM")]
    images = [arguments[stage[2:-1]] if stage.startswith("${") else stage for stage in stages]
    images += [service["image"] for service in _compose()["services"].values()]

    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


def test_compose_runs_the_kafka_that_the_tests_run() -> None:
    """One version of Apache Kafka is tested: the one of the pinned jars."""
    jars = (ROOT / "agents" / "demo" / "broker" / "jars.txt").read_text()
    (tested,) = re.findall(r"^org\.apache\.kafka:kafka_2\.13:(\S+)", jars, re.MULTILINE)

    assert _compose()["services"]["kafka"]["image"] == f"apache/kafka:{tested}"


def test_compose_publishes_on_loopback_only() -> None:
    """Neither Kafka nor the metrics ask who is there."""
    ports = [port for service in _compose()["services"].values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_prometheus_scrapes_the_job_that_the_alerts_know() -> None:
    """The alert on `up` names a job and compose names a host: all three have to agree."""
    (job,) = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    jobs = re.findall(r'up\{job="(\w+)"\}', (DEPLOY / "prometheus" / "alerts.yaml").read_text())
    host, port = job["static_configs"][0]["targets"][0].split(":")

    assert set(jobs) == {job["job_name"]}
    assert host in _compose()["services"]
    assert int(port) == Settings().web.port


def test_what_holds_secrets_stays_out_of_images_and_history() -> None:
    """Nothing gets into the build unless it is let in, and the filled-in env file is ignored by git."""
    rules = (ROOT / ".dockerignore").read_text().splitlines()

    assert next(rule for rule in rules if not rule.startswith("#")) == "*"
    assert "!deploy" not in rules
    assert "**/*.env" in rules
    assert "afterclick.env" in (DEPLOY / ".gitignore").read_text().splitlines()
