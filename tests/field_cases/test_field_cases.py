"""What shops reported in public: each situation is replayed, and has to end as is right."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.replay.files import Outputs, replay_files
from agents.replay.view import as_json
from agents.rulebook_file import load_rulebook
from schemas.topics import Topic

Json = dict[str, Any]

HERE = Path(__file__).parent
CASES = sorted(path.name for path in HERE.iterdir() if path.is_dir() and not path.name.startswith("__"))
INDEX: dict[str, Json] = {case["case"]: case for case in orjson.loads((HERE / "index.json").read_bytes())}
INPUTS = {Topic.CLICKSTREAM: "clicks.jsonl", Topic.ORDERS: "orders.jsonl", Topic.ENGAGEMENTS: "engagements.jsonl"}
AFTERWARDS_MS = 1_798_761_600_000
"""2027-01-01: today, as the cases have it, which lie before."""
LATENESS_MS = 5_000

WAITING: dict[str, str] = {}
"""What is not right yet, and why. A case that comes right fails until it is taken off this list."""


def marked(case: str) -> Any:
    """The case, expected to fail where it waits."""
    waits = [pytest.mark.xfail(reason=WAITING[case], strict=True, raises=AssertionError)] if case in WAITING else []
    return pytest.param(case, marks=waits)


class Ended:
    """How a case ended: what fired, what was decided, and what `replay --json` says."""

    def __init__(self, case: str, folder: Path) -> None:
        inputs = {topic: path for topic, name in INPUTS.items() if (path := HERE / case / name).exists()}
        outputs = Outputs(folder / "triggers", folder / "decisions")
        book = load_rulebook(HERE / case / "rules.yaml")
        tally = replay_files(inputs, book, LATENESS_MS, outputs, drain=True, now_ms=AFTERWARDS_MS)
        self.counts = as_json(tally, inputs, 0)
        self.triggers, self.decisions = (
            [orjson.loads(line) for line in (folder / name).read_bytes().splitlines()]
            for name in ("triggers", "decisions")
        )

    def as_expected(self, said: Json) -> Json:
        """What there is of this expectation, in its own words."""
        if "count" in said:
            return {"count": said["count"], "value": self.counts[said["count"]]}
        if "verdict" in said:
            found = any(all(decision[name] == said[name] for name in said) for decision in self.decisions)
            return said if found else {"verdicts": self.decisions}
        fired = [in_words(trigger, said) for trigger in self.triggers]
        return said if said in fired else {"triggers": fired}


def in_words(trigger: Json, said: Json) -> Json:
    """The trigger, as far as the expectation speaks of it."""
    lines = {line["product_id"]: float(Decimal(str(line["quantity"]))) for line in trigger["lines"]}
    words = {**trigger, "person": trigger["profile"], "lines": lines}
    return {name: words[name] for name in said}


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_it_ends_as_is_right(case: str, tmp_path: Path) -> None:
    """The triggers named and no others, the counts, the verdicts; `index.json` says why."""
    expected: list[Json] = orjson.loads((HERE / case / "expected.json").read_bytes())
    ended = Ended(case, tmp_path)

    met = [ended.as_expected(said) for said in expected]
    assert met == expected, INDEX[case]["right"]
    assert len(ended.triggers) == sum("anchor_ms" in said for said in expected), ended.triggers


def test_every_case_says_where_it_comes_from() -> None:
    """A folder, its entry, a source; what waits is there, too."""
    assert list(INDEX) == CASES
    assert all(case["source"] and case["situation"] for case in INDEX.values())
    assert set(WAITING) <= set(CASES)
