"""Sequence across sign-ins, erasures, restarts, and with facts that come late."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.rulebook import Rulebook
from streams.person.answers import ANSWERS_MAX
from streams.person.shelves import dealings_of
from tests.streams.durable import DurableReplay
from tests.world import World, ms, rule, rulebook

FORM = {"event": "custom:form_sent"}


def book(**fields: Any) -> Rulebook:
    """Two hours after a form, unless a product was viewed."""
    return rulebook(
        rule("sequence", **{"wait": "2h", "after": FORM, "unless": {"event": "product_viewed"}, **fields}),
        already_converted=True,
        consent="opt_out",
    )


def sends_form(world: World, **fields: Any) -> World:
    """The person at hand sends a form."""
    return world.pipe({"type": "custom", "name": "form_sent"}, **fields)


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_what_waits_becomes_the_customers() -> None:
    """Same anchor, same id, the customer's profile."""
    world = World(book())
    sends_form(world).after("1h").signs_in("ada").drain()
    assert world.triggers() == [("sequence", "c:ada", 0, ms("2h"))]


def test_the_customer_answers_on_another_device() -> None:
    """After the sign-in, and before the due time."""
    world = World(book())
    sends_form(world).after("1h").signs_in("ada").as_("tablet").signs_in("ada").after("59m").sees("mug").drain()
    assert (world.sent(), world.why("sequence")) == ([], Reason.HAPPENED)


@pytest.mark.parametrize(("seen", "ended"), [("30m", True), ("-10m", False)], ids=["after the form", "before it"])
def test_what_the_customer_did_elsewhere_before_the_sign_in_counts_from_it_on(seen: str, *, ended: bool) -> None:
    """Two become one, with the history of both: what stands behind the anchor answers it."""
    world = World(book()).after("1h").as_("tablet").signs_in("ada")
    if not ended:
        world.sees("mug")
    sends_form(world.after("10m").as_("phone"))
    if ended:
        world.after(seen).as_("tablet").sees("mug").as_("phone")
    world.after("40m").signs_in("ada").drain()
    assert world.sent() == ([] if ended else ["sequence"])
    assert world.why("sequence") == (Reason.HAPPENED if ended else Reason.DUE)


def test_of_two_that_become_one_the_later_goes_on() -> None:
    """As with every rule that has but one occasion."""
    world = World(book()).as_("tablet").signs_in("ada")
    sends_form(world)
    sends_form(world.as_("phone").after("1h")).after("30m").signs_in("ada").drain()
    assert world.anchors("sequence") == [ms("1h")]
    assert next(one.reason for one in world.decisions()) is Reason.MERGED


def test_of_each_and_of_other_values_both_go_on() -> None:
    """They are other occasions."""
    for fields in ({"anchor": "each"}, {"same": "properties.id"}):
        world = World(book(**fields)).as_("tablet").signs_in("ada")
        sends_form(world, properties={"id": 1})
        sends_form(world.as_("phone").after("1h"), properties={"id": 2}).after("30m").signs_in("ada").drain()
        assert world.anchors("sequence") == [0, ms("1h")]


def test_a_link_that_comes_to_light_later_calls_the_event_back() -> None:
    """The form was sent as bea's, who had signed in just before: ada hears nothing of it."""
    world = World(book(), lateness="10m").signs_in("ada")
    sends_form(world.advance("2m"))
    world.signs_in("bea", ago="1m").drain()
    assert world.triggers() == [("sequence", "c:bea", ms("2m"), ms("2h 2m"))]


def test_who_is_forgotten_has_sent_no_form() -> None:
    """Neither what waits nor what comes late of before counts any more."""
    world = World(book())
    sends_form(world.signs_in("ada")).after("1m").asks_for_erasure(customer_id="ada", visitor_id=None)
    sends_form(world.after("1m"), ago="90s").drain()
    assert world.sent() == []


# -- late --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seen", "ended"), [("1h", True), ("2h", True), ("3h", False)])
def test_a_form_that_comes_late_is_answered_by_what_is_known(seen: str, *, ended: bool) -> None:
    """Its due time may have passed; then it fires at once, unless the answer stands in time."""
    world = World(book()).after(seen).sees("mug").after("30m")
    sends_form(world, ago=_added(seen, "30m")).drain()
    assert world.sent() == ([] if ended else ["sequence"])


def _added(one: str, other: str) -> str:
    return f"{ms(one) + ms(other)}ms"


def test_a_late_answer_is_honoured_until_it_is_due() -> None:
    """After that a trigger stands: only purchases take back."""
    world = World(book())
    sends_form(world).after("119m").sees("mug", ago="1h").drain()
    assert world.why("sequence") is Reason.HAPPENED
    sends_form(world).after("121m").sees("mug", ago="1h").drain()
    assert (len(world.fired()), world.cancelled()) == (1, [])


def test_a_late_form_does_not_move_a_later_anchor() -> None:
    """Nor does it fire beside it; of the first one it does move back, if that would have waited."""
    world = World(book())
    sends_form(sends_form(world.after("1h")), ago="30m").drain()
    assert world.anchors("sequence") == [ms("1h")]
    world = World(book(anchor="first"))
    sends_form(sends_form(world.after("1h")).after("1m"), ago="31m").drain()
    assert world.anchors("sequence") == [ms("30m")]


def test_a_late_form_does_not_take_the_place_of_a_first_that_came_after_an_answer() -> None:
    """It was answered, and the next one is the first again."""
    world = World(book(anchor="first"))
    sends_form(world.after("1h").sees("mug").after("1m")).after("1m")
    sends_form(world, ago="32m").drain()
    assert world.anchors("sequence") == [ms("61m")]


def test_a_late_form_within_the_wait_of_a_first_that_has_fired_is_none() -> None:
    """It was waiting then, its due time included."""
    world = World(book(anchor="first"))
    sends_form(world).after("3h")
    sends_form(sends_form(world, ago="2h"), ago="1h")
    assert world.after("5h").anchors("sequence") == [0]
    world = World(book(anchor="first"))
    sends_form(sends_form(world).after("3h"), ago="59m 59s 999ms").drain()
    assert world.anchors("sequence") == [0, ms("2h 1ms")]


def test_a_first_that_a_sign_in_has_answered_waits_no_more() -> None:
    """The view came before the form of the next one, which is the first again."""
    world = World(book(anchor="first")).as_("tablet").signs_in("ada").after("10m")
    sends_form(world.as_("phone")).after("10m").as_("tablet").sees("mug")
    world.after("10m").as_("phone").signs_in("ada").after("10m")
    sends_form(world).drain()
    assert world.anchors("sequence") == [ms("40m")]


def test_a_record_that_is_delivered_again_is_no_second_occasion() -> None:
    """Engagements are not told apart by their ids at the door: while it waits, and after it has fired."""
    opened = {"type": "message_opened", "event_id": "m1", "customer_id": "ada"}
    world = World(book(after={"event": "message_opened"}, unless=[], anchor="each"))
    at = world.instant("0s")
    world.pipe(opened, occurred_at=at).after("1h").pipe(opened, occurred_at=at).after("2h")
    world.pipe(opened, occurred_at=at).drain()
    assert len(world.fired()) == 1


def test_a_purchase_that_turns_out_to_be_earlier_moves_what_counts_from_it() -> None:
    """The record of before comes late."""
    world = World(book(after={"event": "order"}, unless=[], wait="1d"))
    world.after("2h").orders("O1", on_site=False).after("1h").orders("O1", on_site=False, ago="3h").drain()
    assert world.anchors("sequence") == [0]


# -- other rulebooks ---------------------------------------------------------------------------------------------------


def test_what_a_new_rulebook_asks_for_travels_from_then_on() -> None:
    """Clicks and records of the back office; what came before says nothing."""
    shipped = {"event": "order_shipped"}
    world = World(book(after={"event": "cart_viewed"}))
    sends_form(world).pipe({"type": "order_shipped", "order_id": "O1", "customer_id": "bea"}).after("1h")
    both = rulebook(
        rule("sequence", wait="2h", after=FORM),
        rule("sequence", id="shipped", wait="2h", after=shipped),
    )
    world.replay.take_over(both)
    sends_form(world).pipe({"type": "order_shipped", "order_id": "O2", "customer_id": "ada"}).drain()
    assert sorted(world.triggers()) == [
        ("sequence", "c:ada", ms("1h"), ms("3h")),
        ("sequence", "v:phone", ms("1h"), ms("3h")),
    ]


def test_what_waits_is_judged_by_the_condition_that_opened_it() -> None:
    """Also when the rulebook has another one since."""
    world = World(book(**{"if": "person.orders == 0"}))
    sends_form(world).after("1h")
    world.replay.take_over(book(**{"if": "person.orders > 0"}))
    sends_form(world.as_("tablet")).drain()
    assert world.triggers() == [("sequence", "v:phone", 0, ms("2h"))]


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_what_waits_and_what_has_answered_outlive_a_restart() -> None:
    """State is all that is needed."""
    world = World(book(anchor="each", **{"if": "event.properties.n == 1"}), driver=DurableReplay)
    assert isinstance(world.replay, DurableReplay)
    sends_form(world.signs_in("ada"), properties={"n": 1}).after("1h").sees("mug").after("1m")
    sends_form(world, properties={"n": 1}).after("1m")
    world.replay.kill(world.replay.sessions.rulebook)
    sends_form(world, properties={"n": 1}, ago="70m").drain()
    assert world.anchors("sequence") == [ms("61m")]


def test_answers_in_between_are_not_kept() -> None:
    """Whatever waits for the one in the middle is due after the next: views by the minute leave a few a day."""
    world = World(book())
    world.signs_in("ada")
    for _ in range(300):
        world.after("1m").sees("mug")
    profile = world.after("1m").replay.customers._profiles.get("ada")
    assert profile is not None
    assert len(dealings_of(profile.person).answers["sequence"]) <= 2 * 5 / 2 + 2
    sends_form(world, ago="4h").drain()
    assert world.why("sequence") is Reason.HAPPENED


def test_too_many_answers_are_cut_the_oldest_first() -> None:
    """Of many values, each of which has its own."""
    world = World(book(same="product_id", after={"event": "cart_item_added"}))
    for number in range(60):
        world.after("1m").sees(f"p{number}")
    assert world.after("1m").sent() == []
    assert world.counts["cut", "answers"] == 60 - ANSWERS_MAX
    world.adds("p0", ago="61m").adds("p59", ago="2m").drain()
    assert world.anchors("sequence") == [0]
