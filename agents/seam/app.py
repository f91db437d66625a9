"""A Faust app that carries deliveries to one function, and tells when it crashes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faust
from faust.app.base import BootStrategy as FaustBootStrategy

from agents.seam.consumer import Reading, Transport
from agents.seam.inlets import Delivery

RECEIVER_QUEUE_MAX = 4096


class _BootStrategy(FaustBootStrategy):  # type: ignore[misc]  # faust is Any to mypy
    """No producer and no web server of Faust's."""

    enable_kafka_producer = False
    enable_web = False


class _RawSchema(faust.Schema):  # type: ignore[misc]  # faust is Any to mypy
    """Hands over what the consumer put into the message."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> None:
        return None

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        return message.value


class App(faust.App):  # type: ignore[misc]  # faust is Any to mypy
    """One consumer group: topics in, deliveries to `receive`."""

    BootStrategy = _BootStrategy
    reading: Reading
    tell_crash: Callable[[BaseException], Any]

    def _crash(self, reason: BaseException) -> None:
        # Every crash below an app ends up here, in whatever thread. Faust would go on to stop in order, and hangs
        # there at times.
        self.tell_crash(reason)
        super()._crash(reason)


def make_app(
    group: str,
    topics: Sequence[str],
    reading: Reading,
    receive: Callable[[str, int, Delivery], None],
    crashed: Callable[[BaseException], Any],
    data_dir: Path,
) -> App:
    """An app that is its own group and gives `receive` each delivery with its topic and partition, in order.

    It runs in the event loop it is made in: `await app.start()`, `await app.stop()`, without Faust's worker.
    """
    app = App(
        group,
        broker="kafka://" + ";kafka://".join(reading.consumer_options["bootstrap_servers"].split(",")),
        store="memory://",
        datadir=data_dir / "faust",
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        stream_wait_empty=False,
        stream_buffer_maxsize=RECEIVER_QUEUE_MAX,
        broker_session_timeout=reading.consumer_options["session_timeout_ms"] / 1000,
        web_enabled=False,
    )
    app.reading = reading
    app.tell_crash = crashed
    app.transport = Transport(app.conf.broker_consumer, app)

    async def receiver(stream: Any) -> None:
        # An exception that left this loop would only restart the agent, with the event acknowledged and lost.
        try:
            async for event in stream.events():
                receive(event.message.topic, event.message.partition, event.value)
        except Exception as error:
            crashed(error)
            raise

    app.agent(app.topic(*topics, schema=_RawSchema()), name=f"{group}.receiver")(receiver)
    return app
