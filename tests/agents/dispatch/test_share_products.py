"""The last look of a delivery at its products: what is sold out goes out, what others have bought comes in."""

import asyncio
from typing import Any

import orjson
import pytest

from schemas.outcomes.deliveries import DeliveryState
from schemas.outcomes.triggers import TriggerAlsoBought, TriggerMessage
from streams.delivery.delivery import Outcome, Result
from tests.agents.dispatch.world import ID, World


@pytest.fixture
def world() -> World:
    return World()


def about(*products: str, **changes: Any) -> dict[str, Any]:
    """A trigger about these products."""
    return {"about": "viewed", "viewed": products, **changes}


def shown(body: str) -> list[str]:
    """Which products a body shows."""
    viewed: list[str] = orjson.loads(body)["data"]["viewed"]
    return viewed


async def test_what_is_sold_out_is_left_out(world: World) -> None:
    """In the ledger before the call, as ever."""
    world.fires(**about("mug", "pot"))
    world.shelf.gone = {"pot"}
    await world.carries()
    assert [shown(body) for body in world.esp.scripted.sent] == [["mug"]]
    assert world.state is DeliveryState.DELIVERED


async def test_what_is_all_sold_out_is_not_sent(world: World) -> None:
    """An end with its receipt, and no dead letter."""
    world.fires(**about("mug", "pot"))
    world.shelf.gone = {"mug", "pot"}
    await world.carries()
    assert world.esp.scripted.sent == []
    assert world.state is DeliveryState.UNAVAILABLE
    assert [out.topic.value for out in world.ledger.take().outputs] == ["customer-inbox"]


async def test_sold_out_while_connecting(world: World) -> None:
    """The very last moment before the first byte: the call is called off, and begun anew with what is left."""
    world.fires(**about("mug", "pot"))
    world.esp.scripted.connecting = lambda: world.shelf.gone.add("pot")
    await world.carries()
    assert world.esp.scripted.sent == []
    assert world.state is DeliveryState.RETRY
    await world.carries()
    assert [shown(body) for body in world.esp.scripted.sent] == [["mug"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Result.AMBIGUOUS, ["mug", "pot"]),
        (Result.UNSENT, ["mug"]),
        (Result.REFUSED, ["mug"]),
        (Result.THROTTLED, ["mug"]),
    ],
)
async def test_a_body_that_may_have_arrived_stays_as_it_is(world: World, first: Result, second: list[str]) -> None:
    """What certainly has not, or was put off without being taken, is looked at anew."""
    world.fires(**about("mug", "pot"))
    world.esp.scripted.outcome = Outcome(first)
    await world.carries()
    world.shelf.gone = {"pot"}
    await world.carries()
    assert [shown(body) for body in world.esp.scripted.sent] == [["mug", "pot"], second]


async def test_sold_out_while_connecting_again(world: World) -> None:
    """The destination was away at first: nobody has the body, so this is a first byte like any other."""
    world.fires(**about("mug", "pot"))
    world.esp.scripted.outcome = Outcome(Result.UNSENT)
    await world.carries()
    world.esp.scripted.sent.clear()
    world.esp.scripted.connecting = lambda: world.shelf.gone.add("pot")
    await world.carries()
    assert world.esp.scripted.sent == []
    await world.carries()
    assert [shown(body) for body in world.esp.scripted.sent] == [["mug"]]


async def test_all_sold_out_between_two_attempts(world: World) -> None:
    """The retry never happens."""
    world.fires(**about("mug"))
    world.esp.scripted.outcome = Outcome(Result.UNSENT)
    await world.carries()
    world.shelf.gone = {"mug"}
    await world.carries()
    assert len(world.esp.scripted.sent) == 1
    assert world.state is DeliveryState.UNAVAILABLE


async def test_a_call_waits_until_products_are_known(world: World) -> None:
    """If it names some; what nobody can know of products holds up nothing else."""
    world.shelf.is_hidden = True
    world.fires(trigger_id="other")
    await world.carries("other")
    assert len(world.esp.scripted.sent) == 1

    world.fires(**about("mug"))
    call = world.share.carry(ID)
    assert call is not None
    await asyncio.sleep(0.05)
    assert len(world.esp.scripted.sent) == 1
    world.shelf.is_hidden = False
    await asyncio.wait_for(call, 5)
    assert len(world.esp.scripted.sent) == 2


def asking() -> TriggerMessage:
    """A message that shows what others have bought with a mug."""
    return TriggerMessage(template="t", also_bought=TriggerAlsoBought(of=("mug",), limit=4))


def offered(body: str) -> list[str]:
    """What a body shows of that; it asks for nothing any more."""
    message = orjson.loads(body)["data"]["message"]
    assert message["also_bought"] is None
    products: list[str] = message["products"]
    return products


async def test_what_others_have_bought_comes_in(world: World) -> None:
    """Without what is sold out, and once: every attempt has the same body."""
    world.shelf.together, world.shelf.gone = {"mug": ["tea", "pot", "jug"]}, {"pot"}
    world.fires(message=asking())
    world.esp.scripted.outcome = Outcome(Result.UNSENT)
    await world.carries()
    world.shelf.together = {"mug": ["pen"]}
    await world.carries()
    assert [offered(body) for body in world.esp.scripted.sent] == [["tea", "jug"]] * 2


async def test_what_others_have_bought_is_waited_for(world: World) -> None:
    """Until all of it is read no call is made; then it is begun anew."""
    world.shelf.together, world.shelf.is_hidden = {"mug": ["tea"]}, True
    world.fires(message=asking())
    call = world.share.carry(ID)
    assert call is not None
    await asyncio.sleep(0.05)
    world.shelf.is_hidden = False
    await asyncio.wait_for(call, 5)
    assert world.esp.scripted.sent == []
    await world.carries()
    assert [offered(body) for body in world.esp.scripted.sent] == [["tea"]]
    assert world.state is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    "said", [about("mug", "pot"), about(), {"message": asking()}], ids=["names some", "names none", "asks for some"]
)
async def test_a_body_is_decoded_once_a_call(
    world: World, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]
) -> None:
    """However often the call looks at it, and whatever is left out of it or comes in."""
    world.shelf.together, world.shelf.gone = {"mug": ["tea"]}, {"pot"}
    decoded: list[str] = []
    loads = orjson.loads

    def counting(text: str) -> Any:
        decoded.append(text)
        return loads(text)

    world.fires(**said)
    body = world.ledger.lines[ID].body
    monkeypatch.setattr(orjson, "loads", counting)
    await world.carries()
    assert world.state is DeliveryState.DELIVERED
    assert decoded == [body]
