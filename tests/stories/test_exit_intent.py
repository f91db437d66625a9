"""Moves to leave: answered at once, once a session, and only if there is something to say."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

KIND = "exit_intent"
ONLY_EXITS = rulebook(rule(KIND, min_views=3, expires_after="30s"))


@pytest.fixture
def world() -> World:
    """A shop that speaks to those who move to leave."""
    return World(ONLY_EXITS)


def test_a_cart_is_reason_enough_and_nothing_is_waited_for(world: World) -> None:
    """The trigger is out before any clock moves, and says until when it makes sense."""
    world.adds("mug", price="9.90").moves_to_leave()

    (fired,) = world.fired()
    assert fired["anchor_ms"] == fired["due_ms"] == BEGINNING_MS
    assert fired["expires_at"] == BEGINNING_MS + ms("30s")
    assert fired["value"] == "9.90"


@pytest.mark.parametrize(("views", "expected"), [(2, []), (3, [KIND]), (4, [KIND])], ids=["below", "at", "above"])
def test_three_views_are_reason_enough(world: World, views: int, expected: list[str]) -> None:
    """Of products, in this session."""
    world.sees("mug", times=views).moves_to_leave()
    assert world.sent() == expected
    assert world.why(KIND) is (Reason.DUE if expected else Reason.BELOW_THRESHOLD)


def test_views_of_an_earlier_session_do_not_count(world: World) -> None:
    """Two then and two now are not three."""
    world.sees("mug", times=2).after("31m").sees("mug", times=2).moves_to_leave()
    assert world.why(KIND) is Reason.BELOW_THRESHOLD


@pytest.mark.parametrize(
    ("price", "expected"),
    [("19.99", []), ("20", [KIND]), (None, [])],
    ids=["below", "at", "unknown_price"],
)
def test_the_cart_may_need_to_be_worth_it(price: str | None, expected: list[str]) -> None:
    """A cart of unknown value meets no least value."""
    world = World(rulebook(rule(KIND, min_cart_value=20), currency="EUR"))
    world.adds("mug", price=price).moves_to_leave()
    assert world.sent() == expected


@pytest.mark.parametrize(
    ("pause", "expected"), [("30m", 1), ("30m 1ms", 2)], ids=["exactly_the_gap", "longer_than_the_gap"]
)
def test_once_a_session(world: World, pause: str, expected: int) -> None:
    """The second signal is answered only in a new session."""
    world.adds("mug").moves_to_leave().after(pause).moves_to_leave()
    assert len(world.sent()) == expected
    assert world.why(KIND) is (Reason.DUE if expected > 1 else Reason.FIRED_IN_SESSION)


@pytest.mark.parametrize(("state", "expected"), [("delivered", 1), ("expired", 2), ("dead", 2), (None, 1)], ids=str)
@pytest.mark.parametrize("known", [True, False], ids=["customer", "visitor"])
def test_one_that_ended_undelivered_does_not_use_the_session_up(known: bool, state: str | None, expected: int) -> None:
    """She has seen nothing yet. What is on its way, she may."""
    world = World(rulebook(rule(KIND)))
    if known:
        world.signs_in("ada")
    world.adds("mug").moves_to_leave()
    if state is not None:
        world.settles(KIND, state)
    world.after("1m").moves_to_leave()
    assert len(world.sent()) == expected


def test_one_that_the_visitor_was_sent_and_that_ended_undelivered_is_not_hers_to_bear() -> None:
    """She signs in after it, on the way."""
    world = World(rulebook(rule(KIND)))
    world.adds("mug").moves_to_leave().settles(KIND, "expired").after("1m").signs_in("ada").after("1m")
    world.moves_to_leave()
    assert len(world.sent()) == 2


def test_one_that_was_taken_back_does_not_use_the_session_up() -> None:
    """She opted out, and in again."""
    world = World(rulebook(rule(KIND), consent="opt_out"))
    world.adds("mug").moves_to_leave().opts_out().advance("1s").opts_in().after("1m").moves_to_leave()
    assert world.cancelled() == [KIND]
    assert len(world.sent()) == 2


def test_two_rules_answer_a_session_once() -> None:
    """The first that may speak does, the others have heard it."""
    world = World(rulebook(rule(KIND, id="dear", min_cart_value="90 EUR"), rule(KIND, id="any"), rule(KIND, id="more")))
    world.adds("mug", price="20").moves_to_leave().after("1m").moves_to_leave()
    assert [fired["rule_id"] for fired in world.fired()] == ["any"]
    assert [(d.rule_id, d.reason) for d in world.decisions()][:3] == [
        ("dear", Reason.BELOW_THRESHOLD),
        ("any", Reason.DUE),
        ("more", Reason.FIRED_IN_SESSION),
    ]


def test_of_two_signals_of_one_instant_that_which_stands_uses_the_session_up() -> None:
    """The first is taken back by a purchase of that very instant; the second came before it, and is answered by one
    rule of two."""
    world = World(rulebook(rule(KIND), rule(KIND, id="another")))
    world.adds("mug").after("1m").moves_to_leave().orders(on_site=False).moves_to_leave()
    assert world.sent() == [KIND, KIND]
    assert world.cancelled() == [KIND]


def test_a_signal_that_was_refused_uses_nothing_up(world: World) -> None:
    """First there was nothing to say; later there is."""
    world.moves_to_leave().after("1m").adds("mug").moves_to_leave()
    assert world.sent() == [KIND]


@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
def test_after_the_sessions_order_nothing_is_said(world: World, on_site: bool) -> None:
    """Bought, then added something, then leaving: let her go."""
    world.visits().orders(on_site=on_site).after("1m").adds("mug").moves_to_leave()
    assert world.sent() == []
    assert world.why(KIND) is Reason.ORDERED_IN_SESSION


def test_an_order_of_an_earlier_session_is_no_obstacle(world: World) -> None:
    """A new visit is a new occasion."""
    world.orders().after("31m").adds("mug").moves_to_leave()
    assert world.sent() == [KIND]


def test_an_item_taken_out_a_moment_ago_counts(world: World) -> None:
    """Judged against all that is known now, though W has not passed it."""
    world.adds("mug").removes("mug").moves_to_leave()
    assert world.why(KIND) is Reason.BELOW_THRESHOLD


def test_what_comes_after_the_signal_does_not_count(world: World) -> None:
    """The item was put into the cart a second later, though it arrived first."""
    world.advance("1h").adds("mug").moves_to_leave(ago="1s")
    assert world.why(KIND) is Reason.BELOW_THRESHOLD


def test_a_signal_of_a_session_long_closed_is_not_answered(world: World) -> None:
    """Late is worse than never: nobody is there any more."""
    world.adds("mug").after("2h").moves_to_leave(ago="1h 50m")
    assert world.sent() == []
    assert world.outcomes()["late"] == 1


def test_the_cart_of_another_device_counts_once_she_is_known(world: World) -> None:
    """Put into the cart on the phone, moving to leave on the laptop."""
    world.signs_in("ada").adds("mug").after("1h").as_("laptop").signs_in("ada").moves_to_leave()
    assert [shot.person for shot in world.triggers()] == ["c:ada"]


def test_the_cart_of_a_visitor_who_signs_in_this_very_moment_counts(world: World) -> None:
    """The inheritance waits for W; the exit signal cannot, and knows of it all the same."""
    world.adds("mug").signs_in("ada").moves_to_leave()
    assert [shot.person for shot in world.triggers()] == ["c:ada"]


def test_signing_in_does_not_make_it_a_new_session(world: World) -> None:
    """One exit intent a session, though the session changes hands."""
    world.adds("mug").moves_to_leave().after("1m").signs_in("ada").moves_to_leave()
    assert len(world.sent()) == 1
    assert world.why(KIND) is Reason.FIRED_IN_SESSION


def test_signing_in_as_somebody_else_does_not_make_it_a_new_session(world: World) -> None:
    """A shared tablet: the second customer of the same visit is not asked to stay a second time."""
    world.signs_in("ada").adds("mug").moves_to_leave().after("1m").signs_in("bob").adds("pot").moves_to_leave()
    assert len(world.sent()) == 1
    assert world.why(KIND) is Reason.FIRED_IN_SESSION


OPEN = {"type": "order_placed", "order_id": "O1", "payment_state": "pending"}


def test_who_leaves_for_the_page_of_her_bank_has_ordered(world: World) -> None:
    """The payment is open. In the next visit, and once it has failed, she may be asked to stay."""
    world.sees("mug", times=3).adds("mug").pipe(OPEN).after("1s").moves_to_leave()
    assert world.why(KIND) is Reason.ORDERED_IN_SESSION
    world.after("1m").pipe({"type": "payment_failed", "order_id": "O1"}).after("1s").moves_to_leave()
    assert world.sent() == [KIND]
    world = World(ONLY_EXITS)
    world.sees("mug").pipe(OPEN).after("31m").sees("mug", times=3).moves_to_leave()
    assert world.sent() == [KIND]


@pytest.mark.parametrize("failed", [True, False], ids=["failed", "open"])
def test_it_counts_before_its_turn_has_come(world: World, failed: bool) -> None:
    """W has not passed the order, and an exit signal does not wait."""
    world.sees("mug", times=3).pipe(OPEN).advance("1s")
    if failed:
        world.pipe({"type": "payment_failed", "order_id": "O1"})
    world.advance("1s").moves_to_leave()
    assert world.sent() == ([KIND] if failed else [])


@pytest.mark.parametrize("pause", ["1s", "10m"])
def test_who_signs_in_after_buying_as_a_guest_has_bought_in_that_visit(world: World, pause: str) -> None:
    """The order is under another address. An account is made on the thank-you page, which she leaves: at once, whatever
    W says."""
    world.sees("mug", times=3).adds("mug", cart_id="C1").after("1m")
    world.orders(on_site=False, customer_id="guest@shop.example", cart_id="C1").after(pause)
    world.moves_to_leave(customer_id="ada").after("1d")
    assert world.sent() == []
