"""One shopper's browser: what the shop's pages say while somebody looks around.

Pure: a seeded shopper always does the same. Times are milliseconds since the shop opened.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Any

from agents.demo import shelves
from agents.demo.said import Said
from agents.demo.shelves import ALWAYS_THERE, CURRENCY
from schemas.topics import Topic

PING_EVERY_MS = 200


class Browser:
    """Writes down in `said` what one shopper does from `arrives_ms` on.

    `number` is unique in the shop; `account` is who the shopper turns out to be on signing in; the `pace` stretches the
    time spent on pages; `today` is the day on which dates of persons come.
    """

    def __init__(
        self, rng: Random, number: int, arrives_ms: int, doing: str, account: str, pace: float, today: date
    ) -> None:
        self.said: list[Said] = []
        self.visitor = f"v-{number:03d}-{rng.randrange(16**3):03x}"
        self.customer: str | None = None
        self.today = today
        self.at_ms = arrives_ms
        self._account = account
        self._pace = pace
        self._rng = rng
        self._number = number
        self._doing = doing
        self._cart: dict[str, int] = {}
        self._skew_ms = 0
        self._wanted = cycle(rng.sample(ALWAYS_THERE, len(ALWAYS_THERE)))
        self._viewed = next(self._wanted)

    def in_days(self, days: int) -> date:
        """So many days from today."""
        return self.today + timedelta(days=days)

    def chance(self, of: float) -> bool:
        """True in that share of cases."""
        return self._rng.random() < of

    def linger(self, least_s: float = 0.5, most_s: float = 1.4) -> None:
        """Stay on the page for a while: it sends its pings."""
        until = self.at_ms + int(self._ms(least_s, most_s) * self._pace)
        while self.at_ms + PING_EVERY_MS < until:
            self.at_ms += PING_EVERY_MS
            self._click("page_ping")
        self.at_ms = until

    def away(self, least_s: float, most_s: float) -> None:
        """Close the tab, and do something else."""
        self.at_ms += self._ms(least_s, most_s)

    def stay_away_until(self, at_ms: int) -> None:
        """Come back then."""
        self.at_ms = at_ms

    def clock_ahead(self, seconds: int) -> None:
        """From here on the shopper's device is ahead of everybody else's."""
        self._skew_ms = seconds * 1000

    def page(self) -> None:
        """Look at a page of the shop."""
        self._click("page_viewed", url=f"https://shop.example/{self._rng.choice(('', 'sale', 'about', 'new'))}")

    def search(self) -> None:
        """Search for something."""
        self._click("product_searched", query=self._rng.choice(ALWAYS_THERE).replace("-", " "))

    def view(self, times: int = 1) -> None:
        """Look at products."""
        for _ in range(times):
            self.view_this(next(self._wanted))

    def view_this(self, product: str) -> None:
        """Look at that product."""
        self._viewed = product
        self._click("product_viewed", product_id=product, **self._price(product))
        self.linger(0.4, 0.9)

    def add(self) -> None:
        """Put what was viewed last into the cart."""
        quantity = self._rng.choice((1, 1, 1, 2))
        self._cart[self._viewed] = self._cart.get(self._viewed, 0) + quantity
        self._click("cart_item_added", product_id=self._viewed, quantity=quantity, **self._price(self._viewed))
        self.linger(0.3, 0.8)

    def remove(self) -> None:
        """Take one product out of the cart again."""
        product, quantity = self._cart.popitem()
        self._click("cart_item_removed", product_id=product, quantity=quantity)
        self.linger(0.3, 0.8)

    def ask_for_it(self) -> None:
        """Ask to be told when what was viewed last is there again."""
        self._click("back_in_stock_requested", product_id=self._viewed)

    def ask_by_mail(self, what: str) -> None:
        """Ask for a mail: the `visit_summary`, or `email_my_cart`."""
        self._click("custom", name=what)

    def send_form(self, name: str) -> None:
        """Send a form."""
        self._click("form_submitted", name=name)

    def subscribe(self) -> None:
        """Leave an address for the newsletter."""
        self._click("subscribed")

    def sign_in(self) -> None:
        """Say who it is."""
        self.customer = self._account
        self._click("identified")

    def register(self, **traits: str) -> None:
        """Open an account, and tell of oneself."""
        self.customer = self._account
        self._click("registered", traits=traits)

    def change_password(self) -> None:
        """Change it."""
        self._click("account_changed", properties={"field": "password"})

    def move_to_leave(self) -> None:
        """The pointer goes to the tab's cross."""
        self._click("exit_signal", exit_kind="mouse_leave")
        self.at_ms += 120

    def check_out(self, steps: int = 1) -> None:
        """Start the checkout, and go on in it."""
        self._click("checkout_started")
        for _ in range(1, steps):
            self.linger()
            self._click("checkout_progressed")
        self.linger(0.3, 0.8)

    def unknown_type(self) -> None:
        """Do something that this version of Afterclick has never heard of."""
        self._click("wishlist_shared")

    def offline_view(self, ago_s: float) -> None:
        """Look at a product in a tunnel: the phone tells of it only now."""
        body = {"event_id": self._event_id(), "type": "product_viewed", "product_id": self._viewed}
        self._say(Topic.CLICKSTREAM, self.visitor, body | {"visitor_id": self.visitor}, -int(ago_s * 1000))

    def _price(self, product: str) -> dict[str, str]:
        return {"price": str(shelves.price(product, self.at_ms)), "currency": CURRENCY}

    def _click(self, type_: str, **fields: Any) -> None:
        body = {"event_id": self._event_id(), "type": type_, "visitor_id": self.visitor}
        if self.customer is not None:
            body["customer_id"] = self.customer
        self._say(Topic.CLICKSTREAM, self.visitor, body | fields, self._skew_ms)

    def _say(self, topic: Topic, key: str, body: Mapping[str, Any], skew_ms: int) -> None:
        self.said.append(Said(self.at_ms, topic, key, body, self._doing, skew_ms))

    def _event_id(self) -> str:
        return f"e-{self._number}-{len(self.said)}"

    def _ms(self, least_s: float, most_s: float) -> int:
        return int(self._rng.uniform(least_s, most_s) * 1000)
