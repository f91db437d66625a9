"""Win-back: no purchase for so long, which may go by how often the person buys."""

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.text import RulebookRefused, rulebook_from_text
from tests.world import World, ms, rule, rulebook

WINBACK = "winback"
BY_GAP = {"gap_factor": 3, "min": "5d", "max": "60d", "default": "20d"}


def shop(**fields: object) -> World:
    """By default it waits for three times the person's mean gap; a payment is waited for for three days."""
    return World(rulebook(rule(WINBACK, **{"wait": BY_GAP, **fields}), payment_wait="3d"))


def buys(world: World, *days: int) -> World:
    """On each of these days an order, O-day by name."""
    for day in days:
        world.at(f"{day}d" if day else "0s").orders(f"O-{day}", on_site=False)
    return world


def due(world: World) -> list[int]:
    """In days."""
    return [shot.due // ms("1d") for shot in world.triggers()]


@pytest.mark.parametrize(
    ("days", "expected"),
    [((0,), 20), ((0, 4), 24), ((0, 4, 10), 25), ((0, 1, 2), 7), ((0, 25, 50), 110)],
    ids=["one purchase", "two", "three, 3 x 5 days", "not less than min", "not more than max"],
)
def test_it_waits_as_long_as_the_person_lets_expect(days: tuple[int, ...], expected: int) -> None:
    """Two gaps are needed; else the default."""
    world = buys(shop(), *days).drain()
    assert due(world)[-1:] == [expected]


@pytest.mark.parametrize(
    ("pause", "expected"),
    [("20d", []), ("20d 1ms", [0])],
    ids=["exactly_at", "after"],
)
def test_a_purchase_ends_it(pause: str, expected: list[int]) -> None:
    """Until its time, that instant included."""
    world = buys(shop(), 0).after(pause).orders("O2", on_site=False).after("1d")
    assert world.anchors(WINBACK) == expected


def test_a_plain_wait_is_the_same_for_everybody() -> None:
    """However often somebody buys."""
    assert due(buys(shop(wait="9d"), 0, 1, 2).drain()) == [11]


def test_once_a_silence() -> None:
    """And again after the next purchase, by the gaps that are known then."""
    assert due(buys(shop(), 0, 30, 60).drain()) == [20, 50, 120]


def test_a_late_order_moves_it() -> None:
    """It was one gap of 10 days; now it is two of five, and three times that is less than the default."""
    world = buys(shop(), 0, 10).after("1d").orders("O-5", on_site=False, ago="6d").drain()
    assert due(world) == [25]


def test_a_late_order_may_make_it_due_at_once() -> None:
    """It should have been said yesterday."""
    world = buys(shop(), 0, 10).after("16d").orders("O-5", on_site=False, ago="21d").after("1s")
    assert due(world) == [25]


@pytest.mark.parametrize("kind", ["order_cancelled", "order_refunded"])
def test_the_last_order_undone_ends_it(kind: str) -> None:
    """What it has ended stays ended: nothing counts from the order before."""
    world = buys(shop(), 0, 10).after("1d").pipe({"type": kind, "order_id": "O-10"}).drain()
    assert world.sent() == []
    assert world.why(WINBACK) is Reason.ORDER_REVERSED


def test_an_order_between_undone_moves_it() -> None:
    """Of three purchases two are left: the default."""
    world = buys(shop(), 0, 5, 10).after("1d").pipe({"type": "order_cancelled", "order_id": "O-5"}).drain()
    assert due(world) == [30]


def test_a_payment_that_is_open_is_no_purchase_yet() -> None:
    """It is one as of its first record, once it is paid."""
    world = buys(shop(), 0).at("10d")
    world.pipe({"type": "order_placed", "order_id": "O2", "payment_state": "pending"}).after("30m")
    world.pipe({"type": "order_paid", "order_id": "O2"}).drain()
    assert due(world) == [30]


def test_a_sign_in_joins_two_histories() -> None:
    """The purchases of the device count: three times five days, from the last of all."""
    world = (
        shop().as_("laptop").signs_in("ann").at("1d").orders("O-1", on_site=False, visitor_id=None, customer_id="ann")
    )
    world.as_("phone").at("6d").orders("O-6").at("11d").orders("O-11").after("1d").signs_in("ann").drain()
    assert [(shot.person, shot.due // ms("1d")) for shot in world.triggers()] == [("c:ann", 26)]


def test_a_sign_in_ends_what_was_answered_elsewhere() -> None:
    """The customer's purchase came after the device's: it counts from there."""
    world = shop().orders("O-0").at("5d").orders("O-5", on_site=False, visitor_id=None, customer_id="ann")
    world.after("1d").signs_in("ann").drain()
    assert [(shot.person, shot.due // ms("1d")) for shot in world.triggers()] == [("c:ann", 25)]


@pytest.mark.parametrize(
    ("wait", "sentence"),
    [
        ("{gap_factor: 3, min: 9d, max: 5d}", "min is 9 days, and max 5 days: turn them round"),
        (
            "{gap_factor: 3, max: 60d, default: 90d}",
            "default is 90 days; write one from 30 days to 60 days, as min and",
        ),
        ("{gap_factor: 2.0001}", "gap_factor 2.0001 is finer than thousandths; write one such as 2.5"),
        ("{gap_factor: often}", "'often' is no amount"),
        ("soon", "'soon' is no duration; write a whole number and a unit"),
    ],
)
def test_mistakes_have_a_sentence(wait: str, sentence: str) -> None:
    """What is wrong, and how to mend it."""
    with pytest.raises(RulebookRefused) as refused:
        rulebook_from_text(f"name: x\nrules:\n  - {{id: w, kind: winback, wait: {wait}}}\n", "x.yaml")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("bounds", "default"), [({}, "90d"), ({"min": "14d", "max": "60d"}, "60d"), ({"min": "120d"}, "120d")]
)
def test_where_no_default_is_said_it_is_90_days_or_as_near_as_may_be(bounds: dict[str, str], default: str) -> None:
    """Whoever says how long at least, and at most, has said enough."""
    (once,) = rulebook(rule(WINBACK, wait={"gap_factor": 3, **bounds})).rules
    assert (
        once.version == rulebook(rule(WINBACK, wait={"gap_factor": 3, **bounds, "default": default})).rules[0].version
    )


def test_it_reads_as_a_sentence() -> None:
    """And is kept as it was written."""
    book = rulebook(rule(WINBACK, wait=BY_GAP), rule(WINBACK, id="plain", wait="90d"))
    assert book.rules[0].occasion() == (
        "3 times the mean gap between their purchases after their last purchase, unless they buy again: at least "
        "5 days, at most 60 days, and 20 days if they have bought less than three times"
    )
    assert book.rules[1].occasion() == "90 days after their last purchase, unless they buy again"
    assert type(book).model_validate_json(book.canonical).canonical == book.canonical
