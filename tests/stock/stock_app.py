"""A small stock faust-streaming app, as its documentation has it: an agent that counts the records of each key in a
table. Its environment says where; each record that it has handled is a line on stdout.
"""

import asyncio
import os
import sys

import faust
from faust.app.base import BootStrategy

SLOW = b"slow"


class NoWeb(BootStrategy):  # type: ignore[misc]  # faust is Any to mypy
    """Two of these on one machine would fight for the port."""

    enable_web = False


class App(faust.App):  # type: ignore[misc]  # faust is Any to mypy
    """faust.App without its web server."""

    BootStrategy = NoWeb


def make_app() -> App:
    """The app. `STOCK_SLOW_S` is how long a record of the key `slow` takes, `STOCK_WORK_S` any other."""
    slow_s, work_s = (float(os.environ.get(name, "0")) for name in ("STOCK_SLOW_S", "STOCK_WORK_S"))
    app = App(
        os.environ["STOCK_APP"],
        broker=f"kafka://{os.environ['STOCK_BOOTSTRAP']}",
        store="memory://",
        datadir=os.environ["STOCK_DATA"],
        topic_partitions=int(os.environ["STOCK_PARTITIONS"]),
        topic_replication_factor=1,
        topic_disable_leader=True,
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
        broker_commit_interval=0.5,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    topic = app.topic(os.environ["STOCK_TOPIC"], key_type=bytes, value_type=bytes, internal=False)
    counts = app.Table(
        "counts", default=int, key_type=str, value_type=int, partitions=int(os.environ["STOCK_PARTITIONS"])
    )

    @app.agent(topic, concurrency=int(os.environ.get("STOCK_CONCURRENCY", "1")))  # type: ignore[untyped-decorator]
    async def count(stream: "faust.StreamT[bytes]") -> None:
        async for event in stream.events():
            await asyncio.sleep(slow_s if event.key == SLOW else work_s)
            if "STOCK_TABLE" in os.environ:
                counts[event.key.decode()] += 1
            print(f"done {event.key.decode()} {event.message.partition} {event.message.offset}", flush=True)

    return app


if __name__ == "__main__":
    sys.argv = ["stock", "worker", "-l", "info", "--without-web"]
    make_app().main()
