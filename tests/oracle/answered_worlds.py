"""Seeded shops for answers to messages: calls, visits, orders, and what is done with mails, at exact distances."""

import random
from typing import Any, NamedTuple

from tests.oracle.worlds import DAY, HOUR, MINUTE, START

Json = dict[str, Any]

DISTANCES = (0, 1, MINUTE, 10 * MINUTE, 10 * MINUTE, 40 * MINUTE, HOUR, 3 * HOUR, 4 * HOUR, DAY)
STEPS = 160
MESSAGES = ("message_clicked", "message_clicked", "message_clicked", "message_replied", "message_opened")


class AnsweredWorld(NamedTuple):
    """Native records, each in the order of time. `engagements` of which `trigger_id` is "?" name one that was fired."""

    clicks: list[Json]
    orders: list[Json]
    engagements: list[Json]


class AnsweredShop:
    """Few customers, on two devices each, who are known from their first click on."""

    def __init__(self, seed: int, rules: list[str]) -> None:
        """`rules` are the ids that a mail may name."""
        self.rng = random.Random(seed)
        self.rules = rules
        self.number = 0
        self.records: AnsweredWorld = AnsweredWorld([], [], [])

    def world(self) -> AnsweredWorld:
        """All of it."""
        for person in range(5):
            now = START + self.rng.randrange(300) * MINUTE
            recent = [now]
            for _ in range(STEPS):
                self.step(f"c{person}", now)
                recent = [*recent[-4:], now]
                now = max(now, self.rng.choice(recent) + self.rng.choice(DISTANCES) + self.rng.choice([-1, 0, 0, 0, 1]))
        for records in self.records:
            records.sort(key=lambda one: one["occurred_at"])
        return self.records

    def step(self, customer: str, now: int) -> None:
        """Something is done."""
        rng, draw = self.rng, self.rng.random()
        said: Json = {
            "event_id": f"{rng.getrandbits(24):06x}-{self.number}",
            "occurred_at": now,
            "customer_id": customer,
        }
        self.number += 1
        if draw < 0.5:
            named = {"type": "custom", "name": "called"} if draw < 0.08 else {"type": "page_viewed"}
            self.records.clicks.append({**said, "visitor_id": f"{customer}-{rng.randrange(2)}", **named})
        elif draw < 0.56:
            order_id = f"O-{customer}-{rng.randrange(30)}"
            self.records.orders.append({**said, "type": "order_placed", "order_id": order_id})
        else:
            machine = {"machine": True} if rng.random() < 0.1 else {}
            self.records.engagements.append({**said, "type": rng.choice(MESSAGES), **machine, **self.names()})

    def names(self) -> Json:
        """Which message it is about, if that is said."""
        draw = self.rng.random()
        if draw < 0.4:
            return {}
        return {"rule_id": self.rng.choice([*self.rules, "newsletter"])} if draw < 0.7 else {"trigger_id": "?"}
