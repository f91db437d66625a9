"""The planted bugs still fit the product; whether the suite notices them is `make mutants`."""

from pathlib import Path

import pytest

from tests.mutants.bug import Bug, Edit, plant
from tests.mutants.planting import BUGS

LEAST = 40


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_bug_can_be_planted_in_the_product_as_it_stands(bug: Bug, tmp_path: Path) -> None:
    """Each piece of text is there exactly once, and what it becomes is still a program."""
    for file in {edit.file for edit in bug.edits}:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(Path(file).read_text(encoding="utf-8"), encoding="utf-8")
    plant(bug, tmp_path)
    for edit in bug.edits:
        compile((tmp_path / edit.file).read_text(encoding="utf-8"), edit.file, "exec")
    assert all(Path(test).is_file() for test in bug.tests)


def test_there_are_enough_and_each_has_its_own_name() -> None:
    """At least forty, each with a reason."""
    assert len(BUGS) >= LEAST
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert all(bug.why for bug in BUGS)


def test_a_bug_that_no_longer_fits_says_where(tmp_path: Path) -> None:
    """The product moves on; its bugs must follow."""
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    with pytest.raises(ValueError, match=r"twice: a\.py has 'x = 1' 2 times"):
        plant(Bug("twice", "why", (Edit("a.py", "x = 1", "x = 2"),)), tmp_path)
