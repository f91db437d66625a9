"""Structured logs: one JSON object a line on stderr, with fields from one list.

A record's content never reaches a log: fields that are not on the list lose their value, and a validation error is
shown without its input.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from pydantic import ValidationError

from agents.settings.settings import Settings

FIELDS = frozenset(
    {
        "address", "app", "assigned", "attempt", "before", "code", "configs", "core", "count", "destination",
        "differences", "error", "exit_code", "expected", "file", "found", "frames", "in_force", "instance", "kept",
        "keys", "kind", "lag", "left", "lost", "ms", "offset", "outcome", "partition", "partitions", "path", "pool",
        "port", "position", "reason", "records", "role", "roles", "rulebook", "seconds", "service", "signal", "stage",
        "state", "topic", "topics", "total", "url", "version", "what",
    }
)  # fmt: skip
"""What a log line may carry besides its event."""

_CHAIN_FIELDS = frozenset({"event", "level", "timestamp", "logger"})
_STACK_FRAMES_MAX = 12
_TEXT_MAX = 500
# Too chatty below WARNING, and at DEBUG they would write keys and values.
_QUIET = ("agents.seam", "aiokafka", "aiohttp", "asyncio", "faust", "httpcore", "httpx", "mode", "venusian")


class _ExpectedRetries(logging.Filter):
    """Drops what Kafka 4 tells old clients while it verifies a transaction: the produce request is just repeated."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "NotEnoughReplicas" not in record.getMessage()


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Send the logs of this process, ours and the libraries', to a stream, stderr if none is given."""
    stream = stream or sys.stderr
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _render_error,
        _only_listed,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        foreign_pre_chain=[structlog.stdlib.add_logger_name, _foreign_error, *shared],
    )
    output = logging.StreamHandler(stream)
    output.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiokafka.producer.sender").addFilter(_ExpectedRetries())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def describe(error: BaseException) -> str:
    """An error in one line, without the input that led to it."""
    if isinstance(error, ValidationError):
        return f"ValidationError: {error.errors(include_url=False, include_context=False, include_input=False)}"
    return f"{type(error).__name__}: {error}"[:_TEXT_MAX]


def _foreign_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # The handler would print a library's traceback as text; it becomes fields instead, like our own.
    record = event["_record"]
    if record.exc_info and record.exc_info[1] is not None:
        event["error"] = record.exc_info[1]
        record.exc_info = record.exc_text = None
    return event


def _render_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.get("error")
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_STACK_FRAMES_MAX:]
        event["error"] = describe(error)
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    elif error is None:
        event.pop("error", None)
    return event


def _only_listed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event.keys() - FIELDS - _CHAIN_FIELDS:
        if not name.startswith("_"):
            event[name] = "(not a listed field)"
    return event
