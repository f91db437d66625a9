"""The oracle on carts and orders: small tables computed by hand, in minutes; waits of 60, a gap of 30."""

import pytest

from tests.oracle.plain import Trigger
from tests.oracle.tables import (
    CART,
    INACTIVITY,
    LAPSE,
    Fired,
    Minute,
    add,
    click,
    fired,
    ms,
    order,
    remove,
    run,
    update,
    view,
)
from tests.oracle.worlds import MINUTE

# -- cart abandonment ----------------------------------------------------------------------------------------------


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


# -- orders --------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
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
