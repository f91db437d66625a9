"""How much is kept of a person: each limit, and what goes first."""

from collections import Counter

import orjson
import pytest
from msgspec.structs import replace

from schemas.facts.order_facts import OrderDetails
from schemas.facts.profile_facts import (
    CLICK,
    CartChanged,
    CartLine,
    Inherited,
    Joining,
    OrderPlaced,
    OrderTold,
    SessionClosed,
    SessionOpened,
)
from schemas.outcomes.decisions import Reason
from schemas.rules.words import DAY_MS
from schemas.state.cart import Held
from schemas.state.order import BoughtLine
from schemas.state.person import Episode, Fired, Person
from schemas.state.shelves import Dealings, Spoke
from streams.limits import size_of, uncounted
from streams.person import payments, person_limits, rings
from streams.person.carts import LINES_MAX
from streams.person.merging import PLACES_MAX, merge
from streams.person.numbers import purchases, spend, views, visits, within
from streams.person.person_limits import ORDERS_MAX
from streams.person.rings import VISITED_MAX
from streams.person.shelves import buying_of
from streams.triggers import episodes
from streams.triggers.fold import fold
from tests.streams.wide import BOOK, added, case, cuts, wide

NOTHING = SessionOpened(1, "e", "phone")
INHERITED = Inherited(1, "e", "phone", on_site=True, person=Person())


@pytest.mark.parametrize("lines", [40, 200])
def test_a_cart_of_long_ids_keeps_the_lines_that_came_first(lines: int) -> None:
    """As it does beyond 200 lines."""
    person = Person(cart={wide(number): Held(1, 100, "EUR", number) for number in range(lines)})
    one = case(person)
    fold(one, added(1, wide(0)))
    cut = cuts(one).get("cart_lines", 0)
    assert (cut > 0) is (lines > 40)
    assert list(person.cart) == [wide(number) for number in range(lines - cut)]
    assert size_of(person.cart) <= person_limits.CART_BYTES_MAX


def test_a_cart_of_ordinary_ids_is_not_cut() -> None:
    """Two hundred lines."""
    person = Person(cart={f"product-{number:030}": Held(1, 100, "EUR", number) for number in range(LINES_MAX)})
    one = case(person)
    fold(one, added(1, f"product-{0:030}"))
    assert (len(person.cart), cuts(one)) == (LINES_MAX, {})


@pytest.mark.parametrize("wide_ids", [False, True])
def test_the_oldest_orders_go_first(wide_ids: bool) -> None:
    """By number, or by bytes."""
    name = wide if wide_ids else str
    person = Person(orders={name(number): ((number, CLICK, name(number)),) for number in range(300)})
    one = case(person)
    fold(one, OrderPlaced(1000, "e", None, "O", on_site=True))
    assert list(person.orders)[-2:] == [name(299), "O"]
    assert len(person.orders) == 301 - cuts(one)["orders"] <= person_limits.ORDERS_MAX
    assert size_of(person.orders) <= person_limits.ORDERS_BYTES_MAX


def of_order(number: int, **details: object) -> OrderDetails:
    """Many lines of the widest ids that one record tells."""
    lines = tuple(BoughtLine(wide(line), 1000, 100, "EUR") for line in range(7))
    return OrderDetails("order_placed", "sure", None, lines, None, number, "EUR", **details)  # type: ignore[arg-type]


def test_of_old_orders_only_what_they_come_to_is_kept() -> None:
    """The products of the last ones stay, as many as there is room for; no amount is lost."""
    one = case(Person())
    for number in range(1, 61):
        fold(one, OrderPlaced(number, wide(number), None, f"O{number}", on_site=False, details=of_order(number)))
    shelf, kept = buying_of(one.person).kept, len(one.person.orders)
    assert size_of(shelf) <= rings.KEPT_ORDERS_BYTES_MAX
    whole = [order_id for order_id, order in shelf.items() if order.lines]
    assert (len(whole), kept) == (60 - cuts(one)["order_lines"], 60 - cuts(one)["orders"])
    assert whole
    assert whole == [f"O{number}" for number in range(61 - len(whole), 61)]
    bought = purchases(one.person)
    assert (sum(each.orders for each in bought), spend(bought, "EUR")) == (60, 60 * 61 // 2)


def test_of_many_small_orders_the_oldest_are_known_by_their_days() -> None:
    """Two hundred for themselves; before them it is known how many there were on a day, and what they came to."""
    one = case(Person())
    for number in range(1, 301):
        placed = OrderDetails("order_placed", "sure", total=number, currency="EUR")
        at = number * DAY_MS // 4
        fold(one, OrderPlaced(at, f"e{number}", None, f"O{number}", on_site=False, details=placed))
    kept_orders = buying_of(one.person).kept
    assert (len(one.person.orders), len(kept_orders), cuts(one)["orders"]) == (ORDERS_MAX, ORDERS_MAX, 100)
    bought = purchases(one.person)
    assert (sum(each.orders for each in bought), spend(bought, "EUR")) == (300, 300 * 301 // 2)
    assert spend(within(bought, 75 * DAY_MS, 65 * DAY_MS), "EUR") == sum(range(41, 301))


def test_visits_of_long_ago_are_known_by_their_days_then_not_at_all() -> None:
    """More than four hundred of a day are one entry; beyond so many days the oldest go, which is counted."""
    one = case(Person())
    closed = SessionClosed(0, "e", "phone", 0, 0, 2, 0, ())
    for number in range(500):
        fold(one, replace(closed, at=number + 30, end=number))
    assert (len(one.person.visited), visits(one.person, 500, 501), views(one.person, 500, 501)) == (400, 500, 1000)
    for number in range(1, 401):
        fold(one, replace(closed, at=number * DAY_MS, end=number * DAY_MS))
    assert len(one.person.visited) == VISITED_MAX
    assert visits(one.person, 400 * DAY_MS, 400 * DAY_MS) == 400
    assert cuts(one)["visited"] == 1


def test_of_open_payments_what_they_took_goes_first_then_the_oldest() -> None:
    """Each takes a cart of wide ids; twenty are waited for."""
    one = case(Person())
    for number in range(1, 61, 2):
        lines = tuple(CartLine(wide(line), 1000) for line in range(6))
        fold(one, CartChanged(number, f"c{number:05}", "phone", "set", lines))
        pending = OrderDetails("order_placed", "open")
        fold(one, OrderTold(number + 1, f"o{number}", None, f"O{number}", pending, due=number + 99))
    awaited = buying_of(one.person).awaited
    assert list(awaited)[-1] == "O59"
    assert awaited["O59"].taken
    assert not awaited[next(iter(awaited))].taken
    assert size_of(awaited) <= payments.AWAITED_BYTES_MAX
    assert len(awaited) + cuts(one)["awaited_payments"] == 30
    assert len(awaited) <= payments.AWAITED_MAX


def test_an_order_that_many_halves_knew_has_two_places() -> None:
    """The earliest and the latest."""
    person = Person()
    for number in (5, 9, 1, 7):
        merge(person, f"phone-{number}", Person(orders={"O": ((number, CLICK, "e"),)}))
    assert person.orders == {"O": ((1, CLICK, "e"), (9, CLICK, "e"))}
    assert len(person.orders["O"]) == PLACES_MAX


def test_of_the_devices_whose_visits_are_open_the_longest_goes_first() -> None:
    """A kiosk chain that signs in under one name."""
    person = Person()
    one = case(person)
    for number in range(person_limits.PRESENT_MAX + 1):
        fold(one, SessionOpened(number, "e", f"kiosk-{number}"))
    assert "kiosk-0" not in person.visits
    assert (len(person.visits), cuts(one)["open_visits"]) == (person_limits.PRESENT_MAX, 1)


def test_of_occasions_that_wait_side_by_side_the_oldest_end_with_a_reason() -> None:
    """A hundred and one visits without a purchase; the cart's own waits on."""
    waiting = [
        Episode("browse_abandonment", "v", "browse_abandonment", 100 + n, 10**9, "e", f"v{n}", None, several=True)
        for n in range(episodes.SEVERAL_MAX + 1)
    ]
    cart = Episode("cart_abandonment", "v", "cart_abandonment", 1, 10**9, "e", "v", None)
    person = Person(episodes=[cart, *waiting])
    one = case(person)
    fold(one, NOTHING)
    assert person.episodes == [cart, *waiting[1:]]
    assert cuts(one) == {"episodes": 1}
    ended = [orjson.loads(out.value) for out in one.effects.outputs]
    assert [(said["verdict"], said["reason"], said["anchor_ms"]) for said in ended] == [("ended", Reason.TOO_MANY, 100)]


def test_occasions_of_long_ids_end_by_their_bytes() -> None:
    """Those of which several wait go first, the oldest of them first."""
    products = tuple(wide(number) for number in range(10))
    waiting = [
        Episode("browse", "v", "browse_abandonment", n, 9, wide(1), wide(2), wide(3), 0, products, several=True)
        for n in range(2, 12)
    ]
    cart = Episode("cart_abandonment", "v", "cart_abandonment", 1, 10**9, wide(1), wide(2), wide(3))
    person = Person(episodes=[cart, *waiting])
    fold(case(person), NOTHING)
    assert person.episodes[0] is cart
    assert [episode.anchor for episode in person.episodes[1:]] == list(range(12 - len(person.episodes) + 1, 12))
    assert size_of(person.episodes) <= episodes.EPISODES_BYTES_MAX


def test_of_what_has_fired_what_has_its_last_word_goes_first() -> None:
    """A purchase can still take back the others."""
    fired = [
        Fired(f"t{number}", "c:ada", "r", "v", "exit_intent", 1, 1, number, None, settled=number % 2 == 1)
        for number in range(70)
    ]
    person = Person(fired=fired)
    counted: Counter[str] = Counter()
    person_limits.few_fired(person, lambda what, by: counted.update({what: by}))
    assert [one.fired_at for one in person.fired if not one.settled] == list(range(0, 70, 2))
    assert (len(person.fired), counted["fired"]) == (person_limits.FIRED_MAX, 20)
    assert [one.fired_at for one in person.fired] == sorted(one.fired_at for one in person.fired)


def test_of_rules_that_spoke_the_longest_silent_go_first() -> None:
    """Some are gone from the rulebook."""
    spoke = {f"rule-{number}": Spoke(1, 1000 - number) for number in range(person_limits.SPOKE_MAX + 2)}
    person = Person(dealings=Dealings(spoke=spoke))
    person_limits.keep_short(person, INHERITED, uncounted)
    assert (len(spoke), "rule-0" in spoke, "rule-201" in spoke) == (200, True, False)


def test_of_previews_the_first_to_come_go_first() -> None:
    """By number, and by bytes."""
    joining = {f"v{number}": Joining(1, "e", f"v{number}", {}, 0, (), True) for number in range(60)}
    person_limits.few_previews(joining, uncounted)
    assert list(joining) == [f"v{number}" for number in range(10, 60)]
    cart = {wide(number): Held(1, None, None, 1) for number in range(40)}
    large = {f"v{number}": Joining(1, "e", f"v{number}", cart, 0, (), True) for number in range(10)}
    person_limits.few_previews(large, uncounted)
    assert size_of(large) <= person_limits.JOINING_BYTES_MAX
    assert "v9" in large


def test_a_preview_names_the_latest_orders() -> None:
    """In as many bytes as it may."""
    orders = [(wide(number), number) for number in range(100)]
    latest = person_limits.latest_orders(orders, uncounted)
    assert latest[-1] == orders[-1]
    assert size_of(latest) <= person_limits.PREVIEW_ORDERS_BYTES_MAX


def test_the_fullest_trigger_is_smaller_than_what_the_dispatcher_reads() -> None:
    """Two hundred lines of the widest ids, as an exit intent knows the cart: cut like any cart."""
    cart = {wide(number): Held(1_000_000, 10**11, "EUR", 1) for number in range(LINES_MAX)}
    products = tuple(wide(number) for number in range(10))
    one = case(Person())
    one.fire(
        Episode("r", "v", "cart_abandonment", 1, 2, wide(1), wide(2), wide(3), 0, products),
        BOOK.rules[1],
        channel="",
        of_device=True,
        about="lines",
        cart=cart,
    )
    assert max(len(out.value) for out in one.effects.outputs) < 100_000
    assert cuts(one)["cart_lines"] == LINES_MAX - len(cart)
