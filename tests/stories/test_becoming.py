"""Segments, stages and tiers: what people become is told at once, once a day for time alone, and can be undone."""

import pytest
import xxhash

from schemas.outcomes.decisions import Reason
from tests.world import BEGINNING_MS, Json, World, ms, rule, rulebook

DAY = 86_400_000
ENTERED, LEFT, STAGE = "segment_entered", "segment_left", "stage_changed"
TIER_IN, TIER_OUT, EXPIRING = "tier_entered", "tier_left", "tier_expiring"

GROUPS: Json = {
    "currency": "EUR",
    "segments": [
        {"id": "buyer", "if": "person.orders >= 1"},
        {"id": "silent", "if": "person.days_since_order >= 30"},
        {"id": "loyal", "if": 'person.orders_in("90d") >= 2'},
    ],
    "stages": [
        {"id": "loyalty", "if": "person.orders >= 2"},
        {"id": "conversion", "if": "person.orders == 1"},
        {"id": "reach", "if": "true"},
    ],
    "tiers": [
        {"id": "gold", "if": 'person.spend_in("90d") >= 100'},
        {"id": "silver", "if": 'person.spend_in("90d") >= 10'},
    ],
}


def shop(*rules: Json, **settings: object) -> World:
    """A shop in which ada is known."""
    return World(rulebook(*rules, **{**GROUPS, **settings})).signs_in("ada")


def at_once(kind: str, **fields: object) -> Json:
    """A rule of that kind that waits for nothing."""
    return rule(kind, wait="0s", **fields)


def buys(world: World, total: str = "20", order: str = "O") -> World:
    """Ada orders."""
    return world.orders(order, on_site=False, customer_id="ada", total=total, currency="EUR")


def next_look(at: int, key: str = "c:ada") -> int:
    """The first of her instants after that time, both ms since the beginning."""
    instant = int.from_bytes(xxhash.xxh3_64_digest(key.encode())) % DAY
    after = BEGINNING_MS + at
    found = after - after % DAY + instant
    return (found if found > after else found + DAY) - BEGINNING_MS


def test_what_a_fact_makes_of_somebody_is_told_at_its_time() -> None:
    """Segments are independent of each other; of stages and tiers there is one."""
    world = buys(shop(at_once(ENTERED), at_once(STAGE), at_once(TIER_IN)).after("1h")).after("1s")
    shots = [(shot.kind, shot.anchor) for shot in world.triggers()]
    assert shots == [(STAGE, 0), (ENTERED, ms("1h")), (STAGE, ms("1h")), (TIER_IN, ms("1h"))]
    assert len({fired["trigger_id"] for fired in world.fired()}) == 4


def test_what_people_stay_is_not_told_again() -> None:
    """A second order makes no buyer of a buyer."""
    world = buys(buys(shop(at_once(ENTERED, segment="buyer")), order="O1").after("1d"), order="O2").after("1d")
    assert world.anchors(ENTERED) == [0]


def test_time_alone_is_looked_at_once_a_day_at_an_instant_of_their_own() -> None:
    """Thirty days without an order are found at the first look after that, not when they are over."""
    world = buys(shop(at_once(ENTERED, segment="silent"))).after("60d")
    assert world.anchors(ENTERED) == [next_look(ms("30d") - 1)]


@pytest.mark.parametrize(("minus", "expected"), [(1, 0), (0, 0), (-1, 1)], ids=["before", "at the instant", "after"])
def test_a_look_at_the_very_instant_is_enough(minus: int, expected: int) -> None:
    """Who has been silent for exactly thirty days at the instant is so at that look; 1 ms less, a day later."""
    instant = next_look(ms("30d"))
    world = shop(at_once(ENTERED, segment="silent")).at_ms(instant - ms("30d") - minus)
    buys(world).at_ms(instant + DAY + 1)
    assert world.anchors(ENTERED) == [instant + expected * DAY]


def test_an_order_at_the_very_instant_comes_before_the_look() -> None:
    """She was silent for forty days, and is not when she is looked at."""
    instant = next_look(ms("40d"))
    world = shop(at_once(ENTERED, segment="silent"), at_once(LEFT)).at_ms(instant - ms("30d"))
    buys(buys(world, order="O1").at_ms(instant), order="O2").after("1h")
    assert world.sent() == []


def test_what_is_undone_is_over_at_once() -> None:
    """And not when it would have been due."""
    world = buys(shop(rule(ENTERED, segment="buyer"))).after("30m")
    world.pipe({"type": "order_cancelled", "order_id": "O", "customer_id": "ada"}).after("1m")
    assert world.why(ENTERED) is Reason.UNDONE


def test_looks_end_when_the_profile_is_forgotten() -> None:
    """A look is no sign of life."""
    world = buys(shop(at_once(ENTERED, segment="silent"), customer_retention="20d", retention="1d")).after("60d")
    assert world.sent() == []
    assert world.replay.customers.gauges()["keys", "customers", "0"] == 0


@pytest.mark.parametrize(
    ("kind", "of"), [(ENTERED, {"segment": "buyer"}), (STAGE, {"stage": "conversion"}), (TIER_IN, {"tier": "silver"})]
)
@pytest.mark.parametrize(("pause", "sent"), [("59m", []), ("60m", []), ("60m 1ms", [1])], ids=["within", "at", "after"])
def test_what_is_undone_in_time_is_not_told(kind: str, of: Json, pause: str, sent: list[int]) -> None:
    """The order that made it is cancelled."""
    world = buys(shop(rule(kind, **of))).after(pause)
    world.pipe({"type": "order_cancelled", "order_id": "O", "customer_id": "ada"}).after("2h")
    assert [1 for one in world.sent() if one == kind] == sent
    assert sent or world.why(kind) is Reason.UNDONE


@pytest.mark.parametrize(("kind", "of"), [(LEFT, {"segment": "buyer"}), (TIER_OUT, {"tier": "silver"})])
@pytest.mark.parametrize(("pause", "sent"), [("60m", 0), ("60m 1ms", 1)], ids=["exactly_at", "after"])
def test_who_comes_back_in_time_has_not_left(kind: str, of: Json, pause: str, sent: int) -> None:
    """Another order makes it good."""
    world = buys(shop(rule(kind, **of))).after("1d")
    world.pipe({"type": "order_cancelled", "order_id": "O", "customer_id": "ada"}).after(pause)
    buys(world, order="O2").after("2h")
    assert len(world.anchors(kind)) == sent
    assert sent or world.why(kind) is Reason.UNDONE


def test_from_one_tier_to_another_is_left_and_entered() -> None:
    """In this order; a rule that names a tier hears of that one."""
    world = buys(shop(at_once(TIER_OUT), at_once(TIER_IN, tier="gold"))).after("1d")
    buys(world, "90", "O2").after("1d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(TIER_IN, ms("1d")), (TIER_OUT, ms("1d"))]


def test_a_tier_that_ends_soon_is_told_of_once() -> None:
    """Thirty days before nothing of the spend counts any more, at the daily look; and then that it is left."""
    world = buys(shop(at_once(EXPIRING), at_once(TIER_OUT))).after("120d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [
        (EXPIRING, next_look(ms("60d") - 1)),
        (TIER_OUT, next_look(ms("90d") - 1)),
    ]


def test_a_tier_that_lasts_after_all_ends_the_warning() -> None:
    """At the next look; when it ends soon again, that is told again."""
    world = buys(shop(rule(EXPIRING, wait="5d")), order="O1").at_ms(next_look(ms("60d")) + ms("1h"))
    buys(world, order="O2").after("2d")
    assert world.why(EXPIRING) is Reason.UNDONE
    world.after("80d")
    assert world.anchors(EXPIRING) == [next_look(next_look(ms("60d")) + ms("1h") + ms("60d") - 1)]


def test_a_sequence_may_wait_for_what_people_become() -> None:
    """With the group in `where`, and ended by another of these events."""
    waits = rule(
        "sequence",
        after={"event": "segment_entered", "where": 'event.segment == "buyer"'},
        unless=[{"event": "stage_changed", "where": 'event.stage == "loyalty"'}],
    )
    world = buys(shop(waits), order="O1").after("2h")
    assert world.anchors("sequence") == [0]
    world = buys(buys(shop(waits), order="O1").after("59m"), order="O2").after("2h")
    assert (world.sent(), world.why("sequence")) == ([], Reason.HAPPENED)


def test_conditions_see_what_people_are() -> None:
    """As they were found at the last look."""
    condition = '"buyer" in person.segment && person.stage == "conversion" && person.tier == "silver"'
    world = buys(shop(rule("lapse", **{"if": condition}))).after("2h")
    assert world.sent() == ["lapse"]


@pytest.mark.parametrize(("category", "sent"), [("marketing", []), ("transactional", ["inactivity"])])
def test_who_is_no_target_hears_no_marketing(category: str, sent: list[str]) -> None:
    """The segment is the evidence."""
    world = shop(rule("inactivity", category=category), excluded_segments=["buyer"])
    buys(world).after("2h")
    assert world.sent() == sent
    if not sent:
        assert world.why("inactivity") is Reason.SEGMENT_EXCLUDED
        assert world.decisions()[-1].evidence == {"segment": "buyer"}


@pytest.mark.parametrize("pause", ["1m", "1d"], ids=["before any look", "after one"])
def test_a_new_rulebook_changes_nobody(pause: str) -> None:
    """What people have long been when somebody asks for the first time is no news; what they become then is."""
    world = World(rulebook(rule("lapse", wait="300d"))).signs_in("ada")
    buys(world).after("1d")
    book = rulebook(at_once(ENTERED), at_once(STAGE), **GROUPS)
    world.replay.activates = True
    world.replay.take_over(book)
    world.after(pause)
    assert world.sent() == []
    at = world.clock
    buys(world, order="O2").after("1h")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(ENTERED, at), (STAGE, at)]


def test_a_group_that_is_new_is_no_news_of_those_who_are_in_it() -> None:
    """The rulebook has asked before, and has another segment now."""
    world = buys(shop(at_once(ENTERED))).after("1d")
    more = {**GROUPS, "segments": [*GROUPS["segments"], {"id": "known", "if": "person.orders > 0"}]}
    world.replay.take_over(rulebook(at_once(ENTERED), **more))
    buys(world.after("40d"), order="O2").after("1d")
    assert world.anchors(ENTERED) == [0, next_look(ms("30d") - 1), ms("41d")]


def test_a_visitor_brings_along_what_they_were() -> None:
    """The customer whom nobody knew is what the visitor was, and hears nothing of it again."""
    world = World(rulebook(at_once(ENTERED), at_once(STAGE), **GROUPS))
    world.orders("O1").after("1d").signs_in("ada").after("1d")
    assert sorted((shot.kind, shot.person) for shot in world.triggers()) == [
        (ENTERED, "v:phone"),
        (STAGE, "v:phone"),
    ]
    buys(world, order="O2").after("1h")
    assert [shot.person for shot in world.triggers()][-2:] == ["c:ada", "c:ada"]


def test_two_halves_become_one_person() -> None:
    """Both were in the segment of buyers, and together they are loyal."""
    world = buys(shop(at_once(ENTERED)), order="O1").after("1h")
    world.as_("tablet").orders("O2").after("1h").signs_in("ada").after("1h")
    assert [(shot.person, shot.anchor) for shot in world.triggers()] == [
        ("c:ada", 0),
        ("v:tablet", ms("1h")),
        ("c:ada", ms("2h")),
    ]


def test_who_is_forgotten_is_nothing_any_more() -> None:
    """And what they become afterwards counts from nothing."""
    world = buys(shop(rule(ENTERED, wait="2d"))).after("1d").asks_for_erasure(customer_id="ada").after("5d")
    assert (world.sent(), world.why(ENTERED)) == ([], Reason.ERASED)


def test_records_of_long_ago_arm_nothing() -> None:
    """A backfill makes a buyer of her, which is no news; her next order is."""
    world = shop(at_once(ENTERED)).orders("O1", on_site=False, customer_id="ada", backfill=True).after("1h")
    assert world.sent() == []
    buys(world, order="O2").after("1h")
    assert world.anchors(ENTERED) == [ms("1h")]


@pytest.mark.parametrize("apart", ["0s", "1m"], ids=["at once", "one by one"])
def test_what_others_bought_makes_nothing_of_somebody(apart: str) -> None:
    """A guest has bought a cart; hours later a phone tells of that cart. Its life begins with its own first click,
    whatever of it is read first."""
    world = World(rulebook(at_once(STAGE), rule("cart_abandonment"), **GROUPS))
    world.orders(on_site=False, customer_id="guest@shop.example", cart_id="C1").after("2h")
    world.visits().after(apart).checks_out(cart_id="C1").after("1d")
    assert [shot.anchor for shot in world.triggers() if shot.person == "v:phone"] == [ms("2h")]


@pytest.mark.parametrize("kind", [ENTERED, LEFT])
def test_a_cart_that_others_bought_is_out_of_it(kind: str) -> None:
    """Whoever holds the cart is looked at when it is bought."""
    filled = [{"id": "with_a_cart", "if": "person.cart.quantity > 0"}]
    world = World(rulebook(at_once(kind), rule("cart_abandonment", wait="1d"), segments=filled))
    world.adds("mug", cart_id="C1").after("1h")
    world.orders(on_site=False, customer_id="guest@shop.example", cart_id="C1").after("1h")
    assert world.anchors(kind) == [0 if kind == ENTERED else ms("1h")]
