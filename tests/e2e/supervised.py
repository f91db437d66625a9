"""Workers with a supervisor, as in production: what ends by itself is started again under its name."""

import orjson

from tests.e2e.shop import Shop, Worker
from tests.waiting import wait_until

ROLES = ("sessions", "intake", "customers", "products")


class Supervised:
    """The workers of a shop by their instance names; `ends` holds the codes with which any ended by itself."""

    def __init__(self, shop: Shop) -> None:
        self.ends: list[int] = []
        self.all_partitions = 5 * shop.partitions
        """What all workers own together: clickstream, orders, engagements, customer-inbox, catalog."""
        self._shop = shop
        self._workers: dict[str, Worker] = {}

    def start(self, name: str, **environment: str) -> Worker:
        """Start a worker under that name; what else is in its environment is not when it is started again."""
        worker = self._workers[name] = self._shop.start(AFTERCLICK_INSTANCE=name, **environment)
        return worker

    def stop(self, name: str) -> int:
        """SIGTERM; the exit code."""
        return self._workers.pop(name).stop()

    def stop_all(self) -> list[int]:
        """SIGTERM, one after another."""
        return [self.stop(name) for name in list(self._workers)]

    def give_up(self, name: str) -> Worker:
        """Leave a worker to itself: nobody starts it again."""
        return self._workers.pop(name)

    def partitions(self, name: str) -> int:
        """How many partitions it said it runs, of all roles together."""
        self._tend()
        assigned: dict[str, int] = {}
        for line in self._workers[name].log.read_bytes().splitlines():
            if b'"partitions run"' in line:
                said = orjson.loads(line)
                assigned[said["role"]] = said["assigned"]
        return sum(assigned.values())

    def until_ready(self) -> None:
        """Return once all of them do their work."""
        wait_until(self._are_ready, "all workers ready", every_s=0.2)

    def _are_ready(self) -> bool:
        self._tend()
        return all(_is_ready(worker) for worker in self._workers.values())

    def _tend(self) -> None:
        for name, worker in list(self._workers.items()):
            code = worker.process.poll()
            if code is not None:
                self.ends.append(code)
                self.start(name)


def _is_ready(worker: Worker) -> bool:
    metrics = worker.metrics()
    return all(metrics.get(("afterclick_ready", role)) == 1 for role in ROLES)
