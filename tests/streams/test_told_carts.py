"""Who has told which cart: what is kept of it, and for how long."""

from collections import Counter

import pytest

from schemas.facts.profile_facts import CartBought, CartChanged
from schemas.state.cart import Sold
from schemas.state.person import Person
from schemas.state.profile import Profile
from streams.ids import hash64
from streams.limits import uncounted
from streams.person.named_carts import HELD_MAX, SOLD_MAX, hash_of, hashes_of, join_named_carts, lose, sell
from streams.person.shelves import carts_of, own_carts
from streams.profiles import told_carts
from streams.profiles.profile_record import decode, encode, summary_of
from streams.profiles.told_carts import BOUGHT_KEY, ToldCarts, carts_in
from tests.world import BEGINNING_MS

NOW = BEGINNING_MS


def cart(number: int) -> str:
    """The hash of a cart's id."""
    return hash64(b"%d" % number).hex()


def tells(number: int) -> CartChanged:
    """A change of that cart."""
    return CartChanged(NOW, f"e{number}", "phone", "add", (), carts=(cart(number),))


def bought(number: int, order: str = "O", at: int = NOW) -> CartBought:
    """An order of ada's has bought that cart."""
    return CartBought(at, f"{order}-{at}", order, (cart(number),), hash_of("c:ada"))


def test_who_has_told_a_cart_hears_of_its_order_once() -> None:
    """The buyer does not, nor anybody of a later record of the same order."""
    carts, phone, ada = ToldCarts(), Profile(), Profile()
    for key, profile in (("v:phone", phone), ("c:ada", ada)):
        assert list(carts.told(key, profile, tells(1), uncounted)) == []
    assert carts.heard(bought(1)) == ["v:phone"]
    assert carts.heard(bought(1, at=NOW + 1)) == []
    assert carts.heard(bought(1, at=NOW - 1)) == carts.heard(bought(1, order="P")) == ["v:phone"]


def test_who_tells_a_cart_later_hears_of_what_has_bought_it() -> None:
    """Once: to tell it again is no news."""
    carts, phone = ToldCarts(), Profile()
    carts.heard(bought(1))
    assert list(carts.told("v:phone", phone, tells(1), uncounted)) == [bought(1)]
    assert list(carts.told("v:phone", phone, tells(1), uncounted)) == []


def test_the_last_carts_of_a_person_are_known() -> None:
    """Exactly as many as may be are; one more, and the first is cut, and counted."""
    carts, phone, cuts = ToldCarts(), Profile(), Counter[str]()
    for number in range(HELD_MAX + 1):
        assert not cuts
        list(carts.told("v:phone", phone, tells(number), lambda what, many: cuts.update({what: many})))
    assert cuts == {"carts_told": 1}
    assert carts_in(phone.carts) == [cart(number) for number in range(1, HELD_MAX + 1)]
    assert carts.heard(bought(0)) == []
    assert carts.heard(bought(1)) == ["v:phone"]


def test_who_is_forgotten_holds_nothing() -> None:
    """Nobody is told, and nothing is left."""
    carts, phone = ToldCarts(), Profile()
    list(carts.told("v:phone", phone, tells(1), uncounted))
    carts.forget("v:phone", phone.carts)
    assert carts.heard(bought(1)) == []


def test_what_was_bought_is_kept_for_a_while() -> None:
    """Up to the very millisecond; then the changelog has a tombstone."""
    carts = ToldCarts()
    carts.heard(bought(1))
    ((key, value),) = carts.entries()
    assert key.startswith(BOUGHT_KEY)
    assert value is not None
    carts.let_go_before(NOW, uncounted)
    assert carts.entries() == []
    carts.let_go_before(NOW + 1, uncounted)
    assert carts.entries() == [(key, None)]
    assert list(carts.told("v:phone", Profile(), tells(1), uncounted)) == []


def test_of_very_many_the_oldest_go_first() -> None:
    """Counted; those that stay are found."""
    carts, cuts = ToldCarts(), Counter[str]()
    for number in range(told_carts.BOUGHT_MAX + 1):
        carts.heard(bought(number, f"O{number}"))
    carts.let_go_before(0, lambda what, many: cuts.update({what: many}))
    assert cuts == {"bought_carts": told_carts.TOGETHER_MAX}
    phone = Profile()
    assert list(carts.told("v:phone", phone, tells(0), uncounted)) == []
    last = told_carts.BOUGHT_MAX
    assert list(carts.told("v:phone", phone, tells(last), uncounted)) == [bought(last, f"O{last}")]


def test_restored_it_is_what_it_was() -> None:
    """Bought carts from the changelog, holders from their profiles; what is heard next is a record of its own."""
    carts, phone = ToldCarts(), Profile()
    list(carts.told("v:phone", phone, tells(1), uncounted))
    for number in (2, 3):
        carts.heard(bought(number, f"O{number}"))
    (entry,) = carts.entries()
    heir = ToldCarts()
    heir.restore(*entry)
    heir.index("v:phone", summary_of(encode(phone)).carts)
    assert heir.heard(bought(1)) == ["v:phone"]
    assert list(heir.told("v:laptop", Profile(), tells(3), uncounted)) == [bought(3, "O3")]
    ((key, _),) = heir.entries()
    assert key > entry[0]
    heir.restore(entry[0], None)
    assert list(heir.told("v:tablet", Profile(), tells(3), uncounted)) == []


def test_a_profile_keeps_the_carts_once() -> None:
    """In the head of its record, where a restore finds them."""
    phone = Profile()
    bare = len(encode(phone))
    list(ToldCarts().told("v:phone", phone, tells(1), uncounted))
    assert len(encode(phone)) == bare + 8
    assert decode(encode(phone)) == phone


def test_an_id_is_its_stores() -> None:
    """What a click says that names no store may be of any."""

    def of(store: str | None, *, an_order: bool) -> set[str]:
        return set(hashes_of(("C", None, "C"), store, of_an_order=an_order))

    assert len(of("north", an_order=True)) == 2
    assert of("north", an_order=False) | of(None, an_order=False) == of("north", an_order=True)
    assert of(" ", an_order=True) == of(None, an_order=False)
    assert not of("south", an_order=False) & of("north", an_order=True)
    assert hashes_of((None, " "), None, of_an_order=True) == ()


def test_two_who_become_one_know_of_no_more_bought_carts_than_either() -> None:
    """The latest; the cut is counted."""
    person, joining, cuts = Person(), Person(), Counter[str]()
    for number in range(SOLD_MAX):
        own_carts(person).sold[cart(number)] = (Sold(NOW + number, "O"),)
        own_carts(joining).sold[cart(SOLD_MAX + number)] = (Sold(NOW + SOLD_MAX // 2 + number, "P"),)
    join_named_carts(person, joining, lambda what, many: cuts.update({what: many}))
    sold = carts_of(person).sold
    assert (len(sold), cuts) == (SOLD_MAX, {"carts_sold": SOLD_MAX})
    assert min(one.at for sales in sold.values() for one in sales) == NOW + 3 * SOLD_MAX // 4


@pytest.mark.parametrize("orders", [("O", "P"), ("P", "O")], ids="".join)
def test_each_order_that_bought_a_cart_is_known(orders: tuple[str, str]) -> None:
    """Somebody's record of ada's order O named it, and so did another order, before or after: her own record of O,
    which names none, has bought it when she ordered."""
    ada = Person()
    for at, order in enumerate(orders):
        lose(ada, bought(1, order, NOW + at), uncounted)
    assert [one.order for one in carts_of(ada).sold[cart(1)]] == [hash_of(order) for order in orders]
    sell(ada, (), "O", NOW + 2, uncounted)
    assert carts_of(ada).sold == {
        cart(1): (Sold(NOW + orders.index("P"), hash_of("P")), Sold(NOW + 2, hash_of("O"))),
    }


def test_two_who_become_one_know_all_orders_of_a_cart() -> None:
    """The visitor's own order O is the customer's, who had heard of it as another's; what P has bought both know."""
    ada, phone = Person(), Person()
    for at, order in enumerate("OP"):
        lose(ada, bought(1, order, NOW + at), uncounted)
    phone.orders["O"] = ((NOW + 3, 0, "o"),)
    own_carts(phone).sold[cart(2)] = (Sold(NOW + 3, hash_of("O"), "a mug"),)
    join_named_carts(ada, phone, uncounted)
    assert carts_of(ada).sold == {
        cart(1): (Sold(NOW + 1, hash_of("P")),),
        cart(2): (Sold(NOW + 3, hash_of("O"), "a mug"),),
    }
