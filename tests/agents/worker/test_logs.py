"""Logs: structured, and without content."""

import ast
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from pydantic import BaseModel

import agents
from agents.logs import FIELDS, configure_logs
from agents.settings.settings import Settings

LOGGING = {"end_process", *(f"log.{level}" for level in ("debug", "info", "warning", "error", "critical"))}


@pytest.fixture
def lines() -> Iterator[Any]:
    """The log lines so far, as objects; logging is as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    output = io.StringIO()
    configure_logs(Settings(log_level="info"), output)
    yield lambda: [orjson.loads(line) for line in output.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_is_an_object_with_listed_fields(lines: Any) -> None:
    """Event, level, time, and what the call named."""
    structlog.get_logger("afterclick.test").info("partitions run", role="sessions", assigned=3)
    (line,) = lines()
    assert (line["event"], line["level"], line["role"], line["assigned"]) == ("partitions run", "info", "sessions", 3)
    assert line["timestamp"].endswith("Z")


def test_a_field_that_is_not_listed_loses_its_value(lines: Any) -> None:
    """So nobody logs a record by accident."""
    structlog.get_logger("afterclick.test").info("oops", email="kim@example.org")
    (line,) = lines()
    assert "kim" not in str(line)
    assert line["email"] == "(not a listed field)"


def test_every_field_that_the_product_logs_is_listed() -> None:
    """Else a line would say of a version, a lag or a core that it is not listed."""
    named = {
        keyword.arg
        for path in (Path(agents.__file__).parent).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in LOGGING
        for keyword in call.keywords
    }
    assert {"core", "partition"} <= named
    assert named - FIELDS - {None} == set()  # None: fields that a caller hands through


def test_an_error_is_shown_with_its_way_and_without_its_input(lines: Any) -> None:
    """pydantic would quote what it could not read."""

    class Model(BaseModel):
        age: int

    try:
        Model.model_validate({"age": "kim@example.org"})
    except ValueError as error:
        structlog.get_logger("afterclick.test").error("crashed", error=error)
    (line,) = lines()
    assert "kim" not in str(line)
    assert "int_parsing" in line["error"]
    assert any("test_logs.py" in frame for frame in line["frames"])


def test_libraries_are_heard_from_warnings_on(lines: Any) -> None:
    """At debug they would write keys and values."""
    logging.getLogger("aiokafka.producer.producer").info("Sending (key=%s)", "kim")
    logging.getLogger("faust.worker").warning("careful")
    try:
        raise RuntimeError("inside")
    except RuntimeError:
        logging.getLogger("faust.worker").exception("broken")
    careful, broken = lines()
    assert (careful["event"], careful["logger"]) == ("careful", "faust.worker")
    assert broken["error"] == "RuntimeError: inside"
    assert broken["frames"]


def test_an_expected_retry_is_no_warning(lines: Any) -> None:
    """Kafka 4 answers so to old clients, at nearly every transaction."""
    logging.getLogger("aiokafka.producer.sender").warning("Got error produce response: NotEnoughReplicasError")
    logging.getLogger("aiokafka.producer.sender").warning("Got error produce response: something else")
    assert len(lines()) == 1
