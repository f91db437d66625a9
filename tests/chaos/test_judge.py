"""The verdict is tested with made-up runs: a calm one is green, and each thing that goes wrong makes it red."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from schemas.state.person import Person
from schemas.state.profile import Profile
from schemas.state.shelves import Dealings, Presence, Spoke
from streams.inspection import told
from tests.chaos.evidence import Evidence
from tests.chaos.judge import judge
from tests.chaos.made_up import WAITS, WRONG, bought, calm_run, ending, fault, first, reds, sent_again
from tests.chaos.rules import EXIT
from tests.chaos.series import series
from tests.chaos.timeline import draw
from tests.chaos.verdict import Verdict

CUSTOMER = "customers", "c1"


def test_a_calm_run_is_green() -> None:
    """With all nine invariants evaluated, and many triggers looked at; exit intents are nobody's expectation."""
    run = calm_run()
    verdict = Verdict(judge(run), run)

    assert reds(run) == set()
    assert verdict.is_green
    assert verdict.summary()["invariants_evaluated"] == 9
    assert len(run.triggers) > 100
    assert EXIT not in {trigger["rule_id"] for trigger in run.triggers}


@pytest.mark.parametrize(("tamper", "red"), WRONG, ids=[tamper.__name__ for tamper, _ in WRONG])
def test_what_goes_wrong_makes_the_verdict_red(tamper: Callable[[Evidence], None], red: set[str]) -> None:
    """One trigger less, one more, one a millisecond early, one call too many…: each is found, by its own line."""
    run = calm_run()
    tamper(run)

    assert reds(run) == red
    assert not Verdict(judge(run), run).is_green


def test_what_was_found_of_who_leaves_is_compared_with_no_recompute() -> None:
    """Exit intents depend on the order of arrival; which visitors are suspected, and all else, does not."""
    left = Person(presence=Presence(exits={"v1": 1}), dealings=Dealings(spoke={EXIT: Spoke(1)}))
    run = calm_run()
    run.state[CUSTOMER] = told(Profile(left))
    assert reds(run) == set()

    for other in (Person(presence=Presence(suspected={"v1": 1})), Person(dealings=Dealings(spoke={"cart": Spoke(1)}))):
        run.state[CUSTOMER] = told(Profile(other))
        assert reds(run) == {"I7"}


def test_only_what_lasts_as_long_explains_a_stall() -> None:
    """The brokers were away for two minutes: of that a process may have ended."""
    run = calm_run()
    run.faults.append(fault("outage", 1870.0, 1990.0))
    run.endings.append(ending("itself", 75))

    assert reds(run) == set()


def test_a_purchase_known_in_time_makes_its_reminder_false() -> None:
    """The order was placed exactly at the due time and acknowledged within L: the reminder must not have fired."""
    run = calm_run()
    bought(run, delay_ms=WAITS.lateness_ms)

    assert "false abandonments" in reds(run)


def test_a_late_purchase_must_take_the_reminder_back() -> None:
    """Known a millisecond after L: false unless a cancellation follows; its household is not compared strictly."""
    run = calm_run()
    bought(run, delay_ms=WAITS.lateness_ms + 1)
    found = reds(run)
    customer, visitor = first(run)["customer_id"], first(run)["visitor_id"]
    theirs = [
        trigger for trigger in run.triggers if (trigger["customer_id"], trigger["visitor_id"]) == (customer, visitor)
    ]
    for trigger in theirs:
        run.triggers.append({"type": "cancelled", "trigger_id": trigger["trigger_id"], "at": trigger["at"] + 9000})

    assert "false abandonments" in found
    assert "false abandonments" not in reds(run)


def test_a_repeat_by_the_next_owner_is_no_duplicate() -> None:
    """The answer was 2xx, but the process died before it noted that: whoever opens the partition next calls again."""
    run = calm_run()
    sent_again(run)
    run.opened = {0: [run.calls[0]["at"] + 4000]}

    assert reds(run) == set()


def test_a_repeat_after_an_answer_that_nobody_heard_is_no_duplicate() -> None:
    """The dispatcher stood still, or the answer came after its time-out of three seconds: so it repeats."""
    stood, late = calm_run(), calm_run()
    sent_again(stood)
    stood.stood = [stood.calls[0]["answered"] + 1000]
    sent_again(late)
    late.calls[0]["answered"] = late.calls[0]["at"] + 3000

    assert reds(stood) == set()
    assert reds(late) == set()


def test_too_many_households_late_on_arrival_leave_too_little_to_judge() -> None:
    """More than one of four: red, since the comparison would say little."""
    run = calm_run()
    for body in (record.body for record in run.input if record.body is not None):
        run.acked[body["event_id"]] += 4000

    assert "faults" in reds(run)


def test_the_timeline_is_a_picture() -> None:
    """Well-formed SVG with a row for each kind of fault; the time during which the watermark stood is a stall."""
    run = calm_run()
    samples = [
        {"at": run.began + second, "gates": {"0": run.began + (second if second < 5 or second > 15 else 5) - 3}}
        for second in range(30)
    ]
    drawn = series(run.began, samples, run.triggers, run.calls, late_s=3)
    picture = ET.fromstring(draw(drawn, run.faults, "chaos & <calm>"))

    assert picture.tag.endswith("svg")
    assert drawn.stalls == [(9, 16)]
