"""What is bought together with a product: its orders, and with how many of them it shares each of its partners.

Of the products that share at least five orders with this one, those with the highest lift come first: n(ab)·N /
(n(a)·n(b)). N and n(a) are the same for all of them, so n(ab) / n(b) says it. A product knows n(ab) of its own orders;
n(b) its partner tells it. Both are counted at each midnight, UTC, over the orders of the 180 days up to it.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from schemas.facts.product_facts import BoughtTogether, PartnerCounted
from schemas.rules.words import DAY_MS
from schemas.state.product import OrderOf, Partner
from streams.limits import Cut

COUNTED_MS = 180 * DAY_MS
"""How long an order counts; at exactly that age it does not any more."""

JOINT_MIN = 5
"""Orders with both, from which on they say something."""

SHOWN_MAX = 10
"""Products that are shown of those bought together with one."""

ORDERS_MAX = 20_000
"""Orders of a product that are known. The oldest go first, a twentieth of them at a time."""

PARTNERS_MAX = 1_000
"""Partners of a product. Those with the fewest joint orders go first."""

AT_A_TIME = 20


def midnight_from(at: int) -> int:
    """The first midnight, UTC, that has what was at that time behind it; itself, if it is one."""
    return -(-at // DAY_MS) * DAY_MS


def note_order(orders: dict[str, OrderOf], fact: BoughtTogether, cut: Cut) -> list[str]:
    """Take in an order, or that it does not count; which orders have changed."""
    changed = [fact.order]
    orders.pop(fact.order, None)
    if fact.counts:
        orders[fact.order] = OrderOf(fact.bought_at, fact.others)
    if len(orders) > ORDERS_MAX:
        gone = sorted(orders, key=lambda order: (orders[order].at, order))[: len(orders) // AT_A_TIME]
        for order in gone:
            del orders[order]
        cut("orders_of_product", len(gone))
        changed += gone
    return changed


def forget_orders(orders: dict[str, OrderOf], midnight: int) -> list[str]:
    """Drop the orders that count no more; which."""
    gone = [order for order, one in orders.items() if one.at <= midnight - COUNTED_MS]
    for order in gone:
        del orders[order]
    return gone


def count(
    orders: Mapping[str, OrderOf], partners: dict[str, Partner], midnight: int, cut: Cut
) -> tuple[int, list[str]]:
    """Count the orders up to that midnight, that instant included; how many there are, and which partners have
    changed."""
    counted = [one for one in orders.values() if one.at <= midnight]
    joint = Counter([other for one in counted for other in one.others])
    often = sorted([name for name in joint if joint[name] >= JOINT_MIN], key=lambda name: (-joint[name], name))
    if len(often) > PARTNERS_MAX:
        cut("partners", len(often) - PARTNERS_MAX)
    now: dict[str, Partner] = {}
    for name in often[:PARTNERS_MAX]:
        known = partners.get(name)
        now[name] = Partner(joint[name], 0, 0) if known is None else Partner(joint[name], known.orders, known.heard_at)
    for name, known in partners.items():
        if name not in now and known.heard_at > midnight:  # it counts a later day than this product does as yet
            now[name] = Partner(0, known.orders, known.heard_at)
    changed = [name for name in sorted(now.keys() | partners.keys()) if now.get(name) != partners.get(name)]
    partners.clear()
    partners.update(now)
    return len(counted), changed


def hear(partners: dict[str, Partner], fact: PartnerCounted, cut: Cut) -> bool:
    """A partner says with how many orders it was bought; whether that is news."""
    known = partners.get(fact.partner)
    if known is None and len(partners) >= 2 * PARTNERS_MAX:
        cut("partners", 1)
        return False
    if known is not None and known.heard_at >= fact.at:
        return False
    partners[fact.partner] = Partner(0 if known is None else known.joint, fact.orders, fact.at)
    return True


def also_bought(partners: Mapping[str, Partner]) -> tuple[str, ...]:
    """The ten with the highest lift, the highest first; of equal ones the smaller id."""
    ranked = [
        (-Fraction(one.joint, one.orders), name)
        for name, one in partners.items()
        if one.joint >= JOINT_MIN and one.orders > 0
    ]
    return tuple([name for _, name in sorted(ranked)[:SHOWN_MAX]])
