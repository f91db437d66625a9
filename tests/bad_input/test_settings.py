"""A user's mistake in settings, rulebook or topics: a sentence says what is wrong, where, how to mend it; code 78."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli import app
from agents.exits import Exit, Misconfigured
from agents.kafka import connection
from agents.settings.settings import DestinationSettings, KafkaSettings, Settings, SettingsRefused, load_settings
from agents.topics.configs import POLICY, STAMP, STATE, mistakes_in
from schemas.topics import SOURCES, Topic

HOOK = '{"default": {"url": "%s"}}'


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("KAFKA__SESSION_TIMEOUT_S", "soon", "setting kafka.session_timeout_s (AFTERCLICK_KAFKA__SESSION_TIMEOUT_S): "),
        ("KAFKA__SESSION_TIMEOUT_S", "0", "greater than 0"),
        ("KAFKA__SECURITY_PROTOCOL", "TLS", "'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"),
        ("KAFKA__BOOTSTRAPS", "k:9092", "setting kafka.bootstraps (AFTERCLICK_KAFKA__BOOTSTRAPS): "),
        ("LATENESS__ORDERS_MS", "-1", "greater than or equal to 0"),
        ("TICK_MS", "canary-1", "setting tick_ms (AFTERCLICK_TICK_MS): "),
        ("TOPICS", '{"clicks": "x"}', "'clickstream'"),
        ("WEB__PORT", "70000", "less than or equal to 65535"),
        ("DISPATCH__DESTINATIONS", "{canary", "write it as JSON"),
        ("DISPATCH__DESTINATIONS", HOOK % "ftp://canary", "https:// or http://"),
        ("DISPATCH__DESTINATIONS", HOOK % "http://shop.example/canary", "write https, or set `insecure: true`"),
        ("SETTINGS_FILE", "/nowhere.yaml", "there is no file /nowhere.yaml"),
    ],
)
def test_a_wrong_setting_is_named_with_its_mend(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the name in files and the one in the environment; its value is not shown, since it might be a secret."""
    monkeypatch.setenv(f"AFTERCLICK_{name}", value)
    result = CliRunner().invoke(app, ["run"])
    assert result.exit_code == Exit.MISCONFIGURED
    assert says in result.output
    assert "canary" not in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("text", ["a: [", "tick_ms: soon", "- 1", "colour: blue", "\x00", "tick_ms: " + "9" * 5_000])
def test_a_settings_file_that_cannot_be_used_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No YAML, no mapping, unknown names, wrong values."""
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    monkeypatch.setenv("AFTERCLICK_SETTINGS_FILE", str(file))
    with pytest.raises(SettingsRefused):
        load_settings()


@pytest.mark.parametrize(
    "text", [None, "rules: 1", "name: x\nrules: [{id: A!, kind: lapse, wait: 1x}]", "\x00", "[" * 5_000]
)
def test_a_wrong_rulebook_is_refused_at_the_start(text: str | None, tmp_path: Path) -> None:
    """Missing, not YAML, too deep, or wrong: with the file's name, and a line where there is one."""
    file = tmp_path / "rules.yaml"
    if text is not None:
        file.write_text(text)
    result = CliRunner().invoke(app, ["run", "--rules", str(file)])
    assert result.exit_code == Exit.MISCONFIGURED
    assert str(file) in result.output
    assert "Traceback" not in result.output


TO = "name: x\nrules:\n" + "".join(
    f"  - {{id: {name}, kind: lapse, wait: 30d{to}}}\n" for name, to in (("a", ", destination: %s"), ("b", ""))
)
ESP_AND_DEFAULT = '{"esp": {"url": "https://esp.example"}, "default": {"url": "https://shop.example"}}'
STARTED = "setting data_dir"
"""The next thing that is wrong in these tests: whoever comes to it has passed."""


@pytest.mark.parametrize(
    ("to", "nearest"),
    [("ESP", "; did you mean 'esp'?"), ("defualt", "; did you mean 'default'?"), ("sms", "")],
)
@pytest.mark.parametrize(
    "role", [[], ["--role", "customers"], ["--role", "sessions"], ["--role", "dispatcher"]], ids=str
)
def test_a_destination_that_settings_do_not_have_is_refused_at_the_start(
    to: str, nearest: str, role: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever role is to read or serve that rulebook; with the rule, what there is, and the nearest name."""
    file = tmp_path / "rules.yaml"
    file.write_text(TO % to)
    monkeypatch.setenv("AFTERCLICK_DISPATCH__DESTINATIONS", ESP_AND_DEFAULT)
    monkeypatch.setenv("AFTERCLICK_DATA_DIR", "/dev/null/none")
    result = CliRunner().invoke(app, ["run", "--rules", str(file), *role])
    assert result.exit_code == Exit.MISCONFIGURED
    there = "setting dispatch.destinations has only 'esp', 'default'"
    assert result.output == f"rule 'a' names the destination {to!r}, and {there}{nearest}\n"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["--rules", "FILE"], {"DISPATCH__DESTINATIONS": ESP_AND_DEFAULT.replace("esp", "sms")}),
        (["--rules", "FILE"], {"DISPATCH__DESTINATIONS": ESP_AND_DEFAULT, "DISPATCH__MODE": "off"}),
        (["--rules", "FILE"], {}),
        (["--role", "dispatcher"], {"DISPATCH__DESTINATIONS": '{"esp": {"url": "https://esp.example"}}'}),
        (["--role", "sessions"], {"DISPATCH__DESTINATIONS": '{"esp": {"url": "https://esp.example"}}'}),
    ],
    ids=["it is there", "dispatch is off", "nothing to dispatch to", "a dispatcher reads no rules", "no rules named"],
)
def test_any_other_destination_starts(
    arguments: list[str], settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the shop's ESP reads the trigger topic itself, it knows what a destination means."""
    file = tmp_path / "rules.yaml"
    file.write_text(TO % "sms")
    for name, value in ({"DATA_DIR": "/dev/null/none"} | settings).items():
        monkeypatch.setenv(f"AFTERCLICK_{name}", value)
    result = CliRunner().invoke(app, ["run", *(str(file) if word == "FILE" else word for word in arguments)])
    assert result.output.startswith(STARTED)


def test_a_marketer_can_ask_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rules check --settings` says what `run` would; without it, only what the rulebook itself gets wrong."""
    file = tmp_path / "rules.yaml"
    file.write_text(TO % "sms")
    monkeypatch.setenv("AFTERCLICK_DISPATCH__DESTINATIONS", ESP_AND_DEFAULT)
    assert CliRunner().invoke(app, ["rules", "check", str(file)]).exit_code == 0
    result = CliRunner().invoke(app, ["rules", "check", str(file), "--settings"])
    assert result.exit_code == 2
    assert result.output.startswith("rule 'a' names the destination 'sms'")
    assert CliRunner().invoke(app, ["rules", "check", "preset", "--settings"]).exit_code == 0


def test_a_rulebook_of_other_bytes_is_refused(tmp_path: Path) -> None:
    """UTF-16, as some editors save."""
    file = tmp_path / "rules.yaml"
    file.write_bytes("name: x".encode("utf-16"))
    result = CliRunner().invoke(app, ["run", "--rules", str(file)])
    assert result.exit_code == Exit.MISCONFIGURED
    assert "rules.yaml is no text in UTF-8" in result.output


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://esp.example", "http://169.254.169.254/", "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/", "http://[::ffff:127.0.0.1]/", "https://a:b@esp.example/", "https://2130706433/",
        "https://0x7f000001/", "https://127.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[fe80::1]/", "https://",
    ],
)  # fmt: skip
def test_a_destination_that_must_not_be_called_is_refused(url: str) -> None:
    """Other schemes, credentials, metadata, and addresses in disguise (row 53)."""
    with pytest.raises(ValueError, match="destination"):
        DestinationSettings(url=url)


@pytest.mark.parametrize(
    "url", ["https://esp.example/hook", "http://127.0.0.1:8080/", "http://localhost/", "https://[::1]/"]
)
def test_a_destination_that_may_be_called_is_taken(url: str) -> None:
    """Public names, and loopback for tests."""
    assert DestinationSettings(url=url).url == url


def test_kafkas_files_that_cannot_be_read_are_named() -> None:
    """The setting, and what the system says."""
    missing = Path("/nowhere")
    sasl = KafkaSettings(security_protocol="SASL_PLAINTEXT", sasl_username="u", sasl_password_file=missing)
    with pytest.raises(Misconfigured, match="sasl_password_file"):
        connection(sasl)
    with pytest.raises(Misconfigured, match="ssl_ca_file"):
        connection(KafkaSettings(security_protocol="SSL", ssl_ca_file=missing))


def test_nobodies_are_compared_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop's own word for "no id"."""
    monkeypatch.setenv("AFTERCLICK_NOBODIES", '["Guest"]')
    assert load_settings().nobodies == {"guest"}


def configs(**changes: Mapping[str, str]) -> dict[Topic, Mapping[str, str]]:
    """As declared, but for these topics."""
    good: dict[Topic, Mapping[str, str]] = {topic: {POLICY: "compact", STAMP: "CreateTime"} for topic in STATE}
    good |= {topic: {POLICY: "delete", STAMP: "LogAppendTime"} for topic in (*SOURCES, Topic.CUSTOMER_INBOX)}
    return good | {Topic[name]: change for name, change in changes.items()}


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
@pytest.mark.parametrize("topic", STATE, ids=lambda topic: topic.value)
def test_state_that_would_be_deleted_is_refused(topic: Topic, policy: str) -> None:
    """With the topic's name on the cluster, what it has and what it needs."""
    wrong = configs(**{topic.name: {POLICY: policy, STAMP: "CreateTime"}})
    (mistake,) = mistakes_in(wrong, Settings(topic_prefix="shop-"))
    assert mistake.startswith(f"shop-{topic.value} has cleanup.policy {policy} and needs compact")


def test_an_inbox_without_the_brokers_clock_is_refused() -> None:
    """All watermarks in silence hang on it."""
    (mistake,) = mistakes_in(configs(CUSTOMER_INBOX={POLICY: "delete", STAMP: "CreateTime"}), Settings())
    assert "needs LogAppendTime" in mistake
    assert mistakes_in(configs(CLICKSTREAM={POLICY: "delete", STAMP: "CreateTime"}), Settings()) == []
    assert mistakes_in(configs(), Settings()) == []
    assert mistakes_in({}, Settings()) == []
