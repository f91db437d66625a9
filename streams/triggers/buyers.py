"""What persons tell products of what they have bought, where a rule asks what products know: of each product that an
order brings, or takes away, all purchases that count by now. So a product need not know what becomes of orders."""

from collections.abc import Iterable

from schemas.facts.product_facts import BoughtTogether, ProductBought, ProductKnown
from schemas.facts.profile_facts import Inherited, OrderPlaced, OrderTold
from schemas.state.profile import PRODUCT
from streams.ids import hash64
from streams.limits import how_many
from streams.person.bought import NONE, Turn, bought_with, purchases_of
from streams.person.orders import counted
from streams.person.rhythm import last_of_days
from streams.person.shelves import buying_of
from streams.records import tell
from streams.triggers.case import Case

About = tuple[int, str, int]
"""Of a record: its time, its event id, and its class among events of one instant."""

TIMES_MAX = 20
"""Purchases of one product by one person that its product knows, the last ones: nineteen gaps are many."""

OTHERS_BYTES_MAX = 4 * 1024
"""What else is in an order, as each of its products hears it. The first by their ids stay."""


def tell_turn(case: Case, fact: OrderPlaced | OrderTold, turn: Turn) -> None:
    """A record has changed what was bought with its order; what is bought by it is asked for."""
    changed = turn.got | turn.lost
    if changed and _asks(case):
        class_, visitor = fact.place()[1], fact.visitor
        times = _times_of(case, changed)
        for product in sorted(changed):
            order_id = fact.order_id if product in turn.got else ""
            told = ProductBought(fact.at, fact.event_id, case.key, product, times[product], class_, order_id, visitor)
            tell(case.effects, PRODUCT + product, told)
    if case.opened.asks_also_bought and (turn.before != turn.after or turn.moved):
        products, before = turn.after or NONE, turn.before or NONE
        bought_at = case.person.orders[fact.order_id][0][0] if products else fact.at
        about = fact.at, fact.event_id, fact.place()[1]
        _tell_order(case, about, fact.order_id, bought_at, products, products.union(before))


def tell_joined(case: Case, fact: Inherited) -> None:
    """Two halves of a person are one: what the visitor bought is the customer's from now on."""
    brought = buying_of(fact.person).kept
    if brought and _asks(case):
        products = {line.product for kept in brought.values() for line in kept.lines}
        times = _times_of(case, products)
        for product in sorted(products):
            told = ProductBought(fact.at, fact.event_id, case.key, product, times[product], fact.place()[1])
            tell(case.effects, PRODUCT + product, told)
    if brought and case.opened.asks_also_bought:
        about = fact.at, fact.event_id, fact.place()[1]
        for place, order_id in sorted(counted(case.person)):
            if order_id in brought:
                bought = bought_with(case.person, order_id) or NONE
                _tell_order(case, about, order_id, place[0], bought, bought)


def tell_gone(case: Case, at: int, event_id: str, class_: int) -> None:
    """What the profile has bought is another's from now on, or is forgotten."""
    if buying_of(case.person).kept and _asks(case):
        for product in sorted(purchases_of(case.person)):
            told = ProductBought(at, event_id, case.key, product, (), class_)
            tell(case.effects, PRODUCT + product, told)
    if case.opened.asks_also_bought:
        for _, order_id in sorted(counted(case.person)):
            products = bought_with(case.person, order_id) or NONE
            _tell_order(case, (at, event_id, class_), order_id, at, NONE, products)


def _tell_order(
    case: Case, about: About, order_id: str, bought_at: int, products: frozenset[str], hearing: frozenset[str]
) -> None:
    """Tell these products what the order has in it by now."""
    at, event_id, class_ = about
    order = hash64(f"{case.key}:{order_id}".encode()).hex()
    for product in sorted(hearing):
        others = sorted(products - {product})
        kept = how_many(others, OTHERS_BYTES_MAX)
        if kept < len(others):
            case.effects.cut("order_partners", len(others) - kept)
        told = BoughtTogether(
            at, event_id, case.key, product, order, bought_at, tuple(others[:kept]), class_, product in products
        )
        tell(case.effects, PRODUCT + product, told)


def _asks(case: Case) -> bool:
    return bool(case.opened.hearing(ProductKnown.fact, case.key))


def _times_of(case: Case, products: Iterable[str]) -> dict[str, tuple[int, ...]]:
    bought = purchases_of(case.person)
    return {
        product: tuple(last_of_days([place[0] for place, _ in bought.get(product, ())])[-TIMES_MAX:])
        for product in products
    }
