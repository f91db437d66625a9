"""One call against receivers that misbehave: bounded in time and bytes, and honest about what may have arrived."""

import asyncio
import base64
import gzip
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from agents.dispatch.courier import RESPONSE_BYTES_MAX, Courier, WithheldError
from agents.settings.settings import DestinationSettings
from streams.delivery.delivery import Outcome, Result
from tests.agents.dispatch.receiver import Act, Receiver, answers, drops, floods, hangs, resets, says, slowly
from tests.agents.dispatch.world import wall_clock_ms
from tests.waiting import WITHIN_S

BODY = '{"type":"afterclick.trigger.fired.v1","data":{"name":"Tasse für Jürgen"}}'
TIMEOUT_S = 2.0
"""Longer than a busy machine takes for a call to itself."""
OLD, NEW = ("whsec_" + base64.b64encode(key * 32).decode() for key in (b"o", b"n"))
GZIP_BOMB = gzip.compress(bytes(10_000_000))


def courier(url: str, **settings: Any) -> Courier:
    return Courier(DestinationSettings(url=url, timeout_s=TIMEOUT_S, **settings), 4, wall_clock_ms)


async def call(url: str, **settings: Any) -> Outcome:
    made = courier(url, **settings)
    try:
        return await made.call("T1", BODY, lambda: True)
    finally:
        await made.close()


@pytest.mark.parametrize(
    ("act", "result", "status"),
    [
        pytest.param(answers(200), Result.DELIVERED, 200, id="200"),
        pytest.param(answers(500), Result.AMBIGUOUS, 500, id="500"),
        pytest.param(answers(429, "retry-after: 7"), Result.THROTTLED, 429, id="429 with retry-after"),
        pytest.param(answers(301, "location: http://127.0.0.1:1/"), Result.REFUSED, 301, id="redirect"),
        pytest.param(hangs, Result.AMBIGUOUS, None, id="hangs"),
        pytest.param(drops, Result.AMBIGUOUS, None, id="accepts, then drops"),
        pytest.param(resets, Result.AMBIGUOUS, None, id="resets"),
        pytest.param(slowly(3600, answers(200)), Result.AMBIGUOUS, None, id="too late"),
        pytest.param(says("HTTP/1.1 200 OK\r\nx: " + "y" * 99, 0.05), Result.AMBIGUOUS, None, id="drips its head"),
        pytest.param(
            says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", then=hangs), Result.DELIVERED, 200, id="body hangs"
        ),
        pytest.param(
            says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", then=resets),
            Result.DELIVERED,
            200,
            id="reset mid-body",
        ),
        pytest.param(
            floods("HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n"), Result.DELIVERED, 200, id="10 GB"
        ),
        pytest.param(floods("HTTP/1.1 200 OK\r\n", b"x: y\r\n" * 9999), Result.AMBIGUOUS, None, id="endless head"),
        pytest.param(floods("", b"HTTP/1.1 103 Hints\r\n\r\n" * 99), Result.AMBIGUOUS, None, id="1xx storm"),
        pytest.param(
            says("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", then=hangs),
            Result.DELIVERED,
            200,
            id="bad chunks",
        ),
        pytest.param(says("SSH-2.0-hello\r\n\r\n"), Result.AMBIGUOUS, None, id="not http"),
        pytest.param(says("HTTP/1.1 100 Continue\r\n\r\n", then=hangs), Result.AMBIGUOUS, None, id="100, then hangs"),
        pytest.param(
            says("HTTP/1.1 103 Hints\r\n\r\n", then=answers(200)), Result.DELIVERED, 200, id="103, then an answer"
        ),
        pytest.param(says("HTTP/1.1 101 Switch\r\nupgrade: x\r\n\r\n"), Result.AMBIGUOUS, None, id="another protocol"),
        pytest.param(says("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n"), Result.AMBIGUOUS, None, id="length -5"),
        pytest.param(
            says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok"),
            Result.AMBIGUOUS,
            None,
            id="two lengths",
        ),
        pytest.param(
            says("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + "f" * 30 + "\r\n", then=hangs),
            Result.DELIVERED,
            200,
            id="endless chunk",
        ),
        pytest.param(says("HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"), Result.AMBIGUOUS, None, id="NUL in the head"),
        pytest.param(says("HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n"), Result.AMBIGUOUS, 999, id="status 999"),
    ],
)
async def test_a_receiver_behaves(act: Act, result: Result, status: int | None) -> None:
    """Whatever it does, the attempt ends in time with what is known: the status decides once it is there."""
    async with Receiver(act) as receiver:
        async with asyncio.timeout(WITHIN_S):  # some go on for an hour, or for ever
            outcome = await call(receiver.url)
    assert (outcome.result, outcome.status) == (result, status)
    assert len(receiver.calls) == 1


async def test_a_gzip_bomb_stays_packed() -> None:
    """Answers are read as they come over the wire, and only so many bytes of them."""
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(GZIP_BOMB)}\r\n\r\n"

    async def bomb(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + GZIP_BOMB)
        await writer.drain()

    assert len(GZIP_BOMB) < RESPONSE_BYTES_MAX
    async with Receiver(bomb) as receiver:
        assert (await call(receiver.url)).result is Result.DELIVERED


async def test_a_closed_port_is_safe_to_retry() -> None:
    """Nothing was sent, so nothing can have arrived."""
    async with Receiver(answers(200)) as receiver:
        url = receiver.url
    assert (await call(url)).result is Result.UNSENT


async def test_tls_that_cannot_be_made_is_safe_to_retry() -> None:
    """The receiver speaks plain HTTP: the handshake fails before the first byte, and there is no downgrade."""
    async with Receiver(answers(200)) as receiver:
        outcome = await call(receiver.url.replace("http://", "https://"))
    assert outcome.result is Result.UNSENT
    assert receiver.calls == []


async def test_a_call_can_be_called_off_until_its_first_byte() -> None:
    """The question is asked after the connection stands, and a no means that not one byte was written."""
    asked_at_connections: list[int] = []
    async with Receiver(answers(200)) as receiver:
        made = courier(receiver.url)

        def no() -> bool:
            asked_at_connections.append(receiver.connections)
            return False

        with pytest.raises(WithheldError):
            await made.call("T1", BODY, no)
        assert (await made.call("T1", BODY, lambda: True)).result is Result.DELIVERED
        await made.close()

    assert len(asked_at_connections) == 1
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    "more",
    ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\n", "x"],
    ids=["a_whole_answer", "a_part", "a_byte"],
)
async def test_what_is_said_too_much_answers_no_later_call(more: str) -> None:
    """Bytes after the end of an answer: the next call, which fails, is not taken for delivered because of them."""
    async with Receiver(says("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" + more), answers(500)) as receiver:
        made = courier(receiver.url)
        outcomes = [await made.call(f"T{number}", BODY, lambda: True) for number in range(3)]
        await made.close()
    assert [outcome.status for outcome in outcomes] == [200, 500, 500]
    assert [call.id for call in receiver.calls] == ["T0", "T1", "T2"]


@pytest.mark.parametrize(
    ("header", "outcome"),
    [
        ("retry-after: 1e9", Outcome(Result.REFUSED, 429)),
        ("retry-after: 1000000000", Outcome(Result.THROTTLED, 429, 86_400_000)),
        ("retry-after: -7", Outcome(Result.THROTTLED, 429, 0)),
        ("retry-after: Tue, 14 Nov 2000 22:13:20 GMT", Outcome(Result.THROTTLED, 429, 0)),
        ("retry-after: 5\r\nretry-after: 7", Outcome(Result.REFUSED, 429)),
        ("retry-after: \u00b2", Outcome(Result.REFUSED, 429)),
    ],
)
async def test_a_hostile_retry_after_is_clamped_or_passed_over(header: str, outcome: Outcome) -> None:
    """For ever is a day, the past is now, and what is no time is none: then the attempt counts."""
    async with Receiver(answers(429, header)) as receiver:
        assert await call(receiver.url) == outcome


async def test_cookies_are_not_kept() -> None:
    """Each call stands alone: a receiver cannot make later requests grow, or tell them apart."""
    async with Receiver(answers(200, "set-cookie: a=b; path=/", "set-cookie: c=" + "d" * 3000)) as receiver:
        made = courier(receiver.url)
        for _ in range(2):
            await made.call("T1", BODY, lambda: True)
        await made.close()
    assert ["cookie" in call.headers for call in receiver.calls] == [False, False]


async def test_redirects_are_not_followed() -> None:
    """Not even to a receiver that would take it."""
    async with Receiver(answers(200)) as inner, Receiver(answers(307, f"location: {inner.url}")) as outer:
        assert (await call(outer.url)).result is Result.REFUSED
    assert inner.calls == []


async def test_connections_are_used_again() -> None:
    """Short answers are read to their end, so ten calls need one connection."""
    async with Receiver(answers(200)) as receiver:
        made = courier(receiver.url)
        for _ in range(10):
            await made.call("T1", BODY, lambda: True)
        await made.close()
    assert (len(receiver.calls), receiver.connections) == (10, 1)


async def test_signatures_verify_with_either_secret_while_they_rotate() -> None:
    """The id has no dot, the body is byte for byte what is signed, and both keys pass."""
    async with Receiver(answers(200)) as receiver:
        await call(receiver.url, secret=f"{OLD} {NEW}")
    [arrived] = receiver.calls

    for secret in (OLD, NEW):
        Webhook(secret).verify(arrived.body, arrived.headers)
    assert arrived.body == BODY
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(arrived.body + " ", arrived.headers)


async def test_without_a_secret_nothing_is_signed() -> None:
    """Id and time are there all the same."""
    async with Receiver(answers(200)) as receiver:
        await call(receiver.url)
    assert receiver.calls[0].id == "T1"
    assert "webhook-signature" not in receiver.calls[0].headers


@pytest.mark.parametrize("secret", ["CANARY", "whsec_Q0FOQVJZ", "whsec_CANARY!", "sk_" + "CANARY" * 9])
def test_a_bad_secret_is_refused_without_being_shown(secret: str) -> None:
    """Too short, not base64, or without its prefix."""
    with pytest.raises(ValueError) as refused:
        courier("https://esp.example/hook", secret=secret)
    assert "CANARY" not in str(refused.value)
    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://esp.example/",
        "file:///etc/passwd",
        "gopher://esp.example/",
        "esp.example/hook",
        "https://",
        "http://esp.example/hook",
        "http://169.254.169.254/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433.example/",
        "https://user:CANARY@esp.example/",
    ],
)
def test_an_address_that_may_not_be_called_is_refused(url: str) -> None:
    """Only https, or plain http on loopback; no credentials where logs could show them."""
    with pytest.raises(ValueError) as refused:
        DestinationSettings(url=url)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://esp.example/hook"},
        {"url": "http://127.0.0.1:8080/"},
        {"url": "http://[::1]/"},
        {"url": "http://localhost/"},
        {"url": "http://esp.example/", "insecure": True},
    ],
)
def test_an_address_that_may_be_called(settings: dict[str, Any]) -> None:
    """Plain http elsewhere takes a word of its own."""
    assert DestinationSettings(**settings).url == settings["url"]
