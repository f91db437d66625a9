"""How much is kept of a person: each limit, what goes first, and that all of them together fit into a record."""

from collections import Counter

import orjson
import pytest
from msgspec.structs import replace

from schemas.base import ID_CHARS_MAX
from schemas.facts.order_facts import OrderDetails
from schemas.facts.profile_facts import (
    CLICK,
    ITSELF,
    LINKING,
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
from schemas.rules.groups import GROUPS_MAX
from schemas.state.person import Activity, BoughtLine, Episode, Fired, Held, Person, Spoke
from schemas.state.profile import Entry, Profile
from streams.limits import ID_BYTES_MAX, RECORD_BYTES_MAX, how_many, size_of, too_many, uncounted
from streams.person import consent, payments, person_limits, rings
from streams.person.carts import LINES_MAX
from streams.person.memory import PLACES_MAX, merge
from streams.person.numbers import purchases, spend, views, visits, within
from streams.person.person_limits import ORDERS_MAX
from streams.person.rhythm import DAY_MS
from streams.person.rings import VISITED_MAX
from streams.policy.blasts import Blasts
from streams.profiles import identity, wishes
from streams.profiles.profile import (
    CUSTOMER_JOURNAL_BYTES_MAX,
    VISITOR_JOURNAL_BYTES_MAX,
    entry_bytes,
    note,
)
from streams.profiles.profile_record import encode
from streams.profiles.walk import fold_early
from streams.stage import Effects
from streams.triggers import episodes
from streams.triggers.case import Case
from streams.triggers.fold import fold
from streams.triggers.in_force import InForce
from streams.triggers.kinds import HEARS
from streams.triggers.opening_rules import OpeningRules
from streams.visits import namings, visit_limits, visitors
from streams.visits.visitor_record import encode as encode_visitor
from streams.visits.visitors import Visit, Visitor, settle
from tests.world import World, rule, rulebook

BOOK = rulebook(rule("browse_abandonment"), rule("cart_abandonment"))
RULES = OpeningRules(BOOK, HEARS)
NOTHING = SessionOpened(1, "e", "phone")
INHERITED = Inherited(1, "e", "phone", on_site=True, person=Person())


def wide(number: int) -> str:
    """An id of the most bytes."""
    return f"{number:04}" + "🛒" * (ID_CHARS_MAX - 4)


def case(person: Person, key: str = "c:ada") -> Case:
    """At the beginning of time."""
    return Case(key, Profile(person), InForce(BOOK), RULES, Blasts(1), Effects(), at=0, now=0)


def cuts(of: Case) -> dict[str, int]:
    """What was cut, and how often."""
    return {name[1]: by for name, by in of.effects.counts.items() if name[0] == "cut"}


def added(number: int, product: str = "mug") -> CartChanged:
    """A product in the cart."""
    return CartChanged(number, f"e{number:05}", "phone", "add", (CartLine(product, 1),))


def test_an_id_has_at_most_the_bytes_that_are_reckoned_with() -> None:
    """The longest in characters, the widest in bytes, and one that JSON escapes throughout."""
    assert max(size_of(text * ID_CHARS_MAX) for text in ("a", "é", "🛒", '"', "\\")) < ID_BYTES_MAX


OF_A_PERSON = (
    person_limits.CART_BYTES_MAX
    + person_limits.ORDERS_BYTES_MAX
    + rings.SHELF_BYTES_MAX
    + payments.AWAITED_BYTES_MAX
    + 2 * person_limits.GONE_BYTES_MAX
    + episodes.EPISODES_BYTES_MAX
    + person_limits.FIRED_BYTES_MAX
    + person_limits.SENDS_BYTES_MAX
    + person_limits.SPOKE_MAX * 128
    + person_limits.SCOPES_MAX * 96
    + 4 * consent.WORDS_MAX * 64
    + rings.VISITED_MAX * 32
    + rings.OLDER_MAX * 48
    + GROUPS_MAX * 68
    + 15 * ID_BYTES_MAX
)
"""What a profile of either kind may hold, with what has no limit of its own: ten viewed products, the last activity, a
few names."""


def test_all_limits_of_a_customer_together_are_less_than_a_record() -> None:
    """With devices, what others bought on them, and what they are about to bring; links are a visitor's."""
    held = (
        OF_A_PERSON
        + CUSTOMER_JOURNAL_BYTES_MAX
        + person_limits.ORDERS_BYTES_MAX
        + person_limits.PRESENT_BYTES_MAX
        + person_limits.VISITORS_BYTES_MAX
        + person_limits.EXITS_BYTES_MAX
        + person_limits.JOINING_BYTES_MAX
    )
    assert held < 0.9 * RECORD_BYTES_MAX


def test_all_limits_of_a_visitor_together_are_less_than_a_record() -> None:
    """Visits with all they may hold, the hashes of the ids seen, whose the visitor is, and the person: one device, and
    nobody else's orders."""
    visit = (
        visitors.FRESH_BYTES_MAX
        + visitors.TIES_BYTES_MAX
        + namings.NAMINGS_BYTES_MAX
        + visitors.CLICK_TIMES_MAX * visitors.TIME_BYTES
        + (visitors.PRODUCTS_MAX + 2) * ID_BYTES_MAX
    )
    profile = (
        OF_A_PERSON + VISITOR_JOURNAL_BYTES_MAX + identity.LINKS_BYTES_MAX + (2 * wishes.WISHES_MAX + 3) * ID_BYTES_MAX
    )
    ends = 2 * (visitors.VISITS_MAX - visit_limits.VISITS_FEW) * ID_BYTES_MAX
    assert visit_limits.VISITS_FEW * visit + ends + 4096 + profile < RECORD_BYTES_MAX


@pytest.mark.parametrize(("bytes_max", "fit"), [(9, 2), (10, 2), (11, 3), (12, 3)])
def test_what_fits_is_measured_with_what_stands_between(bytes_max: int, fit: int) -> None:
    """An entry of three bytes takes four; the last or the first ones stay."""
    entries = ["a", "b", "c"]
    assert how_many(entries, bytes_max + 1) == fit
    assert too_many(entries, bytes_max + 1) == 3 - fit


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
    shelf, kept = one.person.shelf, len(one.person.orders)
    assert size_of(shelf) <= rings.SHELF_BYTES_MAX
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
    assert (len(one.person.orders), len(one.person.shelf), cuts(one)["orders"]) == (ORDERS_MAX, ORDERS_MAX, 100)
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
    awaited = one.person.awaited
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
    person = Person(spoke={f"rule-{number}": Spoke(1, 1000 - number) for number in range(person_limits.SPOKE_MAX + 2)})
    person_limits.keep_short(person, INHERITED, uncounted)
    assert (len(person.spoke), "rule-0" in person.spoke, "rule-201" in person.spoke) == (200, True, False)


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


def full_of(facts: int) -> Profile:
    """A profile in whose journal so many changes of a cart wait."""
    profile = Profile()
    for number in range(facts):
        note(profile, Entry(added(number, wide(number))))
    return profile


@pytest.mark.parametrize(
    ("key", "limit"), [("c:ada", CUSTOMER_JOURNAL_BYTES_MAX), ("v:phone", VISITOR_JOURNAL_BYTES_MAX)]
)
def test_when_too_much_waits_the_oldest_facts_are_folded_early(key: str, limit: int) -> None:
    """Within the limit nothing happens; beyond it no more than needed, and all of it counts."""
    profile = full_of(100)
    one = case(profile.person, key)
    fold_early(one, profile, lambda key, fact: None)
    assert (len(profile.journal), cuts(one)) == (100, {})
    profile = full_of(400)
    one = case(profile.person, key)
    fold_early(one, profile, lambda key, fact: None)
    waiting = sum(entry_bytes(entry) for entry in profile.journal)
    assert waiting <= limit < waiting + 2 * ID_BYTES_MAX
    assert cuts(one)["journal"] == 400 - len(profile.journal)
    assert profile.journal[0].fact.at == cuts(one)["journal"]
    assert wide(0) in profile.person.cart
    assert len(encode(profile)) < RECORD_BYTES_MAX


def test_an_outage_of_orders_loses_no_purchase_and_reminds_of_none() -> None:
    """A page says the same old order over and over for hours while orders are behind. The facts count early, the timer
    of the cart does not; and the purchase of the first hour, once it is known, ends it."""
    world = World(rulebook(rule("cart_abandonment")), lateness="5h")
    world.orders(wide(0)).advance("1m").adds("mug")
    for number in range(240):
        world.advance("1m").orders(wide(0), event_id=wide(number + 1))
    assert world.sent() == []
    assert world.counts[("cut", "journal")] > 100
    world.orders("O1", on_site=False, ago="200m").advance("9h")
    assert world.sent() == []


def test_what_counted_early_is_due_all_the_same() -> None:
    """Without a purchase the reminder goes out when W has come to its due time."""
    world = World(rulebook(rule("cart_abandonment")), lateness="4h")
    for _ in range(200):
        world.advance("1m").sets_cart({wide(number): 1 for number in range(30)})
    world.advance("9h")
    assert [(shot.anchor, shot.due) for shot in world.triggers()] == [(60_000, 3_660_000)]


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


def test_ties_and_fresh_clicks_of_a_visit_are_cut_by_bytes() -> None:
    """The first ties stay, the latest fresh clicks."""
    fresh = [(1000 + number // 2, wide(number)) for number in range(200)]
    visit = Visit(1000, 1100, "a", "b", list(fresh))
    counted: Counter[str] = Counter()
    settle(visit, 1000, lambda what, by: counted.update({what: by}))
    assert visit.fresh == fresh[counted["fresh"] :]
    assert [*visit.ties] == fresh[: len(visit.ties)]
    assert counted["ties"] > 0
    assert size_of(visit.fresh) <= visitors.FRESH_BYTES_MAX
    assert size_of(visit.ties) <= visitors.TIES_BYTES_MAX
    assert len(encode_visitor(Visitor((visit,)))) < 64 * 1024


@pytest.mark.parametrize("more", [0, 1, visitors.VISITS_MAX - visit_limits.VISITS_FEW])
def test_more_than_a_few_visits_share_what_a_few_may_hold(more: int) -> None:
    """Up to a few each hold all; as many as may be open hold no more together."""
    few, counted = visit_limits.VISITS_FEW, Counter[str]()
    held = []
    for number in range(few + more):
        at = number * 10_000
        products = dict.fromkeys(wide(one) for one in range(visitors.PRODUCTS_MAX))
        visit = Visit(at, at, "a", "b", [(at + one, wide(one)) for one in range(30)], products=products)
        visit.ties = tuple((at, wide(one)) for one in range(3))
        visit.namings = [(at + one, wide(one), "ada", True) for one in range(10)]
        visit.clicks = visitors.pack_times(range(at, at + visitors.CLICK_TIMES_MAX))
        held.append(visit)
    visit_limits.settle_visits(Visitor(tuple(held)), 0, lambda what, by: counted.update({what: by}))
    assert ("products" in counted) is (more > 0)
    for what, limit in (
        ("fresh", visitors.FRESH_BYTES_MAX),
        ("ties", visitors.TIES_BYTES_MAX),
        ("namings", namings.NAMINGS_BYTES_MAX),
        ("products", visitors.PRODUCTS_MAX * ID_BYTES_MAX),
    ):
        assert sum(size_of(list(getattr(visit, what))) for visit in held) <= few * limit
    assert sum(len(visit.clicks) for visit in held) <= few * visitors.CLICK_TIMES_MAX * visitors.TIME_BYTES


def test_a_visit_too_many_closes_the_oldest() -> None:
    """A backlog in which a visitor comes back every hour, read in one go: all are told, none is lost."""
    visitor = Visitor()
    for number in range(visitors.VISITS_MAX + 1):
        visitors.insert(visitor, number * 100, f"e{number}", 10, 1 << 60, 0)
    at_hand = visitor.visits[0]
    told = list(visitors.close_oldest("phone", visitor, 10, at_hand, uncounted))
    assert [fact.fact for fact in told] == ["session_opened", "session_closed"]
    assert (visitor.visits[0], visitor.closed_end) == (at_hand, 100)


def test_what_becomes_of_a_record_is_as_large_as_its_parts_say() -> None:
    """The measure of a waiting fact is never less than its bytes in the record, and hardly more."""
    fact = replace(added(1), event_id=wide(1))
    profile = Profile(person=Person(active=Activity(1, "e", "o", None)))
    empty = len(encode(profile))
    entry = Entry(fact, "ada")
    note(profile, entry)
    assert 0 <= entry_bytes(entry) - (len(encode(profile)) - empty) < 90
    assert fact.place() == (1, CLICK, wide(1), ITSELF) != (1, CLICK, wide(1), LINKING)
