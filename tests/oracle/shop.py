"""The records of one synthetic shop in native format: clicks, orders and purchases, told as differently as shops do."""

import random
from datetime import UTC, timedelta, timezone

from tests.oracle.records import EPOCH
from tests.oracle.worlds import DAY, HOUR, MINUTE, PRODUCTS, SECOND, SILENCE, START, WAIT, Json

ZONES = [UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5, minutes=30))]

PAYMENTS = ["pending", "failed", "paid", "authorized", "offline", "on the moon"]


class Visitor:
    """A browser or device: the accounts it is used with in turn, and who is logged in."""

    def __init__(self, name: str, accounts: list[str]) -> None:
        self.name = name
        self.accounts = accounts
        self.account: str | None = None
        self.links_by_click = True


class Shop:
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

    def click(self, visitor: Visitor, kind: str, time: int, *, named: bool | None = None, **fields: object) -> None:
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

    def details(self, visitor: Visitor, kind: str) -> Json:
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

    def whole_cart(self, visitor: Visitor) -> list[Json]:
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

    def whose(self, visitor: Visitor) -> Json:
        """The ids on an order: one or both; now and then those of somebody who has borrowed the device."""
        if self.chance(0.08):
            return {"customer_id": self.rng.choice(["c-lent", "c-0", "c-1"]), "visitor_id": visitor.name}
        if not visitor.accounts:
            return {"visitor_id": visitor.name}
        account = visitor.account or visitor.accounts[0]
        both = {"customer_id": account, "visitor_id": visitor.name}
        return self.rng.choice([both, {"customer_id": account}, {"visitor_id": visitor.name}])

    def purchase(self, visitor: Visitor, time: int) -> None:
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
