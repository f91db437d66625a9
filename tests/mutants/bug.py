"""What a planted bug is: pieces of the product's text, and what stands there instead."""

from pathlib import Path
from typing import NamedTuple


class Edit(NamedTuple):
    """In this file, this text, which stands there exactly once, becomes that."""

    file: str
    old: str
    new: str


class Bug(NamedTuple):
    """A mistake that somebody might make. Its fast `tests` run first, the simulation if they see nothing."""

    name: str
    why: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...] = ()


def bug(name: str, why: str, file: str, old: str, new: str, *tests: str) -> Bug:
    """A bug of one edit."""
    return Bug(name, why, (Edit(file, old, new),), tests)


def plant(bug_: Bug, root: Path) -> None:
    """Change the files below `root`. Raises ValueError where the product has moved on."""
    for edit in bug_.edits:
        path = root / edit.file
        text = path.read_text(encoding="utf-8")
        times = text.count(edit.old)
        if times != 1:
            raise ValueError(f"{bug_.name}: {edit.file} has {edit.old!r} {times} times; it must be there once")
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
