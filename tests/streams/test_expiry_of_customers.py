"""When customers are forgotten, and what lives on of them."""

import pytest

from schemas.outcomes.decisions import Reason
from tests.streams.durable import DurableReplay, driver_of
from tests.streams.forgetting import CART, LAPSE, changelog, shop
from tests.world import World, ms, rule, rulebook

CUSTOMERS: list[tuple[str, str]] = [("orders", "40d"), ("opts_out", "3650d"), ("erased", "3650d")]


@pytest.mark.parametrize("restored", [False, True], ids=["alive", "restored"])
@pytest.mark.parametrize(
    ("shift", "is_left"), [(-1, True), (0, True), (1, False)], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize(("what", "kept"), CUSTOMERS, ids=[what for what, _ in CUSTOMERS])
def test_a_customer_is_forgotten_its_time_after_the_last_fact(
    what: str, kept: str, shift: int, is_left: bool, restored: bool
) -> None:
    """40 days here; ten years at least if no messages are wanted. Then there is a tombstone."""
    book = rulebook(rule(CART), retention="30d", customer_retention="40d", consent="opt_out")
    world = World(book, driver=DurableReplay)
    if what == "orders":
        world.orders("O1", on_site=False, customer_id="ada")
    elif what == "opts_out":
        world.opts_out(customer_id="ada")
    else:
        world.asks_for_erasure(customer_id="ada")
    world.after("1s")
    if restored:
        driver_of(world).kill(book)
    world.at_ms(ms(kept) + shift)
    assert ("ada" in changelog(world, "customers")) is is_left


def test_a_timer_keeps_a_customer_and_its_ringing_begins_the_time_anew() -> None:
    """Lapse after 60 days, though customers are kept for 40."""
    book = rulebook(rule(LAPSE, wait="60d"), retention="30d", customer_retention="40d")
    world = World(book, driver=DurableReplay)
    world.orders("O1", on_site=False, customer_id="ada").at("99d")
    assert world.anchors(LAPSE) == [0]
    assert "ada" in changelog(world, "customers")
    assert "ada" not in changelog(world.at("100d").after("1ms"), "customers")


@pytest.mark.parametrize(("age", "counts"), [("40d", True), ("40d 1ms", False)], ids=["exactly_at", "after"])
def test_a_late_fact_counts_for_a_customer_up_to_the_retention(age: str, counts: bool) -> None:
    """Older than that, the profile that knew of it may be gone, and it would be a second purchase."""
    book = rulebook(rule(LAPSE, wait="10d"), retention="30d", customer_retention="40d")
    world = World(book, driver=DurableReplay)
    world.visits().at("90d").orders("O1", on_site=False, customer_id="ada", ago=age).after("20d")
    assert (world.sent() == [LAPSE]) is counts


def test_a_customer_who_opted_out_and_was_away_for_six_years_is_not_mailed() -> None:
    """The cart is forgotten, the word is not."""
    world = shop()
    world.opts_out(customer_id="ada").after("2190d").adds("mug", customer_id="ada").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.OPTED_OUT


def test_an_opt_out_outlives_the_cart() -> None:
    """Silence is no consent: 31 days later there are still no messages."""
    world = shop()
    world.opts_out().after("31d").adds("mug").after("2h")
    assert world.sent() == []
    assert world.why(CART) is Reason.OPTED_OUT


def test_a_forwarding_note_lives_on_with_its_use() -> None:
    """Each visit is a use: after 500 days the phone is still ada's."""
    world = shop()
    world.signs_in("ada").after("300d").visits().after("200d").adds("mug").after("2h")
    assert [shot.person for shot in world.triggers()] == ["c:ada"]
