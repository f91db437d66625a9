"""A seeded shop in which all of it happens at once: the plain shop with its carts and orders that live, and around its
clicks all else that a rulebook of the whole lifecycle listens to.

What is judged when it arrives (`SECONDS`) happens at seconds of the minute at which nothing else does, and nothing else
has still to come: so even of that the order of arrival may change nothing. All else is busy in the same few seconds of
its minutes, with its ties, and at the exact distances that it had.
"""

import random
from collections.abc import Iterable
from typing import Any, NamedTuple

from schemas.topics import Topic
from tests.oracle.cart_worlds import with_carts
from tests.oracle.order_worlds import with_lives
from tests.oracle.records import millis
from tests.oracle.shop_worlds import world
from tests.oracle.subscription_worlds import subscription
from tests.oracle.worlds import DAY, GAP, HOUR, MINUTE, SECOND, START, World
from tests.properties.batch import LATENESS, Arrival

Json = dict[str, Any]

GOODS = {"sku-0": "coffee-machine", "sku-1": "coffee-beans", "sku-2": "descaler"}
"""What the shipped rulebook calls by name."""

PRODUCTS = (*GOODS.values(), "sku-3", "sku-4", "sku-5")
PAUSES = (0, 1, MINUTE, 10 * MINUTE, GAP - 1, GAP, GAP + 1, 45 * MINUTE, HOUR - 1, HOUR, HOUR + 1, 4 * HOUR, DAY)
LONG = (7 * DAY, 23 * DAY, 27 * DAY, 30 * DAY, 30 * DAY, 60 * DAY)
ZONES = ("Europe/Vienna", "America/New_York", "Pacific/Kiritimati")

BUSY = 5 * SECOND
SPREAD = 10 * SECOND
"""What is busy happens within so long of the minute."""
SECONDS = {"catalog": 26, "exit_signal": 35, "consent_given": 44, "opted_out": 44, "erasure_requested": 44}
"""By type (or topic) of what is judged on arrival: the second of the minute at which it happens."""

WISHES = ("opted_out", "consent_given", "erasure_requested")


class WholeShop(NamedTuple):
    """All records of a shop by their time of event; at one time as the topics stand there: clicks come first."""

    records: list[Arrival]

    def of(self, topic: Topic) -> list[Json]:
        """The records of one topic."""
        return [one.record for one in self.records if one.topic is topic]

    def without(self, *types: str) -> "WholeShop":
        """The shop in which nothing of these types happens."""
        return WholeShop([one for one in self.records if one.record.get("type") not in types])

    def shuffled(self, seed: int) -> list[Arrival]:
        """As it arrives: what is busy up to the lateness later than it happens, and out of order."""
        rng = random.Random(seed)
        late = [
            one if _is_quiet(one.topic, one.record) else one._replace(at=one.at + rng.randint(0, LATENESS))
            for one in self.records
        ]
        return sorted(late, key=lambda one: one.at)

    def doubled(self, seed: int) -> list[Arrival]:
        """As it arrives in order, each record twice: again at once, within the lateness, or hours later."""
        rng = random.Random(seed)
        again = [
            one._replace(at=one.at + rng.choice([0, 0, 1, SECOND, 30 * SECOND, HOUR, 20 * HOUR]))
            for one in self.records
        ]
        return sorted([*self.records, *again], key=lambda one: one.at)


class _Life:
    """Adds to a plain shop what else its people do, around its clicks."""

    def __init__(self, seed: int, shop: World) -> None:
        self.rng = random.Random(seed)
        self.shop = shop
        self.number = 0
        self.records: list[Arrival] = []
        self.keep(Topic.CLICKSTREAM, *shop.clicks)
        self.keep(Topic.ORDERS, *shop.orders)

    def keep(self, topic: Topic, *records: Json) -> None:
        """Take the records as they are."""
        self.records += [Arrival(millis(one["occurred_at"]), topic, one) for one in records]

    def say(self, topic: Topic, at: int, type_: str, **said: object) -> None:
        """A record at that time."""
        self.number += 1
        event_id = f"{self.rng.getrandbits(24):06x}-{self.number}-life"
        self.keep(topic, {"event_id": event_id, "type": type_, "occurred_at": at, **said})

    def whose(self, around: Json) -> Json:
        """The ids of whoever clicked: one, or both."""
        both = {name: around[name] for name in ("customer_id", "visitor_id") if name in around}
        return {name: both[name] for name in self.rng.sample(sorted(both), self.rng.randint(1, len(both)))}

    def live(self, scenes: int) -> None:
        """So many scenes more."""
        for _ in range(scenes):
            around = self.rng.choice(self.shop.clicks)
            at = millis(around["occurred_at"]) + self.rng.choice(PAUSES)
            self.rng.choice(SCENES)(self, around, at)
        for number, customer in enumerate(
            sorted({one["customer_id"] for one in self.shop.clicks if "customer_id" in one})
        ):
            if self.rng.random() < 0.5:
                times = [millis(one["occurred_at"]) for one in self.shop.orders]
                self.keep(Topic.ORDERS, *subscription(self.rng, {"customer_id": customer}, f"S{number}", times))

    def click(self, around: Json, at: int, type_: str, **said: object) -> None:
        """The device of that click does something, perhaps signed in as it was."""
        named = {"customer_id": around["customer_id"]} if "customer_id" in around and self.rng.random() < 0.3 else {}
        self.say(Topic.CLICKSTREAM, at, type_, visitor_id=around["visitor_id"], **named, **said)

    def searches(self, around: Json, at: int) -> None:
        """Searches, and looks at lists, after the last visit; some find something."""
        for step in range(self.rng.choice([1, 2, 3])):
            kinds = ["product_searched", "product_searched", "product_list_viewed", "product_viewed"]
            kind = self.rng.choice(kinds)
            said = {"product_id": self.rng.choice(PRODUCTS)} if kind == "product_viewed" else {"query": "red"}
            self.click(around, at + 2 * HOUR + step * MINUTE, kind, **said)

    def asks(self, around: Json, at: int) -> None:
        """Sends a form, changes the account, or asks for a mail."""
        kinds: list[tuple[str, Json]] = [
            ("form_submitted", {"name": "quote"}),
            ("form_submitted", {"name": "contact"}),
            ("account_changed", {"properties": {"field": self.rng.choice(["password", "email"])}}),
            ("custom", {"name": "visit_summary"}),
            ("custom", {"name": "email_my_cart"}),
        ]
        kind, said = self.rng.choice(kinds)
        self.click(around, at, kind, **said)
        if self.rng.random() < 0.3:
            after = at + self.rng.choice([0, 1, MINUTE, DAY, 2 * DAY - 1, 2 * DAY, 2 * DAY + 1])
            self.say(Topic.ORDERS, after, "order_placed", order_id=f"A-{self.number}", **self.whose(around))

    def signs_up(self, around: Json, at: int) -> None:
        """Leaves an address, and dates and zones with it."""
        traits: Json = {"birthday": f"{self.rng.randrange(1, 13):02}-{self.rng.randrange(1, 29):02}"}
        if self.rng.random() < 0.4:
            traits["member_until"] = self.rng.choice(["2025-07-04", "2025-08-20", "2025-12-01"])
        if self.rng.random() < 0.3:
            traits["timezone"] = self.rng.choice(ZONES)
        context = {"context": {"timezone": self.rng.choice(ZONES)}} if self.rng.random() < 0.5 else {}
        self.click(around, at, self.rng.choice(["subscribed", "registered", "identified"]), traits=traits, **context)

    def looks(self, around: Json, at: int) -> None:
        """Looks at products at prices, asks for one that is not there, or moves to leave."""
        for _ in range(self.rng.choice([1, 2, 3])):
            said: Json = {"product_id": self.rng.choice(PRODUCTS)}
            if self.rng.random() < 0.6:
                said |= {"price": f"{self.rng.choice([20, 30, 50])}.00", "currency": "EUR"}
            kind = self.rng.choice(["product_viewed"] * 4 + ["cart_item_added", "back_in_stock_requested"])
            self.click(around, at, kind, **said)
            at += self.rng.choice([0, 1, MINUTE])
        if self.rng.random() < 0.5:
            self.click(around, at, "exit_signal", exit_kind="mouse_leave")

    def wishes(self, around: Json, at: int) -> None:
        """Wants to hear nothing, or something again, or to be forgotten; of all, or of a channel or a category."""
        kind = self.rng.choice(["opted_out"] * 3 + ["consent_given"] * 6 + ["erasure_requested"])
        about: Json = {}
        if kind != "erasure_requested":
            about = self.rng.choice([{}, {}, {"channel": "email"}, {"channel": "sms"}, {"category": "marketing"}])
        self.say(Topic.ENGAGEMENTS, at, kind, **self.whose(around), **about)

    def answers(self, around: Json, at: int) -> None:
        """Opens, follows or answers a message, of which a visit may come."""
        kind = self.rng.choice(["message_clicked", "message_clicked", "message_replied", "message_opened"])
        rule = self.rng.choice([{}, {"rule_id": "cart_abandonment"}, {"rule_id": "welcome"}, {"trigger_id": "?"}])
        at += self.rng.choice([HOUR, HOUR + MINUTE, 2 * HOUR, DAY + HOUR, DAY + 2 * HOUR])
        self.say(Topic.ENGAGEMENTS, at, kind, **self.whose(around), **rule)
        if self.rng.random() < 0.5:
            self.click(around, at + self.rng.choice([0, 1, MINUTE, 10 * MINUTE]), "page_viewed")

    def comes_back(self, around: Json, at: int) -> None:
        """Buys, and again at an exact distance; the last of it may be a lot."""
        for number in range(self.rng.choice([1, 2, 3])):
            lines = [{"product_id": one, "quantity": 1} for one in self.rng.sample(PRODUCTS, self.rng.choice([1, 2]))]
            money = {"total": f"{self.rng.choice([10, 60, 150, 400])}.00", "currency": "EUR"}
            order_id = f"B-{self.number}-{number}"
            backfill = {"backfill": True} if self.rng.random() < 0.1 else {}
            of = {"order_id": order_id, **self.whose(around)}
            self.say(Topic.ORDERS, at, "order_placed", **of, lines=lines, **money, **backfill)
            if self.rng.random() < 0.4:
                self.say(Topic.ORDERS, at + self.rng.choice([DAY, 2 * DAY]), "order_delivered", **of)
            if self.rng.random() < 0.15:
                kind = self.rng.choice(["order_cancelled", "order_refunded"])
                self.say(Topic.ORDERS, at + self.rng.choice([HOUR, 3 * DAY, 31 * DAY]), kind, **of)
            at += self.rng.choice(LONG) + self.rng.choice([-MINUTE, 0, 0, MINUTE])

    def fills_shelves(self, changes: int) -> None:
        """All products, and then so many changes of them."""
        for product in PRODUCTS:
            said = {"price": "50.00", "currency": "EUR", "stock": 20, "category": "coffee", "name": product}
            self.say(Topic.CATALOG, START - DAY, "catalog", product_id=product, **said)
        for _ in range(changes):
            at = millis(self.rng.choice(self.shop.clicks)["occurred_at"]) + self.rng.choice(
                [*PAUSES, 3 * DAY, 30 * DAY]
            )
            said = self.rng.choice(
                [
                    {"stock": self.rng.choice([0, 0, 1, 2, 4, 6, 20])},
                    {"stock": self.rng.choice([0, 0, 1, 2, 4, 6, 20])},
                    {"price": f"{self.rng.choice([30, 40, 50, 60])}.00", "currency": "EUR"},
                    {"cycle_days": self.rng.choice([20, 28])},
                    {"substitutes": [self.rng.choice(PRODUCTS)]},
                ]
            )
            self.say(Topic.CATALOG, at, "catalog", product_id=self.rng.choice(PRODUCTS), **said)


SCENES = [
    *[_Life.searches, _Life.asks, _Life.signs_up, _Life.looks, _Life.looks, _Life.wishes, _Life.answers],
    *[_Life.answers, _Life.comes_back],
]


def whole_shop(seed: int, *, people: int = 4, days: int = 3, scenes: int = 60) -> WholeShop:
    """The shop of that seed; the same seed gives the same shop."""
    plain = with_carts(with_lives(world(seed, people=people, days=days), seed, 15), seed, 10)
    life = _Life(seed, plain)
    life.live(scenes)
    life.fills_shelves(40)
    return WholeShop(_in_order([_moved(one) for one in life.records]))


def _is_quiet(topic: Topic, record: Json) -> bool:
    return topic is Topic.CATALOG or record["type"] in SECONDS


def _moved(one: Arrival) -> Arrival:
    """The record at the second of its minute at which such happen, with the goods' own names."""
    second = SECONDS.get(one.record["type"])
    at = busy(one.at) if second is None else one.at // MINUTE * MINUTE + second * SECOND + one.at % 500
    record = _renamed(one.record) | {"occurred_at": at}
    if "payment_due_at" in record:
        record["payment_due_at"] = busy(millis(record["payment_due_at"]))
    if one.topic is Topic.CATALOG:
        del record["type"]
    return Arrival(at, one.topic, record)


def busy(at: int) -> int:
    """The time of the same minute at which things are busy; what comes later stays later."""
    minute, rest = divmod(at, MINUTE)
    return minute * MINUTE + BUSY + rest * SPREAD // MINUTE


def _renamed(said: Json) -> Json:
    """The record with the names that the rulebook has for its products."""
    named = {"product_id": GOODS.get(said["product_id"], said["product_id"])} if "product_id" in said else {}
    lines = {"lines": [_renamed(line) for line in said["lines"]]} if said.get("lines") else {}
    return said | named | lines


def _in_order(records: Iterable[Arrival]) -> list[Arrival]:
    topics = [Topic.CATALOG, Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS]
    return sorted(records, key=lambda one: (one.at, topics.index(one.topic), one.record["event_id"]))
