"""Sequences after, or unless, something becomes of a product: for who has looked at it."""

from typing import Any

import pytest

from schemas.outcomes.decisions import Reason
from schemas.rules.text import RulebookRefused, rulebook_from_text
from streams.triggers.rule_conditions import mistakes_in
from tests.world import World, ms, rule, rulebook

SEQUENCE = "sequence"
EVENTS = ("price_changed", "price_drop", "stock_changed", "back_in_stock")


def shop(after: object, *unless: object, **fields: object) -> World:
    """It speaks an hour after that, of mugs that were shown yesterday."""
    world = World(rulebook(rule(SEQUENCE, after=after, unless=list(unless), **fields)))
    return world.catalog("mug", price="10", stock=4, category="cups").after("1m").sees("mug").after("1d")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"price": "9"}, ["price_changed", "price_drop"]),
        ({"price": "11"}, ["price_changed"]),
        ({"price": "10.00"}, []),
        ({"stock": 5}, ["stock_changed"]),
        ({"stock": 4}, []),
        ({"stock": 0}, ["stock_changed"]),
        ({"name": "Mug"}, []),
    ],
)
def test_what_becomes_of_a_product_has_a_name(said: dict[str, Any], expected: list[str]) -> None:
    """A lower price is another one, too."""
    rules = [rule(SEQUENCE, after={"event": event}) | {"id": event} for event in EVENTS]
    world = World(rulebook(*rules)).catalog("mug", price="10", stock=4).after("1m").sees("mug").after("1d")
    world.catalog("mug", **said).drain()
    assert sorted(fired["rule_id"] for fired in world.fired()) == expected


@pytest.mark.parametrize(("stock", "back"), [(1, True), (0.001, True), (0, False), (-1, False)])
def test_back_is_what_is_there_again(stock: float, back: bool) -> None:
    """A thousandth is enough."""
    world = shop({"event": "back_in_stock"}).catalog("mug", stock=0).after("1h")
    world.catalog("mug", stock=stock).drain()
    assert world.anchors(SEQUENCE) == ([ms("25h 1m")] if back else [])


def test_what_is_told_first_changes_nothing() -> None:
    """Nobody knows what it cost before."""
    world = World(rulebook(rule(SEQUENCE, after={"event": "price_changed"}))).sees("mug").after("1m")
    assert world.catalog("mug", price="10", stock=1).drain().sent() == []


@pytest.mark.parametrize(("pause", "heard"), [("89d", True), ("90d", True), ("90d 1ms", False)])
def test_who_has_looked_in_the_last_ninety_days_hears(pause: str, heard: bool) -> None:
    """That instant included; who has not looked hears nothing."""
    world = World(rulebook(rule(SEQUENCE, after={"event": "price_drop"}), retention="200d"))
    world.catalog("mug", price="10").as_("tablet").sees("pot").as_("phone").sees("mug").after(pause)
    assert [shot.person for shot in world.catalog("mug", price="9").drain().triggers()] == ["v:phone"] * heard


def test_a_person_of_two_devices_hears_once() -> None:
    """The customer that both of them are."""
    world = World(rulebook(rule(SEQUENCE, after={"event": "price_drop"}, anchor="each"))).catalog("mug", price="10")
    for device in ("phone", "tablet"):
        world.after("1m").as_(device).sees("mug").signs_in("ada")
    assert [shot.person for shot in world.after("1d").catalog("mug", price="9").drain().triggers()] == ["c:ada"]


@pytest.mark.parametrize(
    ("where", "price", "heard"),
    [
        ("event.price < event.price_before * 0.9", "8.99", True),
        ("event.price < event.price_before * 0.9", "9", False),
        ('event.category == "cups" && event.stock > 3', "9", True),
        ('event.category == "pots"', "9", False),
    ],
)
def test_its_fields_can_be_asked(where: str, price: str, heard: bool) -> None:
    """Prices and stocks are numbers."""
    world = shop({"event": "price_drop", "where": where}).catalog("mug", price=price)
    assert world.drain().sent() == [SEQUENCE] * heard


@pytest.mark.parametrize(
    ("pause", "reason"), [("59m", Reason.HAPPENED), ("60m", Reason.HAPPENED), ("60m 1ms", Reason.DUE)]
)
def test_it_ends_what_waits(pause: str, reason: Reason) -> None:
    """Until the due time, that instant included; of the same product alone where the rule says so."""
    unless = [{"event": "price_changed"}]
    world = World(rulebook(rule(SEQUENCE, after={"event": "product_viewed"}, unless=unless, same="product_id")))
    world.catalog("mug", price="10").catalog("pot", price="20").after("1m").sees("mug").sees("pot", ago="1ms")
    world.after(pause).catalog("mug", price="11").drain()
    assert world.why(SEQUENCE) is not None
    reasons = [decision.reason for decision in world.decisions()]
    assert sorted(reasons) == sorted([reason, Reason.DUE])


def test_what_no_rule_asks_does_not_travel() -> None:
    """Only what `where` wants goes to who has looked."""
    world = shop({"event": "price_drop", "where": "event.price < 5"}).catalog("mug", price="9").after("1m")
    world.outcomes()
    assert world.counts["facts", "product_looked"] == 1
    assert ("facts", "product_happened") not in world.counts


def test_a_name_that_is_none_is_mended() -> None:
    """As other events are; and so is a field that these have not."""
    text = "name: x\nrules:\n  - {{id: r, kind: sequence, wait: 1h, after: {{event: {event}, where: {where}}}}}\n"
    for event, where, sentence in (
        ("price_drops", "event.price < 5", "did you mean 'price_drop'?"),
        ("price_drop", 'event.cart_id == "a"', "cart_id"),
    ):
        with pytest.raises(RulebookRefused) as refused:
            rulebook_from_text(text.format(event=event, where=where), "x.yaml", mistakes_in)
        assert sentence in str(refused.value)
