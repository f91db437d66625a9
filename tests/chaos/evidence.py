"""What a run has left behind, as the verdict reads it: the files of the run folder, typed."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tests.chaos.households import CANARY
from tests.chaos.rules import Waits

Json = dict[str, Any]


class Input(NamedTuple):
    """One record of a source topic; `body` is None for one that nobody can read."""

    topic: str
    partition: int
    offset: int
    at: int
    body: Json | None


@dataclass
class Evidence:
    """`acked`: event id -> when the generator first knew it to be written, ms. `horizon`: what was due before it must
    have fired. `state`: (table, key) -> record, of the live app and of the undisturbed one."""

    waits: Waits
    planned: dict[str, int]
    input: list[Input]
    acked: dict[str, int]
    plots: dict[int, str]
    mass: list[Json]
    triggers: list[Json]
    triggers_again: list[Json]
    ledger: dict[str, Json]
    calls: list[Json]
    dead_letters: Counter[tuple[str, int, int]]
    state: dict[tuple[str, str], Any]
    state_again: dict[tuple[str, str], Any]
    ends: dict[str, int]
    outcomes_again: dict[str, dict[str, int]]
    faults: list[Json]
    endings: list[Json]
    hangs: list[Json]
    horizon: int
    began: float
    seed: int
    settled: bool
    in_time: bool
    recomputed: bool
    children: dict[str, int]
    opened: dict[int, list[int]] = field(default_factory=dict)
    """When dispatchers opened each partition of the triggers, ms."""
    stood: list[int] = field(default_factory=list)
    """When a dispatcher's event loop did not answer for two seconds, ms."""
    leaks: list[str] = field(default_factory=list)


def load(folder: Path, waits: Waits, planned: dict[str, int]) -> Evidence:
    """Read a run folder."""
    facts = orjson.loads((folder / "facts.json").read_bytes())
    acked: dict[str, int] = {}
    plots: dict[int, str] = {}
    mass: list[Json] = []
    for line in lines(folder / "ledger.jsonl"):
        if line["id"] == "mass":
            mass.append(line)
            continue
        plots[line["group"]] = line["plot"]
        if line["id"] is not None:
            acked[line["id"]] = min(line["acked"], acked.get(line["id"], line["acked"]))
    return Evidence(
        waits=waits,
        planned=planned,
        input=[Input(**line) for line in lines(folder / "input.jsonl")],
        acked=acked,
        plots=plots,
        mass=mass,
        triggers=list(lines(folder / "triggers-live.jsonl")),
        triggers_again=list(lines(folder / "triggers-again.jsonl")),
        ledger={key: line for key, line in lines(folder / "deliveries.jsonl") if not key.startswith("\x00")},
        calls=sorted(lines(folder / "calls.jsonl"), key=lambda call: int(call["at"])),
        dead_letters=Counter(
            (letter["topic"], letter["partition"], letter["offset"]) for letter in lines(folder / "dead-letters.jsonl")
        ),
        state=_state(folder, "live"),
        state_again=_state(folder, "again"),
        ends=orjson.loads((folder / "ends.json").read_bytes()),
        outcomes_again=facts["recomputed"]["outcomes"],
        faults=facts["faults"],
        endings=facts["endings"],
        hangs=facts["hangs"],
        horizon=facts["horizon"],
        began=facts["began"],
        seed=facts["seed"],
        settled=facts["settled"],
        in_time=facts["in_time"],
        recomputed=facts["recomputed"]["done"] and facts["recomputed"]["codes"] == [0],
        children=facts["children"] | {"generator": facts["generator_code"]},
        opened=_opened(folder),
        stood=_stood(folder),
        leaks=_leaks(folder),
    )


def lines(file: Path) -> Iterator[Any]:
    """The JSON values of a file, one a line; a last line that was cut is left out."""
    with file.open("rb") as text:
        for line in text:
            if line.endswith(b"\n"):
                yield orjson.loads(line)


def _state(folder: Path, name: str) -> dict[tuple[str, str], Any]:
    return {
        (table, key): value
        for table in ("customers", "sessions", "intake")
        for key, value in lines(folder / f"{table}-changelog-{name}.jsonl")
    }


def _opened(folder: Path) -> dict[int, list[int]]:
    opened: defaultdict[int, list[int]] = defaultdict(list)
    for file in (folder / "logs").glob("dispatcher-*.log"):
        with file.open("rb") as text:
            for line in text:
                if b'"partition open"' in line:
                    said = orjson.loads(line)
                    opened[said["partition"]].append(int(datetime.fromisoformat(said["timestamp"]).timestamp() * 1000))
    return dict(opened)


def _stood(folder: Path) -> list[int]:
    samples = (sample for sample in lines(folder / "samples.jsonl") if sample["slot"].startswith("dispatcher"))
    return [int(sample["at"] * 1000) for sample in samples if sample.get("silent")]


def _leaks(folder: Path) -> list[str]:
    """The files outside of the topics that hold personal data of the input."""
    found = []
    for file in [*(folder / "logs").glob("*.log"), folder / "calls.jsonl", folder / "samples.jsonl"]:
        with file.open("rb") as text:
            if any(CANARY.encode() in line for line in text):
                found.append(file.name)
    return found
