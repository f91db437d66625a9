"""How many events a CPU second `afterclick replay` folds: file in, both stages, triggers out."""

import tempfile
import time
from pathlib import Path

import orjson

from agents.replay_files import replay_files
from agents.rulebook_file import load_rulebook
from tests.oracle import otto

COPIES = 60
ROUNDS = 3


def measure(copies: int = COPIES) -> dict[str, float]:
    """Over the OTTO sample's shoppers, copied under other names and a few seconds apart; the best of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        clicks, orders = _write(Path(folder), copies)
        rulebook = load_rulebook(Path("plain"))
        rates = []
        for _ in range(ROUNDS):
            started, now_ms = time.process_time(), time.time_ns() // 1_000_000
            replayed = replay_files(
                clicks, orders, rulebook, 5000, Path(folder) / "out", None, drain=True, now_ms=now_ms
            )
            rates.append(replayed.read / (time.process_time() - started))
    print(
        f"  {replayed.read} events, {replayed.fired} triggers,",
        f"{', '.join(f'{rate:,.0f}' for rate in rates)} events/CPU-s",
    )
    return {"replay_events_per_s": round(max(rates))}


def _write(folder: Path, copies: int) -> tuple[Path, Path]:
    sample = otto.sample()
    paths = []
    for name, records in (("clicks", sample.clicks), ("orders", sample.orders)):
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
        path = folder / f"{name}.jsonl"
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in shifted))
        paths.append(path)
    return paths[0], paths[1]
