"""The last defence: a person whose record would be too large is put aside, loudly, and the partition goes on."""

import base64
from collections.abc import Callable

import orjson
import pytest

from schemas.facts.profile_facts import ConsentChanged, Fact, Inherited, OrderPlaced
from schemas.outcomes.dead_letters import RAW_BYTES_MAX, DeadLetter, Rejection
from schemas.reading.wire import write_fact
from schemas.rules.rulebook import Rulebook
from schemas.state.person import Person
from schemas.topics import INBOXES, Topic
from streams.profiles.customer_stage import CustomerStage
from streams.profiles.walk import NOTE_KEPT_MS, REFUSAL_KEPT_MS
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0, Given
from streams.stage import Batch, Effects, Stage
from streams.visits.session_stage import SessionStage
from tests.streams.durable import Changelog, restore, write
from tests.streams.records import Json, batch, click, given_record
from tests.world import rule, rulebook

NOW = 1_750_000_000_000
BYTES_MAX = 2000
LATENESS = 5_000
BOOK = rulebook(rule("cart_abandonment"), retention="30d")


def sessions(changelog: Changelog | None = None, book: Rulebook = BOOK) -> SessionStage:
    """A partition of clicks that may write records of 2,000 bytes."""
    stage = SessionStage(0, book, ONE_EACH, 5_000, record_bytes_max=BYTES_MAX)
    restore(stage, changelog or {})
    return stage


def customers(changelog: Changelog | None = None) -> CustomerStage:
    """A partition of the inbox that may write records of 2,000 bytes."""
    stage = CustomerStage(0, BOOK, ONE_EACH, BYTES_MAX)
    restore(stage, changelog or {})
    return stage


def clicks(stage: SessionStage, *said: Json, now: int = NOW) -> Effects:
    """A batch, committed."""
    first = stage.positions[Topic.CLICKSTREAM]
    records = [given_record(one, key=one["visitor_id"].encode(), offset=first + n) for n, one in enumerate(said)]
    stage.heard({ORDERS_0: now - LATENESS})
    stage.fold(batch(records, now=now, first=first, at_end=True))
    return stage.take()


def facts(stage: SessionStage | CustomerStage, key: str, *said: Fact, time: int = NOW) -> Effects:
    """A batch of the stage's inbox, committed; W of all others stands at `time`."""
    inbox = Topic.VISITOR_INBOX if isinstance(stage, SessionStage) else Topic.CUSTOMER_INBOX
    first = stage.positions[inbox]
    stage.heard({CLICKS_0: time, ORDERS_0: time})
    records = [Given(key.encode(), write_fact(one), first + n) for n, one in enumerate(said)]
    stage.fold(Batch(inbox, records, first + len(records), None, time))
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
    assert ({key for key, _ in stage._visits.visitors.items()}, stage.open_visits) == ({b"phone"}, 1)


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
def test_a_visitor_begins_anew_when_a_refusal_is_forgotten(shift: int, is_back: bool, restarted: bool) -> None:
    """With a tombstone for the note: an opt-out may have been in what was put aside."""
    stage, changelog = sessions(), Changelog()
    write(changelog, clicks(stage, *many("bot")))
    stage = sessions(changelog) if restarted else stage
    write(changelog, clicks(stage, now=NOW + NOTE_KEPT_MS + 5_000 + shift))
    assert (b"bot" not in changelog) is is_back


def test_a_customer_with_too_large_a_record_is_put_aside_and_others_go_on() -> None:
    """The same in the second stage; what is told of them is ignored."""
    stage, changelog = customers(), Changelog()
    effects = facts(stage, "ada", *orders(10))
    write(changelog, effects)
    (letter,) = letters(effects)
    assert (letter.stage, letter.topic, letter.reason) == ("customers", "customers-changelog", Rejection.PUT_ASIDE)
    assert max(len(value) for value in changelog.values()) <= BYTES_MAX
    assert (stage.open_episodes, stage.waiting_facts) == (0, 0)
    for owner in (stage, customers(changelog)):
        effects = facts(owner, "ada", *orders(2))
        assert effects.counts[("records", "customer-inbox", "ignored")] == 2
        assert effects.counts[("oddities", "customer-inbox", "put_aside")] == 2
        assert not any(key == b"ada" for key, _ in effects.changelog)
        write(changelog, facts(owner, "bea", *orders(1)))
    assert b"bea" in changelog


def test_a_customer_put_aside_is_not_forgotten_before_an_opt_out_might_be() -> None:
    """Ten years: a word of theirs may be in what was put aside."""
    stage, changelog = customers(), Changelog()
    write(changelog, facts(stage, "ada", *orders(10)))
    write(changelog, facts(stage, "bea", ConsentChanged(NOW, "e", True), time=NOW - 10 + REFUSAL_KEPT_MS))
    assert b"ada" in changelog
    write(changelog, facts(stage, "bea", ConsentChanged(NOW, "e", True), time=NOW - 10 + REFUSAL_KEPT_MS + 1))
    assert b"ada" not in changelog


def test_a_visitor_of_whom_others_tell_too_much_is_put_aside_with_its_episodes() -> None:
    """What a visitor's orders take counts as its clicks do; nobody waits for what is gone."""
    stage, changelog = sessions(), Changelog()
    write(changelog, clicks(stage, click("cart_item_added", at=NOW - 1, visitor="phone", product_id="mug")))
    effects = facts(stage, "phone", *orders(10))
    write(changelog, effects)
    (letter,) = letters(effects)
    assert (letter.stage, letter.topic, letter.reason) == ("sessions", "sessions-changelog", Rejection.PUT_ASIDE)
    assert (stage.open_visits, stage.open_episodes, stage.waiting_facts) == (0, 0, 0)
    for owner in (stage, sessions(changelog)):
        effects = facts(owner, "phone", *orders(2))
        assert effects.counts[("records", "visitor-inbox", "ignored")] == 2
        assert effects.counts[("oddities", "visitor-inbox", "put_aside")] == 2
        assert not any(key == b"phone" for key, _ in effects.changelog)


@pytest.mark.parametrize(("make", "key", "other"), [(sessions, "v:phone", "c:ada"), (customers, "c:ada", "v:phone")])
def test_who_would_tell_too_large_a_fact_is_put_aside(
    make: Callable[[], SessionStage | CustomerStage], key: str, other: str
) -> None:
    """It is not sent: the partition that it goes to would be held up instead."""
    stage, changelog, name = make(), Changelog(), key[2:]
    large = Inherited(NOW, "e", "phone", on_site=True, person=Person(viewed=("x" * 3000,)))
    write(changelog, facts(stage, name, *orders(1)))
    stage._people._at_hand = key
    stage._people._tell(other, large)
    effects = facts(stage, name, ConsentChanged(NOW, "e", True))
    write(changelog, effects)
    assert [letter.size for letter in letters(effects)] == [len(write_fact(large))]
    assert not any(out.topic in INBOXES for out in effects.outputs)
    assert orjson.loads(changelog[name.encode()])["aside"] == NOW


def test_a_note_is_no_record_of_any_version() -> None:
    """Both stages know it at a restore, before they would decode anything."""
    for stage in (sessions(), customers()):
        taker: Stage = stage
        taker.restore(b"bot", b'{"aside":7}')
        taker.open()
        taker.restore(b"bot", None)
