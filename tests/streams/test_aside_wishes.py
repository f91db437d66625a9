"""What somebody who is put aside wants is heard all the same: refusals last, erasures are confirmed."""

from collections.abc import Callable

import pytest

from schemas.facts.profile_facts import ConsentChanged, ErasureAsked, Fact, Linked, SessionOpened, Withdrawn
from schemas.outcomes.decisions import Decision, Verdict
from schemas.reading.wire import read_fact
from schemas.topics import Topic
from streams.limits import ID_BYTES_MAX
from streams.person import consent, person_limits
from streams.profiles import wishes
from streams.profiles.customer_stage import CustomerStage
from streams.profiles.walk import NOTE_KEPT_MS, REFUSAL_KEPT_MS
from streams.stage import Effects
from streams.visits.session_stage import SessionStage
from streams.visits.visitor_profiles import live
from tests.streams.durable import Changelog, write
from tests.streams.test_aside import NOW, clicks, customers, facts, many, orders, sessions

Stage = SessionStage | CustomerStage
Make = Callable[[Changelog | None], Stage]
HOUR = 3_600_000
MAKERS = [(sessions, "phone", NOTE_KEPT_MS), (customers, "ada", REFUSAL_KEPT_MS)]
BOTH = pytest.mark.parametrize(("make", "name", "kept"), MAKERS, ids=["visitor", "customer"])
WISHES: dict[str, Fact] = {"refused": ConsentChanged(NOW, "wish", False), "erased": ErasureAsked(NOW, "wish")}


def time_is(stage: Stage, time: int) -> Effects:
    """W of all comes to that time."""
    if isinstance(stage, SessionStage):
        return clicks(stage, now=time + 5_000)
    return facts(stage, "nobody", ConsentChanged(NOW, "e", True), time=time)


def told(effects: Effects, inbox: Topic) -> list[tuple[str, Fact]]:
    """What is said to others there."""
    return [(out.key.decode(), read_fact(out.value)) for out in effects.outputs if out.topic is inbox]


def receipts(effects: Effects) -> list[tuple[str, str]]:
    """Which erasures are confirmed: of whom, and by which event they were asked for."""
    said = [Decision.model_validate_json(out.value) for out in effects.outputs if out.topic is Topic.DECISIONS]
    return [(one.profile, str(one.trigger_id)) for one in said if one.verdict is Verdict.ERASED]


def wanted(stage: Stage, name: str) -> tuple[bool, bool] | None:
    """Whether that person has refused, or was erased; None if nothing is known."""
    if isinstance(stage, SessionStage):
        visitor = stage._visits.visitors.get(name.encode())
        profile = None if visitor is None else live(visitor)
    else:
        profile = stage._profiles.get(name)
    return None if profile is None else (profile.person.opted_out, profile.person.erased)


@BOTH
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(("wish", "expected"), [("refused", (True, False)), ("erased", (False, True))])
@pytest.mark.parametrize("before", [True, False], ids=["before", "afterwards"])
def test_a_wish_outlives_being_put_aside(
    make: Make, name: str, kept: int, wish: str, expected: tuple[bool, bool], restarted: bool, before: bool
) -> None:
    """Whether it was said before or afterwards: whoever begins anew has refused, or is forgotten, for as long again
    as others are, who may have been here yesterday. What else was told is not known any more."""
    stage, changelog = make(None), Changelog()
    said: list[Fact] = [WISHES[wish], *orders(10, at=NOW + 1)] if before else [*orders(10, at=NOW - HOUR)]
    write(changelog, facts(stage, name, *said, time=NOW - 2 * HOUR))
    if not before:
        stage = make(changelog) if restarted else stage
        effects = facts(stage, name, WISHES[wish], time=NOW)
        assert [outcome for (metric, *_, outcome) in effects.counts if metric == "records"] == ["applied"]
        assert receipts(effects) == ([] if wish == "refused" else [(f"{'cv'[name == 'phone']}:{name}", "wish")])
        write(changelog, effects)
    stage = make(changelog) if restarted else stage
    assert wanted(stage, name) is None
    anew = (NOW + 1 if before else NOW - HOUR) + kept + 1
    write(changelog, time_is(stage, anew))
    assert wanted(stage, name) == wanted(make(changelog), name) == expected
    write(changelog, time_is(stage, anew + kept))
    assert name.encode() in changelog
    write(changelog, time_is(stage, anew + kept + 1))
    assert name.encode() not in changelog


@BOTH
def test_a_wish_of_before_is_answered_while_put_aside(make: Make, name: str, kept: int) -> None:
    """Consent of before the refusal changes nothing; the same erasure has one receipt."""
    stage, changelog = make(None), Changelog()
    write(changelog, facts(stage, name, WISHES["erased"], WISHES["refused"], *orders(10, at=NOW + 1), time=NOW - 1))
    stage = make(changelog)
    effects = facts(stage, name, WISHES["erased"], ConsentChanged(NOW - 1, "old", True), time=NOW)
    assert receipts(effects) == []
    assert stage_heard(stage, name) == (True, True)


def stage_heard(stage: Stage, name: str) -> tuple[bool, bool]:
    """What is known of somebody put aside."""
    if isinstance(stage, SessionStage):
        person = stage._visits.aside.heard(name.encode()).person
    else:
        person = stage._aside.heard(name).person
    return person.opted_out, person.erased


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("wish", ["refused", "erased"])
def test_what_a_device_put_aside_wants_its_customer_hears(wish: str, restarted: bool) -> None:
    """Whose it was when it was put aside."""
    stage, changelog = sessions(), Changelog()
    links = [Linked(NOW - 20 + n, f"l{n}", "phone", name, on_site=True) for n, name in enumerate(("ada", "bea", "cem"))]
    write(changelog, facts(stage, "phone", *links, time=NOW - 100))
    write(changelog, facts(stage, "phone", *orders(10)))
    stage = sessions(changelog) if restarted else stage
    said = facts(stage, "phone", WISHES[wish])
    assert told(said, Topic.CUSTOMER_INBOX) == [("cem", WISHES[wish])]


@pytest.mark.parametrize("restarted", [False, True])
def test_an_erasure_of_a_customer_put_aside_reaches_the_devices(restarted: bool) -> None:
    """What they hold is hers."""
    stage, changelog = customers(), Changelog()
    facts(stage, "ada", SessionOpened(NOW - 50, "s", "phone"), time=NOW - 60)
    write(changelog, facts(stage, "ada", *orders(10)))
    stage = customers(changelog) if restarted else stage
    said = facts(stage, "ada", WISHES["erased"])
    assert told(said, Topic.VISITOR_INBOX) == [("phone", ErasureAsked(NOW, "wish", spread=True, customer="ada"))]


def test_a_wish_that_was_somebody_elses_is_taken_out_again() -> None:
    """As it is with whoever is not put aside."""
    stage, wish = customers(), ConsentChanged(NOW, "wish", False)
    facts(stage, "ada", *orders(10))
    facts(stage, "ada", wish)
    assert stage_heard(stage, "ada") == (True, False)
    facts(stage, "ada", Withdrawn(NOW, "wish", wish.place()))
    assert stage_heard(stage, "ada") == (False, False)


def test_a_note_is_less_than_the_smallest_record_that_can_be_set() -> None:
    """128 KiB, and some for its frame: with devices, two links and wishes it stands where more would be refused."""
    links_and_wishes = (2 * 2 + 2 * wishes.WISHES_MAX) * ID_BYTES_MAX
    held = person_limits.VISITORS_BYTES_MAX + links_and_wishes + 4 * consent.WORDS_MAX * 64
    assert held < 120 * 1024


def test_a_visitor_put_aside_in_a_burst_of_clicks_hears_too() -> None:
    """There was no profile yet."""
    stage, changelog = sessions(), Changelog()
    write(changelog, clicks(stage, *many("bot")))
    effects = facts(stage, "bot", WISHES["erased"])
    write(changelog, effects)
    assert receipts(effects) == [("v:bot", "wish")]
    assert stage_heard(sessions(changelog), "bot") == (False, True)
