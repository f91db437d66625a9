"""How much is kept of a person, and what goes first when it is more.

Each container is looked at when a fact has made it grow, and measured only where its length leaves a doubt. What goes
is chosen so that it costs no purchase and makes no false reminder where that can be avoided; every cut is counted.
"""

from typing import Final, TypeVar

from schemas.facts.profile_facts import (
    CartChanged,
    FactInOrder,
    Inherited,
    Joining,
    OrderPlaced,
    OrderTold,
    SessionOpened,
    SubscriptionTold,
    TraitsTold,
)
from schemas.state.cart import Cart
from schemas.state.order import Ordered
from schemas.state.person import Fired, Person
from streams.limits import ID_BYTES_MAX, Cut, how_many, size_of, too_many
from streams.person.answers import fit_answers
from streams.person.payments import fit_awaited
from streams.person.rings import fit_kept_orders
from streams.person.rings import let_go as let_go_of_order
from streams.person.send_log import let_go
from streams.person.shelves import buying_of, carts_of, consent_of, dealings_of, presence_of
from streams.person.subscriptions import fit_subscriptions
from streams.person.traits import fit_traits

Time = TypeVar("Time", int, Ordered)

CART_BYTES_MAX: Final = 48 * 1024
"""The lines of a cart, 200 (`carts.LINES_MAX`) of ids of 150 characters. The last to come go first, as those beyond the
200 do."""

ORDERS_MAX: Final = 200
"""Orders by which repeats are known, and what they ended. The oldest go first."""

ORDERS_BYTES_MAX: Final = 24 * 1024
"""These, with the ids of their events: 200 of ordinary ids."""

GONE_MAX: Final = 200
"""Products that were taken out of the cart, and devices whose visit has filled it: they keep what arrives late from
bringing back what is gone. The oldest go first."""

GONE_BYTES_MAX: Final = 16 * 1024

PRESENT_MAX: Final = 100
"""Devices whose visit is open. The visit that began first goes first: its silence counts as if it were over."""

PRESENT_BYTES_MAX: Final = 16 * 1024

VISITORS_MAX: Final = 100
"""Devices that an erasure is told to. The last seen stay: a browser that forgets its id every week has some sixty in
the 400 days for which a visitor is remembered."""

VISITORS_BYTES_MAX: Final = 32 * 1024

FIRED_MAX: Final = 50
"""Triggers of the last days that can still be taken back. What has its last word goes first, then the oldest."""

FIRED_BYTES_MAX: Final = 32 * 1024

SPOKE_MAX: Final = 200
"""Rules of which it is known when they last spoke, some of them gone from the rulebook. The longest silent go first."""

SENDS_MAX: Final = 200
"""What was sent and cannot be taken back any more, as caps count it. The oldest go first: a cap may then let one too
many through."""

SENDS_BYTES_MAX: Final = 8 * 1024
"""These, with short names of channels; of the longest that there may be some 120, more than a cap counts."""

SCOPES_MAX: Final = 30
"""Channels and categories of which it is known whether their messages are wanted. What was given goes first, then the
oldest."""

EXITS_MAX: Final = 100
"""Devices of which the last exit intent is known. The latest are those whose sessions may still run."""

EXITS_BYTES_MAX: Final = 16 * 1024

JOINING_MAX: Final = 50
"""Previews of visitors on their way to a customer. The first to come go first: what they show is told again when the
visitor is inherited; until then no exit intent sees their carts."""

JOINING_BYTES_MAX: Final = 80 * 1024

PREVIEW_ORDERS_BYTES_MAX: Final = 16 * 1024
"""The orders that a preview names. The latest stay."""

SUSPECTED_MAX: Final = 50
"""Visitors of a person who are suspected, some 50 KB of the longest ids. Those who were so first go first."""

_CART_FEW: Final = CART_BYTES_MAX // (ID_BYTES_MAX + 100)
_ORDERS_FEW: Final = ORDERS_BYTES_MAX // (3 * ID_BYTES_MAX)
_GONE_FEW: Final = GONE_BYTES_MAX // ID_BYTES_MAX
_PRESENT_FEW: Final = PRESENT_BYTES_MAX // ID_BYTES_MAX
_VISITORS_FEW: Final = VISITORS_BYTES_MAX // ID_BYTES_MAX
_FIRED_FEW: Final = FIRED_BYTES_MAX // (3 * ID_BYTES_MAX)
_SENDS_FEW: Final = SENDS_BYTES_MAX // 80
_EXITS_FEW: Final = EXITS_BYTES_MAX // ID_BYTES_MAX
_PREVIEW_ORDERS_FEW: Final = PREVIEW_ORDERS_BYTES_MAX // ID_BYTES_MAX


def keep_short(person: Person, fact: FactInOrder, cut: Cut) -> None:
    """Cut what the fact has made too long of what the person remembers. The occasions that wait are looked at once the
    rules have seen the fact."""
    kind = type(fact)
    if kind is CartChanged:
        _of_the_cart(person, cut)
    elif kind is SessionOpened:
        _of_visits(person, cut)
    elif kind is OrderPlaced or kind is OrderTold:
        _of_orders(person, cut)
    elif kind is TraitsTold:
        fit_traits(person, cut)
    elif kind is SubscriptionTold:
        fit_subscriptions(person, cut)
    elif kind is Inherited:
        _keep_all_short(person, cut)


def _keep_all_short(person: Person, cut: Cut) -> None:
    _of_the_cart(person, cut)
    _of_orders(person, cut)
    _of_visits(person, cut)
    fit_traits(person, cut)
    fit_subscriptions(person, cut)
    few_fired(person, cut)
    few_sends(person, cut)
    few_scopes(person, cut)
    few_spoke(person, cut)
    few_exits(person, cut)
    fit_answers(person, cut)
    few_suspected(person, cut)


def _of_the_cart(person: Person, cut: Cut) -> None:
    fit_cart(person.cart, cut)
    _gone_from_cart(person, cut)


def _of_orders(person: Person, cut: Cut) -> None:
    _orders(person, cut)
    _orders_of_others(person, cut)
    fit_awaited(person, cut)
    fit_kept_orders(person, cut)


def _of_visits(person: Person, cut: Cut) -> None:
    _present(person, cut)
    _visitors(person, cut)


def fit_cart(cart: Cart, cut: Cut) -> None:
    """Cut a cart whose lines take too many bytes, in place."""
    if len(cart) <= _CART_FEW:
        return
    lines = list(cart.items())
    kept = how_many(lines, CART_BYTES_MAX)
    if kept < len(lines):
        for product, _ in lines[kept:]:
            del cart[product]
        cut("cart_lines", len(lines) - kept)


def _orders(person: Person, cut: Cut) -> None:
    orders = person.orders
    if len(orders) <= _ORDERS_FEW or (len(orders) <= ORDERS_MAX and size_of(orders) <= ORDERS_BYTES_MAX):
        return
    oldest = sorted(orders.items(), key=lambda order: order[1])
    gone = max(0, len(oldest) - ORDERS_MAX, too_many(oldest, ORDERS_BYTES_MAX))
    for order_id, _ in oldest[:gone]:
        let_go_of_order(person, order_id, cut)
        del orders[order_id]
        buying_of(person).kept.pop(order_id, None)
    if gone:
        cut("orders", gone)


def _orders_of_others(person: Person, cut: Cut) -> None:
    others = buying_of(person).others
    if len(others) > _ORDERS_FEW and (gone := _oldest(others, ORDERS_MAX, ORDERS_BYTES_MAX)):
        cut("orders_of_others", gone)


def _gone_from_cart(person: Person, cut: Cut) -> None:
    for times in (carts_of(person).taken_out, carts_of(person).gained):
        if len(times) > _GONE_FEW and (gone := _oldest(times, GONE_MAX, GONE_BYTES_MAX)):
            cut("gone_from_cart", gone)


def _present(person: Person, cut: Cut) -> None:
    if len(person.visits) > _PRESENT_FEW and (gone := _oldest(person.visits, PRESENT_MAX, PRESENT_BYTES_MAX)):
        cut("open_visits", gone)


def _visitors(person: Person, cut: Cut) -> None:
    visitors = person.visitors
    if len(visitors) <= _VISITORS_FEW:
        return
    gone = max(len(visitors) - VISITORS_MAX, too_many(visitors, VISITORS_BYTES_MAX))
    if gone > 0:
        cut("visitors", gone)
        del visitors[:gone]


def few_fired(person: Person, cut: Cut) -> None:
    """Cut what has fired and may still be taken back; what has its last word goes first, then the oldest."""
    fired = person.fired
    if len(fired) <= _FIRED_FEW:
        return
    first_to_go = sorted(fired, key=_first_to_go)
    gone = max(len(fired) - FIRED_MAX, too_many(first_to_go, FIRED_BYTES_MAX))
    if gone > 0:
        let_go(person, first_to_go[:gone])
        cut("fired", gone)


def _first_to_go(fired: Fired) -> tuple[bool, int]:
    return not fired.settled, fired.fired_at


def few_sends(person: Person, cut: Cut) -> None:
    """Cut what was sent, the oldest first."""
    sends = dealings_of(person).sends
    if len(sends) > _SENDS_FEW and (gone := max(len(sends) - SENDS_MAX, too_many(sends, SENDS_BYTES_MAX))) > 0:
        del sends[:gone]
        cut("sends", gone)


def few_scopes(person: Person, cut: Cut) -> None:
    """Cut the words on some messages alone. A shop has a few channels; names without end are somebody's mistake."""
    scopes = consent_of(person).scopes
    while len(scopes) > SCOPES_MAX:
        del scopes[min([(refuses, at, scope) for scope, (at, refuses) in scopes.items()])[2]]
        cut("scopes", 1)


def few_spoke(person: Person, cut: Cut) -> None:
    """Cut when rules last spoke, of more rules than a rulebook has."""
    spoke = dealings_of(person).spoke
    while len(spoke) > SPOKE_MAX:
        del spoke[min([(one.at, rule_id) for rule_id, one in spoke.items()])[1]]
        cut("spoke", 1)


def few_suspected(person: Person, cut: Cut) -> None:
    """Cut the suspected visitors."""
    suspected = presence_of(person).suspected
    if len(suspected) > SUSPECTED_MAX:
        cut("suspected", _oldest(suspected, SUSPECTED_MAX, SUSPECTED_MAX * ID_BYTES_MAX))


def few_exits(person: Person, cut: Cut) -> None:
    """Cut the devices' last exit intents."""
    exits = presence_of(person).exits
    if len(exits) > _EXITS_FEW and (gone := _oldest(exits, EXITS_MAX, EXITS_BYTES_MAX)):
        cut("exits", gone)


def _oldest(times: dict[str, Time], most: int, bytes_max: int) -> int:
    """Drop the entries with the earliest times until the rest is few enough; how many they were."""
    oldest = sorted(times.items(), key=lambda entry: (entry[1], entry[0]))
    gone = max(0, len(oldest) - most, too_many(oldest, bytes_max))
    for key, _ in oldest[:gone]:
        del times[key]
    return gone


def latest_orders(orders: list[tuple[str, int]], cut: Cut) -> tuple[tuple[str, int], ...]:
    """Those of the orders, with their times, that a preview may name."""
    if len(orders) > _PREVIEW_ORDERS_FEW:
        orders = sorted(orders, key=lambda order: (order[1], order[0]))
        gone = too_many(orders, PREVIEW_ORDERS_BYTES_MAX)
        if gone:
            orders = orders[gone:]
            cut("preview_orders", gone)
    return tuple(orders)


def few_previews(joining: dict[str, Joining], cut: Cut) -> None:
    """Cut the previews that are more than may be kept, in place."""
    if len(joining) < 2:
        return
    previews = list(joining.values())
    gone = max(len(previews) - JOINING_MAX, too_many(previews, JOINING_BYTES_MAX))
    for preview in previews[: max(0, gone)]:
        del joining[preview.visitor]
    if gone > 0:
        cut("previews", gone)
