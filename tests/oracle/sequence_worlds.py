"""Seeded shops for sequences: forms, views and purchases at exact distances, ties, sign-ins, devices of several."""

from tests.oracle.worlds import MINUTE, START, Json, SmallShop, World

WAITS = (0, 20 * MINUTE, 60 * MINUTE)
STEPS = 150


class SequenceShop(SmallShop):
    """Few people who do a lot within hours."""

    def world(self) -> World:
        """All of it, in the order of time."""
        rng = self.rng
        for person in range(6):
            now = START + rng.randrange(0, 300) * MINUTE
            recent = [now]
            for _ in range(STEPS):
                self.step(person, now)
                recent = [*recent[-4:], now]
                distance = rng.choice([0, 0, 1, MINUTE, 5 * MINUTE, *WAITS, *WAITS])
                now = max(now, rng.choice(recent) + distance + rng.choice([-1, 0, 0, 0, 1]))
                if rng.random() < 0.05:
                    now += 200 * MINUTE
        return self.recorded()

    def step(self, person: int, now: int) -> None:
        """A click on one of the person's devices, or a record of the order feed."""
        rng = self.rng
        own = [f"v{person}-{device}" for device in range(3)]
        devices = [*own, f"v{person}-new-{now // (180 * MINUTE)}", "v-shared"]
        device, customer = rng.choice(devices), f"c{person}"
        if rng.random() < 0.2:
            self.order(now, device, customer)
            return
        kind = rng.choice(["custom", "custom", "custom", "product_viewed", "page_viewed", "order_completed"])
        said: Json = {"visitor_id": device}
        if rng.random() < 0.25:
            said["customer_id"] = customer
        if kind == "custom":
            said["name"] = rng.choice(["form_sent", "form_sent", "form_sent", "other"])
        if kind == "order_completed":
            said["order_id"] = self.order_id(person)
        if kind == "page_viewed" and rng.random() < 0.7:
            said["url"] = rng.choice(["https://shop.example/booked", "https://shop.example/"])
        if rng.random() < 0.8:
            said["properties"] = {"kind": rng.choice(["quote", "contact"]), "quote_id": rng.choice([1, "1", 2, "3"])}
            if rng.random() < 0.3:
                del said["properties"]["quote_id"]
        self.keep(self.clicks, kind, now, said)

    def order(self, now: int, device: str, customer: str) -> None:
        """A purchase, or news of one, of the customer, the device or both."""
        rng = self.rng
        kind = rng.choice(["order_placed", "order_placed", "order_shipped", "order_cancelled"])
        owners = rng.choice([{"customer_id": customer}, {"visitor_id": device}])
        if rng.random() < 0.15:
            owners = {"customer_id": customer, "visitor_id": device}
        total = rng.choice(["50", "100.01", None])
        said = {**owners, "order_id": self.order_id(int(customer[1:])), "currency": "EUR"}
        self.keep(self.orders, kind, now, said if total is None else {**said, "total": total})

    def order_id(self, person: int) -> str:
        """Often one that is known."""
        return f"O{person}-{self.rng.randrange(40)}"


def sequence_world(seed: int) -> World:
    """The world of that seed."""
    return SequenceShop(seed).world()
