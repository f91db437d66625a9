"""Our toy worker with a record that takes long: as long as `STOCK_SLOW_S` says."""

import os
import time

from agents.settings.settings import Settings
from agents.web.metrics import Metrics
from agents.worker.role import Role
from agents.worker.worker import run
from schemas.topics import Topic
from streams.stage import Batch
from tests.stages import CountingStage
from tests.stock.stock_app import SLOW
from tests.streams.records import with_records


class SlowStage(CountingStage):
    """Sleeps over a record of the key `slow`."""

    def fold(self, batch: Batch) -> None:
        records = list(batch.records)
        if any(record.key == SLOW for record in records):
            print('{"event":"over a slow record"}', flush=True)
            time.sleep(float(os.environ.get("STOCK_SLOW_S", "0")))
        super().fold(with_records(batch, records))


if __name__ == "__main__":
    run(Settings(), [Role("toy", ((Topic.CLICKSTREAM,),), Topic.SESSIONS_CHANGELOG, SlowStage)], Metrics())
