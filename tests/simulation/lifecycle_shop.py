"""A seeded shop whose catalogue changes, and whose customers answer: requests, prices and stocks, mails and wishes.

Clicks and orders are as in `tests.simulation.shop`; what is bought is named. Nobody's device changes hands, and no
guest orders somebody's cart: what belongs to whom can be read off the ids.
"""

from tests.simulation.shop import FIRST_MS, PRODUCTS, SPAN_MS, VISITS, WAIT, Event, Json, Shop, Style

RECORDS = 60
"""Of the catalogue, besides one to begin with for each product."""
CATEGORIES = {"mug": "ceramics", "pot": "ceramics", "cup": "glass", "jug": "glass"}
BASKETS = [("mug", "pot"), ("cup", "jug"), ("mug", "pot"), ("mug",), ("mug", "cup"), ("cup", "jug", "pot")]
MESSAGES = ["message_opened", "message_opened", "message_clicked", "message_clicked", "message_replied"]
RUN, FOLLOW_UP = "cart_abandonment", "follow_up"
"""Rules that an answer may name."""


class LifecycleShop(Shop):
    """Makes the events of such a shop."""

    visits: list[list[str]] = [  # noqa: RUF012  (as in the plain shop)
        *VISITS,
        ["product_viewed", "ASK", "ASK", "page_viewed"],
        ["product_viewed", "ASK", "cart_item_added"],
        ["cart_item_added", "cart_item_added", "page_viewed"],
        ["page_viewed", "CALL", "CALL", "product_viewed"],
        ["product_viewed", "ORDER", "ORDER"],
    ]

    def person(self, number: int) -> None:
        """Acts, and answers what is sent."""
        begun = len(self.events)
        super().person(number)
        times = [event.record["occurred_at"] for event in self.events[begun:]]
        self.answers(number, times)
        if number % 5 == 2:
            self.wishes(number, times)
        if number == self.erased:
            at = self.rng.choice(times)
            self.put("engagements", at, {"type": "erasure_requested", **self.whom(number)})

    @property
    def erased(self) -> int:
        """Which household asks to be forgotten, if one does: in every other shop. It never asks for a product."""
        return 1 if self.style.erases else -1

    def whom(self, number: int) -> Json:
        """By which id an engagement knows the household: the account's, if there is one."""
        return {"visitor_id": f"v{number}a"} if number % 4 == 3 else {"customer_id": f"c{number}"}

    def answers(self, number: int, times: list[int]) -> None:
        """What the person does with messages, at telling distances from what else they do."""
        rng = self.rng
        for _ in range(rng.randrange(4)):
            said: Json = {"type": rng.choice(MESSAGES), **self.whom(number)}
            if rng.random() < 0.4:
                said["rule_id"] = rng.choice([RUN, FOLLOW_UP, "newsletter"])
            if rng.random() < 0.1:
                said["machine"] = True
            self.put("engagements", rng.choice(times) + rng.choice([0, 1, 400, WAIT, WAIT + 1, WAIT + 2_000]), said)
        if rng.random() < 0.3:
            self.put("engagements", rng.choice(times), {"type": "consent_given", **self.whom(number)})

    def wishes(self, number: int, times: list[int]) -> None:
        """Somebody wants to hear no more, and at times takes that back."""
        at = self.rng.choice(times)
        self.put("engagements", at, {"type": "opted_out", **self.whom(number)})
        if self.rng.random() < 0.3:
            self.put("engagements", at + 5_000, {"type": "consent_given", **self.whom(number)})

    def step(self, visitor: str, customer: str | None, what: str, now: int) -> None:
        """As in the plain shop; or asks for a product, or for a call."""
        click: Json = {"visitor_id": visitor}
        if what == "ASK" and visitor[1:-1] != str(self.erased):
            product = self.rng.choice(PRODUCTS)
            self.put("clickstream", now, {**click, "type": "back_in_stock_requested", "product_id": product})
        elif what == "CALL":
            self.put("clickstream", now, {**click, "type": "custom", "name": "called"})
        else:
            super().step(visitor, customer, "page_viewed" if what == "ASK" else what, now)

    def named(self, whose: Json) -> Json:
        """Everybody orders in their own name."""
        return whose

    def goods(self, order_id: str) -> Json:
        """Of each order the same, whoever tells it."""
        bought = BASKETS[int(order_id[1:]) % len(BASKETS)]
        return {"lines": [{"product_id": product, "quantity": 1} for product in bought]}

    def catalogue(self) -> None:
        """Records of products: whole ones to begin with; then of stock, of price, or of both."""
        rng = self.rng
        good = [event for event in self.events if event.topic == "clickstream" and event.record["occurred_at"] != "now"]
        times = [event.record["occurred_at"] for event in good]
        for product in PRODUCTS:
            said = {"product_id": product, "category": CATEGORIES[product], "stock": rng.choice([0, 2, 5])}
            self.put("catalog", FIRST_MS - 1_500, said | {"price": 12, "currency": "EUR"})
        for _ in range(RECORDS):
            at = rng.choice(times) if rng.random() < 0.4 else FIRST_MS + rng.randrange(SPAN_MS)
            said = {"product_id": rng.choice(PRODUCTS)}
            draw = rng.random()
            if draw < 0.65:
                said["stock"] = rng.choice([-1, 0, 0, 1, 2, 3, 4, 5, 8])
            if draw > 0.35:
                said |= {"price": rng.randint(8, 14), "currency": "EUR"}
            if rng.random() < 0.05:
                said["published"] = rng.random() < 0.5
            self.put("catalog", at, said)


def lifecycle_shop(seed: int, style: Style) -> list[Event]:
    """All events in the order in which brokers take them."""
    made = LifecycleShop(seed, style)
    number = 0
    while len(made.events) < style.events:
        made.person(number)
        number += 1
    made.oddities()
    made.catalogue()
    return sorted(made.events, key=lambda event: event.at_s)
