"""How many events a CPU second `afterclick replay` folds: file in, both stages, triggers out."""

import tempfile
import time
from pathlib import Path

import orjson

from agents.replay.files import Outputs, replay_files
from agents.rulebook_file import load_rulebook
from schemas.topics import Topic
from tests.oracle import otto

COPIES = 60
ROUNDS = 3


def measure(copies: int = COPIES) -> dict[str, float]:
    """Over the OTTO sample's shoppers, copied under other names and a few seconds apart; the best of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        inputs = _write(Path(folder), copies)
        rulebook = load_rulebook(Path("plain"))
        rates = []
        for _ in range(ROUNDS):
            started, now_ms = time.process_time(), time.time_ns() // 1_000_000
            tally = replay_files(inputs, rulebook, 5000, Outputs(Path(folder) / "out"), drain=True, now_ms=now_ms)
            rates.append(sum(tally.read.values()) / (time.process_time() - started))
    print(
        f"  {sum(tally.read.values())} events, {tally.fired} triggers,",
        f"{', '.join(f'{rate:,.0f}' for rate in rates)} events/CPU-s",
    )
    return {"replay_events_per_s": round(max(rates))}


def _write(folder: Path, copies: int) -> dict[Topic, Path]:
    sample = otto.sample()
    paths = {}
    for topic, records in ((Topic.CLICKSTREAM, sample.clicks), (Topic.ORDERS, sample.orders)):
        shifted = [
            {
                **record,
                "event_id": f"{record['event_id']}-{copy}",
                "visitor_id": f"{record['visitor_id']}-{copy}",
                "occurred_at": record["occurred_at"] + copy * 1013,
            }
            for record in records
            for copy in range(copies)
        ]
        shifted.sort(key=lambda record: record["occurred_at"])
        path = folder / f"{topic}.jsonl"
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in shifted))
        paths[topic] = path
    return paths
