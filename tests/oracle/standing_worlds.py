"""Seeded customers for whom groups change: orders at exact distances from each other and from the instant of their
daily look, some of them undone, in another currency, or without an amount; visits with views between them."""

import random
from decimal import Decimal

from tests.oracle.standing import DAY, Bought, History, Undone, Visit, instant
from tests.oracle.worlds import Json

GAP, MINUTE = 30 * 60_000, 60_000
BEGUN = 1_750_000_000_000
OF_POUNDS = 0.25
DISTANCES = [3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY + 1, 31 * DAY, 45 * DAY]


def histories(seed: int, *, customers: int = 8) -> list[History]:
    """The same seed gives the same customers."""
    rng = random.Random(seed)
    return [_history(rng, f"c{seed}-{number}") for number in range(customers)]


def _history(rng: random.Random, customer: str) -> History:
    bought, undone, visits = list[Bought](), list[Undone](), list[Visit]()
    now = BEGUN + rng.randrange(20 * DAY)
    for number in range(rng.randint(1, 9)):
        order = f"{customer}-{number}"
        total = None if rng.random() < 0.05 else Decimal(rng.choice([5, 10, 20, 50]))
        bought.append(Bought(order, now, total, _currency(rng)))
        if rng.random() < 0.25:
            back = rng.choice([None, Decimal(5), total or Decimal(1)])
            undone.append(Undone(order, now + rng.choice([59 * MINUTE, 60 * MINUTE, 2 * DAY + 7]), back))
        if rng.random() < 0.7:
            start = now + rng.choice([2 * DAY, 9 * DAY]) + rng.randrange(1000, DAY // 2)
            visits.append(Visit(start, start + rng.choice([0, MINUTE, 20 * MINUTE]), rng.randrange(1, 4)))
        now += rng.choice(DISTANCES)
        if rng.random() < 0.3:
            now += (instant(customer) - now) % DAY + rng.choice([-1, 0, 1])
    return History(customer, _apart(visits), bought, undone)


def _currency(rng: random.Random) -> str:
    """Mostly the shop's."""
    turn = rng.random()
    return "USD" if turn < 0.05 else "GBP" if turn < OF_POUNDS else "EUR"


def _apart(visits: list[Visit]) -> list[Visit]:
    """Visits that are none are left out: a pause must end each."""
    kept = list[Visit]()
    for one in sorted(visits):
        if not kept or one.start > kept[-1].end + GAP:
            kept.append(one)
    return kept


def records(told: list[History]) -> tuple[list[Json], list[Json]]:
    """Clicks and orders, each by (time, event id)."""
    clicks, orders = list[Json](), list[Json]()
    for history in told:
        whose = {"customer_id": history.customer}
        for place, visit in enumerate(history.visits):
            for view in range(visit.views):
                at = visit.end if view == visit.views - 1 else visit.start
                clicks.append(_click(f"{history.customer}-v{place}-{view}", at, history.customer, "product_viewed"))
            clicks.append(_click(f"{history.customer}-v{place}", visit.start, history.customer, "page_viewed"))
        for one in history.bought:
            money = {} if one.total is None else {"total": str(one.total)}
            orders.append(_order(f"{one.order}-p", one.at, one.order, "order_placed") | whose | money)
            orders[-1]["currency"] = one.currency
        for number, undone in enumerate(history.undone):
            kind = "order_cancelled" if undone.back is None else "order_refunded"
            money = {} if undone.back is None else {"total": str(undone.back)}
            orders.append(_order(f"{undone.order}-u{number}", undone.at, undone.order, kind) | whose | money)
    return sorted(clicks, key=_place), sorted(orders, key=_place)


def _click(event_id: str, at: int, customer: str, kind: str) -> Json:
    click = {"event_id": event_id, "type": kind, "occurred_at": at, "visitor_id": f"v-{customer}"}
    return click | {"customer_id": customer} | ({"product_id": "mug"} if kind == "product_viewed" else {})


def _order(event_id: str, at: int, order: str, kind: str) -> Json:
    return {"event_id": event_id, "type": kind, "occurred_at": at, "order_id": order}


def _place(record: Json) -> tuple[int, str]:
    return record["occurred_at"], record["event_id"]
