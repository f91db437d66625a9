"""One person who does all that could make a record too large, hour after hour, through the stages in virtual time.

`python -m tests.properties.hostile --hours 48` prints one line of JSON: the largest state record and the largest record
of each topic, in bytes, by what they are, beside the limit.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from schemas.facts import Receipt
from schemas.rules.rulebook import Rulebook
from schemas.topics import INBOXES, Topic
from schemas.wire import write_fact
from streams.customer_stage import CustomerStage
from streams.intake_stage import IntakeStage
from streams.limits import RECORD_BYTES_MAX
from streams.replay import ONE_EACH, Given
from streams.session_stage import SessionStage
from streams.stage import POSITION_KEY, Batch, Effects, Out, Stage
from streams.triggers.opening_rules import RULE_KEY
from tests.streams.durable import Changelog, restore, write
from tests.world import BEGINNING_MS, rule, rulebook

Json = dict[str, Any]
Record = tuple[Topic, Json]

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
LATENESS = 20 * MINUTE
CHARS = 246
WIDE, QUOTES = "🛒" * CHARS, '"' * CHARS
"""Ids in the largest form that they have in a record: four bytes a character, or an escape for each."""

BOOK = rulebook(
    rule("browse_abandonment"),
    rule("cart_abandonment"),
    rule("checkout_abandonment"),
    rule("exit_intent"),
    rule("inactivity", wait="2h"),
    rule("lapse", wait="30d"),
)


def wide(name: object) -> str:
    """An id of 256 characters that begins so."""
    return f"{name}".ljust(10, "_") + WIDE


PHONE, ADA = wide("phone"), wide("ada")
SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CUSTOMER_INBOX)
"""What each stage reads first: its changelog is called so here."""


class Shop:
    """All stages, one partition each, restored now and then. `largest` is by kind of record, bytes."""

    def __init__(self, book: Rulebook = BOOK, record_bytes_max: int = RECORD_BYTES_MAX) -> None:
        self.largest: Counter[str] = Counter()
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.put_aside: list[Out] = []
        self.now = BEGINNING_MS
        self.orders_held_back = False
        self._book, self._bytes_max = book, record_bytes_max
        self._changelogs: dict[Topic, Changelog] = {topic: {} for topic in SOURCES}
        self._offsets: Counter[Topic] = Counter()
        self.restart()

    def restart(self) -> None:
        """New processes take over."""
        self.sessions = SessionStage(0, self._book, ONE_EACH, LATENESS, record_bytes_max=self._bytes_max)
        self.customers = CustomerStage(0, self._book, ONE_EACH, self._bytes_max)
        self.stages: dict[Topic, Stage] = {
            Topic.CLICKSTREAM: self.sessions,
            Topic.ORDERS: IntakeStage(Topic.ORDERS, 0, LATENESS),
            Topic.ENGAGEMENTS: IntakeStage(Topic.ENGAGEMENTS, 0, LATENESS),
            Topic.CUSTOMER_INBOX: self.customers,
        }
        for topic, stage in self.stages.items():
            restore(stage, self._changelogs[topic])
        self.stages[Topic.VISITOR_INBOX] = self.sessions

    def take(self, records: Iterable[Record]) -> None:
        """A batch of each topic arrives now, and what they lead to is carried on."""
        given: dict[Topic, list[tuple[bytes, bytes]]] = {}
        for topic, said in records:
            owner = said["visitor_id"] if topic is Topic.CLICKSTREAM else said.get("customer_id") or said["visitor_id"]
            given.setdefault(topic, []).append((owner.encode(), orjson.dumps(said)))
        for topic, own in given.items():
            self.fold(topic, own)

    def fold(self, topic: Topic, records: list[tuple[bytes, bytes]]) -> None:
        """One batch of one topic; the facts that it leads to follow at once, until there are no more."""
        stage = self.stages[topic]
        first = self._offsets[topic]
        self._offsets[topic] += len(records)
        given = tuple(Given(key, value, first + index, self.now) for index, (key, value) in enumerate(records))
        asked = None if self._is_held_back(topic) else self.now
        stage.fold(Batch(topic, given, first + len(given), asked, self.now))
        for inbox, facts in self._keep(topic, stage.take()).items():
            self.fold(inbox, facts)

    def tick(self) -> None:
        """Nothing arrives; time passes for whatever is not held back."""
        for topic in (Topic.ORDERS, Topic.ENGAGEMENTS):
            self.fold(topic, [])
        orders = self.stages[Topic.ORDERS].watermarks
        self.sessions.heard(orders)
        self.fold(Topic.CLICKSTREAM, [])
        self.customers.heard({**orders, **self.sessions.watermarks})
        self.fold(Topic.CUSTOMER_INBOX, [])

    def _is_held_back(self, topic: Topic) -> bool:
        return self.orders_held_back and topic is Topic.ORDERS

    def _keep(self, topic: Topic, effects: Effects) -> dict[Topic, list[tuple[bytes, bytes]]]:
        """Commit it; what it tells others, by inbox."""
        topic = Topic.CLICKSTREAM if topic is Topic.VISITOR_INBOX else topic
        write(self._changelogs[topic], effects)
        for key, value in effects.changelog:
            kind = "mark" if key.startswith(POSITION_KEY) else "rule" if key.startswith(RULE_KEY) else topic.value
            self._measure(f"state:{kind}", value or b"")
        facts: dict[Topic, list[tuple[bytes, bytes]]] = {}
        for out in effects.outputs:
            self._measure(out.topic.value, out.value)
            if out.topic in INBOXES:
                for line in out.value.splitlines():
                    self._measure(f"{out.topic.value}:{orjson.loads(line)['fact']}", line)
                facts.setdefault(out.topic, []).append((out.key, out.value))
            elif out.topic is Topic.DEAD_LETTERS and b'"put_aside"' in out.value:
                self.put_aside.append(out)
        self.counts.update(effects.counts)
        return facts

    def _measure(self, kind: str, value: bytes) -> None:
        self.largest[kind] = max(self.largest[kind], len(value))


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
