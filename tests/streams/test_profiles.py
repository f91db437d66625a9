"""Profiles at a restore: what their summaries say is enough to go on, and nobody is touched before his time."""

from typing import NamedTuple

import pytest
from msgspec import DecodeError

from schemas.rules.words import DAY_MS
from schemas.state.person import Person
from schemas.state.profile import Profile
from schemas.topics import Topic
from streams.profiles import profile_record
from streams.profiles.customer_stage import CustomerStage
from streams.profiles.profile import Summary, summary
from streams.profiles.profile_record import decode, encode, summary_of
from streams.profiles.profiles import Profiles
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0
from streams.stage import STAGES_OWN, Batch
from streams.visits.session_stage import SessionStage
from streams.visits.visitor_record import decode as decode_visitor
from streams.visits.visitor_record import encode as encode_visitor
from tests.oracle.shop_worlds import world as shop_world
from tests.properties.batch import arrivals, plain_rulebook
from tests.streams.durable import DurableReplay
from tests.streams.test_state_format import KINDS, golden
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART = "cart_abandonment"
BOOK = rulebook(rule(CART), retention="30d")
PROFILE = KINDS[1]
ADA = golden(PROFILE, PROFILE.format.version)[0]
UNREADABLE = b"\xc1"
"""No MessagePack begins so."""

Stage = SessionStage | CustomerStage


class Who(NamedTuple):
    """Somebody with a profile: in which changelog, under which key."""

    changelog: str
    key: bytes


PHONE, HER = Who("sessions", b"phone"), Who("customers", b"ada")
BOTH = pytest.mark.parametrize("who", [PHONE, HER], ids=["a visitor", "a customer"])


def lies_still(value: bytes) -> bytes:
    """The profile's record with its summary alone: whoever touches it fails."""
    return value[: profile_record._HEAD.size] + UNREADABLE


def visitor_lies_still(value: bytes) -> bytes:
    """The visitor's record with such a profile."""
    visitor = decode_visitor(value)
    if isinstance(visitor.profile, bytes):
        visitor.profile = lies_still(visitor.profile)
    return encode_visitor(visitor)


def shop(who: Who = PHONE, lateness: str = "5s") -> World:
    """A shop that can be restored, in which the phone is hers, or nobody's yet."""
    world = World(BOOK, driver=DurableReplay, lateness=lateness)
    return world.signs_in("ada") if who is HER else world


def driver(world: World) -> DurableReplay:
    """Its driver."""
    assert isinstance(world.replay, DurableReplay)
    return world.replay


def live(world: World, who: Who) -> Stage:
    """The stage of that changelog."""
    return driver(world).sessions if who.changelog == "sessions" else driver(world).customers


def profiles(world: World, changelog: str) -> list[bytes]:
    """The profiles as they stand in that changelog."""
    records = [value for key, value in driver(world).changelogs[changelog].items() if not key.startswith(STAGES_OWN)]
    return profiles_of(changelog, records)


def profiles_of(changelog: str, records: list[bytes]) -> list[bytes]:
    """Those in these records."""
    if changelog == "customers":
        return records
    held = [decode_visitor(value).profile for value in records]
    return [value for value in held if isinstance(value, bytes)]


def owner(world: World, who: Who, *, retention: str = "30d", still: bool = True) -> Stage:
    """A new owner of the partition; with `still` none of its profiles can be touched."""
    book = BOOK.model_copy(update={"retention": ms(retention)})
    stage: Stage = SessionStage(0, book, ONE_EACH, 0) if who is PHONE else CustomerStage(0, book, ONE_EACH)
    spoils = visitor_lies_still if who is PHONE else lies_still
    for key, value in driver(world).changelogs[who.changelog].items():
        stage.restore(key, spoils(value) if still and not key.startswith(STAGES_OWN) else value)
    stage.open()
    stage.take_over(book)
    stage.take()
    return stage


def passes(stage: Stage, moment: str, shift: int = 0) -> list[tuple[bytes, bytes | None]]:
    """W comes to that time; what the stage writes of it."""
    at = BEGINNING_MS + ms(moment) + shift
    topic = Topic.CLICKSTREAM if isinstance(stage, SessionStage) else Topic.CUSTOMER_INBOX
    stage.heard({CLICKS_0: at, ORDERS_0: at})
    stage.fold(Batch(topic, (), stage.positions[topic], at, at))
    return [entry for entry in stage.take().changelog if not entry[0].startswith(STAGES_OWN)]


@pytest.mark.parametrize("seed", [5, 23], ids="seed{}".format)
def test_a_record_begins_with_the_summary_of_the_profile_it_holds(seed: int) -> None:
    """Of every profile of a living shop; and a new owner counts what the old one did."""
    people = shop_world(seed, people=8, days=3)
    book = plain_rulebook("2d")
    replay = DurableReplay(book, 30 * 60_000)
    seen: dict[str, set[Summary]] = {"sessions": set(), "customers": set()}
    for number, arrival in enumerate(arrivals(people.clicks, people.orders)):
        replay.feed(*arrival.fed())
        if number % 5 == 0:
            for changelog, summaries in seen.items():
                records = replay.changelogs[changelog]
                for value in profiles_of(
                    changelog, [records[key] for key in records if not key.startswith(STAGES_OWN)]
                ):
                    assert summary_of(value) == summary(decode(value))
                    summaries.add(summary_of(value))
        if number % 50 == 0:
            before = [(stage.open_episodes, stage.waiting_facts) for stage in (replay.sessions, replay.customers)]
            replay.kill(book)
            stages = (replay.sessions, replay.customers)
            assert [(stage.open_episodes, stage.waiting_facts) for stage in stages] == before
    for summaries in seen.values():
        assert any(one.waiting for one in summaries)
        assert any(one.episodes for one in summaries)
    assert {one.noted for one in seen["sessions"]} == {True, False}


@pytest.mark.parametrize(
    "noted",
    [Profile(links=[((1, 0, "e1", 0), "ada")]), Profile(Person(opted_out=True)), Profile(Person(erased=True))],
    ids=["links", "opted_out", "erased"],
)
def test_a_record_that_is_noted_says_so_in_its_summary(noted: Profile) -> None:
    """A link, an opt-out, an erasure: each keeps it for longer."""
    assert summary_of(encode(noted)).noted
    assert not summary_of(encode(Profile())).noted


def test_the_last_record_of_a_key_counts() -> None:
    """A tombstone drops it, whatever came before; what comes after it counts again."""
    held = Profiles()
    first, last = encode(Profile(touched=1)), encode(Profile(touched=2))
    for value in (first, last):
        held.restore("ada", value)
    held.restore("gone", first)
    held.restore("gone", None)
    held.restore("never", None)
    held.restore("back", None)
    held.restore("back", last)
    assert {key: seen.touched for key, seen in held.summaries()} == {"ada": 2, "back": 2}
    assert len(held) == 2
    assert held.get("gone") is None
    assert held.summary("gone") is None


def test_a_touched_profile_is_the_one_that_lives() -> None:
    """What is changed in it stays changed, and its summary follows."""
    held = Profiles()
    held.restore("ada", ADA)
    profile = held.get("ada")
    assert profile is not None
    profile.touched += 1
    assert held.get("ada") is profile
    assert held.summary("ada") == summary(profile) != summary_of(ADA)


@BOTH
def test_a_restored_profile_that_lies_still_is_counted_and_not_decoded(who: Who) -> None:
    """Keys, open episodes, waiting facts, and when it wants to be woken."""
    world = shop(who, lateness="30m")
    world.adds("mug").after("40m").adds("pot").advance("1m")
    stage = owner(world, who)
    assert (stage.open_episodes, stage.waiting_facts) == (1, 1)
    assert live(world, who).open_episodes == live(world, who).waiting_facts == 1
    assert stage.gauges()["keys", who.changelog, "0"] == 1
    assert stage.next_due == BEGINNING_MS + ms("40m")


@BOTH
@pytest.mark.parametrize(
    ("shift", "touches"), [(-1, False), (0, False), (1, True)], ids=["within", "exactly_at", "after"]
)
def test_a_restored_profile_is_touched_when_its_time_has_come(who: Who, shift: int, touches: bool) -> None:
    """Its timer is due at 1h, and rings when W has passed that."""
    world = shop(who)
    world.adds("mug").after("50m")
    stage = owner(world, who)
    if touches:
        with pytest.raises(DecodeError):
            passes(stage, "1h", shift)
    else:
        assert passes(stage, "1h", shift) == []
    written = passes(owner(world, who, still=False), "1h", shift)
    assert [key for key, _ in written] == ([who.key] if touches else [])


@pytest.mark.parametrize(
    ("shift", "is_left"), [(-1, True), (0, True), (1, False)], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize("retention", ["10d", "30d"])
@pytest.mark.parametrize(("what", "kept"), [("nobody", None), ("linked", 400 * DAY_MS), ("opted_out", 400 * DAY_MS)])
def test_a_restored_visitor_is_forgotten_in_time_without_being_touched(
    what: str, kept: int | None, retention: str, shift: int, is_left: bool
) -> None:
    """After the retention that holds today, whatever held when it was written; longer if something is noted."""
    world = shop()
    if what == "linked":
        world.signs_in("ada").after("31m")
    elif what == "opted_out":
        world.opts_out().after("1s")
    else:
        world.orders("O1", on_site=False).after("1s")
    stage = owner(world, PHONE, retention=retention)
    (profile,) = profiles(world, "sessions")
    written = passes(stage, "0s", summary_of(profile).touched - BEGINNING_MS + (kept or ms(retention)) + shift)
    assert written == ([] if is_left else [(b"phone", None)])


def test_a_customer_who_lies_still_is_never_touched() -> None:
    """Not before the five years are over."""
    world = shop()
    world.orders("O1", on_site=False, customer_id="ada").after("1s")
    stage = owner(world, HER)
    assert passes(stage, "1825d") == []
    assert stage.gauges()["keys", "customers", "0"] == 1
    assert passes(stage, "1825d", 1) == [(b"ada", None)]
