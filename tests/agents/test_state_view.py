"""State on the terminal: told in words, and never taken for markup."""

import io

import orjson
from rich.console import Console

from agents.state_reading import Stored
from agents.state_view import show, show_timers, stored_json, timers_json
from agents.terminal import WIDE
from streams.inspection import inspect, timers
from streams.profile_record import decode
from tests.streams.test_state_format import KINDS, golden
from tests.world import rule, rulebook

BOOK = rulebook(rule("cart_abandonment"), retention="30d")
V_PHONE, ADA = golden(KINDS[1], 1)[:2]


def stored(key: str, value: bytes) -> Stored:
    """A record as it was found."""
    return Stored(
        "customers-changelog", 3, 17, 1_750_000_000_000, 1_750_000_100_000, "orders-2", inspect(key, value, BOOK)
    )


def shown(key: str, value: bytes) -> str:
    """What stands on the terminal."""
    out = io.StringIO()
    show(stored(key, value), Console(file=out, width=WIDE))
    return out.getvalue()


def test_all_that_there_is_is_shown() -> None:
    """Where it stands, how far time has come, timers, journal, links, fired triggers, expiry."""
    text = shown("v:phone", V_PHONE)
    for words in (
        "customers-changelog-3, offset 17",
        f"version 1, {len(V_PHONE):,} bytes",
        "held by orders-2",
        "expires 2026-07-22T16:07:40Z",
        "2025-06-17T16:07:40Z  inactivity  e00004",
        "cart_changed  e00006  ada",
        "ada       e00005",
        "01JXT21Q00BV2EPPGAHMHXPFNY  on its way",
    ):
        assert words in text, f"{words!r} is not in\n{text}"


def test_a_customer_without_timers_shows_none() -> None:
    """No empty tables."""
    text = shown("c:ada", ADA)
    assert "expires 2030-" in text
    assert "timers" not in text


def test_ids_that_look_like_markup_are_shown_as_they_are() -> None:
    """Whoever sends clicks does not write on our terminal."""
    assert "ada       [red]e5" in shown("v:phone", V_PHONE.replace(b"e00005", b"[red]e5")), "in the table of links"


def test_json_says_the_same_in_milliseconds() -> None:
    """One object, which any program reads."""
    said = orjson.loads(orjson.dumps(stored_json(stored("v:phone", V_PHONE))))
    assert (said["partition"], said["watermark"]) == (3, 1_750_000_100_000)
    assert said["inspected"]["timers"][0]["due"] == 1_750_176_460_000
    listed = list(timers("v:phone", decode(V_PHONE)))
    assert orjson.loads(orjson.dumps(timers_json(listed, 7)))["total"] == 7
    out = io.StringIO()
    show_timers(listed, Console(file=out, width=WIDE))
    assert "v:phone" in out.getvalue()
