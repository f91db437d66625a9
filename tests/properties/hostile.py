"""One person who does all that could make a record too large, hour after hour, through the stages in virtual time.

`python -m tests.properties.hostile --hours 48` prints one line of JSON: the largest state record and the largest record
of each topic, in bytes, by what they are, beside the limit.
"""

import argparse
import random
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from schemas.facts.profile_facts import Receipt
from schemas.reading.wire import write_fact
from schemas.topics import Topic
from streams.limits import RECORD_BYTES_MAX
from tests.properties.hostile_shop import HOUR, LATENESS, Record, Shop

SECOND, MINUTE = 1000, 60_000
CHARS = 246
WIDE, QUOTES = "🛒" * CHARS, '"' * CHARS
"""Ids in the largest form that they have in a record: four bytes a character, or an escape for each."""


def wide(name: object) -> str:
    """An id of 256 characters that begins so."""
    return f"{name}".ljust(10, "_") + WIDE


PHONE, ADA = wide("phone"), wide("ada")


class Hostile:
    """What the person does; `scale` is how much of it, `days` of nonsense have come before."""

    def __init__(self, shop: Shop, seed: int, scale: float) -> None:
        self.shop, self.rng = shop, random.Random(seed)
        self._scale, self._number = scale, 0

    def hour(self, number: int) -> None:
        """An hour of everything; orders are held back for five of six."""
        self.shop.orders_held_back = number % 6 != 5
        for does in self.rng.sample(SCENES, len(SCENES)):
            for batch in _batches(list(does(self))):
                self.shop.take(batch)
            self.shop.now += HOUR // len(SCENES)
            self.shop.tick()
        if number % 4 == 3:
            self.shop.restart()

    def many(self, number: int) -> range:
        """So many times, scaled."""
        return range(max(1, int(number * self._scale)))

    def fresh(self, name: str = "e") -> str:
        """A new id of 256 characters, now and then one of quotes."""
        self._number += 1
        return f"{self._number:010}" + QUOTES if self._number % 17 == 0 else wide(f"{name}{self._number}")

    def click(self, kind: str, at: int, visitor: str = PHONE, **fields: Any) -> Record:
        """A click."""
        said = {"event_id": self.fresh(), "type": kind, "occurred_at": at, "visitor_id": visitor, **fields}
        return Topic.CLICKSTREAM, said

    def order(self, at: int, **fields: Any) -> Record:
        """A record of the order feed."""
        said = {"event_id": self.fresh(), "type": "order_placed", "occurred_at": at, "order_id": self.fresh("O")}
        return Topic.ORDERS, {**said, **fields}

    # -- scenes ------------------------------------------------------------------------------------------------------

    def ties(self) -> Iterable[Record]:
        """Equal milliseconds, twenty times a minute."""
        for number in self.many(600):
            at = self.shop.now - number * 3 * SECOND
            for _ in range(2):
                yield self.click("product_viewed", at, product_id=self.fresh("p"))

    def flood(self) -> Iterable[Record]:
        """Twenty thousand ordinary clicks in five seconds."""
        for number in self.many(20_000):
            self._number += 1
            event_id = f"{self._number:032x}"
            yield self.click("page_viewed", self.shop.now - number // 4, event_id=event_id)

    def pings(self) -> Iterable[Record]:
        """A signed-in tab."""
        for number in self.many(3600):
            yield self.click("page_ping", self.shop.now - HOUR // 16 + number, customer_id=ADA)

    def names(self) -> Iterable[Record]:
        """Every click names somebody else, in no order."""
        for _ in self.many(2000):
            at = self.shop.now - self.rng.randrange(LATENESS)
            yield self.click("identified", at, customer_id=wide(f"c{self.rng.randrange(5000)}"))

    def carts(self) -> Iterable[Record]:
        """Thousands of products, one by one and whole carts, of short ids and of long ones."""
        for number in self.many(500):
            yield self.click(
                "cart_item_added", self.shop.now + number, product_id=self.fresh("p"), price="9.99", currency="EUR"
            )
        for _ in self.many(8):
            lines = [{"product_id": self.fresh("p")} for _ in range(55)]
            yield self.click("cart_updated", self.shop.now, lines=lines, customer_id=self.rng.choice([None, ADA]))
            lines = [{"product_id": f"{self.rng.randrange(1 << 20)}"} for _ in range(500)]
            yield self.click("cart_updated", self.shop.now, lines=lines)
        for number in self.many(300):
            yield self.click("checkout_started", self.shop.now + number)

    def buys(self) -> Iterable[Record]:
        """Orders without end, of the device, of the customer and of both."""
        for number in self.many(500):
            at = self.shop.now - number
            whose = self.rng.choice(
                [{"visitor_id": PHONE}, {"customer_id": ADA}, {"customer_id": ADA, "visitor_id": PHONE}]
            )
            yield self.order(at, **whose)
            if number % 3 == 0:
                yield self.click("order_completed", at, order_id=self.fresh("O"))
            if number % 5 == 0:
                lines = [{"product_id": self.fresh("p"), "unit_price": "9.99"} for _ in range(self.rng.choice([1, 60]))]
                state = self.rng.choice(["pending", "pending", "paid", "failed"])
                yield self.order(at, **whose, lines=lines, payment_state=state, order_id=wide(f"K{number % 40}"))

    def exits(self) -> Iterable[Record]:
        """Leaving again and again."""
        for number in self.many(300):
            at = self.shop.now + number
            yield self.click("product_viewed", at, product_id=self.fresh("p"))
            yield self.click("exit_signal", at)

    def gaps(self) -> Iterable[Record]:
        """Clicks of whatever time, which open visits everywhere."""
        for _ in self.many(1000):
            yield self.click(
                "product_viewed", self.shop.now - self.rng.randrange(2000) * 31 * MINUTE, product_id=self.fresh("p")
            )

    def devices(self) -> Iterable[Record]:
        """Ever new devices, full of everything, that turn out to be the same customer's."""
        for _ in self.many(40):
            device = self.fresh("v")
            for _ in range(12):
                yield self.click("product_viewed", self.shop.now, device, product_id=self.fresh("p"))
                yield self.click("cart_item_added", self.shop.now, device, product_id=self.fresh("p"))
            yield self.click("exit_signal", self.shop.now, device)
            yield self.order(self.shop.now, visitor_id=device)
            yield self.click("identified", self.shop.now, device, customer_id=ADA)

    def forms(self) -> Iterable[Record]:
        """Forms of ever other values, long texts in them, and what answers them."""
        for number in self.many(600):
            at = self.shop.now - self.rng.randrange(LATENESS)
            said = {"id": self.fresh("q"), "text": "🛒" * self.rng.choice([10, 300, 2000]), "more": {"a": [1] * 500}}
            whose = self.rng.choice([{}, {}, {"customer_id": ADA}])
            yield self.click("custom", at, name="form", properties=said, url="u" * 4000, **whose)
            yield self.click("product_viewed", at, properties={"id": self.fresh("q")}, url="x" * 4000)
            if number % 10 == 0:
                yield self.order(at, customer_id=ADA, type="order_shipped", total="5")

    def words(self) -> Iterable[Record]:
        """Consent to and fro, by her account and by the phone, and receipts for triggers that nobody has sent."""
        for number in self.many(200):
            kind = "opted_out" if number % 2 else "consent_given"
            who = {"customer_id": ADA} if number % 4 < 2 else {"visitor_id": PHONE}
            yield Topic.ENGAGEMENTS, {"event_id": self.fresh(), "type": kind, "occurred_at": self.shop.now, **who}
        facts = [Receipt(self.shop.now, self.fresh(), self.fresh(), "delivered") for _ in self.many(200)]
        for inbox, owner in ((Topic.VISITOR_INBOX, PHONE), (Topic.CUSTOMER_INBOX, ADA)):
            self.shop.fold(inbox, [(owner.encode(), write_fact(fact)) for fact in facts])


SCENES: list[Callable[[Hostile], Iterable[Record]]] = [
    Hostile.ties,
    Hostile.flood,
    Hostile.pings,
    Hostile.names,
    Hostile.carts,
    Hostile.buys,
    Hostile.exits,
    Hostile.gaps,
    Hostile.devices,
    Hostile.forms,
    Hostile.words,
]
POLL = 10_000


def _batches(records: list[Record]) -> Iterable[list[Record]]:
    """As they are polled."""
    return (records[start : start + POLL] for start in range(0, len(records), POLL))


def run(hours: int, *, seed: int = 1, scale: float = 1.0) -> Shop:
    """The shop after so many hours of that person."""
    shop = Shop()
    person = Hostile(shop, seed, scale)
    shop.take(person.gaps())  # a backlog, of which no watermark is known yet
    for number in range(hours):
        person.hour(number)
    return shop


def main() -> None:
    """Print the largest records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    shop = run(given.hours, seed=given.seed)
    said = {
        "hours": given.hours,
        "seed": given.seed,
        "limit": RECORD_BYTES_MAX,
        "largest": max(shop.largest.values()),
        "put_aside": len(shop.put_aside),
        "bytes": dict(sorted(shop.largest.items())),
        "cut": {name[1]: number for name, number in sorted(shop.counts.items()) if name[0] == "cut"},
    }
    print(orjson.dumps(said).decode())


if __name__ == "__main__":
    main()
