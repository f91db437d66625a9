"""Small tables computed by hand which pin the oracle, and the density of the synthetic worlds.

Times are in minutes, as exact fractions; the plain waits are 60 minutes and the gap is 30.
"""

import itertools
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.oracle import otto
from tests.oracle.plain import Person, Record, Rules, Trigger, Walk, in_order, millis, triggers
from tests.oracle.worlds import DAY, GAP, MINUTE, SILENCE, WAIT, World, shuffled, world

Json = dict[str, Any]
Minute = Fraction | int
Fired = set[tuple[str, Minute]]

CART = Rules(GAP, cart_wait_ms=WAIT)
BROWSE = Rules(GAP, browse_wait_ms=WAIT)
CHECKOUT = Rules(GAP, checkout_wait_ms=WAIT)
EXIT = Rules(GAP, exit=True)
INACTIVITY = Rules(GAP, inactivity_ms=2 * DAY)
LAPSE = Rules(GAP, lapse_ms=2 * DAY)
ALL = Rules(GAP, WAIT, WAIT, WAIT, SILENCE, SILENCE, exit=True)
KINDS = {"cart_abandonment", "browse_abandonment", "checkout_abandonment", "exit_intent", "inactivity", "lapse"}

ms = Fraction(1, MINUTE)
days = 24 * 60

_numbers = itertools.count()


def click(kind: str, minute: Minute, visitor: str = "v", customer: str | None = None, **fields: Any) -> Json:
    """A click; ids grow in the order of writing."""
    record: Json = {"event_id": f"e{next(_numbers):06}", "type": kind, "visitor_id": visitor, **fields}
    record["occurred_at"] = round(minute * MINUTE)
    if customer is not None:
        record["customer_id"] = customer
    return record


def order(
    order_id: str, minute: Minute, visitor: str | None = "v", customer: str | None = None, kind: str = "order_placed"
) -> Json:
    """A record of the orders topic."""
    record: Json = {"event_id": f"e{next(_numbers):06}", "type": kind, "order_id": order_id}
    record["occurred_at"] = round(minute * MINUTE)
    ids = {"visitor_id": visitor, "customer_id": customer}
    return record | {name: value for name, value in ids.items() if value is not None}


def add(minute: Minute, visitor: str = "v", customer: str | None = None, product: str = "a", **fields: Any) -> Json:
    """An item added."""
    return click("cart_item_added", minute, visitor, customer, product_id=product, **fields)


def remove(minute: Minute, product: str = "a", **fields: Any) -> Json:
    """An item removed by visitor v."""
    return click("cart_item_removed", minute, product_id=product, **fields)


def update(minute: Minute, **quantities: int) -> Json:
    """A whole cart of visitor v."""
    lines = [{"product_id": product, "quantity": quantity} for product, quantity in quantities.items()]
    return click("cart_updated", minute, lines=lines)


def view(minute: Minute, visitor: str = "v", customer: str | None = None) -> Json:
    """A product viewed."""
    return click("product_viewed", minute, visitor, customer, product_id="a")


def run(rules: Rules, *records: Json, drain: bool = True) -> set[Trigger]:
    """The triggers of records of both streams in any order."""
    orders = [
        record for record in records if record["type"].startswith("order_") and record["type"] != "order_completed"
    ]
    clicks = [record for record in records if record not in orders]
    return triggers(clicks, orders, rules, drain)


def fired(rules: Rules, *records: Json, drain: bool = True) -> Fired:
    """The triggers as (person, anchor in minutes)."""
    return {(trigger.person, Fraction(trigger.anchor_ms, MINUTE)) for trigger in run(rules, *records, drain=drain)}


# -- the order of events and the input -------------------------------------------------------------------------------


def test_times_are_read_in_both_forms() -> None:
    """The same instant as milliseconds, in UTC and with an offset."""
    assert millis(1_748_851_200_001) == millis("2025-06-02T08:00:00.001Z") == millis("2025-06-02T10:00:00.001+02:00")


def test_records_are_ordered_by_time_then_click_then_id() -> None:
    """Order of events: time, click before order, event id."""
    late, late_order, early = view(1), order("1", 1), order("2", 0)
    late["event_id"], late_order["event_id"] = "z", "a"
    assert [record.at.event_id for record in in_order([late], [late_order, early])] == [early["event_id"], "z", "a"]


def test_a_repeated_record_counts_once() -> None:
    """De-duplication: two identical adds of one item, one removal, an empty cart."""
    added = add(0)
    assert fired(CART, added, dict(added), remove(1)) == set()
    assert fired(CART, added, add(0), remove(1)) == {("v:v", 1)}


@pytest.mark.parametrize(("last", "expected"), [(60 - ms, set()), (60, set()), (60 + ms, {("v:v", 0)})])
def test_without_drain_the_clock_ends_at_the_last_event(last: Minute, expected: Fired) -> None:
    """A timer fires only when its due time is earlier than the last event."""
    assert fired(CART, add(0), view(last, "other"), drain=False) == expected


def test_no_input_no_triggers() -> None:
    """Either input may be missing."""
    assert run(ALL) == run(ALL, drain=False) == set()


# -- cart abandonment ------------------------------------------------------------------------------------------------


def test_cart_trigger_names_its_anchor_and_due_time() -> None:
    """An item added and nothing more: due an hour after it."""
    assert run(CART, add(5)) == {Trigger("cart_abandonment", "v:v", 5 * MINUTE, 65 * MINUTE)}


@pytest.mark.parametrize(("minute", "anchors"), [(60 - ms, {60 - ms}), (60, {60}), (60 + ms, {0, 60 + ms})])
def test_cart_item_added_around_due(minute: Minute, anchors: set[Minute]) -> None:
    """Within and exactly at the due time an add moves the anchor; after it, it arms again."""
    assert {anchor for _, anchor in fired(CART, add(0), add(minute))} == anchors


@pytest.mark.parametrize(("minute", "expected"), [(60, set()), (60 + ms, {("v:v", 0)})])
def test_cart_order_around_due(minute: Minute, expected: Fired) -> None:
    """An order exactly at the due time cancels, a later one does not."""
    assert fired(CART, add(0), order("1", minute)) == expected


def test_cart_stays_after_its_trigger() -> None:
    """A trigger disarms and keeps the cart: a checkout arms again, a view or a removal does not."""
    assert fired(CART, add(0, quantity=2), view(61), remove(62)) == {("v:v", 0)}
    assert fired(CART, add(0), click("checkout_started", 61)) == {("v:v", 0), ("v:v", 61)}
    assert fired(CART, add(0), click("checkout_progressed", 61)) == {("v:v", 0), ("v:v", 61)}


def test_cart_other_clicks_do_nothing() -> None:
    """A view, a cart view or a ping within the wait leaves the anchor."""
    assert fired(CART, add(0), view(10), click("cart_viewed", 20), click("page_ping", 30)) == {("v:v", 0)}


def test_cart_checkout_needs_a_cart() -> None:
    """A checkout moves the anchor of a cart, and does nothing to an empty one."""
    assert fired(CART, click("checkout_started", 0)) == set()
    assert fired(CART, add(0), click("checkout_started", 7)) == {("v:v", 7)}


def test_cart_removal_moves_or_disarms() -> None:
    """What is left decides: something moves the anchor, nothing disarms."""
    assert fired(CART, add(0, quantity=3), remove(5, quantity=2)) == {("v:v", 5)}
    assert fired(CART, add(0, quantity=3), remove(5, quantity=3)) == set()
    assert fired(CART, add(0, quantity=3), remove(5, quantity=9)) == set()
    assert fired(CART, add(0, quantity=1), remove(5, quantity=9), add(6, quantity=1), remove(7)) == set()


def test_cart_removal_of_an_absent_product() -> None:
    """The literal text: an armed anchor moves as long as the cart is not empty."""
    assert fired(CART, add(0), remove(5, "b")) == {("v:v", 5)}
    assert fired(CART, remove(5, "b"), add(6, product="b")) == {("v:v", 6)}


def test_cart_updated_replaces_the_cart() -> None:
    """A changed cart moves the anchor, the same one does not, an empty one disarms."""
    assert fired(CART, add(0), update(5, a=2)) == {("v:v", 5)}
    assert fired(CART, add(0), update(5, a=1)) == {("v:v", 0)}
    assert fired(CART, add(0), update(5)) == set()
    assert fired(CART, update(5, a=0)) == set()
    assert fired(CART, update(5, a=1, b=2), update(6, b=2, a=1)) == {("v:v", 5)}
    assert fired(CART, add(0), update(5, b=1), remove(6, "b")) == set()


def test_cart_updated_arms_again() -> None:
    """After a trigger a changed cart arms, the same one does not."""
    assert fired(CART, add(0), update(61, a=1)) == {("v:v", 0)}
    assert fired(CART, add(0), update(61, a=2)) == {("v:v", 0), ("v:v", 61)}


def test_cart_add_of_quantity_zero() -> None:
    """Nothing added to an empty cart arms nothing; with a cart it moves the anchor."""
    assert fired(CART, add(0, quantity=0)) == set()
    assert fired(CART, add(0), add(5, quantity=0), remove(6)) == set()
    assert fired(CART, add(0), add(5, product="b", quantity=0)) == {("v:v", 5)}


# -- orders ----------------------------------------------------------------------------------------------------------


def test_first_record_of_an_order_empties_the_cart() -> None:
    """On site or on the topic, whichever is first; the second one of the same id leaves a new cart alone."""
    site = click("order_completed", 1, order_id="1")
    assert fired(CART, add(0), site, add(2, product="b"), order("1", 3)) == {("v:v", 2)}
    site = click("order_completed", 3, order_id="1")
    assert fired(CART, add(0), order("1", 1), add(2, product="b"), site) == {("v:v", 2)}
    assert fired(CART, add(0), order("1", 1), add(2, product="b"), order("2", 3)) == set()


def test_order_without_id_is_an_order_of_its_own() -> None:
    """Two completed clicks without an id both empty the cart."""
    assert fired(CART, add(0), click("order_completed", 1), add(2), click("order_completed", 3)) == set()


@pytest.mark.parametrize("kind", ["order_updated", "order_cancelled", "order_refunded"])
def test_other_order_records_are_no_orders(kind: str) -> None:
    """They neither empty the cart nor count as activity or for lapse."""
    assert fired(CART, add(0), order("1", 1, kind=kind)) == {("v:v", 0)}
    assert fired(INACTIVITY, view(0), order("1", 1, kind=kind)) == {("v:v", 0)}
    assert fired(LAPSE, order("1", 1, kind=kind)) == set()


def test_order_empties_the_whole_cart() -> None:
    """Also what was not ordered: a later item alone is the cart."""
    assert fired(CART, add(0), order("1", 1), add(2, product="b"), remove(3, "b")) == set()


def test_repeated_order_ids_are_judged_per_person() -> None:
    """The same id of another person is a first order there."""
    records = [add(0, "v"), add(0, "w"), order("1", 1, "v")]
    assert fired(CART, *records) == {("v:w", 0)}
    assert fired(CART, *records, order("1", 2, "w")) == set()


def test_tie_of_cart_and_order() -> None:
    """At one time the click is before the order of the topic; clicks go by id."""
    assert fired(CART, order("1", 0), add(0)) == set()
    assert fired(CART, click("order_completed", 0), add(0)) == {("v:v", 0)}


# -- sessions and browse abandonment ---------------------------------------------------------------------------------


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
    """An add before or after the view, also of quantity 0; a cart update is no add."""
    assert fired(BROWSE, add(0), view(1)) == set()
    assert fired(BROWSE, view(0), add(1, quantity=0)) == set()
    assert fired(BROWSE, view(0), update(1, a=1)) == {("v:v", 1)}


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
    """A new session without an add leaves the earlier one pending; so do a cart update and a repeated order."""
    assert fired(BROWSE, view(0), update(40, a=1)) == {("v:v", 0)}
    assert fired(BROWSE, view(0), view(40)) == {("v:v", 0), ("v:v", 40)}
    assert fired(BROWSE, order("1", 0), view(40), order("1", 50)) == {("v:v", 40)}


def test_sessions_are_per_visitor_and_browsing_is_per_person() -> None:
    """Two devices of one customer have two sessions."""
    assert fired(BROWSE, view(0, "v", "c"), view(5, "w", "c"), view(29, "v")) == {("c:c", 29), ("c:c", 5)}


# -- checkout abandonment --------------------------------------------------------------------------------------------


def test_checkout_with_and_without_cart() -> None:
    """The last checkout step is the anchor, the cart does not matter."""
    assert fired(CHECKOUT, click("checkout_started", 0), click("checkout_progressed", 9)) == {("v:v", 9)}
    assert fired(CHECKOUT, add(0), click("checkout_started", 1), remove(2)) == {("v:v", 1)}


@pytest.mark.parametrize(("minute", "cancelled"), [(10 - ms, False), (10, True), (70, True), (70 + ms, False)])
def test_checkout_order_after_the_anchor(minute: Minute, cancelled: bool) -> None:
    """An order after the anchor (the topic is after the click) and not later than due."""
    expected = set() if cancelled else {("v:v", 10)}
    assert fired(CHECKOUT, click("checkout_started", 10), order("1", minute)) == expected


def test_checkout_exactly_at_due_moves_the_anchor() -> None:
    """The event comes before the timer; a later step begins anew."""
    assert fired(CHECKOUT, click("checkout_started", 0), click("checkout_started", 60)) == {("v:v", 60)}
    assert fired(CHECKOUT, click("checkout_started", 0), click("checkout_started", 61)) == {("v:v", 0), ("v:v", 61)}


# -- exit intent -----------------------------------------------------------------------------------------------------


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


# -- inactivity and lapse --------------------------------------------------------------------------------------------


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


# -- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minute", "person"), [(59, "c:c"), (60, "c:c"), (60 + ms, "v:v")])
def test_link_counts_from_its_record_on(minute: Minute, person: str) -> None:
    """What is armed moves to the customer until exactly due; what has fired stays the visitor's."""
    assert fired(CART, add(0), click("identified", minute, "v", "c")) == {(person, 0)}
    assert fired(BROWSE, view(0), order("1", minute, "v", "c", kind="order_updated")) == {(person, 0)}


def test_link_by_any_order_record_with_both_ids() -> None:
    """A refund links; it is not an order."""
    assert fired(CART, add(0), order("1", 5, "v", "c", kind="order_refunded")) == {("c:c", 0)}


def test_link_counts_just_before_its_order() -> None:
    """An order with both ids empties what the visitor brings; a visitor's order is its customer's."""
    assert fired(CART, add(0), order("1", 5, "v", "c")) == set()
    assert fired(CART, view(0, "v", "c"), add(1, "w", "c"), order("1", 5, "v")) == set()


def test_link_later_anchor_stays() -> None:
    """The later of the two armed anchors, whoever's."""
    link = click("identified", 20, "v", "c")
    assert fired(CART, add(4, "w", "c"), add(5), link) == {("c:c", 5)}
    assert fired(CART, add(5), add(9, "w", "c"), link) == {("c:c", 9)}


@pytest.mark.parametrize(("minute", "moves"), [(10 - ms, True), (10, True), (10 + ms, False)])
def test_link_lines_not_after_an_order_of_the_customer(minute: Minute, moves: bool) -> None:
    """The visitor's lines are dropped when the customer ordered later than their last change."""
    records = [add(10), order("1", minute, None, "c"), click("identified", 20, "v", "c")]
    assert fired(CART, *records) == ({("c:c", 10)} if moves else set())


def test_link_last_cart_change() -> None:
    """A removal of an absent product that moves the anchor is a change, a checkout is not."""
    tail = [order("1", 10, None, "c"), click("identified", 20, "v", "c")]
    assert fired(CART, add(0), remove(15, "b"), *tail) == {("c:c", 15)}
    assert fired(CART, add(0), click("checkout_started", 15), *tail) == set()


def test_link_adds_quantities() -> None:
    """Two of the visitor and one of the customer are three."""
    records = [add(0, "w", "c"), add(1, quantity=2), click("identified", 2, "v", "c")]
    assert fired(CART, *records, remove(3, quantity=2)) == {("c:c", 3)}
    assert fired(CART, *records, remove(3, quantity=3)) == set()


def test_link_only_the_first_customer_inherits() -> None:
    """Under another id the visitor is that customer from then on, and back again; the cart stays."""
    records = [add(0), click("identified", 1, "v", "c"), click("identified", 2, "v", "d")]
    assert fired(CART, *records) == {("c:c", 0)}
    assert fired(CART, *records, add(3)) == {("c:c", 0), ("c:d", 3)}
    assert fired(CART, *records, add(3), click("identified", 4, "v", "c"), remove(5)) == {("c:d", 3)}


def test_link_at_the_time_of_a_cart_event() -> None:
    """At one time the id decides which is first; both ways the customer has the cart."""
    assert fired(CART, click("identified", 0, "v", "c"), add(0)) == {("c:c", 0)}
    assert fired(CART, add(0), click("identified", 0, "v", "c")) == {("c:c", 0)}


def test_link_moves_activity() -> None:
    """A silence of the visitor alone ends with the customer's activity after the link, not before it."""
    link = order("1", days, "v", "c", kind="order_updated")
    assert fired(INACTIVITY, view(0), view(days // 2, "w", "c"), link) == {("c:c", days // 2)}
    assert fired(INACTIVITY, view(days // 2), view(0, "w", "c"), link) == {("c:c", days // 2)}
    late = order("1", 3 * days, "v", "c", kind="order_updated")
    assert fired(INACTIVITY, view(0), view(2 * days, "w", "c"), late) == {("v:v", 0), ("c:c", 2 * days)}


def test_link_moves_orders() -> None:
    """Lapse goes by the later order of both; ids that the visitor ordered are known to the customer."""
    link = click("identified", 3, "v", "c")
    assert fired(LAPSE, order("1", 0), order("2", 1, None, "c"), link) == {("c:c", 1)}
    assert fired(LAPSE, order("1", 0), link, order("1", 5, None, "c")) == {("c:c", 0)}


def test_link_moves_a_pending_browse() -> None:
    """Orders and adds of either side cancel it, also those before the link."""
    link = order("1", 50, "v", "c", kind="order_updated")
    assert fired(BROWSE, view(0), order("2", 10, None, "c"), link) == set()
    assert fired(BROWSE, view(0), add(10, "w", "c"), link) == set()
    assert fired(BROWSE, view(0, "w", "c"), add(10), link) == set()
    assert fired(BROWSE, view(0, "w", "c"), order("2", 10), link) == set()


def test_link_of_a_session_is_judged_after_its_last_click() -> None:
    """The customer of the last click; a later link to another customer by an order does not move it."""
    assert fired(BROWSE, view(0, "v", "c"), view(1, "v", "d")) == {("c:d", 1)}
    relink = order("1", 2, "v", "d", kind="order_updated")
    assert fired(BROWSE, view(0, "v", "c"), relink) == {("c:c", 0)}


def test_link_moves_the_checkout() -> None:
    """The later anchor stays, and orders of either side count."""
    link = click("identified", 30, "v", "c")
    started = click("checkout_started", 0)
    assert fired(CHECKOUT, started, link) == {("c:c", 0)}
    assert fired(CHECKOUT, started, click("checkout_started", 5, "w", "c"), link) == {("c:c", 5)}
    assert fired(CHECKOUT, started, order("1", 10, None, "c"), link) == set()
    assert fired(CHECKOUT, click("checkout_started", 0, "w", "c"), order("1", 10), link) == set()


def test_link_by_the_exit_signal_itself() -> None:
    """The signal is its customer's, and sees the customer's cart and the visitor's together."""
    assert fired(EXIT, add(0), click("exit_signal", 1, "v", "c")) == {("c:c", 1)}
    assert fired(EXIT, add(0, "w", "c"), click("exit_signal", 1, "v", "c")) == {("c:c", 1)}


# -- worlds ----------------------------------------------------------------------------------------------------------


class Everybody(Walk):
    """A walk that looks at everybody's timers at every record."""

    def concerned(self, record: Record) -> list[Person]:
        """Everybody known, and those of the record."""
        return [*super().concerned(record), *self.people.values()]


@pytest.mark.parametrize("seed", range(5))
def test_world_yields_every_kind(seed: int) -> None:
    """At least twenty of each kind, for customers and for visitors alone."""
    found = triggers(*world(seed), ALL)
    counts = Counter((trigger.kind, trigger.person[:2]) for trigger in found)
    assert {kind for kind, _ in counts} == KINDS
    assert all(sum(count for (kind, _), count in counts.items() if kind == each) >= 20 for each in KINDS)
    assert {whose for _, whose in counts} == {"c:", "v:"}


@pytest.mark.parametrize("seed", range(5))
def test_world_walk_does_not_depend_on_who_is_looked_at(seed: int) -> None:
    """Looking at all timers at every record gives the same."""
    records = in_order(*world(seed))
    assert Everybody(ALL).over(records, True) == Walk(ALL).over(records, True)


@pytest.mark.parametrize("seed", range(5))
def test_world_drain_adds_what_is_due_later(seed: int) -> None:
    """Without drain: the triggers due before the last event, and the exits."""
    clicks, orders = world(seed)
    last = max(millis(record["occurred_at"]) for record in clicks + orders)
    expected = {each for each in triggers(clicks, orders, ALL) if each.due_ms < last or each.kind == "exit_intent"}
    assert triggers(clicks, orders, ALL, drain=False) == expected


def test_world_is_seeded_and_sorted() -> None:
    """The same seed gives the same world; another gives another."""
    first = world(7, people=8, days=3)
    assert first == world(7, people=8, days=3) != world(8, people=8, days=3)
    for records in first:
        places = [(millis(record["occurred_at"]), record["event_id"]) for record in records]
        assert places == sorted(places)


def test_world_has_the_hard_cases() -> None:
    """Ties, repeated records and order ids, links by orders, devices of several customers, both forms of time."""
    clicks, orders = world(0)
    assert len({record["event_id"] for record in clicks}) < len(clicks)
    assert len({record["event_id"] for record in orders}) < len(orders)
    assert len({millis(record["occurred_at"]) for record in clicks}) < len(clicks) * 0.9
    assert {type(record["occurred_at"]) for record in clicks} == {int, str}
    assert {record["type"] for record in orders} == {
        "order_placed",
        "order_updated",
        "order_cancelled",
        "order_refunded",
    }
    assert any("customer_id" not in record for record in orders)
    assert any("visitor_id" not in record for record in orders)
    assert any("lines" not in record for record in orders)
    owners = {(record["visitor_id"], record["customer_id"]) for record in clicks if "customer_id" in record}
    assert max(Counter(visitor for visitor, _ in owners).values()) > 1
    assert max(Counter(customer for _, customer in owners).values()) > 3


def test_shuffled_keeps_the_lateness() -> None:
    """A permutation, out of order, no record more than the lateness behind; the oracle sees no difference."""
    original = world(3)
    late = World(shuffled(original.clicks, 1, 5_000), shuffled(original.orders, 2, 5_000))
    newest = 0
    for record in late.clicks:
        time = millis(record["occurred_at"])
        assert time >= newest - 5_000
        newest = max(newest, time)
    assert late.clicks != original.clicks
    assert sorted(map(str, late.clicks)) == sorted(map(str, original.clicks))
    assert triggers(*late, ALL) == triggers(*original, ALL)


# -- OTTO ------------------------------------------------------------------------------------------------------------


def test_otto_conversion() -> None:
    """Clicks and carts become clicks; the orders of one time become one record with lines."""
    events = [("clicks", 7, 1), ("carts", 7, 2), ("orders", 7, 3), ("orders", 8, 3), ("orders", 7, 3), ("orders", 7, 4)]
    session = {"session": 5, "events": [{"type": kind, "aid": aid, "ts": time} for kind, aid, time in events]}
    clicks, orders = otto.convert([session])
    assert [
        (record["type"], record["product_id"], record["occurred_at"], record["visitor_id"]) for record in clicks
    ] == [
        ("product_viewed", "7", 1, "otto-5"),
        ("cart_item_added", "7", 2, "otto-5"),
    ]
    assert [record["lines"] for record in orders] == [
        [{"product_id": "7", "quantity": 2}, {"product_id": "8", "quantity": 1}],
        [{"product_id": "7", "quantity": 1}],
    ]
    assert len({record["event_id"] for record in clicks + orders}) == 4


def test_otto_sample() -> None:
    """800 clicks, 52 carts and 5 orders of 10 lines in the sample; every lapse is an order."""
    clicks, orders = otto.sample()
    assert Counter(record["type"] for record in clicks) == {"product_viewed": 800, "cart_item_added": 52}
    assert len(orders) == 5
    assert sum(line["quantity"] for record in orders for line in record["lines"]) == 10
    found = triggers(clicks, orders, ALL)
    ordered = {(f"v:{record['visitor_id']}", record["occurred_at"]) for record in orders}
    assert {(each.person, each.anchor_ms) for each in found if each.kind == "lapse"} <= ordered
