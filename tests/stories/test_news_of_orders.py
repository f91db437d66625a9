"""An order that exists has been placed: what other records of an order show, and what an order is known by."""

import pytest

from schemas.outcomes.decisions import Reason
from streams.ids import trigger_id
from tests.world import BEGINNING_MS, World, ms, rule, rulebook

CART, LAPSE, INACTIVE = "cart_abandonment", "lapse", "inactivity"
NEWS = ["order_updated", "order_paid", "order_shipped", "order_delivered"]


@pytest.fixture
def world() -> World:
    """A shop that speaks of carts and of lapsed customers."""
    return World(rulebook(rule(CART), rule(LAPSE, wait="3d")))


@pytest.mark.parametrize("kind", NEWS)
def test_news_of_an_order_that_nobody_has_heard_of_is_a_purchase(world: World, kind: str) -> None:
    """The record that placed it is lost, or never was."""
    world.adds("mug").after("10m").pipe({"type": kind, "order_id": "O1"}).after("9d")
    assert world.triggers() == [(LAPSE, "v:phone", ms("10m"), ms("10m") + ms("3d"))]
    assert world.why(CART) is Reason.ORDERED


@pytest.mark.parametrize("kind", NEWS)
def test_news_of_a_known_order_is_none(world: World, kind: str) -> None:
    """Bought, and a new cart begun: the parcel has nothing to do with it."""
    world.orders("O1", on_site=False).after("1m").adds("mug").after("10m").pipe({"type": kind, "order_id": "O1"})
    world.after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(CART, ms("1m")), (LAPSE, 0)]


def test_an_order_that_is_told_before_it_is_placed_is_one(world: World) -> None:
    """Both records have the order's number for an id; the update comes first, and is a second later."""
    world.adds("mug").after("10m 1s").pipe({"type": "order_updated", "order_id": "O1", "event_id": "O1"})
    world.orders("O1", on_site=False, event_id="O1", ago="1s").after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(LAPSE, ms("10m"))]


def test_a_late_record_moves_the_purchase_back(world: World) -> None:
    """The update is of today, the order of yesterday comes later: the wait counts from yesterday."""
    world.after("1d").pipe({"type": "order_updated", "order_id": "O1"}).after("1h")
    world.orders("O1", on_site=False, ago="1d").after("9d")
    assert world.anchors(LAPSE) == [ms("1h")]


def test_moved_back_behind_another_order_the_wait_counts_from_that_one(world: World) -> None:
    """The last order is the one between."""
    world.after("12h").orders("O2", on_site=False).after("12h").pipe({"type": "order_updated", "order_id": "O1"})
    world.after("1h").orders("O1", on_site=False, ago="20h").after("9d")
    assert world.anchors(LAPSE) == [ms("12h")]


def test_a_purchase_that_turns_out_to_be_earlier_takes_back_what_it_would_have_prevented(world: World) -> None:
    """Delivered or not: the cart had been bought before the mail was due."""
    world.adds("mug").after("2h").settles(CART).pipe({"type": "order_updated", "order_id": "O1"}).after("1h")
    assert world.cancelled() == []
    world.orders("O1", on_site=False, ago="150m").after("1m")
    assert world.cancelled() == [CART]
    assert world.why(CART) is Reason.LATE_ORDER


def test_a_record_that_says_later_moves_nothing(world: World) -> None:
    """The first one counts, in the order of events."""
    world.orders("O1", on_site=False).after("1d").orders("O1", on_site=False).after("9d")
    assert world.anchors(LAPSE) == [0]


@pytest.mark.parametrize("state", ["pending", "failed", "expired", "voided", " Pending"])
def test_without_its_money_an_order_is_no_purchase(state: str) -> None:
    """Where nobody waits for payments: the cart is still to be spoken of, and no lapse counts from it."""
    world = World(rulebook(rule(CART), rule(LAPSE, wait="3d"), payment_wait="off"))
    world.adds("mug").orders("O1", on_site=False, payment_state=state).after("9d")
    assert world.sent() == [CART]


@pytest.mark.parametrize("state", ["paid", "authorized", "offline", None])
def test_a_later_record_that_is_paid_makes_it_one(world: World, state: str | None) -> None:
    """Or one that says nothing of the payment. It counts from its first record."""
    world.adds("mug").orders("O1", on_site=False, payment_state="pending").after("10m")
    world.pipe({"type": "order_updated", "order_id": "O1"}, payment_state=state).after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(LAPSE, 0)]


@pytest.mark.parametrize("state", ["paid", None])
def test_where_nobody_waits_for_payments_it_is_one_from_then_on(state: str | None) -> None:
    """What was said while it was open is none of it."""
    world = World(rulebook(rule(CART), rule(LAPSE, wait="3d"), payment_wait="off"))
    world.adds("mug").orders("O1", on_site=False, payment_state="pending").after("10m")
    world.pipe({"type": "order_updated", "order_id": "O1"}, payment_state=state).after("9d")
    assert [(shot.kind, shot.anchor) for shot in world.triggers()] == [(LAPSE, ms("10m"))]


@pytest.mark.parametrize("state", ["on the moon", "", 7, [], {}, True])
def test_a_state_of_payment_that_nobody_knows_is_a_detail(world: World, state: object) -> None:
    """No purchase is refused for it."""
    world.adds("mug").after("1s").orders("O1", on_site=False, payment_state=state).after("1d")
    assert world.sent() == []
    assert world.dead_letters() == []


def test_an_order_id_is_its_stores(world: World) -> None:
    """The second store counts from 1001 too."""
    world.orders("1001", on_site=False, store="north").after("1h").adds("mug").after("10m")
    world.orders("1001", on_site=False, store="south").after("1d")
    assert world.sent() == []


@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
def test_the_same_number_of_the_same_store_is_the_same_order(world: World, on_site: bool) -> None:
    """Said on the site, and again by the feed: in between she has begun a new cart."""
    world.orders("1001", on_site=on_site, store="north").after("1m").adds("mug").after("10m")
    world.orders("1001", on_site=False, store="north").after("2h")
    assert world.sent() == [CART]


@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
def test_an_order_with_an_odd_detail_is_of_its_store_too(world: World, on_site: bool) -> None:
    """What is mended keeps its store: else her order would be told twice, and her new cart be gone."""
    world.orders("1001", on_site=on_site, store="north", currency="eur").after("1m").adds("mug").after("10m")
    world.orders("1001", on_site=False, store="north").after("2h")
    assert world.sent() == [CART]


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_an_order_with_an_odd_detail_has_its_payment_state_too(world: World, state: str) -> None:
    """It is no purchase, however its currency is spelt."""
    world.adds("mug").orders("O1", on_site=False, payment_state=state, currency="eur").after("9d")
    assert LAPSE not in world.sent()


@pytest.mark.parametrize("store", [7, "7"])
def test_a_store_that_is_a_number_is_its_digits(world: World, store: object) -> None:
    """Shop platforms number their stores."""
    world.orders("1001", on_site=False, store="7").after("1m").adds("mug").after("10m")
    world.orders("1001", on_site=False, store=store).after("2h")
    assert world.sent() == [CART]
    assert world.dead_letters() == []


@pytest.mark.parametrize("store", ["", " ", [], {}, True, "s" * 300])
@pytest.mark.parametrize("on_site", [True, False], ids=["on_site", "order_feed"])
def test_a_store_that_is_none_is_no_obstacle(world: World, store: object, on_site: bool) -> None:
    """The purchase happened."""
    world.adds("mug").after("1s").orders("1001", on_site=on_site, store=store).after("1d")
    assert world.sent() == []
    assert world.dead_letters() == []


def test_a_trigger_of_an_order_without_a_store_keeps_its_id() -> None:
    """Ids are stable: that orders can have stores changes nothing for those that have none."""
    ids = {}
    for store in (None, "north", "south"):
        world = World(rulebook(rule(LAPSE, wait="3d")))
        world.orders("1001", on_site=False, event_id="e", store=store).after("9d")
        ids[store] = world.fired()[0]["trigger_id"]
    assert ids[None] == trigger_id(LAPSE, "1001", "e", 1, BEGINNING_MS)
    assert len(set(ids.values())) == 3
