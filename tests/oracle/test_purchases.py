"""The oracle on what a purchase is, and what it ends: small tables computed by hand, in minutes; waits of 60, a gap of
30."""

import pytest

from tests.oracle.tables import (
    BROWSE,
    CART,
    CHECKOUT,
    EXIT,
    INACTIVITY,
    LAPSE,
    Fired,
    Json,
    Minute,
    add,
    click,
    days,
    fired,
    ms,
    order,
    remove,
    update,
    view,
)

STARTED = "checkout_started"


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(0, set()), (ms, set()), (30, set()), (30 + ms, {("v:v", 30 + ms)})],
    ids=["same_instant", "next_instant", "exactly_the_gap", "after_the_gap"],
)
def test_a_checkout_after_a_purchase_is_its_thank_you_page(minute: Minute, expected: Fired) -> None:
    """For as long as the session gap, the purchase's own time included, in whatever order the two come there."""
    assert fired(CHECKOUT, click("order_completed", 0, order_id="1"), click(STARTED, minute)) == expected
    assert fired(CHECKOUT, click(STARTED, minute), order("1", 0)) == expected


@pytest.mark.parametrize(("minute", "expected"), [(0, set()), (ms, {("v:v", 5)}), (5, {("v:v", 5)})])
def test_what_was_put_in_since_the_purchase_makes_it_a_checkout(minute: Minute, expected: Fired) -> None:
    """Later than the purchase, up to the checkout; what is in a whole cart counts if it is more."""
    assert fired(CHECKOUT, click("order_completed", 0), add(minute), click(STARTED, 5)) == expected
    assert fired(CHECKOUT, click("order_completed", 0), update(minute, a=1), click(STARTED, 5)) == expected


def test_a_cart_emptied_by_hand_ends_a_checkout() -> None:
    """Piece by piece or all at once, also one that nobody knew anything of; what was not there empties nothing."""
    assert fired(CHECKOUT, add(0), click(STARTED, 1), remove(2)) == set()
    assert fired(CHECKOUT, add(0), click(STARTED, 1), update(2)) == set()
    assert fired(CHECKOUT, click(STARTED, 1), update(2)) == set()
    assert fired(CHECKOUT, click(STARTED, 1), remove(2)) == {("v:v", 1)}
    assert fired(CHECKOUT, add(0), remove(1), click(STARTED, 2)) == {("v:v", 2)}
    assert fired(CHECKOUT, add(0), click(STARTED, 1), update(62)) == {("v:v", 1)}


@pytest.mark.parametrize("kind", ["order_updated", "order_paid", "order_shipped", "order_delivered"])
def test_news_of_an_order_that_nobody_has_heard_of_is_a_purchase(kind: str) -> None:
    """It empties the cart, counts for lapse, and is activity; of a known order it is nothing."""
    assert fired(CART, add(0), order("1", 1, kind=kind)) == set()
    assert fired(LAPSE, order("1", 1, kind=kind), order("1", 5)) == {("v:v", 1)}
    assert fired(INACTIVITY, view(0), order("1", 1, kind=kind)) == {("v:v", 1)}
    assert fired(INACTIVITY, order("1", 0), order("1", days, kind=kind)) == {("v:v", 0)}
    assert fired(CART, order("1", 0), add(1), order("1", 2, kind=kind)) == {("v:v", 1)}


@pytest.mark.parametrize("state", ["pending", "failed", "expired", "voided"])
def test_an_order_without_its_money_is_no_purchase(state: str) -> None:
    """Until a record says that it is paid, or says nothing of it."""
    waiting = [add(0), order("1", 1, payment_state=state)]
    assert fired(CART, *waiting) == {("v:v", 0)}
    assert fired(CART, *waiting, order("1", 2, kind="order_updated", payment_state="paid")) == set()
    assert fired(CART, *waiting, order("1", 2, kind="order_shipped")) == set()


@pytest.mark.parametrize("state", ["paid", "authorized", "offline", "on the moon", None])
def test_any_other_state_of_payment_is_no_obstacle(state: str | None) -> None:
    """A word that nobody knows is a detail."""
    assert fired(CART, add(0), order("1", 1, payment_state=state)) == set()


def test_an_order_id_is_its_stores() -> None:
    """The same number in another store is another order; the same number in the same store is not."""
    assert fired(CART, order("1", 0, store="n"), add(1), order("1", 2, store="s")) == set()
    assert fired(CART, order("1", 0, store="n"), add(1), order("1", 2, store="n")) == {("v:v", 1)}
    assert fired(CART, order("1", 0), add(1), order("1", 2, store="s")) == set()


def test_an_order_that_names_another_ends_what_was_left_on_the_device() -> None:
    """The device is a's; b buys there: a hears nothing of that cart, and has neither ordered nor been active."""
    elsewhere = order("1", 5, "v", "b")
    assert fired(CART, add(0, "v", "a"), elsewhere) == set()
    assert fired(CART, add(0, "v", "a"), click("order_completed", 5, "v", "b")) == set()
    assert fired(CHECKOUT, click(STARTED, 0, "v", "a"), elsewhere) == set()
    assert fired(BROWSE, view(0, "v", "a"), elsewhere) == set()
    assert fired(EXIT, add(0, "v", "a"), elsewhere, click("exit_signal", 6, "v", "a")) == set()
    assert fired(LAPSE, order("0", 0, None, "a"), add(1, "v", "a"), elsewhere) == {("c:a", 0), ("c:b", 5)}
    assert ("c:a", 0) in fired(INACTIVITY, add(0, "v", "a"), elsewhere)


THIRD = view(20, "v", "c")


@pytest.mark.parametrize("between", [(), (THIRD,)], ids=["another visit", "a third name"])
def test_what_another_buys_leaves_what_comes_later(between: tuple[Json, ...]) -> None:
    """A new cart of a's is a new cart, also when the feed repeats the order or has news of it."""
    at = 21 if between else 30 + ms
    records = [add(0, "v", "a"), order("1", 5, "v", "b"), *between, add(at, "v", "a")]
    assert fired(CART, *records) == {("c:a", at)}
    assert fired(CART, *records, order("1", at + 1, "v", "b", kind="order_shipped")) == {("c:a", at)}
    assert fired(CART, *records, order("2", at + 1, "v", "b")) == set()


@pytest.mark.parametrize("at", [6, 30], ids=["within", "exactly_at"])
def test_after_an_order_of_another_the_visit_is_the_others(at: Minute) -> None:
    """A click that names a, as the last one before the order did, is no news."""
    records = [add(0, "v", "a"), order("1", 5, "v", "b"), add(at, "v", "a")]
    assert fired(CART, *records) == {("c:b", at)}
    assert fired(CART, *records, order("1", at + 1, "v", "b", kind="order_shipped")) == {("c:b", at)}
    assert fired(CART, *records, order("2", at + 1, "v", "b")) == set()


def test_a_thank_you_page_under_the_old_name_is_one_too() -> None:
    """The page goes on saying that it is a."""
    records = [click(STARTED, 0, "v", "a"), order("1", 5, "v", "b"), click("checkout_progressed", 6, "v", "a")]
    assert fired(CHECKOUT, *records) == set()


def test_new_prices_move_nothing() -> None:
    """The same products and quantities at another price are the same cart; the value is the new one's."""
    dear = click("cart_updated", 20, lines=[{"product_id": "a", "quantity": 1, "price": 99}])
    assert fired(CART, add(0, price=10), dear) == {("v:v", 0)}
