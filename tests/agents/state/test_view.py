"""State on the terminal: told in words, and never taken for markup."""

import io

import orjson
from rich.console import Console

from agents.state.reading import Stored
from agents.state.view import show, show_timers, stored_json, timers_json
from agents.terminal import WIDE
from schemas.facts.profile_facts import CartChanged, CartLine, Linked
from schemas.state.person import Episode, Fired, Person
from schemas.state.profile import Entry, Profile
from streams.inspection import inspect, timers
from streams.profiles import profile_record
from streams.visits import visitor_record
from streams.visits.visitors import Visitor
from tests.world import rule, rulebook

BOOK = rulebook(rule("cart_abandonment"), retention="30d")
AT = 1_750_000_000_000
LINK = Linked(AT + 60_000, "e00005", "phone", "ada", on_site=True)
CART = CartChanged(AT + 60_000, "e00006", "phone", "add", (CartLine("mug", 1000),))


def phone() -> Profile:
    """A visitor of whom something waits, something was sent, and something is on its way to a customer."""
    waits = Episode("silent", "1", "inactivity", AT, AT + 172_800_000, "e00004", "phone", "phone")
    sent = Fired("01JXT21Q00BV2EPPGAHMHXPFNY", "v:phone", "cart", "1", "cart_abandonment", AT, AT, AT, "phone")
    return Profile(
        Person(episodes=[waits], fired=[sent]),
        [Entry(LINK), Entry(CART, "ada")],
        [(LINK.place(), "ada")],
        touched=AT + 60_000,
    )


def stored(key: str, value: bytes) -> Stored:
    """A record as it was found."""
    return Stored(
        "sessions-changelog", 3, 17, 1_750_000_000_000, 1_750_000_100_000, "orders-2", inspect(key, value, BOOK)
    )


def record(profile: Profile) -> bytes:
    """The visitor's, with nothing but that."""
    return visitor_record.encode(Visitor(last_at=AT, profile=profile))


def shown(key: str, value: bytes) -> str:
    """What stands on the terminal."""
    out = io.StringIO()
    show(stored(key, value), Console(file=out, width=WIDE))
    return out.getvalue()


def test_all_that_there_is_is_shown() -> None:
    """Where it stands, how far time has come, timers, journal, links, fired triggers, expiry."""
    value = record(phone())
    text = shown("v:phone", value)
    for words in (
        "sessions-changelog-3, offset 17",
        f"version {visitor_record.VERSION}, {len(value):,} bytes",
        "held by orders-2",
        "expires 2026-07-22T15:06:40Z",
        "2025-06-17T15:06:40Z  silent  e00004",
        "cart_changed  e00006  ada",
        "ada       e00005",
        "01JXT21Q00BV2EPPGAHMHXPFNY  on its way",
    ):
        assert words in text, f"{words!r} is not in\n{text}"


def test_a_customer_without_timers_shows_none() -> None:
    """No empty tables."""
    text = shown("c:ada", profile_record.encode(Profile(touched=AT)))
    assert "expires 2030-" in text
    assert "timers" not in text


def test_ids_that_look_like_markup_are_shown_as_they_are() -> None:
    """Whoever sends clicks does not write on our terminal."""
    marked = phone()
    marked.links = [((AT, 0, "[red]e5", 0), "ada")]
    assert "ada       [red]e5" in shown("v:phone", record(marked)), "in the table of links"


def test_json_says_the_same_in_milliseconds() -> None:
    """One object, which any program reads."""
    said = orjson.loads(orjson.dumps(stored_json(stored("v:phone", record(phone())))))
    assert (said["partition"], said["watermark"]) == (3, 1_750_000_100_000)
    assert said["inspected"]["timers"][0]["due"] == AT + 172_800_000
    listed = list(timers("v:phone", phone()))
    assert orjson.loads(orjson.dumps(timers_json(listed, 7)))["total"] == 7
    out = io.StringIO()
    show_timers(listed, Console(file=out, width=WIDE))
    assert "v:phone" in out.getvalue()
