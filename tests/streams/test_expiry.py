"""What is forgotten, when, and what that means: state does not grow without bound, and nothing is said twice for it."""

import gc
import tracemalloc
from collections.abc import Callable

import pytest

from schemas.facts.profile_facts import Receipt
from schemas.state.profile import HERE, Profile
from schemas.topics import Topic
from streams.limits import uncounted
from streams.person.memory import note_exit
from streams.person.person_limits import EXITS_MAX, few_exits
from streams.person.shelves import presence_of
from streams.profiles.identity import LINKS_MAX, customer_at, few_links, link
from streams.time.due_index import STALE_MAX, DueIndex
from tests.streams.durable import DurableReplay, driver_of
from tests.streams.forgetting import (
    BOOK,
    CART,
    INACTIVE,
    LAPSE,
    adds,
    changelog,
    customer,
    opts_out,
    orders,
    shop,
    signs_in,
    visits,
)
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

ENDS = [
    (adds, "30d", "1h"),
    (orders, "30d", "0s"),
    (visits, "30d", "30m"),
    (signs_in, "400d", "30m"),
    (opts_out, "400d", "0s"),
]


@pytest.mark.parametrize(
    ("shift", "is_left"), [(-1, True), (0, True), (1, False)], ids=["within", "exactly_at", "after"]
)
@pytest.mark.parametrize(("does", "kept", "since"), ENDS, ids=[does.__name__ for does, *_ in ENDS])
def test_a_visitor_is_forgotten_its_time_after_the_last_fact_or_timer(
    does: Callable[[World], None], kept: str, since: str, shift: int, is_left: bool
) -> None:
    """30 days; 400 days if it says who the visitor is, or that no messages are wanted."""
    world = shop()
    does(world)
    world.after("2h").at_ms(ms(kept) + ms(since) + shift)
    assert ("phone" in changelog(world, "sessions")) is is_left


@pytest.mark.parametrize("restored", [False, True], ids=["alive", "restored"])
@pytest.mark.parametrize(
    ("shift", "is_left"), [(-1, True), (0, True), (1, False)], ids=["within", "exactly_at", "after"]
)
def test_a_visitor_of_whom_a_late_click_is_all_that_is_known_is_forgotten_30_days_after_it(
    shift: int, is_left: bool, restored: bool
) -> None:
    """Its visit is over before we hear of it: nothing else wakes the visitor."""
    world = shop()
    world.after("2h").visits(ago="1h").after("1s")
    assert changelog(world, "sessions") == {"phone"}
    if restored:
        driver_of(world).kill(BOOK)
    world.at_ms(ms("30d") + ms("1h") + shift)
    assert ("phone" in changelog(world, "sessions")) is is_left


def test_a_timer_that_waits_longer_than_the_retention_is_kept_and_so_is_what_it_fired() -> None:
    """The 30 days count from its ringing: a late order can still take it back."""
    world = shop(rule(LAPSE, wait="60d"))
    world.orders("O1", on_site=False).after("60d 1s")
    assert world.sent() == [LAPSE]
    world.orders("O2", on_site=False, ago="1d").after("1h")
    assert world.cancelled() == [LAPSE]
    world.at("90d").after("1s")
    assert "phone" in changelog(world, "sessions"), "the late order itself has begun another wait"


def test_a_visitor_who_was_forgotten_returns_as_somebody_new() -> None:
    """The old cart is gone, and the new one is an occasion of its own."""
    world = shop()
    world.adds("mug").after("32d")
    assert (changelog(world, "sessions"), changelog(world, "customers")) == (set(), set())
    world.adds("pot").after("2h")
    assert [[line["product_id"] for line in fired["lines"]] for fired in world.fired()] == [["mug"], ["pot"]]
    assert len({fired["trigger_id"] for fired in world.fired()}) == 2


def test_a_visitor_who_comes_back_in_time_finds_the_cart() -> None:
    """Every sign of life begins the 30 days anew."""
    world = shop()
    world.adds("mug").after("29d").visits().after("29d").adds("pot").after("2h")
    assert [line["product_id"] for line in world.fired()[-1]["lines"]] == ["mug", "pot"]


@pytest.mark.parametrize("killed", [False, True], ids=["alive", "restored"])
def test_a_repeat_of_what_was_forgotten_fires_nothing_a_second_time(killed: bool) -> None:
    """Redelivered after the ids seen, the fired trigger and the profile itself are gone: too old to mean anything."""
    book = rulebook(rule(CART), rule(LAPSE), retention="30d")
    world = World(book, driver=DurableReplay)
    for repeat in (False, True):
        for moment in ("1m", "2m", "3m"):
            if not repeat:
                world.at(moment)
            elif killed:
                # Nothing else has told the new owner how far time had come.
                driver_of(world).kill(book)
            if moment == "2m":
                world.orders("O1", on_site=False, event_id=moment, occurred_at=world.instant(moment))
            else:
                world.adds("mug", event_id=moment, occurred_at=world.instant(moment))
        world.after("2h").at("40d")
    assert sorted(world.sent()) == [CART, LAPSE]
    assert (changelog(world, "sessions"), changelog(world, "customers")) == (set(), set())
    # Of clicks the visits judge that, of what others say the visitor.
    assert world.counts[("oddities", "clickstream", "too_old")] == 2
    assert world.outcomes(Topic.VISITOR_INBOX)["late"] == 1


@pytest.mark.parametrize(
    ("age", "fires"), [("29d 23h", True), ("30d", True), ("30d 1ms", False)], ids=["within", "exactly_at", "after"]
)
def test_a_late_fact_counts_for_a_visitor_up_to_the_retention(age: str, fires: bool) -> None:
    """Older than that, the profile that would have known better may be gone."""
    world = shop()
    world.visits().at("60d").adds("mug", ago=age)
    world.after("1ms")
    assert (world.sent() == [CART]) is fires


def test_what_a_known_customer_bought_is_not_forgotten() -> None:
    """Lapse after 300 days, and an order said again after 200 is no second purchase."""
    world = shop(rule(LAPSE, wait="300d"))
    world.orders("O1", on_site=False, customer_id="ada").after("200d")
    world.orders("O1", on_site=False, customer_id="ada").after("101d")
    assert world.anchors(LAPSE) == [0]
    assert list(customer(world.after("500d"), "ada").person.orders) == ["O1"]


def test_a_late_order_of_a_known_customer_counts_however_late() -> None:
    """A shop's feed that was down for two months: what was bought then is remembered."""
    world = shop()
    world.orders("O1", on_site=False, customer_id="ada").after("70d")
    world.orders("O2", on_site=False, customer_id="ada", ago="60d").after("1s")
    assert sorted(customer(world, "ada").person.orders) == ["O1", "O2"]


def test_a_receipt_for_nobody_makes_nobody() -> None:
    """The dispatcher's last word comes after the profile has expired."""
    world = shop()
    world.tells("v:phone", Receipt(BEGINNING_MS, "r1", "01HF7YAT00MUG", "expired")).after("1s")
    world.tells("c:ada", Receipt(BEGINNING_MS, "r2", "01HF7YAT00MUG", "expired")).after("1s")
    assert (changelog(world, "sessions"), changelog(world, "customers")) == (set(), set())
    assert world.outcomes(Topic.VISITOR_INBOX) == world.outcomes(Topic.CUSTOMER_INBOX) == {"ignored": 1}


def test_a_till_that_changes_hands_all_day_keeps_its_first_and_last_links() -> None:
    """The record stays small enough to be written."""
    till = Profile()
    for number in range(LINKS_MAX + 50):
        link(till, (number + 1, 0, f"e{number}", 0), f"customer-{number}", gate=0)
        few_links(till, uncounted)
    assert len(till.links) == LINKS_MAX
    assert customer_at(till, (1, 0, "e0", 0)) == "customer-0"
    assert customer_at(till, (10**6, 0, "e", 0)) == f"customer-{LINKS_MAX + 49}"
    assert customer_at(till, (0, 0, "e", 0)) == HERE


def test_exit_intents_of_many_devices_are_capped() -> None:
    """The latest are those whose sessions may still run."""
    person = Profile().person
    for number in range(EXITS_MAX + 1):
        note_exit(person, f"device-{number}", number)
        few_exits(person, uncounted)
    assert len(presence_of(person).exits) == EXITS_MAX
    assert "device-0" not in presence_of(person).exits


def test_what_has_moved_does_not_pile_up_in_the_due_index() -> None:
    """A key woken a thousand times before its expiry leaves no thousand entries behind."""
    index = DueIndex()
    woken = 0
    for now in range(0, 100_000, 10):
        index.arm("ada", now)
        for key in index.due(now + 1):
            woken += 1
            index.arm(key, now + 1_000_000)
    assert woken == 10_000
    assert index.entries <= 2 * len(index) + STALE_MAX + 1
    assert list(index.due(10**9)) == ["ada"]


def test_memory_is_flat_over_ten_times_the_visitors() -> None:
    """What lives decides, not what ever lived: in bytes, all of the stages' objects."""
    tracemalloc.start()
    held = []
    for visitors in (200, 2000):
        world = World(rulebook(rule(CART), rule(INACTIVE, wait="2h"), retention="3h"))
        before, _ = tracemalloc.get_traced_memory()
        for number in range(visitors):
            # Pydantic remembers up to 16 K strings, but none of 64 characters.
            world.as_(f"{number:0>64}").adds("mug", event_id=f"{number:0>64}")
            world.replay.take()
            world.after("10m")
            world.replay.take()
        world._outputs.clear()
        world.keys.clear()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        held.append(after - before)
    tracemalloc.stop()
    print(f"bytes held: {held}")
    assert held[1] < held[0] * 1.3


@pytest.mark.parametrize(
    ("shift", "is_left"), [(-1, True), (0, True), (1, False)], ids=["within", "exactly_at", "after"]
)
def test_a_sign_of_life_that_waits_for_nothing_begins_the_30_days_anew(shift: int, is_left: bool) -> None:
    """Woken at the old time of expiry, the profile simply says when it wants to be woken again."""
    world = shop()
    world.orders("O1", on_site=False).at("10d").opts_in().at("30d").after("1s")
    assert "phone" in changelog(world, "sessions")
    world.at_ms(ms("40d") + shift)
    assert ("phone" in changelog(world, "sessions")) is is_left
