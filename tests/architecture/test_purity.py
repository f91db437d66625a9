"""`schemas` and `streams` are pure: the same input gives the same bytes, under replay as live."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PURE = sorted(path for folder in ("schemas", "streams") for path in Path(folder).rglob("*.py"))

BANNED_CALLS = {
    "now": "take the time from the batch (`now_ms`) or from the event",
    "utcnow": "take the time from the batch (`now_ms`) or from the event",
    "today": "take the time from the batch (`now_ms`) or from the event",
    "uuid1": "derive the id (streams.ids)",
    "uuid4": "derive the id (streams.ids)",
    "token_hex": "derive the id (streams.ids)",
    "open": "let agents read the file and pass its text",
    "print": "return it as an effect; agents log",
    "input": "let agents ask",
    "hash": "use streams.ids.hash64: str hashes differ from process to process",
}
METHODS_ALLOWED = frozenset({"open", "print", "input", "hash"})
BANNED_IMPORTS = {
    "time": "take the time from the batch",
    "random": "derive it from an id (streams.ids.hash64)",
    "secrets": "derive it from an id (streams.ids.hash64)",
    "uuid": "derive the id (streams.ids)",
    "logging": "return it as an effect; agents log",
    "structlog": "return it as an effect; agents log",
    "os": "let agents read the environment and pass settings",
    "sys": "let agents look at the process",
    "socket": "let agents talk to the network",
    "subprocess": "let agents start processes",
    "threading": "a stage is a single writer; agents schedule",
    "asyncio": "a stage never waits; agents do",
    "faust": "return effects; the seam lives in agents",
    "aiokafka": "return effects; the seam lives in agents",
    "httpx": "return effects; the dispatcher calls",
    "prometheus_client": "count in Effects; agents.web.metrics shows",
    "typer": "the command line lives in agents",
    "rich": "the command line lives in agents",
}


def impurities(source: str) -> Iterator[str]:
    """What is impure in a module, each with its line and what to do instead."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in BANNED_CALLS and name not in METHODS_ALLOWED:
                yield f"line {node.lineno}: .{name}(: {BANNED_CALLS[name]}"
            case ast.Call(func=ast.Name(id=name)) if name in BANNED_CALLS:
                yield f"line {node.lineno}: {name}(: {BANNED_CALLS[name]}"
            case ast.Import(names=names):
                for alias in names:
                    yield from _imported(node.lineno, alias.name)
            case ast.ImportFrom(module=str(module)):
                yield from _imported(node.lineno, module)
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield f"line {node.lineno}: async: a stage never waits; agents do"
            case ast.Global():
                yield f"line {node.lineno}: global: keep state in the stage, where the changelog can rebuild it"
            case _:
                pass


def _imported(line: int, module: str) -> Iterator[str]:
    root = module.split(".")[0]
    if root in BANNED_IMPORTS:
        yield f"line {line}: import {module}: {BANNED_IMPORTS[root]}"


@pytest.mark.parametrize("path", PURE, ids=str)
def test_the_core_is_pure(path: Path) -> None:
    """No clock, chance, file, network, log or wait."""
    assert list(impurities(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "x = datetime.utcnow()",
        "date.today()",
        "uuid4()",
        "open('x')",
        "print(1)",
        "async def f(): ...",
        "def f():\n    global x",
        "import time",
        "import os.path",
        "from random import choice",
        "from aiokafka import AIOKafkaProducer",
    ],
)
def test_the_test_sees_what_it_bans(source: str) -> None:
    """And names what to do instead."""
    (complaint, *_) = impurities(source)
    assert complaint.startswith("line ")
    assert len(complaint.split(": ")) >= 3


def test_what_is_allowed_is_not_banned() -> None:
    """A stage has a method `open`; datetimes may be calculated with."""
    assert list(impurities("stage.open()\nfrom datetime import UTC, datetime\ndatetime.fromisoformat('x')")) == []
