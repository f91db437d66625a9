"""Cross-sell: who has bought one thing, and not what goes with it."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.text import RulebookRefused, rulebook_from_text
from tests.world import World, ms, rule, rulebook

CROSS = "cross_sell"


def shop(**fields: object) -> World:
    """Two days after a camera or a lens it speaks of bags and tripods."""
    sells = {"bought": ["camera", "lens"], "offer": ["bag", "tripod"]}
    return World(rulebook(rule(CROSS, wait="2d", **sells, **fields), already_converted=True))


def buys(world: World, order_id: str, *products: str, **fields: Any) -> World:
    """A record of the order feed with these products."""
    return world.orders(order_id, on_site=False, lines=[{"product_id": product} for product in products], **fields)


def test_each_order_with_one_of_them_is_told_of() -> None:
    """With what was ordered; other orders are no matter, before or after."""
    world = buys(buys(buys(shop(), "O1", "camera", "card").after("1d"), "O2", "mug"), "O3", "lens").drain()
    assert world.anchors(CROSS) == [0, ms("1d")]
    assert [[line["product_id"] for line in fired["lines"]] for fired in world.fired()] == [
        ["camera", "card"],
        ["lens"],
    ]
    assert world.cancelled() == []


@pytest.mark.parametrize(
    ("pause", "expected"), [("47h", []), ("48h", []), ("48h 1ms", [CROSS])], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize(
    ("answer", "reason"), [("bag", Reason.ORDERED), (None, Reason.ORDER_REVERSED)], ids=["bought", "refunded"]
)
def test_one_of_the_offer_or_an_undone_order_ends_it(
    pause: str, expected: list[str], answer: str | None, reason: Reason
) -> None:
    """Until its time, that instant included; what is not delivered is taken back."""
    world = buys(shop(), "O1", "camera").after(pause)
    if answer is None:
        world.pipe({"type": "order_refunded", "order_id": "O1"})
    else:
        buys(world, "O2", answer)
    world.after("9d")
    assert world.sent() == world.cancelled() == expected
    assert world.why(CROSS) is reason


def test_who_buys_both_needs_no_offer() -> None:
    """In one order, be it that its second record says so."""
    assert buys(shop(), "O1", "camera", "bag").drain().sent() == []
    world = buys(shop(), "O2", "lens")
    assert buys(world, "O2", "tripod", ahead="1s").drain().sent() == []


def test_what_was_bought_before_is_no_answer() -> None:
    """A bag of last year."""
    assert buys(buys(shop(), "O0", "bag").after("1d"), "O1", "camera").drain().sent() == [CROSS]


def test_the_thing_sent_back_ends_it() -> None:
    """The order stands with what else was in it."""
    world = buys(shop(), "O1", "camera", "card").after("1d")
    world.pipe({"type": "order_refunded", "order_id": "O1", "lines": [{"product_id": "camera"}]}).drain()
    assert world.sent() == []
    assert world.why(CROSS) is Reason.ORDER_REVERSED


def test_an_update_may_bring_it() -> None:
    """It counts from the purchase."""
    world = buys(shop(), "O1", "mug").after("1d")
    world.pipe({"type": "order_updated", "order_id": "O1", "lines": [{"product_id": "lens"}]}).drain()
    assert world.anchors(CROSS) == [0]


def test_news_of_an_order_that_was_answered_is_none() -> None:
    """Sent, come, and one more lens in it."""
    world = buys(buys(shop(), "O1", "camera").after("1d"), "O2", "bag").after("1h")
    world.pipe({"type": "order_shipped", "order_id": "O1"})
    buys(world, "O1", "lens").drain()
    assert world.sent() == []


def test_a_click_says_when_and_the_feed_says_what() -> None:
    """The purchase stands where its first record does."""
    world = shop().orders("O1").signs_in("ann").after("1m")
    buys(world, "O1", "camera", customer_id="ann").drain()
    assert world.anchors(CROSS) == [0]


def test_a_late_order_before_the_answer_arms_nothing() -> None:
    """The bag came after it."""
    world = buys(shop(), "O2", "bag").after("1h")
    assert buys(world, "O1", "camera", ago="2h").drain().sent() == []


def test_a_sign_in_brings_the_answer() -> None:
    """The customer bought the bag on another device."""
    world = buys(shop(), "O1", "camera").after("1h")
    buys(world, "O2", "bag", visitor_id=None, customer_id="ann").after("1h").signs_in("ann").drain()
    assert world.sent() == []
    assert world.why(CROSS) is Reason.ORDERED


@pytest.mark.parametrize(
    ("answer", "taken_back"), [("bag", [CROSS]), ("mug", []), (None, [])], ids=["of the offer", "another", "nothing"]
)
def test_a_sign_in_takes_back_what_is_on_its_way(answer: str | None, taken_back: list[str]) -> None:
    """It was said to the device when it was nobody's; the customer had bought the bag by then, or had not."""
    world = buys(shop(), "O1", "camera").after("1d")
    if answer is not None:
        buys(world, "O2", answer, visitor_id=None, customer_id="ann")
    world.after("2d")
    assert world.sent() == [CROSS]
    world.signs_in("ann").after("1h")
    assert world.cancelled() == taken_back


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ("bought: [a, b], offer: [b]", "'b' is in `bought` and in `offer`: who buys it has it"),
        ("bought: [1042], offer: [b]", '1042 is no product id; write the id in quotes, such as "1042"'),
    ],
)
def test_mistakes_have_a_sentence(fields: str, sentence: str) -> None:
    """What is wrong, and how to mend it."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(f"name: x\nrules:\n  - {{id: c, kind: cross_sell, wait: 2d, {fields}}}\n", "x.yaml")
    assert sentence in str(refused.value)


def test_it_reads_as_a_sentence() -> None:
    """As the rules command shows it."""
    book = rulebook(rule(CROSS, wait="2d", bought=["camera", "lens"], offer=["bag"]))
    assert book.rules[0].occasion() == (
        "2 days after each order with one of camera, lens, unless they buy bag, or it is cancelled or refunded"
    )
