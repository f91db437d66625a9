"""Visitors who behave as no person does: nothing waits for them, and why not is told, until a paid order."""

import random

import pytest

from schemas.outcomes.decisions import Decision, Reason, Verdict
from tests.world import World, ms, rule, rulebook

CART, EXIT = "cart_abandonment", "exit_intent"


def world(*more: dict[str, object]) -> World:
    """A shop that reminds of a cart after an hour."""
    return World(rulebook(rule(CART), *more), lateness="3m")


def clicks(shop: World, number: int, every: str) -> World:
    """So many pages, one after another."""
    for _ in range(number):
        shop.visits()
        shop.clock += ms(every)
    return shop


def words(shop: World) -> list[Decision]:
    """That somebody is suspected."""
    return [decision for decision in shop.decisions() if decision.verdict is Verdict.SUSPECTED]


@pytest.mark.parametrize(("number", "heard"), [(118, 1), (119, 1), (120, 0)], ids=["within", "exactly", "more"])
def test_more_clicks_in_a_minute_than_a_person_makes(number: int, heard: int) -> None:
    """With what goes into the cart 120 clicks are a person's, and one more is not."""
    shop = clicks(world().adds("mug"), number, "400ms").drain()
    assert len(shop.triggers()) == heard
    assert len(words(shop)) == 1 - heard


@pytest.mark.parametrize(("last", "heard"), [("59s 999ms", 0), ("60s", 1), ("60s 1ms", 1)])
def test_a_minute_ends_before_its_last_instant(last: str, heard: int) -> None:
    """Of two clicks exactly a minute apart only the later one is in it."""
    shop = world().adds("mug").advance("30s")
    for _ in range(119):
        shop.visits()
    shop.clock = ms(last)
    shop.visits().drain()
    assert len(shop.triggers()) == heard


@pytest.mark.parametrize(("number", "heard"), [(29, 1), (30, 1), (31, 0)], ids=["within", "exactly", "more"])
def test_more_carts_changed_in_a_minute_than_a_person_changes(number: int, heard: int) -> None:
    """A cart every other second is a person's who hurries."""
    shop = world()
    for index in range(number):
        shop.adds(f"P{index}")
        shop.clock += ms("1s")
    assert len(shop.drain().triggers()) == heard


@pytest.mark.parametrize(("number", "heard"), [(20, True), (21, False)], ids=["exactly", "more"])
def test_more_customers_on_one_device_than_a_household_has(number: int, heard: bool) -> None:
    """The one too many, and whoever comes after, leaves nothing that waits; the others are what they were."""
    shop = world()
    for index in range(number):
        shop.after("1h").signs_in(f"C{index}").adds("mug")
    shop.drain()
    people = {shot.person.removeprefix("c:") for shot in shop.triggers()}
    assert (f"C{number - 1}" in people) is heard
    assert {f"C{index}" for index in range(20)} <= people
    assert [word.customer_id for word in words(shop)] == ([] if heard else [f"C{number - 1}"])


def test_why_not_says_that_somebody_is_suspected() -> None:
    """What waited ends, and the word itself says by what, and since when."""
    shop = clicks(world().adds("mug"), 130, "100ms").drain()
    (word,) = words(shop)
    assert word.evidence == {"clicks_in_a_minute": 121, "since": shop.instant("0s")}
    assert word.visitor_id == "phone"
    ended = [decision for decision in shop.decisions() if decision.verdict is Verdict.ENDED]
    assert [(decision.kind, decision.reason) for decision in ended] == [(CART, Reason.SUSPECTED)]


def test_nothing_waits_for_a_suspect() -> None:
    """Not the next day, either; and an exit intent is not answered."""
    shop = clicks(world(rule(EXIT)), 130, "100ms").after("1d").adds("mug").sees("jug", times=5).moves_to_leave()
    assert shop.after("1m").replay.sessions.open_episodes == 0
    shop.drain()
    assert shop.triggers() == []
    assert (Verdict.SUPPRESSED, Reason.SUSPECTED) in [(word.verdict, word.reason) for word in shop.decisions()]


def test_a_paid_order_says_that_it_is_somebody() -> None:
    """Who has paid may be reminded again; what a page says of an order proves nothing."""
    for on_site, heard in ((True, 0), (False, 1)):
        shop = clicks(world(), 130, "100ms").after("1h").orders(on_site=on_site).after("1h").adds("mug").drain()
        assert len(shop.triggers()) == heard, on_site


@pytest.mark.parametrize(("ago", "heard"), [("1ms", 0), ("0s", 1)])
def test_an_order_at_the_very_instant_comes_after_the_suspicion(ago: str, heard: int) -> None:
    """The 121st click is at 12 s: an order of before the minute began is none of it, one of then lets off."""
    shop = world().visits().after("1h")
    clicks(shop, 120, "100ms").visits()
    start = shop.clock - ms("12s")
    shop.pipe({"type": "order_placed", "order_id": "O", "occurred_at": shop.instant("0s") + start - ms(ago)})
    assert len(shop.after("1h").adds("mug").drain().triggers()) == heard


def test_who_hurries_on_is_suspected_anew() -> None:
    """A paid order lets off for what was, not for what comes."""
    shop = clicks(world(), 130, "100ms").after("1h").orders(on_site=False).after("1h")
    shop = clicks(shop, 130, "100ms").after("1h").adds("mug").drain()
    assert shop.triggers() == []
    assert len(words(shop)) == 2


def test_the_order_of_arrival_does_not_matter() -> None:
    """The same clicks, in any order within the allowed lateness."""
    for seed in range(20):
        chance = random.Random(seed)
        gaps = [chance.choice((1, 100, 300, 700)) for _ in range(200)]
        times = [sum(gaps[:index]) for index in range(200)]
        added = chance.randrange(max(times))
        found = []
        for _ in range(2):
            shop = world()
            shop.clock = ms("2m 30s")
            for at in times:
                shop.pipe({"type": "page_viewed", "event_id": f"e{at}"}, occurred_at=shop.instant("30s") + at)
            shop.adds("mug", event_id="mug", occurred_at=shop.instant("30s") + added)
            shop.drain()
            found.append([(word.verdict, word.reason, word.anchor_ms) for word in shop.decisions()])
            chance.shuffle(times)
        assert found[0] == found[1], f"seed {seed}"


def test_a_fast_visit_that_is_long_is_seen_as_well() -> None:
    """Of more than five hundred clicks of a visit the last ones count, too."""
    shop = clicks(world(), 600, "2s").adds("mug")
    clicks(shop, 125, "100ms").drain()
    assert shop.triggers() == []


def test_a_visitor_who_signs_in_brings_the_suspicion_along() -> None:
    """The customer's other devices are trusted as before."""
    shop = clicks(world(), 130, "100ms").after("1m").signs_in("ada").adds("mug").after("1d")
    shop.as_("laptop").signs_in("ada").adds("jug").drain()
    assert [shot.person for shot in shop.triggers()] == ["c:ada"]


def test_who_comes_back_is_no_further_customer() -> None:
    """Twenty of them, one after the other and again."""
    shop = world()
    for index in range(60):
        shop.after("1h").signs_in(f"C{index % 20}")
    assert words(shop.drain()) == []


def test_whose_sign_in_is_one_too_many_does_not_depend_on_the_order_of_arrival() -> None:
    """It is the twenty-first in the order of events, and all after it."""
    for seed in range(10):
        customers = list(range(25))
        random.Random(seed).shuffle(customers)
        shop = world()
        shop.clock = ms("1m")
        for index in customers:
            shop.signs_in(f"C{index}", occurred_at=shop.instant("30s") + index * 1000)
        suspected = {word.customer_id for word in words(shop.drain())}
        assert suspected == {f"C{index}" for index in range(20, 25)}, f"seed {seed}"
