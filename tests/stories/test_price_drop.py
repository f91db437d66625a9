"""Price drop: a product costs less than when the person last saw or carted it."""

import pytest
from msgspec.structs import replace

from schemas.facts.product_facts import PriceChanged
from schemas.outcomes.decisions import Reason, Verdict
from tests.world import World, ms, rule, rulebook

DROP = "price_drop"


def shop(**fields: object) -> World:
    """A shop that tells of prices at once; a mug costs 100 since an hour."""
    return World(rulebook(rule(DROP, **{"wait": "0s", **fields}))).catalog("mug", price=100).after("1h")


def heard(world: World) -> list[tuple[str, int]]:
    """Who was told, and of which change, ms since the beginning."""
    return [(shot.person, shot.anchor) for shot in world.drain().triggers()]


@pytest.mark.parametrize(
    ("fields", "price", "drops"),
    [
        ({}, "99.99", True),
        ({}, "100", False),
        ({}, "100.01", False),
        ({"min_drop": 10}, "90.01", False),
        ({"min_drop": 10}, "90", True),
        ({"min_drop_pct": 20}, "80.01", False),
        ({"min_drop_pct": 20}, "80", True),
        ({"min_drop": 30, "min_drop_pct": 20}, "75", True),
        ({"min_drop": 10, "min_drop_pct": 50}, "85", True),
    ],
)
def test_it_costs_less_than_when_it_was_seen(fields: dict[str, object], price: str, *, drops: bool) -> None:
    """By the amount, or by the share, exactly so much included; by either where both are named."""
    world = shop(**fields).sees("mug").after("1h").catalog("mug", price=price)
    assert heard(world) == ([("v:phone", ms("2h"))] if drops else [])


def test_the_price_that_the_click_told_counts() -> None:
    """A price list of its own: what the person saw is what the person compares with."""
    cheap = shop().sees("mug", price="80", currency="EUR").after("1h").catalog("mug", price=90)
    dear = shop().sees("mug", price="120", currency="EUR").after("1h").catalog("mug", price=90)
    assert (len(heard(cheap)), len(heard(dear))) == (0, 1)


def test_a_price_in_another_currency_is_no_comparison() -> None:
    """Then the catalogue's at that time counts."""
    world = shop().sees("mug", price="80", currency="USD").after("1h").catalog("mug", price=90)
    assert len(heard(world)) == 1
    other = shop().sees("mug").after("1h").catalog("mug", price=90, currency="USD")
    assert heard(other) == []


def test_the_last_look_counts() -> None:
    """Seen at 100, seen again at 80: 90 is no drop. What came after the change is no look before it."""
    world = shop().sees("mug").after("1h").catalog("mug", price=80).after("1h").sees("mug").after("1h")
    assert heard(world.catalog("mug", price=90).after("1h").catalog("mug", price=85)) == [("v:phone", ms("2h"))]


def test_what_lies_in_the_cart_was_looked_at() -> None:
    """By a single item, and by a whole cart."""
    world = shop().adds("mug").as_("tablet").sets_cart({"mug": 2}).after("1h").catalog("mug", price=90)
    assert sorted(heard(world)) == [("v:phone", ms("2h")), ("v:tablet", ms("2h"))]


def test_the_first_price_never_counts() -> None:
    """Nobody has told what it cost before; nor does a price of a product that had none for a while."""
    world = World(rulebook(rule(DROP, wait="0s"))).sees("mug", price="100", currency="EUR").after("1h")
    assert heard(world.catalog("mug", price=90)) == []


@pytest.mark.parametrize(("days", "told"), [("90d", 1), ("90d 1ms", 0)])
def test_a_look_counts_for_ninety_days(days: str, told: int) -> None:
    """That instant included. An unknown visitor is forgotten before, so it is a customer's."""
    world = shop().signs_in("ada").sees("mug").after(days).catalog("mug", price=90)
    assert len(heard(world)) == told


def test_every_fall_is_told_and_a_rise_is_not() -> None:
    """Unless the rule has a cool-down."""
    world = shop().sees("mug").after("1h").catalog("mug", price=90).after("1h").catalog("mug", price=80)
    assert len(heard(world.after("1h").catalog("mug", price=85))) == 2
    calm = shop(cool_down="1d").sees("mug").after("1h").catalog("mug", price=90).after("1h").catalog("mug", price=80)
    assert len(heard(calm)) == 1


@pytest.mark.parametrize(
    ("price", "taken_back"), [("100", 1), ("120", 1), ("91", 1), ("90", 0)], ids=["back", "dearer", "too_near", "still"]
)
def test_it_is_taken_back_if_the_price_is_back_before_delivery(price: str, taken_back: int) -> None:
    """That is, if it is no such drop any more, by the rule's own measure."""
    world = shop(min_drop=10).sees("mug").after("1h").catalog("mug", price=80).after("1h").catalog("mug", price=price)
    world.drain()
    assert len(world.taken_back()) == taken_back
    assert [record["reason"] for record in world.taken_back()] == ["price_back"] * taken_back


@pytest.mark.parametrize(("prices", "told"), [((80, 100), 0), ((120, 80), 1), ((80, 70), 1)])
def test_of_two_prices_of_one_instant_the_last_counts(prices: tuple[int, int], told: int) -> None:
    """In the order of their ids: of a price that is back nobody is told, of a fall each person once."""
    world = shop().sees("mug").after("1h")
    for number, price in enumerate(prices):
        world.catalog("mug", price=price, event_id=f"k{number}")
    assert len(heard(world)) == told


def test_two_prices_of_one_instant_take_back_what_was_before_them() -> None:
    """The first of them leaves it a drop, the second does not; whoever was away hears of all at once."""
    world = shop().signs_in("ada").after("2h")
    at, seen_at = world.instant("3h"), world.instant("1h")
    fall = PriceChanged(at, "k0", "phone", "mug", 8000, "EUR", falls=True, looked_at=seen_at, seen=10000)
    lower = replace(fall, at=at + 7, event_id="k1", price=7000)
    back = replace(lower, event_id="k2", price=10000, falls=False)
    world.tells("c:ada", fall).tells("c:ada", lower).tells("c:ada", back)
    assert heard(world) == [("c:ada", ms("3h"))]
    assert [one["reason"] for one in world.taken_back()] == ["price_back"]


def test_what_was_delivered_stays_delivered() -> None:
    """The price was right when it was said."""
    world = shop().sees("mug").after("1h").catalog("mug", price=80).after("1h").settles(DROP).catalog("mug", price=100)
    assert world.drain().taken_back() == []


def test_a_price_that_is_back_ends_what_waits() -> None:
    """The wait of the rule spares a message."""
    world = shop(wait="2h").sees("mug").after("1h").catalog("mug", price=80).after("1h").catalog("mug", price=100)
    assert heard(world) == []
    assert (world.decisions()[-1].verdict, world.decisions()[-1].reason) == (Verdict.ENDED, Reason.PRICE_BACK)


@pytest.mark.parametrize("on_site", [True, False])
def test_who_has_bought_it_since_the_look_hears_nothing(on_site: bool) -> None:
    """Not that it is cheaper a day later. Who looks again afterwards does; and who has bought something else."""
    world = shop().sees("mug").as_("laptop").sees("mug").as_("tablet").sees("mug").after("1h").as_("phone")
    world.orders(on_site=on_site, lines=[{"product_id": "mug"}]).as_("laptop")
    world.orders(on_site=on_site, lines=[{"product_id": "mug"}]).after("1h").sees("mug").as_("tablet")
    world.orders(on_site=on_site, lines=[{"product_id": "pot"}]).after("1d").catalog("mug", price=80)
    assert sorted(person for person, _ in heard(world)) == ["v:laptop", "v:tablet"]


@pytest.mark.parametrize("kind", ["order_placed", "order_cancelled"])
def test_bought_while_it_waits_it_is_no_news(kind: str) -> None:
    """Nor if that order is cancelled then: what is over is over."""
    world = shop(wait="1h").sees("mug").after("1h").catalog("mug", price=80).after("10m")
    world.orders("O1", on_site=False, lines=[{"product_id": "mug"}]).after("10m")
    world.pipe({"type": kind, "order_id": "O1"})
    assert heard(world) == []
    assert world.why(DROP) is Reason.ORDERED


def test_what_the_customer_has_bought_elsewhere_is_bought() -> None:
    """The device that looked turns out to be hers while the occasion waits."""
    world = (
        shop(wait="1h")
        .sees("mug")
        .after("1m")
        .orders(on_site=False, customer_id="ada", visitor_id=None, lines=[{"product_id": "mug"}])
        .after("1h")
        .catalog("mug", price=80)
        .after("10m")
        .signs_in("ada")
    )
    assert heard(world) == []


def test_of_two_devices_the_last_look_counts() -> None:
    """Seen on the phone at 100, on the tablet at 80: the person saw 80 last, whoever hears first."""
    for first, second in (("phone", "tablet"), ("tablet", "phone")):
        world = shop().as_(first).signs_in("ada").as_(second).signs_in("ada").after("1m")
        world.as_("phone").sees("mug", price="100", currency="EUR").after("1m")
        world.as_("tablet").sees("mug", price="80", currency="EUR").after("1h").catalog("mug", price=90)
        assert heard(world) == []
        assert [shot[0] for shot in heard(world.after("1h").catalog("mug", price=70))] == ["c:ada"]


def test_what_the_visitor_saw_the_customer_hears() -> None:
    """The look was a visitor's."""
    world = shop().sees("mug").after("1m").signs_in("ada").after("1h").catalog("mug", price=90)
    assert [shot[0] for shot in heard(world)] == ["c:ada"]


def test_late_and_repeated_records_change_nothing() -> None:
    """An older price that comes after a newer one, and the same record again."""
    world = shop().sees("mug").after("1h").catalog("mug", price=100, event_id="x").catalog("mug", price=90, ago="2h")
    world.catalog("mug", price=100, event_id="x")
    assert heard(world) == []


def test_who_is_forgotten_hears_nothing() -> None:
    """What was seen before the wish."""
    world = shop().sees("mug").after("1m").asks_for_erasure().after("1h").catalog("mug", price=10)
    assert heard(world) == []


@pytest.mark.parametrize(("wait", "verdict"), [("0s", Verdict.CANCELLED), ("1h", Verdict.ENDED)])
@pytest.mark.parametrize("looked", ["2h", "1h"], ids=["later", "at_the_same_instant"])
def test_the_last_look_counts_however_late_its_device_says_so(wait: str, verdict: Verdict, looked: str) -> None:
    """Seen at 100 on the phone, and for 85 on the tablet an hour later, whose partition is the slower one. At one
    instant the lower price counts."""
    world = shop(wait=wait).signs_in("ada").as_("tablet").signs_in("ada").after("2h")
    at, seen_at = world.instant("3h"), world.instant("1h")
    of_phone = PriceChanged(at, "k", "phone", "mug", 9000, "EUR", falls=True, looked_at=seen_at, seen=10000)
    of_tablet = replace(of_phone, visitor="tablet", looked_at=world.instant(looked), seen=8500)
    world.tells("c:ada", of_phone).after("1m").tells("c:ada", of_tablet).drain()
    assert [one.verdict for one in world.decisions() if one.reason is Reason.PRICE_BACK] == [verdict]
    other = shop(wait=wait).signs_in("ada").as_("tablet").signs_in("ada").after("2h")
    other.tells("c:ada", of_tablet).after("1m").tells("c:ada", of_phone)
    assert heard(other) == []


@pytest.mark.parametrize("devices", [("phone", "tablet"), ("tablet", "phone")], ids=" ".join)
def test_of_two_devices_that_look_at_one_instant_neither_is_passed_over(devices: tuple[str, str]) -> None:
    """What both tell comes at once, and waits for W: the lower price counts, whichever is told first."""
    world = shop().signs_in("ada").as_("tablet").signs_in("ada").after("2h")
    seen = {"phone": 10000, "tablet": 8500}
    for device in devices:
        at, looked_at = world.instant("4h"), world.instant("1h")
        fall = PriceChanged(at, "k", device, "mug", 9000, "EUR", falls=True, looked_at=looked_at, seen=seen[device])
        world.tells("c:ada", fall)
    assert heard(world) == []
    world.tells("c:ada", replace(fall, at=world.instant("5h"), event_id="l", price=8000, visitor="tablet", seen=8500))
    assert heard(world) == [("c:ada", ms("5h"))]
