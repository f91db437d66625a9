"""The shelves of a person: one with nothing on it is not there, and what is tried on is not the person's."""

from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from msgspec import Struct

from schemas.facts.order_facts import OVERDUE, OrderDetails
from schemas.facts.profile_facts import (
    CartBought,
    CartChanged,
    CartLine,
    CheckoutReached,
    Fact,
    FactInOrder,
    Inherited,
    Linked,
    OrderPlaced,
    OrderTold,
)
from schemas.facts.suspected import Suspected
from schemas.reading.wire import write_fact
from schemas.state.person import Activity, Person
from schemas.state.profile import Entry, Profile
from schemas.state.shelves import Buying
from streams.person.memory import remember
from streams.person.named_carts import hash_of
from streams.profiles.arrivals import arrive
from streams.profiles.profile import known_person, note
from streams.profiles.profile_record import decode, encode
from streams.profiles.walk import walk
from streams.triggers.suspicion import suspect
from tests.streams.wide import case, case_of

OF_A_PERSON = get_type_hints(Person)
SHELVES: dict[str, type[Struct]] = {
    name: shelf
    for name, of in OF_A_PERSON.items()
    for shelf in get_args(of)
    if NoneType in get_args(of) and shelf is not NoneType and name != "active"
}


@pytest.mark.parametrize("name", SHELVES)
def test_a_shelf_with_nothing_on_it_is_not_in_the_record(name: str) -> None:
    """Equal people have equal records, whatever was put there and taken away again."""
    said: dict[str, Any] = {name: SHELVES[name]()}
    assert encode(Profile(Person(**said))) == encode(Profile())


def told(at: int, change: Any, product: str, cart: str = "", checkout: str = "") -> CartChanged:
    """A change of the phone's cart."""
    carts = tuple([id_ for id_ in (cart, checkout) if id_])
    return CartChanged(at, f"e{at}", "phone", change, (CartLine(product, 1000),), ("C", "url"), carts)


def paid(at: int, order: str, *, by: str | None = None) -> OrderPlaced:
    """The feed says that the order is paid."""
    details = OrderDetails("order_placed", "sure")
    return OrderPlaced(at, f"e{at}", "phone", order, on_site=False, by=by, details=details, carts=("c9",))


def open_(at: int, order: str) -> OrderTold:
    """The feed says that the order's payment is open."""
    return OrderTold(at, f"e{at}", "phone", order, OrderDetails("order_placed", "open"), due=at + 100)


def failed(at: int, order: str) -> OrderTold:
    """The payment has not come."""
    return OrderTold(at, f"e{at}", "phone", order, OrderDetails(OVERDUE, "failed"))


@pytest.mark.parametrize("stops", [[9], [2, 9], [3, 9], [4, 9]], ids=str)
def test_what_is_handed_over_is_the_same_however_often_it_was_written_before(stops: list[int]) -> None:
    """Something is put into the cart, taken out and ordered: nothing of that is left on the shelf of carts."""
    profile, heard = Profile(), list[bytes]()
    order = OrderPlaced(3, "e3", "phone", "O", on_site=True)
    link = Linked(4, "e4", "phone", "ada", on_site=True)
    facts: list[FactInOrder] = [told(1, "add", "mug"), told(2, "remove", "mug"), order, link]

    def tell(_: str, fact: Fact) -> None:
        if type(fact) is Inherited:
            heard.append(write_fact(fact))

    for until in stops:
        one = case_of(profile, "v:phone")
        while facts and facts[0].at < until:
            arrive(one, profile, facts.pop(0), 0, tell)
        walk(one, profile, until, tell)
        profile = decode(encode(profile))
    person = Person(cart_changed_at=2, added_at=1, orders={"O": ((3, 0, "e3"),)}, last_order_at=3)
    person.active, person.buying = Activity(3, "e3", "phone", "phone"), Buying(first_order_at=3)
    assert heard == [write_fact(Inherited(4, "e4", "phone", on_site=True, person=person))]


def test_what_is_tried_on_changes_nobody() -> None:
    """What waits is taken into a copy of the cart, and of all that is known of carts and orders."""
    person, joining = Person(), Person()
    before: list[FactInOrder] = [
        told(1, "add", "mug", "c1", "k1"),
        told(2, "remove", "jug", "c2"),
        open_(3, "O1"),
        told(4, "set", "mug", "c3", "k3"),
        open_(5, "O2"),
        told(6, "set", "pot", "c4", "k4"),
        paid(7, "O3", by="bob"),
        told(8, "remove", "cup", "c5"),
        told(9, "set", "pot", "c6", "k6"),
    ]
    for fact in before:
        remember(person, fact)
    remember(joining, told(8, "set", "tea", "c7", "k7"))
    remember(joining, paid(9, "O7"))
    suspect(case(person), Suspected(9, "s", "phone", "customers", 1, 9))
    profile = Profile(person)
    waiting: list[FactInOrder] = [
        CheckoutReached(11, "e11", "phone", ("c8", "k8")),
        told(12, "set", "pan", "c6", "k8"),
        told(13, "remove", "tea"),
        failed(14, "O1"),
        paid(15, "O2"),
        CartBought(16, "e16", "O5", ("c6",), hash_of("c:eve")),
        open_(17, "O6"),
        paid(18, "O8", by="bob"),
        Inherited(19, "e19", "laptop", on_site=True, person=joining),
    ]
    for fact in waiting:
        assert note(profile, Entry(fact))
    written = encode(profile)
    known = known_person(profile, (20, 0, "", 0))
    assert encode(Profile(known)) != encode(Profile(profile.person))
    assert encode(profile) == written
