"""The demo's webhook receiver: who signs right is heard, once."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from agents.demo.receiver import REFUSED_FOR_CERTAIN, Receiver, Tally

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
BODY = '{"type":"afterclick.trigger.fired.v1"}'


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that listens; its seed refuses nothing in the first few calls but the one that always is."""
    receiver = Receiver(SECRET, seed=0)
    await receiver.start()
    yield receiver
    await receiver.stop()


def signed(webhook_id: str, body: str = BODY, secret: str = SECRET, age_s: float = 0) -> dict[str, str]:
    """The headers of a call."""
    moment = datetime.now(UTC) - timedelta(seconds=age_s)
    signature = Webhook(secret).sign(webhook_id, moment, body)
    timestamp = str(int(moment.timestamp()))
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


async def post(receiver: Receiver, headers: Mapping[str, str], body: str = BODY) -> int:
    """The status that the receiver answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(receiver.url, content=body, headers=dict(headers))).status_code


async def test_a_signed_call_has_its_effect(receiver: Receiver) -> None:
    """And is answered with a 2xx."""
    assert await post(receiver, signed("t-1")) == 202
    assert list(receiver.tally.effects) == ["t-1"]


async def test_a_repeat_is_recognised(receiver: Receiver) -> None:
    """Its webhook-id has had its effect: it is accepted, and nothing more; another body is noticed."""
    for body in (BODY, BODY, "{}"):
        assert await post(receiver, signed("t-1", body), body) in (200, 202)
    assert len(receiver.tally.effects) == 1
    assert receiver.tally.repeats == 2
    assert receiver.tally.changed == 1


async def test_effects_are_counted_by_their_kind() -> None:
    """As the body says it; a repeat is no effect."""
    tally = Tally(effects={f"t-{n}": orjson.dumps({"data": {"kind": kind}}) for n, kind in enumerate("aab")})
    assert tally.by_kind() == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    "headers",
    [
        signed("t-1", secret=OTHER),
        signed("t-1", body="{}"),
        signed("t-1", age_s=3600),
        signed("t-1") | {"webhook-id": "t-2"},
        signed("t-1") | {"webhook-signature": "nonsense"},
        {},
    ],
    ids=["other secret", "other body", "old", "other id", "nonsense", "unsigned"],
)
async def test_what_is_not_signed_right_is_refused(receiver: Receiver, headers: dict[str, str]) -> None:
    """It has no effect, and is counted."""
    assert await post(receiver, headers) == 401
    assert receiver.tally.bad_signatures == 1
    assert not receiver.tally.effects


async def test_some_first_calls_are_refused_for_now(receiver: Receiver) -> None:
    """One for certain; the repeat of a refused call is taken."""
    ids = [f"t-{number}" for number in range(REFUSED_FOR_CERTAIN)]
    statuses = [await post(receiver, signed(webhook_id)) for webhook_id in ids]
    assert statuses == [202] * (REFUSED_FOR_CERTAIN - 1) + [503]
    assert await post(receiver, signed(ids[-1])) == 202
    assert receiver.tally.refused == 1
    assert list(receiver.tally.effects) == ids
