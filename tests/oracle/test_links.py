"""The oracle when a visitor turns out to be a customer: small tables computed by hand, in minutes."""

from dataclasses import replace

import pytest

from tests.oracle.tables import (
    BROWSE,
    CART,
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
    view,
)


@pytest.mark.parametrize(("minute", "person"), [(59, "c:c"), (60, "c:c"), (60 + ms, "v:v")])
def test_link_counts_from_its_record_on(minute: Minute, person: str) -> None:
    """What is armed moves to the customer until exactly due; what has fired stays the visitor's."""
    assert fired(CART, add(0), click("identified", minute, "v", "c")) == {(person, 0)}
    assert fired(BROWSE, view(0), order("1", minute, "v", "c", kind="order_cancelled")) == {(person, 0)}


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


@pytest.mark.parametrize(("how", "left"), [("add", 5), ("max", 3), ("replace", 2)])
def test_link_of_two_carts(how: str, left: int) -> None:
    """Three of the customer's and two of the visitor's, which came later: one less may be taken out than there are."""
    records = [add(0, "w", "c", quantity=3), add(1, quantity=2), click("identified", 2, "v", "c")]
    rules = replace(CART, cart_merge=how)
    assert fired(rules, *records, remove(3, quantity=left - 1)) == {("c:c", 3)}
    assert fired(rules, *records, remove(3, quantity=left)) == set()


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
    link = order("1", days, "v", "c", kind="order_cancelled")
    assert fired(INACTIVITY, view(0), view(days // 2, "w", "c"), link) == {("c:c", days // 2)}
    assert fired(INACTIVITY, view(days // 2), view(0, "w", "c"), link) == {("c:c", days // 2)}
    late = order("1", 3 * days, "v", "c", kind="order_cancelled")
    assert fired(INACTIVITY, view(0), view(2 * days, "w", "c"), late) == {("v:v", 0), ("c:c", 2 * days)}


def test_link_moves_orders() -> None:
    """Lapse goes by the later order of both; ids that the visitor ordered are known to the customer."""
    link = click("identified", 3, "v", "c")
    assert fired(LAPSE, order("1", 0), order("2", 1, None, "c"), link) == {("c:c", 1)}
    assert fired(LAPSE, order("1", 0), link, order("1", 5, None, "c")) == {("c:c", 0)}


def test_link_moves_a_pending_browse() -> None:
    """Orders and adds of either side cancel it, also those before the link."""
    link = order("1", 50, "v", "c", kind="order_cancelled")
    assert fired(BROWSE, view(0), order("2", 10, None, "c"), link) == set()
    assert fired(BROWSE, view(0), add(10, "w", "c"), link) == set()
    assert fired(BROWSE, view(0, "w", "c"), add(10), link) == set()
    assert fired(BROWSE, view(0, "w", "c"), order("2", 10), link) == set()


def test_link_of_a_session_is_judged_after_its_last_click() -> None:
    """The customer of the last click; a later link to another customer by an order does not move it."""
    assert fired(BROWSE, view(0, "v", "c"), view(1, "v", "d")) == {("c:d", 1)}
    relink = order("1", 2, "v", "d", kind="order_cancelled")
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
