"""Seeded synthetic shops in native format, dense in ties, exact due times, links and repeated orders, thank-you pages,
emptied carts, whole carts, news of orders that nobody has heard of, and purchases on somebody else's device."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from tests.oracle.records import EPOCH, millis

Json = dict[str, Any]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
GAP, WAIT, SILENCE = 30 * MINUTE, HOUR, 2 * DAY
START = (datetime(2025, 6, 2, 8, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
PRODUCTS = [f"sku-{number}" for number in range(6)]
ZONES = [UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5, minutes=30))]

PAYMENTS = ["pending", "failed", "paid", "authorized", "offline", "on the moon"]

THEMES: dict[str, list[str]] = {
    "browse": ["product_viewed", "product_viewed", "page_viewed", "product_list_viewed", "product_searched"],
    "glance": ["page_viewed", "product_searched", "page_ping", "custom", "cart_viewed", "identified"],
    "exit": ["product_viewed", "product_viewed", "product_viewed", "exit_signal"],
    "cart": ["product_viewed", "cart_item_added", "cart_item_added", "cart_item_removed", "cart_viewed", "exit_signal"],
    "edit": ["cart_item_added", "cart_item_removed", "cart_item_removed", "cart_updated", "cart_updated"],
    "checkout": ["cart_item_added", "checkout_started", "checkout_progressed", "checkout_progressed", "page_ping"],
    "order": ["product_viewed", "cart_item_added", "checkout_started", "ORDER", "ORDER", "exit_signal"],
    "newcomer": ["product_viewed", "cart_item_added", "cart_item_removed", "cart_updated", "checkout_started", "ORDER"],
    "mixed": ["product_viewed", "cart_item_added", "cart_updated", "checkout_started", "ORDER", "exit_signal", "TIE"],
}


class World(NamedTuple):
    """Native clicks and orders, each sorted by (time, event id)."""

    clicks: list[Json]
    orders: list[Json]


class _Visitor:
    """A browser or device: the accounts it is used with in turn, and who is logged in."""

    def __init__(self, name: str, accounts: list[str]) -> None:
        self.name = name
        self.accounts = accounts
        self.account: str | None = None
        self.links_by_click = True


class _Shop:
    """Collects the records of one world."""

    def __init__(self, seed: int, days: int) -> None:
        self.rng = random.Random(seed)
        self.end = START + days * DAY
        self.number = 0
        self.clicks: list[Json] = []
        self.orders: list[Json] = []
        self.order_ids: list[str] = ["O-shared"]
        self.carts: dict[str, list[Json]] = {}

    def chance(self, probability: float) -> bool:
        """Whether something happens."""
        return self.rng.random() < probability

    def event_id(self) -> str:
        """A unique id whose order says nothing about the time."""
        self.number += 1
        return f"{self.rng.getrandbits(24):06x}-{self.number}"

    def stamp(self, time: int) -> int | str:
        """The time as an integer or as RFC 3339 in some zone."""
        if self.chance(0.5):
            return time
        moment = EPOCH + timedelta(milliseconds=time)
        text = moment.astimezone(self.rng.choice(ZONES)).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")

    def price(self) -> float | str:
        """Money as a number or as a string."""
        amount = self.rng.randrange(100, 9_900) / 100
        return amount if self.chance(0.5) else f"{amount:.2f}"

    def keep(self, records: list[Json], record: Json) -> None:
        """Take a record, at times twice."""
        records.append(record)
        if self.chance(0.05):
            records.append(dict(record))

    # -- clicks ------------------------------------------------------------------------------------------------------

    def click(self, visitor: _Visitor, kind: str, time: int, *, named: bool | None = None, **fields: object) -> None:
        """One click; `named` says whether it carries the account."""
        record: Json = {
            "event_id": self.event_id(),
            "type": kind,
            "occurred_at": self.stamp(time),
            "visitor_id": visitor.name,
        }
        if named is None:
            named = visitor.links_by_click and self.chance(0.5)
        if named and visitor.account:
            record["customer_id"] = visitor.account
        record |= self.details(visitor, kind)
        record |= fields
        self.keep(self.clicks, record)

    def details(self, visitor: _Visitor, kind: str) -> Json:
        """The fields that a type of click has."""
        rng = self.rng
        match kind:
            case "product_viewed":
                return {"product_id": rng.choice(PRODUCTS), "category": rng.choice(["toys", "shoes"])}
            case "cart_item_added":
                return self.line(rng.choice([None, 1, 1, 2, 3, 0]))
            case "cart_item_removed":
                return self.line(rng.choice([None, 1, 1, 2, 9]))
            case "cart_updated":
                return {"lines": self.whole_cart(visitor)}
            case "exit_signal":
                return {"exit_kind": rng.choice(["mouse_leave", "tab_hidden", "back_button"])}
            case "custom":
                return {"name": "wishlist_opened"}
            case "product_searched":
                return {"query": "red shoes"}
        return {}

    def line(self, quantity: int | None) -> Json:
        """A product with its price and perhaps a quantity."""
        line: Json = {"product_id": self.rng.choice(PRODUCTS[:4]), "price": self.price(), "currency": "EUR"}
        if quantity is not None:
            line["quantity"] = quantity
        return line

    def whole_cart(self, visitor: _Visitor) -> list[Json]:
        """The lines of an update: often the ones of the last update again, perhaps at new prices, at times none."""
        if visitor.name in self.carts and self.chance(0.45):
            lines = list(self.carts[visitor.name])
            self.rng.shuffle(lines)
            return [line | {"price": self.price()} for line in lines] if self.chance(0.3) else lines
        lines = [self.line(self.rng.choice([None, 1, 2])) for _ in range(self.rng.choice([0, 1, 1, 2]))]
        self.carts[visitor.name] = lines
        return lines

    # -- orders ------------------------------------------------------------------------------------------------------

    def order_id(self) -> str:
        """A new order id, or one that has been seen."""
        if self.chance(0.15):
            return self.rng.choice(self.order_ids[-4:])
        self.order_ids.append(f"O-{len(self.order_ids)}")
        return self.order_ids[-1]

    def order(self, whose: Json, order_id: str, time: int, kind: str = "order_placed", **fields: object) -> None:
        """An order of these ids, in one record or in one for each line."""
        for offset in self.rng.choice([[0], [0], [0], [0, 0], [0, 1, 2 * SECOND]]):
            record: Json = {
                "event_id": self.event_id(),
                "type": kind,
                "order_id": order_id,
                "occurred_at": self.stamp(time + offset),
                **whose,
                **fields,
            }
            if self.chance(0.7):
                count = self.rng.choice([0, 1, 2])
                record["lines"] = [
                    {"product_id": product, "quantity": self.rng.choice([1, 2]), "unit_price": self.price()}
                    for product in self.rng.sample(PRODUCTS, count)
                ]
                record["currency"] = "EUR"
            self.keep(self.orders, record)

    def whose(self, visitor: _Visitor) -> Json:
        """The ids on an order: one or both; now and then those of somebody who has borrowed the device."""
        if self.chance(0.08):
            return {"customer_id": self.rng.choice(["c-lent", "c-0", "c-1"]), "visitor_id": visitor.name}
        if not visitor.accounts:
            return {"visitor_id": visitor.name}
        account = visitor.account or visitor.accounts[0]
        both = {"customer_id": account, "visitor_id": visitor.name}
        return self.rng.choice([both, {"customer_id": account}, {"visitor_id": visitor.name}])

    def purchase(self, visitor: _Visitor, time: int) -> None:
        """An order on site, on the orders topic or on both, and what follows it. The store may have a name, the first
        record may be news of the order, and the payment may still be open."""
        order_id, rng = self.order_id(), self.rng
        store: Json = {"store": rng.choice(["north", "south"])} if self.chance(0.2) else {}
        way = rng.choice(["site", "topic", "both", "both", "no id"])
        if way == "no id":
            self.click(visitor, "order_completed", time)
        elif way != "topic":
            self.click(visitor, "order_completed", time, order_id=order_id, **store)
        if way in ("topic", "both"):
            kind = rng.choice(["order_placed"] * 5 + ["order_updated", "order_paid", "order_shipped"])
            paid: Json = {"payment_state": rng.choice(PAYMENTS)} if self.chance(0.2) else {}
            later = rng.choice([0, 0, 1, 5 * SECOND, HOUR, DAY])
            self.order(self.whose(visitor), order_id, time + later, kind, **store, **paid)
        if self.chance(0.3):
            kind = rng.choice(["order_updated", "order_delivered", "order_cancelled", "order_refunded"])
            later = rng.choice([0, MINUTE, WAIT, DAY, SILENCE])
            self.order(self.whose(visitor), order_id, time + later, kind, **store)


def world(seed: int, *, people: int = 24, days: int = 10) -> World:
    """A shop of so many households for so many days; the same seed gives the same world."""
    shop = _Shop(seed, days)
    shared = _Visitor("v-kiosk", ["c-0", "c-1", "c-0"])
    for number in range(people):
        visitors = _household(shop, number)
        if number in (0, 1):
            visitors.append(shared)
        _live(shop, visitors)
    return World(_sorted(shop.clicks), _sorted(shop.orders))


def _household(shop: _Shop, number: int) -> list[_Visitor]:
    """One customer's devices; every fourth is a device without an account, some are shared with a second customer."""
    if number % 4 == 3:
        return [_Visitor(f"v-{number}-anonymous", [])]
    customer, partner = f"c-{number}", f"c-{number}-partner"
    accounts = [[customer], [customer], [customer, partner], [customer, partner, customer]]
    return [_device(shop, f"v-{number}-{device}", shop.rng.choice(accounts)) for device in range(2)]


def _device(shop: _Shop, name: str, accounts: list[str]) -> _Visitor:
    """A new device; some are linked by order records only."""
    visitor = _Visitor(name, accounts)
    visitor.links_by_click = shop.chance(0.7)
    return visitor


def _live(shop: _Shop, visitors: list[_Visitor]) -> None:
    """Visits from the start to the end, many of them at an exact distance from something that happened before."""
    rng = shop.rng
    now = START + rng.randrange(0, 12 * HOUR, MINUTE)
    recent = [now]
    while now < shop.end:
        visitor = rng.choice(visitors)
        _log_in(shop, visitor)
        scene = rng.choice(SCENES) if shop.chance(0.35) else _visit
        recent = sorted(recent + scene(shop, visitor, visitors, now))[-6:]
        if shop.chance(0.55):
            distance = rng.choice([GAP, WAIT, WAIT, WAIT, SILENCE])
            now = max(recent[-1], rng.choice(recent) + distance + rng.choice([-1, 0, 0, 1]))
        else:
            now = recent[-1] + rng.choice([0, 20 * MINUTE, 2 * HOUR, 9 * HOUR, 16 * HOUR, 2 * DAY + HOUR])


def _log_in(shop: _Shop, visitor: _Visitor) -> None:
    """The next account of the device, or none yet."""
    if visitor.accounts and shop.chance(0.3):
        visitor.account = visitor.accounts[0]
        visitor.accounts = visitor.accounts[1:] + visitor.accounts[:1]


def _visit(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """A few clicks of one theme; returns their times."""
    rng = shop.rng
    steps = THEMES[rng.choice(list(THEMES))]
    times = []
    for _ in range(rng.randint(1, 7)):
        _step(shop, visitor, visitors, rng.choice(steps), now)
        times.append(now)
        pause = rng.choice([0, 1, 20 * SECOND, 20 * SECOND, 3 * MINUTE, 3 * MINUTE, 10 * MINUTE, GAP])
        now += pause + (rng.choice([-1, 0, 0, 1]) if pause == GAP else 0)
    return times


def _step(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], step: str, now: int) -> None:
    """One click, one purchase, or a tie of several records."""
    if step == "ORDER":
        shop.purchase(visitor, now)
    elif step == "TIE":
        _tie(shop, visitor, shop.rng.choice(visitors), now)
    else:
        shop.click(visitor, step, now)


def _tie(shop: _Shop, visitor: _Visitor, other: _Visitor, now: int) -> None:
    """At one time: a click that links, cart events of the same and of another device, perhaps an order."""
    if visitor.accounts and visitor.account is None:
        visitor.account = visitor.accounts[0]
    shop.click(visitor, shop.rng.choice(["identified", "page_viewed", "cart_item_added"]), now, named=True)
    shop.click(visitor, shop.rng.choice(["cart_item_added", "cart_item_removed", "product_viewed"]), now)
    shop.click(other, shop.rng.choice(["cart_item_added", "checkout_started", "exit_signal"]), now)
    if shop.chance(0.5):
        shop.order(shop.whose(visitor), shop.order_id(), now)


def _answer(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """Something that waits an hour, and just then an answer to it by any device or on the orders topic."""
    rng = shop.rng
    for kind in rng.choice([["product_viewed"], ["cart_item_added", "checkout_started"], ["checkout_started"]]):
        shop.click(visitor, kind, now, named=visitor.account is not None)
        now += rng.choice([0, 1, MINUTE])
        shop.click(visitor, "product_viewed", now)
    last = now
    now += rng.choice([0, 1, 20 * MINUTE, WAIT - 1, WAIT, WAIT, WAIT + 1])
    if shop.chance(0.5):
        shop.order(shop.whose(visitor), shop.order_id(), now)
    else:
        other = rng.choice(visitors)
        other.account = other.account or visitor.account
        kind = rng.choice(["cart_item_added", "cart_item_added", "order_completed", "page_viewed"])
        shop.click(other, kind, now, named=True)
    return [last, now]


def _counter(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """One visit within seconds: its clicks name a customer, or two in turn, and an order between them a third."""
    rng = shop.rng
    names = [*visitor.accounts, f"c-{rng.randrange(4)}"]
    if not visitor.accounts:
        return _visit(shop, visitor, visitors, now)
    times = []
    for _ in range(rng.randint(3, 8)):
        if shop.chance(0.25):
            shop.order({"customer_id": names[-1], "visitor_id": visitor.name}, shop.order_id(), now, "order_updated")
        else:
            visitor.account = rng.choice(names[:2])
            shop.click(visitor, rng.choice([*THEMES["mixed"][:3], "page_ping"]), now, named=shop.chance(0.7))
        times.append(now)
        now += rng.choice([0, 1, SECOND, 2 * SECOND])
    return times


def _reorder(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """An order, and the next one just when the first would lapse."""
    whose = shop.whose(visitor)
    again = now + SILENCE + shop.rng.choice([-1, 0, 1])
    shop.order(whose, shop.order_id(), now)
    shop.order(whose, shop.order_id(), again)
    return [shop.rng.choice([now, again])]


def _newcomer(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """A device nobody knows; around it the customer acts elsewhere; then the device is linked, or it never is."""
    rng = shop.rng
    shop.number += 1
    new = _device(shop, f"v-new-{shop.number}", list(visitor.accounts))
    visitors[rng.randrange(len(visitors))] = new
    times = [now]
    for _ in range(rng.randint(1, 4)):
        _step(shop, new, visitors, rng.choice(THEMES["newcomer"]), times[-1])
        times.append(times[-1] + rng.choice([0, 1, MINUTE, 10 * MINUTE]))
    if not visitor.accounts:
        return times
    visitor.account = visitor.account or visitor.accounts[0]
    for _ in range(rng.randint(0, 3)):
        _elsewhere(shop, visitor, max(START, rng.choice(times) + rng.choice([-1, 0, 1, 5 * MINUTE, WAIT - MINUTE])))
    new.account = visitor.account
    times.append(rng.choice(times) + rng.choice([0, MINUTE, 40 * MINUTE, WAIT - 1, WAIT, WAIT + 1]))
    if shop.chance(0.5):
        shop.click(new, rng.choice(["identified", "page_viewed"]), times[-1], named=True)
    else:
        both = {"customer_id": new.account, "visitor_id": new.name}
        shop.order(both, shop.order_id(), times[-1], rng.choice(["order_placed", "order_cancelled", "order_refunded"]))
    return times


def _elsewhere(shop: _Shop, visitor: _Visitor, now: int) -> None:
    """The customer on a device that is known, or on the orders topic alone."""
    if shop.chance(0.35):
        shop.order({"customer_id": visitor.account}, shop.order_id(), now)
    else:
        kind = shop.rng.choice(["cart_item_added", "cart_updated", "product_viewed", "product_viewed"])
        shop.click(visitor, kind, now, named=True)


def _thank_you(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """A purchase, and a step of the checkout around it, within the gap or a moment later, perhaps with a new cart."""
    rng = shop.rng
    shop.click(visitor, "cart_item_added", now)
    shop.click(visitor, "checkout_started", now + MINUTE)
    bought = now + 2 * MINUTE
    _step(shop, visitor, visitors, "ORDER", bought)
    after = bought + rng.choice([-500, 0, 1, 500, SECOND, GAP - 1, GAP, GAP, GAP + 1])
    if shop.chance(0.3):
        between = bought + rng.choice([0, 1, max(1, (after - bought) // 2)])
        shop.click(visitor, rng.choice(["cart_item_added", "cart_updated", "cart_item_removed"]), between)
    shop.click(visitor, rng.choice(["checkout_progressed", "checkout_started"]), after)
    return sorted([now, bought, after])


def _emptied(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """A checkout, and around it a cart that is emptied by hand, all at once or piece by piece."""
    rng = shop.rng
    product: Json = {"product_id": rng.choice(PRODUCTS), "quantity": 1}
    shop.click(visitor, "cart_updated", now, lines=rng.choice([[product], [product], []]))
    begun = now + MINUTE
    shop.click(visitor, "checkout_started", begun)
    emptied = begun + rng.choice([-1, 0, 1, MINUTE, WAIT - 1, WAIT, WAIT + 1])
    if shop.chance(0.5):
        shop.click(visitor, "cart_updated", emptied, lines=[])
    else:
        shop.click(visitor, "cart_item_removed", emptied, **product)
    return sorted([now, begun, emptied])


def _told_whole(shop: _Shop, visitor: _Visitor, visitors: list[_Visitor], now: int) -> list[int]:
    """A product is looked at, and the shop tells whole carts, some of them in a later visit."""
    rng = shop.rng
    times = [now]
    shop.click(visitor, "product_viewed", now)
    for _ in range(rng.randint(1, 3)):
        times.append(times[-1] + rng.choice([0, 1, MINUTE, GAP, GAP + 1, WAIT]))
        shop.click(visitor, rng.choice(["cart_updated", "cart_updated", "product_viewed"]), times[-1])
    return times


Scene = Callable[[_Shop, _Visitor, list[_Visitor], int], list[int]]
SCENES: list[Scene] = [
    *[_answer, _answer, _counter, _reorder, _newcomer, _newcomer, _newcomer],
    *[_thank_you, _thank_you, _emptied, _told_whole],
]


def _sorted(records: list[Json]) -> list[Json]:
    """The records by (time, event id)."""
    return sorted(records, key=lambda record: (millis(record["occurred_at"]), record["event_id"]))


def shuffled(records: list[Json], seed: int, lateness_ms: int) -> list[Json]:
    """A permutation in which no record comes after one that is more than `lateness_ms` younger."""
    rng = random.Random(seed)
    arrivals = []
    for record in records:
        arrival = millis(record["occurred_at"]) + rng.randint(0, lateness_ms)
        arrivals.append((arrival, rng.random(), record))
    arrivals.sort(key=lambda arrived: arrived[:2])
    return [record for _, _, record in arrivals]
