"""Phones with wrong clocks, late and repeated clicks, garbage: counted, never lost silently, never a false alarm."""

import orjson
import pytest

from schemas.topics import Topic
from tests.world import Json, World, ms, rule, rulebook

CART, BROWSE = "cart_abandonment", "browse_abandonment"


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts, and of browsing, each for itself."""
    return World(rulebook(rule(CART), rule(BROWSE)))


def test_a_phone_that_runs_ahead_fires_nothing_early_and_loses_nothing(world: World) -> None:
    """Four minutes ahead: the click counts at the time at which it came."""
    world.adds("mug", ahead="4m").after("60m")
    assert world.sent() == []
    world.after("1ms")
    assert world.anchors(CART) == [0]
    assert world.outcomes() == {"applied": 1}
    assert world.counts[("clock_ahead", "clickstream")] == 1


def test_a_phone_that_runs_ahead_does_not_move_the_time_of_others(world: World) -> None:
    """W follows the broker's clock: somebody else's order two seconds later is not late."""
    world.as_("laptop").adds("pot").advance("60m").as_("phone").visits(ahead="4m")
    world.as_("laptop").orders(ago="1s").after("1d")
    assert world.sent() == []
    assert "late" not in world.outcomes()


def test_its_order_after_the_right_clock_says_so_ends_the_cart(world: World) -> None:
    """Phone four minutes ahead, order feed on time: bought a minute after it was added."""
    world.adds("mug", ahead="4m").after("1m").orders(on_site=False).after("1d")
    assert world.sent() == []


@pytest.mark.parametrize(
    ("ahead", "outcome"), [("24h", "applied"), ("24h 1ms", "quarantined")], ids=["exactly_at", "after"]
)
def test_more_than_a_day_ahead_is_nonsense(world: World, ahead: str, outcome: str) -> None:
    """Put aside with its reason; a day exactly is still clamped."""
    world.adds("mug", ahead=ahead).after("2h")
    assert world.outcomes() == {outcome: 1}
    assert world.dead_letters() == (["future"] if outcome == "quarantined" else [])


def test_an_order_of_the_future_is_put_aside_too(world: World) -> None:
    """The same rule on every topic."""
    world.orders(on_site=False, ahead="25h")
    assert world.outcomes(Topic.ORDERS) == {"quarantined": 1}


def test_a_click_within_the_allowed_lateness_is_not_late(world: World) -> None:
    """Five seconds exactly are allowed."""
    world.advance("1h").visits(ago="5s")
    assert world.outcomes() == {"applied": 1}


def test_a_click_beyond_the_allowed_lateness_is_late_and_says_how_much(world: World) -> None:
    """One millisecond more."""
    world.advance("1h").visits(ago="5s 1ms")
    assert world.outcomes() == {"late": 1}


def test_a_late_click_that_touches_an_open_session_extends_it(world: World) -> None:
    """It was there all along."""
    world.sees("mug").advance("30m").sees("pot", ago="10m").after("1d")
    assert world.outcomes()["late"] == 1
    assert world.anchors(BROWSE) == [ms("20m")]


def test_a_late_click_never_reopens_a_closed_session(world: World) -> None:
    """Its session has been judged; the view counts for nothing more."""
    world.sees("mug").after("3h").sees("pot", ago="2h 50m").after("1d")
    assert world.anchors(BROWSE) == [0]


def test_what_a_late_click_put_into_the_cart_still_counts(world: World) -> None:
    """Overdue on arrival: it fires at once, and once."""
    world.after("5h").adds("mug", ago="3h").after("1s")
    assert world.anchors(CART) == [ms("2h")]
    assert world.after("1d").sent() == [CART]


def test_a_late_click_from_before_a_known_purchase_abandons_nothing(world: World) -> None:
    """What she put into the cart she has bought meanwhile."""
    world.adds("pot").after("10m").orders().after("10m").adds("mug", ago="15m").after("3h")
    assert world.outcomes()["late"] == 1
    assert world.sent() == []


def test_a_late_purchase_still_counts(world: World) -> None:
    """It empties the cart that it bought."""
    world.adds("mug").after("30m").orders(ago="20m").after("1d")
    assert world.sent() == []


def test_a_repeated_click_counts_once(world: World) -> None:
    """Pages send again what was not acknowledged."""
    world.adds("mug", event_id="e1").adds("mug", event_id="e1").after("61m")
    assert world.outcomes() == {"applied": 1, "duplicate": 1}
    assert [line["quantity"] for line in world.fired()[0]["lines"]] == [1]


def test_the_first_record_of_an_event_id_wins(world: World) -> None:
    """Another content under the same id is a repeat."""
    world.adds("mug", event_id="e1").adds("pot", event_id="e1").after("61m")
    assert [line["product_id"] for line in world.fired()[0]["lines"]] == ["mug"]


def test_a_repeated_order_counts_once(world: World) -> None:
    """A feed that is sent again: nothing is bought twice, nothing fires twice."""
    world = World(rulebook(rule("lapse", wait="2d")))
    world.orders("O1", on_site=False, event_id="o1").after("1s").orders("O1", on_site=False, event_id="o1", ago="1s")
    world.after("9d")
    assert world.sent() == ["lapse"]


def test_a_day_sent_again_fires_nothing_again(world: World) -> None:
    """The producer's redeploy repeats all of it, hours later."""
    day: list[tuple[str, Json]] = [
        ("0s", {"type": "product_viewed", "product_id": "mug", "event_id": "e1", "occurred_at": world.instant("0s")}),
        ("1s", {"type": "cart_item_added", "product_id": "mug", "event_id": "e2", "occurred_at": world.instant("1s")}),
        ("50m", {"type": "product_viewed", "product_id": "p", "event_id": "e3", "occurred_at": world.instant("50m")}),
    ]
    for moment, record in day:
        world.at(moment).pipe(record)
    world.after("9h")
    before = world.triggers()
    for _, record in day:
        world.pipe(record)
    world.after("1d")
    assert world.triggers() == before
    assert world.outcomes()["duplicate"] == 3


def test_a_record_under_somebody_elses_key_is_put_aside(world: World) -> None:
    """Two owners for one person would be the price of taking it."""
    world.adds("mug", key=b"tablet").after("2h")
    assert world.dead_letters() == ["key_mismatch"]
    assert world.sent() == []


def test_a_record_without_a_key_is_put_aside(world: World) -> None:
    """It lies on any partition."""
    world.pipe(b'{"event_id":"e","type":"page_viewed","occurred_at":1,"visitor_id":"phone"}', key=None)
    assert world.dead_letters() == ["key_mismatch"]


@pytest.mark.parametrize("key", [b"ada", b"phone", None, b"null", b"Ada@Shop.de"])
def test_the_key_of_an_order_decides_nothing(world: World, key: bytes | None) -> None:
    """It goes to its customer, and may be keyed by whom it names, as written or as kept, or by nobody."""
    customer = "Ada@Shop.de" if key == b"Ada@Shop.de" else "ada"
    world.adds("mug").after("1m")
    said = {"event_id": "o", "type": "order_placed", "order_id": "O", "occurred_at": world.instant("1m")}
    value = orjson.dumps({**said, "customer_id": customer, "visitor_id": "phone"})
    world.replay.feed(Topic.ORDERS, key, value, world.instant("1m"))
    assert world.after("2h").sent() == []
    assert world.outcomes(Topic.ORDERS) == {"applied": 1}


def test_an_order_under_somebody_elses_key_is_put_aside(world: World) -> None:
    """Whose it is, is contradicted."""
    world.pipe({"type": "order_placed", "order_id": "O", "customer_id": "ada", "visitor_id": "phone"}, key=b"tablet")
    assert world.dead_letters() == ["key_mismatch"]


def test_garbage_stops_nothing(world: World) -> None:
    """The click after it counts."""
    world.pipe(b"\x00\xff{{{", key=b"phone").pipe(b"", key=b"phone").pipe(b"null", key=b"phone").adds("mug").after("2h")
    assert world.sent() == [CART]
    assert world.outcomes() == {"applied": 1, "quarantined": 3}


def test_a_type_from_the_future_is_ignored(world: World) -> None:
    """A newer page may say more than we know."""
    world.pipe({"type": "wishlist_opened"}).after("2h")
    assert world.outcomes() == {"ignored": 1}
    assert world.dead_letters() == []


def test_equal_times_are_ordered_by_id_not_by_arrival(world: World) -> None:
    """Added and taken out in one millisecond: the ids say which came first."""
    world.removes("mug", event_id="e1").adds("mug", event_id="e2").after("2h")
    other = World(rulebook(rule(CART), rule(BROWSE)))
    other.adds("mug", event_id="e2").removes("mug", event_id="e1").after("2h")
    assert world.triggers() == other.triggers()
    assert world.sent() == [CART]
