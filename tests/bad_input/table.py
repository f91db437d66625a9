"""The table of bad input as a document: `python -m tests.bad_input.table` writes it."""

from pathlib import Path

from tests.bad_input.case import Case
from tests.bad_input.cases import CASES
from tests.bad_input.rows import ROWS

FILE = Path(__file__).parents[2] / "schemas" / "BAD_INPUT.md"
HEAD = """# What becomes of bad input

Every record of `clickstream`, `orders`, `engagements` and `catalog` ends in exactly one counted outcome: applied,
duplicate, late, ignored or quarantined (`afterclick_records_total`). A quarantined one is a dead letter with its
reason; an odd one that is used all the same is counted in `afterclick_oddities_total`.
`python -m tests.bad_input.table` writes this file from the cases that the tests run.

| # | input | outcome | remarks |
|---|---|---|---|
"""


def outcome(case: Case) -> str:
    """The outcome in a word, with reason and oddity."""
    words = case.outcome if case.reason is None else f"{case.outcome}: {case.reason}"
    return words if case.oddity is None else f"{words} ({case.oddity})"


def document() -> str:
    """All of it."""
    lines = []
    for number, row in ROWS.items():
        found: dict[str, list[str]] = {}
        for case in CASES:
            if case.row == number:
                found.setdefault(outcome(case), []).append(case.what)
        told = "<br>".join(f"{result} — {_some(whats)}" for result, whats in found.items())
        lines.append(f"| {number} | {row.about} | {told} | {row.note} |\n")
    return HEAD + "".join(lines)


def _some(whats: list[str]) -> str:
    return ", ".join(_plain(what) for what in dict.fromkeys(whats))


def _plain(text: str) -> str:
    return f"`{text}`" if any(char in text for char in '"{<%|') else text


if __name__ == "__main__":
    FILE.write_text(document())
