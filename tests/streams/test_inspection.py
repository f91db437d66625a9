"""What a record says of itself when it is looked at (engines, case 13: key, rule, due, armed by which event)."""

import orjson
import pytest

from schemas.topics import Topic
from streams.inspection import Inspected, NoSuchKind, inspect, place_of, waits_for
from streams.marks import decode_mark
from streams.stage import POSITION_KEY
from tests.streams.durable import DurableReplay
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, BROWSE, INACTIVE, LAPSE, EXIT = "cart_abandonment", "browse_abandonment", "inactivity", "lapse", "exit_intent"
BOOK = rulebook(
    rule(CART), rule(BROWSE), rule(INACTIVE, wait="2d"), rule(LAPSE, wait="60d"), rule(EXIT), retention="30d"
)


def shop(lateness: str = "5s") -> World:
    """A shop whose state can be read from outside."""
    return World(BOOK, driver=DurableReplay, lateness=lateness)


def seen(world: World, key: str) -> Inspected:
    """The record of that key as its changelog has it."""
    return inspect(key, written(world, key), BOOK)


def written(world: World, key: str) -> bytes:
    """Its bytes."""
    changelogs = {Topic.SESSIONS_CHANGELOG: "sessions", Topic.CUSTOMERS_CHANGELOG: "customers"}
    topic, raw_key = place_of(key)
    assert isinstance(world.replay, DurableReplay)
    return world.replay.changelogs[changelogs[topic]][raw_key]


def test_each_timer_is_listed_with_rule_due_and_the_event_that_armed_it() -> None:
    """The first due first."""
    world = shop()
    world.orders("O1", on_site=False, event_id="bought").after("1h").adds("mug", event_id="put").after("31m")
    listed = seen(world, "v:phone").timers
    assert [(t.key, t.rule, t.due - BEGINNING_MS, t.event_id, t.anchor - BEGINNING_MS) for t in listed] == [
        ("v:phone", CART, ms("2h"), "put", ms("1h")),
        ("v:phone", INACTIVE, ms("2d 1h"), "put", ms("1h")),
        ("v:phone", LAPSE, ms("60d"), "bought", 0),
    ]
    version = {r.id: r.version for r in BOOK.rules}
    assert all(timer.rule_version == version[timer.rule] for timer in listed)


def test_timers_that_have_rung_are_not_listed_but_what_they_fired_is() -> None:
    """Fired, and whether it is settled."""
    world = shop()
    world.adds("mug").after("61m")
    inspected = seen(world, "v:phone")
    assert [timer.rule for timer in inspected.timers] == [INACTIVE]
    (fired,) = inspected.fired
    assert (fired["rule_id"], fired["trigger_id"]) == (CART, world.fired()[0]["trigger_id"])


def test_the_journal_shows_what_waits_and_to_whom_it_was_forwarded() -> None:
    """And the links show since when the phone is ada's."""
    world = shop(lateness="30m")
    world.adds("mug", event_id="e1").advance("1m").signs_in("ada", event_id="e2").adds("pot", event_id="e3")
    inspected = seen(world, "v:phone")
    assert [(entry["fact"], entry["event_id"], entry["to"]) for entry in inspected.journal] == [
        ("cart_changed", "e1", ""),
        ("linked", "e2", ""),
        ("cart_changed", "e3", "ada"),
    ]
    assert inspected.links == [{"at": world.instant("1m"), "event_id": "e2", "customer": "ada"}]
    assert not inspected.handed_over
    assert [entry["event_id"] for entry in seen(world, "c:ada").journal] == ["e3"]
    assert seen(world.advance("2h"), "v:phone").handed_over


@pytest.mark.parametrize("story", ["cart", "link", "timer"])
def test_what_is_said_of_the_expiry_is_what_happens(story: str) -> None:
    """Exactly then the record is still there; a millisecond later it is gone."""
    world = shop()
    if story == "timer":
        world.orders("O1", on_site=False).visits()
    else:
        world.adds("mug")
    if story == "link":
        world.signs_in("ada")
    world.after("31m")  # the visit is over, and the profile has heard so
    expires_at = seen(world, "v:phone").expires_at
    assert expires_at is not None
    world.at_ms(expires_at - BEGINNING_MS)
    assert seen(world, "v:phone").expires_at == expires_at
    world.after("1ms")
    with pytest.raises(KeyError):
        seen(world, "v:phone")


def test_a_customer_shows_when_it_expires() -> None:
    """Five years, the default, after the last fact or timer: that of 60 days of silence."""
    world = shop()
    world.orders(on_site=False, customer_id="ada").after("1s")
    assert seen(world, "c:ada").expires_at == world.instant("1885d")


def test_a_visitor_shows_the_open_visit_and_how_many_ids_are_remembered() -> None:
    """The visit is over when W has passed its end and the gap."""
    world = shop()
    world.sees("mug", event_id="e1").after("10m").sees("pot", event_id="e2").after("1m")
    inspected = seen(world, "v:phone")
    visit_over, inactive = inspected.timers
    assert (visit_over.kind, visit_over.due - BEGINNING_MS, visit_over.event_id) == ("visit_over", ms("40m"), "e2")
    assert inactive.rule == INACTIVE
    assert inspected.record["seen"] == 2
    assert inspected.record["visits"][0]["products"] == ["mug", "pot"]
    (visit,) = orjson.loads(orjson.dumps(inspected.record["visits"]))
    assert visit["clicks"] + [at for at, _ in visit["fresh"]] == [visit["start"], visit["end"]]


def test_version_and_size_are_those_of_the_changelog() -> None:
    """Not those that it would have if it were written today."""
    world = shop()
    world.adds("mug").after("1m")
    world.orders(on_site=False, customer_id="ada").after("1m")
    for key in ("v:phone", "c:ada"):
        value = written(world, key)
        assert (seen(world, key).size, seen(world, key).version) == (len(value), value[0])


def test_how_far_time_has_come_names_what_holds_it_back() -> None:
    """A customer waits for every partition of clicks and of orders, a visitor for its own clicks and all orders."""
    customers = {"vector": {"clickstream-0": 50, "clickstream-1": 40, "orders-0": 60}}
    assert waits_for("c:ada", customers) == (40, "clickstream-1")
    assert waits_for("c:ada", {"vector": customers["vector"] | {"orders-0": 30}}) == (30, "orders-0")
    assert waits_for("v:phone", {"watermark": 20, "vector": {"orders-0": 60, "orders-1": 30}}) == (20, "clickstream")
    assert waits_for("v:phone", {"watermark": 70, "vector": {"orders-0": 60, "orders-1": 30}}) == (30, "orders-1")
    world = shop()
    world.visits().after("1m")
    assert isinstance(world.replay, DurableReplay)
    own = decode_mark(world.replay.changelogs["sessions"][POSITION_KEY])
    assert waits_for("v:phone", own)[0] <= world.replay.now


@pytest.mark.parametrize("key", ["phone", "visitor:phone", "v:", "c:", "x:1", ""])
def test_a_key_of_no_kind_is_refused_with_the_ways_to_write_one(key: str) -> None:
    """A mistake gets a sentence."""
    with pytest.raises(NoSuchKind, match=r"write v:ID .*c:ID"):
        place_of(key)
