"""Seeded shops in which people ask for something: forms, changes of the account, and their cart by mail around the
times at which they would be reminded of it."""

from tests.oracle.worlds import HOUR, MINUTE, START, WAIT, Json, SmallShop, World

DISTANCES = (0, 0, 1, MINUTE, 40 * MINUTE, WAIT, WAIT, 24 * HOUR, 25 * HOUR)
STEPS = 140
CLICKS = ("form_submitted", "account_changed", "cart_item_added", "cart_item_added", "cart_item_removed")
OTHERS = ("checkout_started", "checkout_started", "visit_summary", "email_my_cart", "page_viewed")


class RequestShop(SmallShop):
    """Few people, each on two devices and now and then on a new one."""

    def world(self) -> World:
        """All of it, in the order of time."""
        rng = self.rng
        for person in range(6):
            now = START + rng.randrange(300) * MINUTE
            recent = [now]
            for _ in range(STEPS):
                self.step(person, now)
                recent = [*recent[-4:], now]
                now = max(now, rng.choice(recent) + rng.choice(DISTANCES) + rng.choice([-1, 0, 0, 0, 1]))
        return self.recorded()

    def step(self, person: int, now: int) -> None:
        """A click on one of the person's devices, or a purchase."""
        rng = self.rng
        device = rng.choice([f"v{person}-0", f"v{person}-1", f"v{person}-new-{now // (20 * HOUR)}"])
        if rng.random() < 0.06:
            said: Json = rng.choice([{"visitor_id": device}, {"customer_id": f"c{person}"}])
            self.keep(self.orders, "order_placed", now, {**said, "order_id": f"O{person}-{rng.randrange(40)}"})
            return
        kind = rng.choice([*CLICKS, *OTHERS])
        said = {"visitor_id": device, **({"customer_id": f"c{person}"} if rng.random() < 0.2 else {})}
        if kind in ("visit_summary", "email_my_cart"):
            kind, said["name"] = "custom", kind
        elif kind == "form_submitted":
            said["name"] = rng.choice(["quote", "contact"])
        elif kind == "account_changed":
            said |= rng.choice([{"properties": {"field": "email"}}, {"properties": {"field": "password"}}, {}])
        elif kind.startswith("cart"):
            said["product_id"] = rng.choice(["mug", "pot"])
        self.keep(self.clicks, kind, now, said)


def request_world(seed: int) -> World:
    """The world of that seed."""
    return RequestShop(seed).world()
