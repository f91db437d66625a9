"""`python -m tests.chaos short|long [--seed N] [--minutes M] [--folder F]`, or `judge FOLDER` for one that has run.

Ends with one line of JSON on standard output; the exit code is 0 only for a green verdict.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from tests.chaos.evidence import lines, load
from tests.chaos.judge import judge
from tests.chaos.plan import LONG, SHORT, Form, long_form
from tests.chaos.run import Run
from tests.chaos.series import Course, series
from tests.chaos.timeline import draw
from tests.chaos.verdict import Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, judge, tell."""
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("form", choices=["short", "long", "judge"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=LONG.input_s / 60, help="of input, for the long form")
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args(arguments)
    form = SHORT if given.form == "short" else long_form(given.minutes)
    folder = given.folder or Path(tempfile.mkdtemp(prefix=f"chaos-{form.name}-{given.seed}-"))
    if given.form == "judge":
        form = form_of(folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "form").write_text(f"{given.form} {given.minutes}")
        perform(form, given.seed, folder)
    return tell(form, folder)


def perform(form: Form, seed: int, folder: Path) -> None:
    """The run itself."""
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", file=sys.stderr, flush=True)

    say(f"chaos, {form.name} form, seed {seed}; everything is kept in {folder}")
    asyncio.run(Run(form, seed, folder, say).perform())
    say(f"{form.kills} kills and more were planned; the verdict follows")


def form_of(folder: Path) -> Form:
    """The form that a folder was made by."""
    name, minutes = (folder / "form").read_text().split()
    return SHORT if name == "short" else long_form(float(minutes))


def tell(form: Form, folder: Path) -> int:
    """Judge what the folder holds; write the verdict and the timeline; print the one line."""
    evidence = load(folder, form.waits, form.planned())
    verdict = Verdict(judge(evidence), evidence)
    (folder / "verdict.txt").write_text(verdict.text())
    (folder / "verdict.json").write_bytes(orjson.dumps(verdict.as_json(), option=orjson.OPT_INDENT_2))
    run = series(evidence.began, lines(folder / "samples.jsonl"), evidence.triggers, evidence.calls, form.lateness_s)
    title = f"chaos, {form.name} form, seed {evidence.seed}: {'green' if verdict.is_green else 'RED'}"
    (folder / "timeline.svg").write_text(draw(run, evidence.faults, title))
    print(verdict.text(), file=sys.stderr)
    summary = {"form": form.name, "seed": evidence.seed, **verdict.summary(), **recovery(run), "folder": str(folder)}
    print(orjson.dumps(summary).decode(), flush=True)
    if verdict.is_green:
        shutil.rmtree(folder / "kafka", ignore_errors=True)
    return 0 if verdict.is_green else 1


def recovery(run: Course) -> dict[str, float]:
    """How often the watermark fell behind, and how long it took to come back, s: the median and the longest."""
    took = sorted(until - since for since, until in run.stalls) or [0]
    return {"stalls": len(run.stalls), "recovery_p50_s": took[len(took) // 2], "recovery_max_s": took[-1]}


if __name__ == "__main__":
    sys.exit(main())
