"""Profiles at a restore: what their summaries say is enough to go on, and nobody is touched before his time."""

import orjson
import pytest

from schemas.profile import Profile
from schemas.rulebook import DAY_MS
from schemas.topics import Topic
from streams.customer_stage import CustomerStage
from streams.profile import summary
from streams.profile_record import as_of_today, decode, encode, summary_of
from streams.profiles import Profiles
from streams.replay import ONE_EACH
from streams.stage import STAGES_OWN, Batch
from tests.oracle.worlds import world as shop_world
from tests.properties.batch import arrivals, plain_rulebook
from tests.streams.durable import DurableReplay
from tests.streams.test_state_format import KINDS, golden
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART = "cart_abandonment"
BOOK = rulebook(rule(CART), retention="30d")
PROFILE = KINDS[1]
V_PHONE = golden(PROFILE, PROFILE.format.version)[0]
UNREADABLE = b', "person": nobody can read this'


def lies_still(value: bytes) -> bytes:
    """The record with its summary alone: whoever touches it fails."""
    return value[: value.index(b"]") + 1] + UNREADABLE


def shop(lateness: str = "5s") -> World:
    """A shop that can be restored."""
    return World(BOOK, driver=DurableReplay, lateness=lateness)


def driver(world: World) -> DurableReplay:
    """Its driver."""
    assert isinstance(world.replay, DurableReplay)
    return world.replay


def records(world: World) -> dict[bytes, bytes]:
    """The profiles as they stand in the changelog: marks aside."""
    changelog = driver(world).changelogs["customers"]
    return {key: value for key, value in changelog.items() if not key.startswith(b"\x00")}


def owner(world: World, *, retention: str = "30d", still: bool = True) -> CustomerStage:
    """A new owner of the partition; with `still` none of its profiles can be touched."""
    stage = CustomerStage(0, BOOK.model_copy(update={"retention": ms(retention)}), ONE_EACH)
    for key, value in driver(world).changelogs["customers"].items():
        stage.restore(key, lies_still(value) if still and not key.startswith(STAGES_OWN) else value)
    stage.open()
    return stage


def passes(stage: CustomerStage, moment: str, shift: int = 0) -> list[tuple[bytes, bytes | None]]:
    """W comes to that time; what the stage writes of it."""
    at = BEGINNING_MS + ms(moment) + shift
    stage.heard({"clickstream-0": at, "orders-0": at})
    stage.fold(Batch(Topic.CUSTOMER_INBOX, (), stage.positions[Topic.CUSTOMER_INBOX], at, at))
    return [entry for entry in stage.take().changelog if not entry[0].startswith(STAGES_OWN)]


@pytest.mark.parametrize("seed", [5, 23], ids="seed{}".format)
def test_a_record_begins_with_the_summary_of_the_profile_it_holds(seed: int) -> None:
    """Of every profile of a living shop; and a new owner counts what the old one did."""
    people = shop_world(seed, people=8, days=3)
    book = plain_rulebook("2d")
    replay = DurableReplay(book, 30 * 60_000)
    seen = set()
    for number, arrival in enumerate(arrivals(people.clicks, people.orders)):
        replay.feed(*arrival.fed())
        if number % 5 == 0:
            for key, value in replay.changelogs["customers"].items():
                if not key.startswith(b"\x00"):
                    assert summary_of(value) == summary(decode(value))
                    seen.add(summary_of(value))
        if number % 50 == 0:
            before = (replay.customers.open_episodes, replay.customers.waiting_facts)
            replay.kill(book)
            assert (replay.customers.open_episodes, replay.customers.waiting_facts) == before
    assert any(one.waiting for one in seen)
    assert any(one.episodes for one in seen)
    assert {one.noted for one in seen} == {True, False}


@pytest.mark.parametrize("line", golden(PROFILE, 1), ids=range(len(golden(PROFILE, 1))))
def test_an_older_record_is_restored_as_if_written_today(line: bytes) -> None:
    """To the byte; so nothing is read twice."""
    assert as_of_today(line) == encode(decode(line))
    assert summary_of(as_of_today(line)) == summary(decode(line))


@pytest.mark.parametrize("sign", ["links", "opted_out", "erased"])
def test_an_older_record_that_is_noted_says_so_in_its_summary(sign: str) -> None:
    """A link, an opt-out, an erasure: each keeps it for longer."""
    said = orjson.loads(encode(Profile()))
    del said["summary"]
    if sign == "links":
        said["links"] = [[[1, 0, "e1", 0], "ada"]]
    else:
        said["person"][sign] = True
    old = orjson.dumps({**said, "version": 1})
    assert summary_of(as_of_today(old)).noted
    assert as_of_today(old) == encode(decode(old))


def test_the_last_record_of_a_key_counts() -> None:
    """A tombstone drops it, whatever came before; what comes after it counts again."""
    profiles = Profiles()
    first, last = encode(Profile(touched=1)), encode(Profile(touched=2))
    for value in (first, last):
        profiles.restore("v:phone", value)
    profiles.restore("v:gone", first)
    profiles.restore("v:gone", None)
    profiles.restore("v:never", None)
    profiles.restore("v:back", None)
    profiles.restore("v:back", last)
    assert {key: seen.touched for key, seen in profiles.summaries()} == {"v:phone": 2, "v:back": 2}
    assert len(profiles) == 2
    assert profiles.get("v:gone") is None
    assert profiles.summary("v:gone") is None


def test_a_touched_profile_is_the_one_that_lives() -> None:
    """What is changed in it stays changed, and its summary follows."""
    profiles = Profiles()
    profiles.restore("v:phone", V_PHONE)
    profile = profiles.get("v:phone")
    assert profile is not None
    profile.touched += 1
    assert profiles.get("v:phone") is profile
    assert profiles.summary("v:phone") == summary(profile) != summary_of(V_PHONE)


def test_a_restored_profile_that_lies_still_is_counted_and_not_decoded() -> None:
    """Keys, open episodes, waiting facts, and when it wants to be woken."""
    world = shop(lateness="30m")
    world.adds("mug").after("40m").adds("pot").advance("1m")
    live = driver(world).customers
    stage = owner(world)
    assert (stage.open_episodes, stage.waiting_facts) == (live.open_episodes, live.waiting_facts) == (1, 1)
    assert stage.gauges()["keys", "customers", "0"] == 1
    assert stage.next_due == BEGINNING_MS + ms("40m")


@pytest.mark.parametrize(
    ("shift", "touches"), [(-1, False), (0, False), (1, True)], ids=["within", "exactly_at", "after"]
)
def test_a_restored_profile_is_touched_when_its_time_has_come(shift: int, touches: bool) -> None:
    """Its timer is due at 1h, and rings when W has passed that."""
    world = shop()
    world.adds("mug").after("50m")
    stage = owner(world)
    if touches:
        with pytest.raises(ValueError, match="Invalid JSON"):
            passes(stage, "1h", shift)
    else:
        assert passes(stage, "1h", shift) == []
    written = passes(owner(world, still=False), "1h", shift)
    assert [key for key, _ in written] == ([b"v:phone"] if touches else [])


@pytest.mark.parametrize(
    ("shift", "is_left"), [(-1, True), (0, True), (1, False)], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize("retention", ["10d", "30d"])
@pytest.mark.parametrize(("who", "kept"), [("nobody", None), ("linked", 400 * DAY_MS), ("opted_out", 400 * DAY_MS)])
def test_a_restored_visitor_is_forgotten_in_time_without_being_touched(
    who: str, kept: int | None, retention: str, shift: int, is_left: bool
) -> None:
    """After the retention that holds today, whatever held when it was written; longer if something is noted."""
    world = shop()
    if who == "linked":
        world.signs_in("ada").after("31m")
    elif who == "opted_out":
        world.opts_out().after("1s")
    else:
        world.orders("O1", on_site=False).after("1s")
    stage = owner(world, retention=retention)
    touched = summary_of(records(world)[b"v:phone"]).touched - BEGINNING_MS
    written = passes(stage, "0s", touched + (kept or ms(retention)) + shift)
    assert written == ([] if is_left else [(b"v:phone", None)])


def test_a_customer_who_lies_still_is_never_touched() -> None:
    """No expiry, so no reason to wake."""
    world = shop()
    world.orders("O1", on_site=False, customer_id="ada").after("1s")
    stage = owner(world)
    assert [entry for entry in passes(stage, "900d") if entry[0] == b"c:ada"] == []
    assert stage.gauges()["keys", "customers", "0"] >= 1
