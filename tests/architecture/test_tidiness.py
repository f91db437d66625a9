"""What a reader meets: short modules, names from the field, a sentence of purpose on top, no reason unexplained."""

import ast
import re
from pathlib import Path

import pytest

from schemas.outcomes.decisions import Reason, Verdict
from streams.triggers.kinds import ROWS

LAYERS = ("schemas", "streams", "agents")
MODULES = sorted(path for layer in LAYERS for path in Path(layer).rglob("*.py"))
TESTS = sorted(Path("tests").rglob("*.py"))
LINES_MAX = 300
PLUMBING = {"manager", "handler", "processor", "helper", "helpers", "util", "utils", "misc", "common"}
WORDS = re.compile(r"[A-Z]?[a-z]+")


def plumbing(name: str) -> set[str]:
    """The words in a name that say nothing of the field."""
    return {word.lower() for word in WORDS.findall(name)} & PLUMBING


def source(folder: str) -> str:
    """All modules of a folder, one behind the other."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(folder).rglob("*.py")))


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=str)
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    """At most 300 lines, of the product and of its tests: a longer one holds two thoughts."""
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LINES_MAX, f"{path} has {lines} lines: which second thought can move out?"


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=str)
def test_names_come_from_the_field(path: Path) -> None:
    """Visit, cart, cap, ledger: not manager, helper, util."""
    assert not plumbing(path.stem), f"{path}: what does it do? Call it that"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_classes_are_named_from_the_field_too(path: Path) -> None:
    """And every module says in its first line what it is for."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module), f"{path}: what is it for?"
    classes = [node.name for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if plumbing(name)] == []


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=str)
def test_every_test_makes_a_promise(path: Path) -> None:
    """One line that says what must hold, so that a failure explains itself."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("reason", list(Reason), ids=[reason.value for reason in Reason])
def test_a_reason_that_exists_is_returned_and_tested(reason: Reason) -> None:
    """A word in the decision log that nothing says, or that no story tells, explains nothing."""
    said = f"Reason.{reason.name}"
    assert re.search(rf"{said}\b", source("streams")), f"{said} is never returned"
    assert re.search(rf"{said}\b", source("tests/stories") + source("tests/streams")), f"{said} stands in no story"


@pytest.mark.parametrize("kind", list(ROWS))
def test_every_kind_has_a_story(kind: str) -> None:
    """In the mirror of the detectors."""
    assert Path("streams/triggers/detectors", f"{kind}.py").is_file()
    assert f'"{kind}"' in source("tests/stories")


def test_every_verdict_is_pronounced() -> None:
    """In the core, not only in the model."""
    assert [verdict for verdict in Verdict if f"Verdict.{verdict.name}" not in source("streams")] == []
