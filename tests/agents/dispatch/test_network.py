"""The way to a destination's host: every address of its name is judged, what was judged is called, nobody waits for
somebody else's name server."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest

from agents.dispatch import network as module
from agents.dispatch.courier import Courier
from agents.dispatch.network import ForbiddenAddress, Found, Network
from agents.settings.addresses import may_be_called
from agents.settings.settings import DestinationSettings
from streams.delivery.delivery import Outcome, Result
from tests.agents.dispatch.receiver import Receiver, answers
from tests.agents.dispatch.world import wall_clock_ms

NAME = "esp.example"


class Names:
    """A name server that answers with one list after another, the last one for ever."""

    def __init__(self, *answers: str) -> None:
        self.asked = 0
        self._answers = [tuple(ip_address(text) for text in answer.split()) for answer in answers]

    def __call__(self, _host: str, _port: int) -> Found:
        self.asked += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Names]:
    """Has every name looked up there."""

    def serve(*answers: str) -> Names:
        served = Names(*answers)
        monkeypatch.setattr(module, "_look_up", served)
        return served

    return serve


async def call(port: int, **settings: Any) -> Outcome:
    """One call to the name, at that port."""
    url = f"http://{NAME}:{port}/hook"
    courier = Courier(DestinationSettings(url=url, insecure=True, timeout_s=2, **settings), 2, wall_clock_ms)
    try:
        return await courier.call("T1", "{}", lambda: True)
    finally:
        await courier.close()


@pytest.mark.parametrize(
    "found",
    ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "93.184.215.14 127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"],
)
async def test_a_name_that_leads_inside_is_not_called(found: str, names: Callable[..., Names]) -> None:
    """Not even if one of several addresses is public: not one packet reaches the canary."""
    names(found)
    async with Receiver(answers(200)) as canary:
        port = int(canary.url.rsplit(":", 1)[1].split("/")[0])
        assert await call(port) == Outcome(Result.FORBIDDEN)
    assert canary.connections == 0


async def test_settings_may_allow_private_addresses(names: Callable[..., Names]) -> None:
    """Then the name is called, and is what `Host` says."""
    names("127.0.0.1")
    async with Receiver(answers(200)) as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
        assert (await call(port, allow_private=True)).result is Result.DELIVERED
    assert receiver.calls[0].headers["host"] == f"{NAME}:{port}"


async def test_metadata_is_not_called_whatever_settings_allow(names: Callable[..., Names]) -> None:
    """It hands out credentials to whoever asks from inside."""
    names("169.254.169.254")
    assert await call(80, allow_private=True) == Outcome(Result.FORBIDDEN)


async def test_what_was_judged_is_what_is_called(names: Callable[..., Names]) -> None:
    """The name leads elsewhere at the second asking: a connection asks once, and the next one is judged anew."""
    served = names("192.0.2.1", "127.0.0.1")
    network = Network(lambda address: str(address) == "192.0.2.1")
    with pytest.raises((httpcore.ConnectError, httpcore.ConnectTimeout)):
        await network.connect_tcp(NAME, 9, timeout=0.2)
    assert served.asked == 1
    with pytest.raises(ForbiddenAddress):
        await network.connect_tcp(NAME, 9, timeout=0.2)


async def test_the_next_address_is_tried_when_one_does_not_answer(names: Callable[..., Names]) -> None:
    """A closed one first: within the same time the second one takes the call."""
    names("127.0.0.2 127.0.0.1")
    async with Receiver(answers(200)) as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
        assert (await call(port, allow_private=True)).result is Result.DELIVERED


@pytest.mark.parametrize("error", [OSError("SERVFAIL"), UnicodeError("label too long")])
async def test_a_name_that_is_not_found_is_safe_to_retry(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent."""

    def fails(_host: str, _port: int) -> Found:
        raise error

    monkeypatch.setattr(module, "_look_up", fails)
    assert await call(80) == Outcome(Result.UNSENT)


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """A name server hangs until the test is over."""
    over = threading.Event()
    yield over
    over.set()


async def test_a_name_server_that_hangs_holds_up_its_own_destination_alone(hanging: threading.Event) -> None:
    """Sixty calls to each of eight names that are not answered: one thread each, and all give up in time. Meanwhile a
    name that is answered is found at once, and the event loop's own threads, which Kafka's clients use, are free."""

    def hangs(_host: str, _port: int) -> Found:
        hanging.wait(30)
        return ()

    before = threading.active_count()
    stuck = [Network(may_be_called(NAME, private=False), hangs) for _ in range(8)]
    waiting = [asyncio.create_task(network.connect_tcp(NAME, 443, timeout=1)) for network in stuck for _ in range(60)]
    await asyncio.sleep(0)
    assert threading.active_count() - before <= 8
    quick = Network(may_be_called(NAME, private=True), Names("127.0.0.1"))
    async with Receiver(answers(200)) as receiver:
        port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
        async with asyncio.timeout(0.9):
            stream = await quick.connect_tcp(NAME, port, timeout=0.9)
            await asyncio.to_thread(time.sleep, 0)
        await stream.aclose()
    assert not any(task.done() for task in waiting)
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {httpcore.ConnectTimeout}
