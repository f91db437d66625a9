"""The whole path, from click to trigger, by hand; each line of JSON is one measurement.

    python -m tests.bench.whole_path --stages 100000     µs, facts and bytes a click, in process, without a broker
    python -m tests.bench.whole_path --memory 200000     resident bytes a visitor
    python -m tests.bench.whole_path --live 300000       against bare reading, and exit intents, on real Kafka

The first two take `--rules lifecycle`, too, or another of the shipped rulebooks.

Each is told for nobody and for everybody signed in; the last line is one of JSON. Figures of different runs compare
only if nothing else ran on the machine: to compare two trees take turns.
"""

import argparse
import itertools
import tempfile
from pathlib import Path

import orjson

from agents.demo.broker import Kafka
from agents.rulebook_file import SHIPPED
from tests.bench import exit_latency, live, memory, stages
from tests.bench.processes import machine
from tests.e2e.shop import Shop


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--stages", type=int, metavar="EVENTS")
    asked.add_argument("--memory", type=int, metavar="VISITORS")
    asked.add_argument("--live", type=int, metavar="EVENTS")
    parser.add_argument("--rules", default="plain", help="the shipped rulebook of --stages and --memory")
    parser.add_argument("--rounds", type=int, default=live.ROUNDS, help="of --live")
    args = parser.parse_args()
    print(machine(), flush=True)
    if args.stages:
        for signed_in in live.SHARES.values():
            print(orjson.dumps(stages.measure(args.stages, signed_in, args.rules)).decode(), flush=True)
    elif args.memory:
        for known in (False, True):
            print(orjson.dumps(memory.measure(args.memory, signed_in=known, rules=args.rules)).decode(), flush=True)
    else:
        print(orjson.dumps(on_kafka(args.live, args.rounds)).decode())


def on_kafka(events: int, rounds: int) -> dict[str, float]:
    """What needs a broker, on one of its own."""
    numbers, shops = itertools.count(1), list[Shop]()
    with tempfile.TemporaryDirectory() as folder, Kafka.start(Path(folder) / "kafka", quick=False) as kafka:

        def open_shop() -> Shop:
            name = f"whole{next(numbers)}"
            (Path(folder) / name).mkdir()
            shops.append(Shop(name, kafka.bootstrap, Path(folder) / name, SHIPPED / "plain.yaml"))
            return shops[-1]

        try:
            return exit_latency.measure(open_shop) | live.measure(open_shop, events, rounds)
        finally:
            for shop in shops:
                shop.close()


if __name__ == "__main__":
    main()
