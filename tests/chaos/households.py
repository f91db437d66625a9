"""Who shops: seeded households, each with a customer or none, some devices, and one plot of a few seconds.

Pure: a household is a list of acts with the seconds at which they happen. The household's number is in every id, so
that whatever is said of one of its devices can be told to belong to it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.chaos.rules import Waits

Json = dict[str, Any]
CLICKS, ORDERS, ENGAGEMENTS = "clickstream", "orders", "engagements"
CANARY = "canary-7f3a@private.example"
"""Personal data that is in the input, and must be nowhere in logs, metrics or calls."""

PRODUCTS = [f"p-{number}" for number in range(40)]
LATE, SILENCED, GARBAGE = "late", "silenced", "garbage"
"""The plots that the strict comparison leaves out: they are judged by rules of their own."""

LATE_HELD_FACTOR = 17
"""A late order is held back for that many seconds times the waits' factor: all cart triggers have fired by then."""


@dataclass(frozen=True)
class Act:
    """Something that is said at `at_s` and handed to Kafka `held_s` later; `raw` takes the place of a body."""

    at_s: float
    topic: str
    key: str
    body: Json
    held_s: float = 0.0
    raw: bytes | None = None
    again: bool = False
    """Whether the very same record is sent once more."""


@dataclass(frozen=True)
class Household:
    """One household's story, in the order of its acts."""

    number: int
    plot: str
    acts: tuple[Act, ...]


class Story:
    """Writes the acts of one household. Times are seconds since its beginning."""

    def __init__(self, number: int, dice: random.Random, waits: Waits) -> None:
        self.number = number
        self.dice = dice
        self.waits = waits
        self.unit = waits.factor
        self.customer = f"c{number}"
        self.devices = [f"v{number}-{device}" for device in range(dice.choice([1, 1, 2, 3]))]
        self.acts: list[Act] = []
        self.events = 0

    def click(self, at_s: float, kind: str, device: int = 0, known: bool = False, **more: Any) -> None:
        """A click of one of the devices, with the customer's id where that is known."""
        visitor = self.devices[device % len(self.devices)]
        body = {"type": kind, "visitor_id": visitor, "url": f"https://shop.example/?mail={CANARY}", **more}
        if known:
            body |= {"customer_id": self.customer, "traits": {"email": CANARY}}
        self._add(at_s, CLICKS, visitor, body)

    def add(self, at_s: float, device: int = 0, known: bool = False) -> None:
        """Something into the cart."""
        self.click(at_s, "cart_item_added", device, known, **self._line())

    def view(self, at_s: float, device: int = 0, known: bool = False) -> None:
        """A product viewed."""
        self.click(at_s, "product_viewed", device, known, product_id=self.dice.choice(PRODUCTS))

    def order(self, at_s: float, held_s: float = 0.0, whose: str = "customer", kind: str = "order_placed") -> None:
        """An order of the back office: of the customer, of the first device, or of both."""
        ids = {"customer_id": self.customer, "visitor_id": self.devices[0]}
        if whose != "both":
            ids = {f"{whose}_id": ids[f"{whose}_id"]}
        body = {"type": kind, "order_id": f"o{self.number}-{self.events}", **ids}
        self._add(at_s, ORDERS, ids.get("customer_id", self.devices[0]), body, held_s)

    def opt_out(self, at_s: float) -> None:
        """The customer wants no messages."""
        self._add(at_s, ENGAGEMENTS, self.customer, {"type": "opted_out", "customer_id": self.customer})

    def garbage(self, at_s: float) -> None:
        """A record that nobody can read."""
        topic = self.dice.choice([CLICKS, ORDERS])
        raw = self.dice.choice([b'{"event_id": "x', b"\xff\xfe\x00", b"[]", b'{"type": "page_viewed"}', b""])
        self.acts.append(Act(at_s, topic, f"g{self.number}", {}, raw=raw))

    def _line(self) -> Json:
        return {"product_id": self.dice.choice(PRODUCTS), "quantity": self.dice.choice([1, 1, 2]), "price": "9.90"}

    def _add(self, at_s: float, topic: str, key: str, body: Json, held_s: float = 0.0) -> None:
        self.events += 1
        body = {"event_id": f"e{self.number}-{self.events}", **body}
        self.acts.append(Act(at_s, topic, key, body, held_s, again=self.dice.random() < 0.02))


def _leave_cart(story: Story) -> None:
    known = story.dice.random() < 0.5
    story.view(0, known=known)
    story.add(0.4, known=known)
    if story.dice.random() < 0.4:
        story.add(story.dice.uniform(0.5, 3.0) * story.unit, known=known)


def _leave_checkout(story: Story) -> None:
    story.add(0)
    story.click(0.6, "checkout_started", known=True)
    if story.dice.random() < 0.5:
        story.click(2.0 * story.unit, "checkout_progressed")


def _browse(story: Story) -> None:
    for turn in range(story.dice.randint(1, 4)):
        story.view(turn * story.dice.uniform(0.2, 1.0) * story.unit, device=turn % 2)


def _buy_around_due(story: Story) -> None:
    """The purchase comes just before, or just after, one of the cart rules is due."""
    wait = story.dice.choice(story.waits.carts_s())
    story.add(0, known=True)
    at = wait + story.dice.choice([-2.0, -1.0, -0.3, -0.05, 0.0, 0.05, 0.3, 1.0])
    if story.dice.random() < 0.3:
        story.click(at, "order_completed", order_id=f"o{story.number}")
    else:
        story.order(at, held_s=story.dice.choice([0, 0, 0.5]), whose=story.dice.choice(["customer", "both"]))


def _buy_at_once(story: Story) -> None:
    story.view(0)
    story.add(0.3, known=True)
    story.click(1.0, "checkout_started", known=True)
    story.order(2.0, whose=story.dice.choice(["customer", "visitor", "both"]))
    if story.dice.random() < 0.5:
        story.order(story.dice.choice([4.0, 9.0]) * story.unit)


def _merge(story: Story) -> None:
    """A cart without a name, something on another device, and then the first turns out to be the customer's."""
    story.add(0)
    story.view(0.2, device=1)
    story.add(1.0, device=1, known=story.dice.random() < 0.5)
    at = story.dice.uniform(1.0, 9.0) * story.unit
    story.click(at, "identified", known=True)
    story.click(at + 0.5, "page_viewed", device=1, known=True)
    if story.dice.random() < 0.5:
        story.order(story.dice.uniform(1.0, 12.0) * story.unit)


def _empty_cart(story: Story) -> None:
    story.add(0)
    story.click(0.5 * story.unit, "cart_updated", lines=[])
    if story.dice.random() < 0.5:
        story.add(3.0 * story.unit)


def _exit(story: Story) -> None:
    story.add(0, known=True)
    story.click(0.8, "exit_signal", exit_kind="tab_hidden", known=True)


def _late_order(story: Story) -> None:
    """The purchase is known long after the reminders have gone out: they must be taken back."""
    story.add(0, known=True)
    story.order(3.0 * story.unit, held_s=LATE_HELD_FACTOR * story.unit)


def _opt_out(story: Story) -> None:
    story.add(0, known=True)
    story.opt_out(2.0 * story.unit)
    story.add(3.0 * story.unit, known=True)


def _garbage(story: Story) -> None:
    story.garbage(0)


PLOTS: dict[str, tuple[float, Callable[[Story], None]]] = {
    "leaves a cart": (5, _leave_cart),
    "leaves a checkout": (2, _leave_checkout),
    "browses": (4, _browse),
    "buys around due": (6, _buy_around_due),
    "buys at once": (3, _buy_at_once),
    "merges": (5, _merge),
    "empties the cart": (1, _empty_cart),
    "exits": (1, _exit),
    LATE: (1, _late_order),
    SILENCED: (0.5, _opt_out),
    GARBAGE: (0.5, _garbage),
}


def households(seed: int, waits: Waits) -> Iterator[Household]:
    """Household after household, without end; the same seed gives the same."""
    names = list(PLOTS)
    weights = [weight for weight, _ in PLOTS.values()]
    number = 0
    while True:
        number += 1
        dice = random.Random(f"{seed}/{number}")
        plot = dice.choices(names, weights)[0]
        story = Story(number, dice, waits)
        PLOTS[plot][1](story)
        acts = sorted(story.acts, key=lambda act: act.at_s + act.held_s)
        yield Household(number, plot, tuple(acts))


def group_of(name: str) -> int | None:
    """The household whose visitor or customer that is; None for a visitor of the mass expiry."""
    return int(name[1:].split("-")[0]) if name[:1] in "cv" else None
