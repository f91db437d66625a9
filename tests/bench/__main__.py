"""`make bench`: prints what is measured as it goes; the last line is one line of JSON."""

import itertools
import tempfile
from pathlib import Path

import orjson

from agents.core import core
from agents.demo.broker import Kafka
from agents.rulebook_file import SHIPPED
from tests.bench import exit_latency, live, replay_speed, restore, sessions_path, starvation
from tests.bench.processes import machine
from tests.e2e.shop import Shop


def main() -> None:
    """Measure everything, one after another."""
    print(machine())
    results: dict[str, float] = {"core_is_compiled": core() == "compiled"}
    print("replay, events a CPU second")
    results |= replay_speed.measure()
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count(1)
        shops: list[Shop] = []

        with Kafka.start(Path(folder) / "kafka", quick=False) as kafka:

            def open_shop() -> Shop:
                name = f"bench{next(numbers)}"
                (Path(folder) / name).mkdir()
                shops.append(Shop(name, kafka.bootstrap, Path(folder) / name, SHIPPED / "plain.yaml"))
                return shops[-1]

            try:
                print("exit intent, from signal on topic to trigger on topic")
                results |= exit_latency.measure(open_shop)
                print("the sessions path against bare getmany + validation")
                results |= sessions_path.measure(open_shop)
                print("the whole path against bare getmany + validation, nobody known and everybody")
                results |= live.measure(open_shop, live.SHORT_EVENTS)
                print("a restart: keys restored a second")
                results |= restore.measure(open_shop)
                print("a destination beside eight that hang, from trigger to call")
                results |= starvation.measure(kafka)
            finally:
                for shop in shops:
                    shop.close()
    print(orjson.dumps(results).decode())


if __name__ == "__main__":
    main()
