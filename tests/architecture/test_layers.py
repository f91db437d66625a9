"""Imports run one way, agents -> streams -> schemas, and the three names are ours alone."""

import ast
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

LAYERS = {"schemas": 0, "streams": 1, "agents": 2}
MODULES = sorted(path for layer in LAYERS for path in Path(layer).rglob("*.py"))
TOP_LEVEL = {"agents", "deploy", "schemas", "streams", "tests"}


def imported(path: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{path}:{node.lineno}: write imports from the top: a reader need not count dots"
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_run_one_way(path: Path) -> None:
    """Nothing imports what stands above it, and nothing imports the tests."""
    own = LAYERS[path.parts[0]]
    upward = {name for name in imported(path) if LAYERS.get(name, -1) > own}
    assert not upward, f"{path} imports {upward}: move what it needs down, or pass it in"
    assert "tests" not in imported(path)


def test_no_other_distribution_owns_our_names() -> None:
    """Plain top-level packages can be shadowed: then this environment is not Afterclick's own."""
    owners = packages_distributions()
    for name in LAYERS:
        strangers = {owner for owner in owners.get(name, []) if owner != "afterclick"}
        assert not strangers, f"{strangers} install a package called {name}: give Afterclick an environment of its own"


def test_the_top_level_shows_the_architecture() -> None:
    """Five folders, no more: hidden ones and caches of tools aside."""
    folders = {path.name for path in Path().iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert folders <= TOP_LEVEL, f"{folders - TOP_LEVEL}: what is it, and in which of the five does it belong?"
