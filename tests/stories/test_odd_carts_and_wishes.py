"""Carts, quantities, times, payments and wishes as programs write them: what can be read is, and nothing is guessed."""

from typing import Any

import orjson
import pytest

from schemas.topics import Topic
from tests.world import World, ms, rule, rulebook

CART = "cart_abandonment"
LINE = {"product_id": "mug", "quantity": 2}


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts, and hears opt-outs."""
    return World(rulebook(rule(CART), consent="opt_out"))


def tells_cart(world: World, lines: Any) -> World:
    """A whole cart, also one of null."""
    said = {"event_id": "w", "type": "cart_updated", "occurred_at": world.instant("5m"), "visitor_id": "phone"}
    return world.at("5m").pipe(orjson.dumps(said | {"lines": lines}), key=b"phone")


def in_the_cart(world: World) -> list[dict[str, float]]:
    """What the triggers show."""
    return [{line["product_id"]: line["quantity"] for line in fired["lines"]} for fired in world.fired()]


@pytest.mark.parametrize("lines", [[], {}, None, ""])
def test_a_whole_cart_of_nothing_is_an_emptied_one(world: World, lines: object) -> None:
    """As PHP and Go write an empty list."""
    tells_cart(world.adds("pot"), lines).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize(
    "lines",
    [[None], [{"quantity": 1}], [{"product_id": ""}], [{"product_id": "coupon", "price": -5}], "pot", 7, {"count": 1}],
)
def test_a_whole_cart_that_cannot_be_read_changes_nothing(world: World, lines: object) -> None:
    """The pot may be in it: it is reminded of, from when it was put in. The visit goes on."""
    tells_cart(world.adds("pot"), lines).after("1d")
    assert in_the_cart(world) == [{"pot": 1}]
    assert world.anchors(CART) == [0]
    assert world.outcomes() == {"applied": 2}


@pytest.mark.parametrize(
    "lines", [{"1": LINE, "3": {"product_id": "cup"}}, {"a1b2": LINE, "c3d4": {"product_id": "cup"}}]
)
def test_lines_may_stand_under_names(world: World, lines: object) -> None:
    """So PHP writes a list with gaps, and a cart that is kept by keys."""
    tells_cart(world.adds("pot"), lines).after("1d")
    assert in_the_cart(world) == [{"mug": 2, "cup": 1}]


def test_a_line_may_stand_for_itself(world: World) -> None:
    """A list of one that became its only element on the way."""
    tells_cart(world.adds("pot"), LINE).after("1d")
    assert in_the_cart(world) == [{"mug": 2}]


def test_a_whole_cart_may_stand_in_a_text(world: World) -> None:
    """As an export of a table has its columns."""
    tells_cart(world.adds("pot"), '[{"product_id": "mug", "quantity": 2}]').after("1d")
    assert in_the_cart(world) == [{"mug": 2}]


@pytest.mark.parametrize(
    ("told", "pieces"), [("2", 2), ("1.0", 1), ("0.5", 0.5), (-1, 1), ("two", 1), ({"value": 2}, 1), ("1_000", 1)]
)
def test_an_item_is_put_in_by_its_quantity_or_as_one_piece(world: World, told: object, pieces: float) -> None:
    """A text says a number; what says none is one piece."""
    assert in_the_cart(world.adds("mug", quantity=told).after("61m")) == [{"mug": pieces}]


@pytest.mark.parametrize(("told", "left"), [("2", 1), (-1, 2), (["x"], 2)])
def test_an_item_is_taken_out_likewise(world: World, told: object, left: int) -> None:
    """Of three."""
    assert in_the_cart(world.adds("mug", quantity=3).removes("mug", quantity=told).after("61m")) == [{"mug": left}]


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Sun, 15 Jun 2025 15:06:40 GMT", "0s"),
        ("Sun Jun 15 2025 17:06:41 GMT+0200 (Central European Summer Time)", "1s"),
        ("2025-06-15 15:06:41.5 +0000 UTC m=+7.000000001", "1s 500ms"),
        ("2025-06-15T17:06:41+02:00[Europe/Berlin]", "1s"),
        ("2025-06-15 15:06:41 Etc/UTC", "1s"),
        ("2025-06-15T15:06:41Z[UTC]", "1s"),
    ],
)
def test_a_time_is_read_where_it_says_its_offset(world: World, written: str, at: str) -> None:
    """As mails, browsers, Go and Java write it."""
    world.after("2s").adds("mug", occurred_at=written).after("2h")
    assert world.anchors(CART) == [ms(at)]


@pytest.mark.parametrize(
    "state",
    [
        *("declined", "wc-pending", "Pending Payment", "canceled", "void", "timeout", "requires_action", "Error"),
        *("PendingPayment", "RedirectShopper", "PAYER_ACTION_REQUIRED", "NOT_CHARGED", "Incomplete", "Payment error"),
        *("AuthorizationExpired", "gateway_rejected"),
    ],
)
def test_a_payment_that_did_not_come_in_other_words_is_no_purchase(state: str) -> None:
    """Where nobody waits for payments: the cart is still to be paid for."""
    world = World(rulebook(rule(CART), payment_wait="off"))
    world.adds("mug").after("1m").orders(on_site=False, payment_state=state).after("2h")
    assert world.sent() == [CART]


@pytest.mark.parametrize(
    "state", ["completed", "captured", "bank transfer", "on-hold", "wc-on-hold", "processing", "partially_paid"]
)
def test_any_other_payment_is_one(world: World, state: str) -> None:
    """Also where the word says nothing to us. What is on hold waits for a transfer, which takes days."""
    world.adds("mug").after("1m").orders(on_site=False, payment_state=state).after("2h")
    assert world.sent() == []


@pytest.mark.parametrize("wish", ["opted_out", "erasure_requested"])
@pytest.mark.parametrize(
    "odd",
    [
        *(
            {"event_id": None},
            {"event_id": ""},
            {"event_id": ["e"]},
            {"event_id": "e" * 300},
            {"event_id": "undefined"},
        ),
        {"schema_version": "2024-10"},
    ],
)
def test_a_wish_is_heard_whatever_else_is_wrong(world: World, wish: str, odd: dict[str, object]) -> None:
    """Nobody is written to who said that it should end, whatever is wrong with how it was told."""
    world.signs_in("ada").adds("mug").after("5m")
    world.pipe({"type": wish, "customer_id": "ada", **odd}).after("2h")
    assert world.sent() == []
    assert world.outcomes(Topic.ENGAGEMENTS) == {"applied": 1}


@pytest.mark.parametrize("time", [None, "", "now", "2025-06-15 17:06:40", 1_750_000_300, 1, "2031-01-01T00:00:00Z"])
@pytest.mark.parametrize("wish", ["opted_out", "erasure_requested", "Unsubscribed", "SpamComplaint"])
def test_a_wish_without_a_time_counts_when_it_is_taken(world: World, wish: str, time: object) -> None:
    """Nobody is written to because of how it was told; a later consent lifts it."""
    world.signs_in("ada").adds("mug").after("5m")
    said = {"event_id": "x", "type": wish, "customer_id": "ada", "occurred_at": time}
    world.replay.feed(Topic.ENGAGEMENTS, b"ada", orjson.dumps(said), world.instant("5m"))
    assert world.after("2h").sent() == []
    world.opts_in(customer_id="ada").after("1m").adds("pot").after("2h")
    assert world.sent() == [CART]


def test_a_wish_without_an_id_that_is_delivered_twice_is_one(world: World) -> None:
    """Its bytes are its id: the consent since then is not lifted."""
    said = {"type": "opted_out", "event_id": None, "customer_id": "ada", "occurred_at": world.instant("1m")}
    world.at("1m").pipe(said).after("1m").opts_in(customer_id="ada").after("1m").pipe(said)
    world.adds("mug", customer_id="ada").after("2h")
    assert world.sent() == [CART]


def test_nobody_hears_a_consent_without_an_id(world: World) -> None:
    """To write to somebody needs more than to leave them alone."""
    world.opts_out(customer_id="ada").after("1m")
    world.pipe({"type": "consent_given", "event_id": None, "customer_id": "ada"})
    world.adds("mug", customer_id="ada").after("2h")
    assert world.sent() == []
    assert world.dead_letters() == ["missing"]


def test_a_number_with_an_underscore_is_none(world: World) -> None:
    """Python alone reads a thousand: the price is unknown, and the cart has no worth."""
    (fired,) = world.adds("mug", price="1_000").after("61m").fired()
    assert (fired["value"], fired["lines"][0]["unit_price"]) == (None, None)
