"""The oracle on visits, checkouts, exits and silence: tables computed by hand, in minutes; waits of 60, a gap of 30."""

from dataclasses import replace

import pytest

from tests.oracle.plain import Trigger
from tests.oracle.tables import (
    BROWSE,
    CHECKOUT,
    EXIT,
    INACTIVITY,
    LAPSE,
    Minute,
    add,
    click,
    days,
    fired,
    ms,
    order,
    remove,
    run,
    update,
    view,
)
from tests.oracle.worlds import MINUTE

# -- sessions and browse abandonment -------------------------------------------------------------------------------


def test_browse_anchor_is_the_end_of_the_session() -> None:
    """Any click continues the session; one view is enough."""
    expected = Trigger("browse_abandonment", "v:v", 20 * MINUTE, 80 * MINUTE)
    assert run(BROWSE, view(0), click("page_ping", 20)) == {expected}
    assert run(BROWSE, click("page_viewed", 0)) == set()


@pytest.mark.parametrize(("pause", "anchors"), [(30 - ms, {30 - ms}), (30, {30}), (30 + ms, {0, 30 + ms})])
def test_pause_around_the_gap(pause: Minute, anchors: set[Minute]) -> None:
    """A pause of exactly the gap stays in the session, a longer one begins a new one."""
    assert {anchor for _, anchor in fired(BROWSE, view(0), view(pause))} == anchors


def test_browse_not_with_an_item_added_in_the_session() -> None:
    """An add before or after the view, also of quantity 0; so is a whole cart that has more in it than before."""
    assert fired(BROWSE, add(0), view(1)) == set()
    assert fired(BROWSE, view(0), add(1, quantity=0)) == set()
    assert fired(BROWSE, view(0), update(1, a=1)) == set()
    assert fired(BROWSE, update(0, a=2), view(40), update(41, a=2)) == {("v:v", 41)}
    assert fired(BROWSE, update(0, a=2), view(40), update(41, a=1)) == {("v:v", 41)}
    assert fired(BROWSE, update(0, a=2), view(40), update(41, b=1)) == set()


@pytest.mark.parametrize(("minute", "cancelled"), [(100, True), (160, True), (160 + ms, False), (100 - ms, False)])
def test_browse_order_from_start_to_due(minute: Minute, cancelled: bool) -> None:
    """An order from the session's start until exactly the due time."""
    expected = set() if cancelled else {("c:c", 100)}
    assert fired(BROWSE, view(100, "v", "c"), order("1", minute, None, "c")) == expected
    longer = [view(100, "v", "c"), view(110, "v", "c"), order("1", 105, None, "c")]
    assert fired(BROWSE, *longer) == set()


@pytest.mark.parametrize(
    ("minute", "cancelled"), [(99, False), (100, False), (100 + ms, True), (160, True), (161, False)]
)
def test_browse_item_added_elsewhere(minute: Minute, cancelled: bool) -> None:
    """An add of another device cancels later than the end and not later than due."""
    records = [view(100, "v", "c"), add(minute, "w", "c")]
    assert fired(BROWSE, *records) == (set() if cancelled else {("c:c", 100)})


def test_browse_not_cancelled_by_other_activity() -> None:
    """A new session without an add leaves the earlier one pending; so do an unchanged cart and a repeated order."""
    assert fired(BROWSE, update(-40, a=1), view(0), update(40, a=1)) == {("v:v", 0)}
    assert fired(BROWSE, view(0), view(40)) == {("v:v", 0), ("v:v", 40)}
    assert fired(BROWSE, order("1", 0), view(40), order("1", 50)) == {("v:v", 40)}


def test_sessions_are_per_visitor_and_browsing_is_per_person() -> None:
    """Two devices of one customer have two sessions."""
    assert fired(BROWSE, view(0, "v", "c"), view(5, "w", "c"), view(29, "v")) == {("c:c", 29), ("c:c", 5)}


# -- checkout abandonment ------------------------------------------------------------------------------------------


def test_checkout_with_and_without_cart() -> None:
    """The last checkout step is the anchor, the cart does not matter unless it is emptied."""
    assert fired(CHECKOUT, click("checkout_started", 0), click("checkout_progressed", 9)) == {("v:v", 9)}
    assert fired(CHECKOUT, add(0), click("checkout_started", 1), remove(2, "b")) == {("v:v", 1)}


@pytest.mark.parametrize(("minute", "cancelled"), [(-20 - ms, False), (10, True), (70, True), (70 + ms, False)])
def test_checkout_order_after_the_anchor(minute: Minute, cancelled: bool) -> None:
    """An order after the anchor (the topic is after the click) and not later than due."""
    expected = set() if cancelled else {("v:v", 10)}
    assert fired(CHECKOUT, click("checkout_started", 10), order("1", minute)) == expected


def test_checkout_exactly_at_due_moves_the_anchor() -> None:
    """The event comes before the timer; a later step begins anew."""
    assert fired(CHECKOUT, click("checkout_started", 0), click("checkout_started", 60)) == {("v:v", 60)}
    assert fired(CHECKOUT, click("checkout_started", 0), click("checkout_started", 61)) == {("v:v", 0), ("v:v", 61)}


# -- exit intent ---------------------------------------------------------------------------------------------------


def test_exit_with_views() -> None:
    """Three views in the session, also of one product; two are not enough."""
    signal = click("exit_signal", 3)
    assert run(EXIT, view(0), view(1), view(2), signal) == {Trigger("exit_intent", "v:v", 3 * MINUTE, 3 * MINUTE)}
    assert fired(EXIT, view(0), view(1), signal) == set()
    assert fired(EXIT, view(0), view(1), signal, view(4)) == set()
    assert fired(EXIT, view(-29), view(1 + 3 * ms), view(2), signal) == set()


def test_exit_with_a_cart() -> None:
    """The person's cart, also from an earlier session or another device."""
    assert fired(EXIT, add(0), click("exit_signal", 500)) == {("v:v", 500)}
    assert fired(EXIT, add(0, "w", "c"), click("exit_signal", 500, "v", "c")) == {("c:c", 500)}
    assert fired(EXIT, click("exit_signal", 0), add(0)) == set()


def test_exit_once_a_session() -> None:
    """The first that fires counts; one that did not fire does not; a new session may fire again."""
    assert fired(EXIT, add(0), click("exit_signal", 1), click("exit_signal", 31)) == {("v:v", 1)}
    assert fired(EXIT, click("exit_signal", 0), add(1), click("exit_signal", 2)) == {("v:v", 2)}
    assert fired(EXIT, add(0), click("exit_signal", 1), click("exit_signal", 32)) == {("v:v", 1), ("v:v", 32)}


@pytest.mark.parametrize(("minute", "fires"), [(10 - ms, True), (10, False), (12, False), (13, True)])
def test_exit_not_after_an_order_in_the_session(minute: Minute, fires: bool) -> None:
    """An order of the person since the session's start; one on the topic at the signal's time comes after it."""
    records = [click("page_viewed", 10, "v", "c"), order("1", minute, None, "c"), add(12 + 500 * ms, "v")]
    assert fired(EXIT, *records, click("exit_signal", 13)) == ({("c:c", 13)} if fires else set())


def test_exit_fires_without_drain() -> None:
    """It is no timer: the last event can fire it."""
    assert fired(EXIT, add(0), click("exit_signal", 1), drain=False) == {("v:v", 1)}


def test_exit_settings() -> None:
    """A minimal value of the cart (quantity times unit price) and a number of views."""
    records = [add(0, quantity=2, price="10.00"), add(1, product="b", price=5), click("exit_signal", 2)]
    assert fired(replace(EXIT, min_cart_value=25), *records) == {("v:v", 2)}
    assert fired(replace(EXIT, min_cart_value=25.01), *records) == set()
    assert fired(replace(EXIT, min_views=1), view(0), click("exit_signal", 1)) == {("v:v", 1)}


# -- inactivity and lapse ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause", "first"), [(2 * days - ms, False), (2 * days, False), (2 * days + ms, True)])
def test_inactivity_around_the_wait(pause: Minute, first: bool) -> None:
    """A gap of exactly the wait is followed; one trigger for each silence."""
    anchors = {trigger.anchor_ms for trigger in run(INACTIVITY, view(0), view(pause))}
    assert anchors == {round(pause * MINUTE)} | ({0} if first else set())


def test_inactivity_of_orders() -> None:
    """Every placed order is activity at its own time, also a repeated one."""
    assert fired(INACTIVITY, view(0), order("1", days), order("1", 3 * days)) == {("v:v", 3 * days)}
    assert fired(INACTIVITY, view(0), order("1", 3 * days)) == {("v:v", 0), ("v:v", 3 * days)}


def test_lapse_counts_first_orders_only() -> None:
    """Clicks and repeated orders do not count; an order on site does."""
    assert fired(LAPSE, view(0)) == set()
    assert fired(LAPSE, order("1", 0), view(days), order("1", days)) == {("v:v", 0)}
    assert fired(LAPSE, order("1", 0), click("order_completed", 2 * days)) == {("v:v", 2 * days)}
    assert fired(LAPSE, order("1", 0), order("2", 2 * days + ms)) == {("v:v", 0), ("v:v", 2 * days + ms)}
