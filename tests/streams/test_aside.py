"""The last defence: a person whose record would be too large is put aside, loudly, and the partition goes on."""

import base64

import orjson
import pytest

from schemas.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.facts import ConsentChanged, Inherited, OrderPlaced
from schemas.person import Person
from schemas.rulebook import DAY_MS, Rulebook
from schemas.topics import Topic
from schemas.wire import write_fact
from streams.customer_stage import CustomerStage
from streams.replay import CLICKS_0, INBOX_0, ONE_EACH, ORDERS_0, Given
from streams.session_stage import SessionStage
from streams.stage import Batch, Effects, Stage
from streams.walk import REFUSAL_KEPT_MS
from tests.streams.durable import Changelog, restore, write
from tests.streams.records import Json, batch, click, given_record
from tests.world import rule, rulebook

NOW = 1_750_000_000_000
BYTES_MAX = 2000
BOOK = rulebook(rule("cart_abandonment"), retention="30d")


def sessions(changelog: Changelog | None = None, book: Rulebook = BOOK) -> SessionStage:
    """A partition of clicks that may write records of 2,000 bytes."""
    stage = SessionStage(0, book, 5_000, record_bytes_max=BYTES_MAX)
    restore(stage, changelog or {})
    return stage


def customers(changelog: Changelog | None = None) -> CustomerStage:
    """A partition of the inbox that may write records of 2,000 bytes."""
    stage = CustomerStage(0, BOOK, ONE_EACH, BYTES_MAX)
    restore(stage, changelog or {})
    return stage


def clicks(stage: SessionStage, *said: Json, now: int = NOW) -> Effects:
    """A batch, committed."""
    first = stage.position
    records = [given_record(one, key=one["visitor_id"].encode(), offset=first + n) for n, one in enumerate(said)]
    stage.fold(batch(records, now=now, first=first, at_end=True))
    return stage.take()


def facts(stage: CustomerStage, key: str, *said: object, time: int = NOW) -> Effects:
    """A batch, committed; W stands at `time`."""
    stage.heard({CLICKS_0: time, ORDERS_0: time, INBOX_0: time})
    records = [Given(key.encode(), write_fact(one), stage.position + n) for n, one in enumerate(said)]  # type: ignore[arg-type]
    stage.fold(Batch(records, stage.position + len(records), None, time))
    return stage.take()


def letters(effects: Effects) -> list[DeadLetter]:
    """The dead letters."""
    return [DeadLetter.model_validate_json(out.value) for out in effects.outputs if out.topic is Topic.DEAD_LETTERS]


def many(visitor: str) -> list[Json]:
    """Clicks of one moment with ids of 200 characters: more than 2,000 bytes."""
    return [click(at=NOW - n, visitor=visitor, event_id=f"{visitor}{n}".ljust(200, "x")) for n in range(20)]


def orders(number: int, at: int = NOW - 10) -> list[OrderPlaced]:
    """Orders with ids of 200 characters."""
    return [
        OrderPlaced(at, f"e{n}".ljust(200, "x"), None, f"O{n}".ljust(200, "x"), on_site=False) for n in range(number)
    ]


def test_a_visitor_with_too_large_a_record_is_put_aside_and_others_go_on() -> None:
    """A note in the record's place, one dead letter with the first 64 KB, one count."""
    stage, changelog = sessions(), Changelog()
    effects = clicks(stage, *many("bot"), click(at=NOW, visitor="phone"))
    write(changelog, effects)
    assert max(len(value) for value in changelog.values()) <= BYTES_MAX
    (letter,) = letters(effects)
    assert (letter.reason, letter.stage, letter.topic) == (Rejection.PUT_ASIDE, "sessions", "sessions-changelog")
    assert BYTES_MAX < letter.size <= RAW_BYTES_MAX
    assert len(base64.b64decode(letter.raw)) == letter.size
    assert effects.counts[("put_aside", "sessions")] == 1
    assert (set(stage._visitors), stage.open_visits) == ({b"phone"}, 1)


@pytest.mark.parametrize("restarted", [False, True])
def test_what_else_a_visitor_put_aside_does_is_ignored_and_counted(restarted: bool) -> None:
    """No state, no fact, one outcome each."""
    stage, changelog = sessions(), Changelog()
    write(changelog, clicks(stage, *many("bot")))
    stage = sessions(changelog) if restarted else stage
    effects = clicks(stage, click(at=NOW, visitor="bot", customer_id="ada"), click(at=NOW, visitor="phone"))
    assert effects.counts[("records", "clickstream", "ignored")] == 1
    assert effects.counts[("oddities", "clickstream", "put_aside")] == 1
    assert effects.counts[("records", "clickstream", "applied")] == 1
    assert [key for key, _ in effects.changelog[:-1]] == [b"phone"]
    assert letters(effects) == []


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(("shift", "is_back"), [(0, False), (1, True)], ids=["exactly_at", "after"])
def test_a_visitor_begins_anew_after_the_retention(shift: int, is_back: bool, restarted: bool) -> None:
    """With a tombstone for the note."""
    stage, changelog = sessions(), Changelog()
    write(changelog, clicks(stage, *many("bot")))
    stage = sessions(changelog) if restarted else stage
    write(changelog, clicks(stage, now=NOW + 30 * DAY_MS + 5_000 + shift))
    assert (b"bot" not in changelog) is is_back


def test_a_customer_with_too_large_a_record_is_put_aside_and_others_go_on() -> None:
    """The same in the second stage; what is told of them is ignored."""
    stage, changelog = customers(), Changelog()
    effects = facts(stage, "c:ada", *orders(10))
    write(changelog, effects)
    (letter,) = letters(effects)
    assert (letter.stage, letter.topic, letter.reason) == ("customers", "customers-changelog", Rejection.PUT_ASIDE)
    assert max(len(value) for value in changelog.values()) <= BYTES_MAX
    assert (stage.open_episodes, stage.waiting_facts) == (0, 0)
    for owner in (stage, customers(changelog)):
        effects = facts(owner, "c:ada", *orders(2))
        assert effects.counts[("records", "profile-inbox", "ignored")] == 2
        assert effects.counts[("oddities", "profile-inbox", "put_aside")] == 2
        assert not any(key == b"c:ada" for key, _ in effects.changelog)
        write(changelog, facts(owner, "c:bea", *orders(1)))
    assert b"c:bea" in changelog


def test_a_customer_put_aside_is_not_forgotten_before_an_opt_out_might_be() -> None:
    """Ten years: a word of theirs may be in what was put aside."""
    stage, changelog = customers(), Changelog()
    write(changelog, facts(stage, "c:ada", *orders(10)))
    write(changelog, facts(stage, "c:bea", ConsentChanged(NOW, "e", True), time=NOW - 10 + REFUSAL_KEPT_MS))
    assert b"c:ada" in changelog
    write(changelog, facts(stage, "c:bea", ConsentChanged(NOW, "e", True), time=NOW - 10 + REFUSAL_KEPT_MS + 1))
    assert b"c:ada" not in changelog


def test_who_would_tell_too_large_a_fact_is_put_aside() -> None:
    """It is not sent: the customer's partition would be held up instead."""
    stage, changelog = customers(), Changelog()
    large = Inherited(NOW, "e", "phone", on_site=True, person=Person(viewed=("x" * 3000,)))
    effects = Effects()
    stage._at_hand = "v:phone"
    facts(stage, "v:phone", *orders(1))
    stage._tell("c:ada", large)
    effects = stage_after(stage, "v:phone")
    write(changelog, effects)
    assert [letter.stage for letter in letters(effects)] == ["customers"]
    assert not any(out.topic is Topic.PROFILE_INBOX for out in effects.outputs)
    assert orjson.loads(changelog[b"v:phone"]) == {"aside": NOW}


def stage_after(stage: CustomerStage, key: str) -> Effects:
    """What is committed once something small has happened to that key."""
    return facts(stage, key, ConsentChanged(NOW, "e", True))


def test_a_note_is_no_record_of_any_version() -> None:
    """Both stages know it at a restore, before they would decode anything."""
    for stage in (sessions(), customers()):
        taker: Stage = stage
        taker.restore(b"bot", b'{"aside":7}')
        taker.open()
        taker.restore(b"bot", None)
