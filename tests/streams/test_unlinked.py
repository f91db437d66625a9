"""A link that turns out to be no news is taken back at the visitor's profile: links, routing, preview."""

import orjson
import pytest

from schemas.facts.profile_facts import (
    CLICK,
    LINKING,
    CartChanged,
    CartLine,
    Fact,
    Joining,
    Linked,
    OrderPlaced,
    Unlinked,
    Withdrawn,
)
from schemas.reading.wire import read_fact, write_fact
from schemas.state.profile import Profile
from streams.policy.blasts import Blasts
from streams.profiles.arrivals import arrive
from streams.profiles.profile import withdraw
from streams.profiles.walk import walk
from streams.stage import Effects
from streams.triggers.case import Case
from streams.triggers.in_force import InForce
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import OpeningRules
from tests.world import World, rule, rulebook

BOOK = rulebook(rule("cart_abandonment"), rule("exit_intent"))
RULES = OpeningRules(BOOK, HEARS)
MUG = (CartLine("mug", 1),)


class Phone:
    """The profile of an unknown visitor; `told` is what it tells others, in order."""

    def __init__(self) -> None:
        self.profile = Profile()
        self.told: list[tuple[str, Fact]] = []

    def hears(self, *facts: Fact) -> None:
        """These facts arrive, and W has passed none of them."""
        for fact in facts:
            arrive(self._case(0), self.profile, fact, 0, self._tell)

    def time_is(self, watermark: int) -> None:
        """W stands there."""
        walk(self._case(watermark), self.profile, watermark, self._tell)

    def takes_told(self) -> list[tuple[str, str]]:
        """Who was told what since the last time."""
        told, self.told = self.told, []
        return [(key, fact.fact) for key, fact in told]

    def _case(self, at: int) -> Case:
        return Case(
            "v:phone",
            self.profile,
            InForce(BOOK),
            RULES,
            Blasts(1),
            Effects(),
            at=at,
            now=at,
        )

    def _tell(self, key: str, fact: Fact) -> None:
        self.told.append((key, fact))


def linked(at: int, customer: str = "ada", *, on_site: bool = True) -> Linked:
    """A link by a click, or by an order."""
    return Linked(at, f"e{at}", "phone", customer, on_site=on_site)


def unlinked(at: int, customer: str = "ada") -> Unlinked:
    """It is no news."""
    return Unlinked(at, f"e{at}", "phone", customer)


def added(at: int) -> CartChanged:
    """A mug in the cart."""
    return CartChanged(at, f"a{at}", "phone", "add", MUG)


def test_what_a_link_had_led_elsewhere_goes_back() -> None:
    """An order named bob between two clicks of ada's visit: with the first click known, the second says nothing."""
    phone = Phone()
    phone.hears(linked(20, "bob", on_site=False), linked(30), added(40))
    phone.takes_told()
    phone.hears(linked(10), unlinked(30))
    assert [customer for _, customer in phone.profile.links] == ["ada", "bob"]
    assert phone.takes_told()[-2:] == [("c:ada", "withdrawn"), ("c:bob", "cart_changed")]


def test_a_preview_follows_the_first_link() -> None:
    """Withdrawn where it went, and told anew from where the link is now; once each."""
    phone = Phone()
    phone.hears(added(5), linked(30))
    phone.takes_told()
    phone.hears(linked(10), unlinked(30))
    assert phone.takes_told() == [("c:ada", "withdrawn"), ("c:ada", "joining")]


def test_a_preview_that_went_to_the_wrong_customer_is_withdrawn() -> None:
    """An order says that the visitor was ada a second before it was bea: bea's exit intents do not show ada's mug."""
    phone = Phone()
    phone.hears(added(5), linked(30, "bea"))
    phone.takes_told()
    phone.hears(linked(20, "ada", on_site=False))
    told = phone.told
    assert [(key, fact.fact) for key, fact in told] == [("c:bea", "withdrawn"), ("c:ada", "joining")]
    bea = Profile(joining={"phone": Joining(30, "e30", "phone", {}, 0, (), True)})
    assert isinstance(told[0][1], Withdrawn)
    withdraw(bea, told[0][1].gone)
    assert bea.joining == {}


def test_a_link_that_was_handed_over_stays() -> None:
    """W has passed it: the customer has inherited."""
    phone = Phone()
    phone.hears(added(5), linked(10))
    phone.time_is(20)
    phone.takes_told()
    phone.hears(unlinked(10))
    assert phone.profile.links == [((10, CLICK, "e10", LINKING), "ada")]
    assert phone.takes_told() == []


def test_without_its_only_link_the_visitor_is_nobody_again() -> None:
    """What had been forwarded is the visitor's own, the preview goes."""
    phone = Phone()
    phone.hears(linked(10), OrderPlaced(20, "o", "phone", "O1", on_site=True))
    phone.takes_told()
    phone.hears(unlinked(10))
    assert phone.profile.links == []
    assert phone.takes_told() == [("c:ada", "withdrawn"), ("c:ada", "withdrawn")]
    assert [entry.to for entry in phone.profile.journal] == [""]


@pytest.mark.parametrize("late_first_click", [False, True])
def test_an_order_that_names_another_holds_until_the_visit_names_somebody_else(late_first_click: bool) -> None:
    """Ada's visit, an order by bob in it, ada's tab pings on: the cart that follows is bob's, whatever came first."""
    world = World(BOOK)
    if not late_first_click:
        world.visits(customer_id="ada")
    world.advance("1s").orders("O1", on_site=False, customer_id="bob", visitor_id="phone")
    world.advance("1s").visits(customer_id="ada")
    if late_first_click:
        world.visits(customer_id="ada", ago="2s")
    world.advance("1s").adds("mug", customer_id="ada").after("2h")
    assert [shot.person for shot in world.triggers()] == ["c:bob"]


def test_facts_are_read_as_they_were_written() -> None:
    """On the inbox."""
    assert orjson.loads(write_fact(unlinked(1)))["fact"] == "unlinked"
    assert read_fact(write_fact(unlinked(1))) == unlinked(1)
    assert unlinked(1).place() == linked(1).place()
