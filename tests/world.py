"""The driver of stories: a shop without a broker, in virtual time.

A story begins at zero; nothing in it is earlier. `after` says how much later the next thing happens, and that all until
then is known; `advance` is silence as the live system sees it, where W stays the allowed lateness behind the clock.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

import orjson

from schemas.events.engagements import EngagementType
from schemas.events.orders import OrderType
from schemas.facts.profile_facts import Fact, Receipt
from schemas.outcomes.decisions import Decision, Reason
from schemas.reading.wire import write_fact
from schemas.rules.rulebook import Rulebook
from schemas.rules.words import UNITS_MS
from schemas.state.profile import CUSTOMER
from schemas.topics import Topic
from streams.replay import Replay
from streams.stage import Effects

Json = dict[str, Any]

BEGINNING_MS = 1_750_000_000_000
LATENESS = "5s"
ORDER_TYPES = tuple(OrderType)
ENGAGEMENT_TYPES = tuple(EngagementType)
PART = re.compile(r"(\d+)(ms|s|m|h|d)")


def ms(text: str) -> int:
    """Milliseconds of a time such as `60m 1s`; `-` in front of it all turns it round."""
    parts = PART.findall(text)
    assert " ".join(number + unit for number, unit in parts) == text.lstrip("-"), f"{text!r} is no time"
    total = sum(int(number) * UNITS_MS[unit] for number, unit in parts)
    return -total if text.startswith("-") else total


def rule(kind: str, **fields: object) -> Json:
    """A rule of that kind, which is also its id, with the plain waits, and no expiry unless the story says so."""
    waits = {} if kind in ("exit_intent", "replenishment") else {"wait": "60m"}
    return {"id": kind, "kind": kind, "expires_after": "never", **waits, **fields}


def rulebook(*rules: Json, **settings: object) -> Rulebook:
    """A rulebook of these rules; ladder, already-converted and consent are off unless the story says so."""
    plain = {"name": "story", "ladder": False, "already_converted": False, "consent": "ignore"}
    return Rulebook.model_validate({**plain, **settings, "rules": list(rules)})


LADDER = rulebook(
    rule("browse_abandonment"),
    rule("cart_abandonment"),
    rule("checkout_abandonment", wait="30m"),
    ladder=True,
    already_converted=True,
    consent="opt_out",
)
"""The three rungs as a shop would have them."""


Driver = Callable[[Rulebook, int], Replay]
"""What makes a replay of a rulebook and the allowed lateness, ms."""


class Shot(NamedTuple):
    """A fired trigger: what, whose, counted from when, due when; times in ms since the story's beginning."""

    kind: str
    person: str
    anchor: int
    due: int


class World:
    """One shop. The person at hand is whoever holds the device at hand, first an unknown visitor's `phone`."""

    def __init__(self, book: Rulebook = LADDER, *, lateness: str = LATENESS, driver: Driver = Replay) -> None:
        self.replay = driver(book, ms(lateness))
        self.visitor = "phone"
        self.clock = 0
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._numbers = 0
        self._outputs: dict[Topic, list[Json]] = {topic: [] for topic in Topic}
        self.keys: list[tuple[str, bytes]] = []

    # -- time --------------------------------------------------------------------------------------------------------

    def after(self, duration: str) -> Self:
        """So much later, with all that happened until then known: what was due before now has rung."""
        return self.at_ms(self.clock + ms(duration))

    def at(self, moment: str) -> Self:
        """At that time since the beginning, with all that happened until then known."""
        return self.at_ms(ms(moment))

    def at_ms(self, moment: int) -> Self:
        """As `at`, in ms."""
        self.clock = max(self.clock, moment)
        self.replay.advance(BEGINNING_MS + self.clock)
        self.replay.end()
        return self

    def advance(self, duration: str) -> Self:
        """Silence for so long: W follows the clock at the distance of the allowed lateness."""
        self.clock += ms(duration)
        self.replay.advance(BEGINNING_MS + self.clock)
        return self

    def outage(self, duration: str) -> Self:
        """Nobody decides anything for so long; then all of it is known at once."""
        self.clock += ms(duration)
        self.replay.now = BEGINNING_MS + self.clock
        self.replay.advance(self.replay.now)
        return self

    def instant(self, moment: str) -> int:
        """That time since the beginning as a record says it, ms since the epoch."""
        return BEGINNING_MS + ms(moment)

    def drain(self) -> Self:
        """Move the clock on until nothing waits."""
        self.replay.drain()
        self.clock = self.replay.now - BEGINNING_MS
        return self

    # -- what happens ------------------------------------------------------------------------------------------------

    def pipe(self, record: Mapping[str, Any] | bytes, *, key: bytes | None = None, **fields: Any) -> Self:
        """A record arrives now. A mapping gets an id, the time of now and the device at hand where it has none; `ago`
        and `ahead` shift its time. Bytes go to the clickstream as they are."""
        if isinstance(record, bytes):
            self.replay.feed(Topic.CLICKSTREAM, key, record, BEGINNING_MS + self.clock)
            return self
        shift = ms(fields.pop("ahead", "0s")) - ms(fields.pop("ago", "0s"))
        said: Json = {"event_id": self._number(), "occurred_at": BEGINNING_MS + self.clock + shift, **record, **fields}
        topic = _topic(said["type"])
        if topic is Topic.CLICKSTREAM or "customer_id" not in said:
            said.setdefault("visitor_id", self.visitor)
        said = {name: value for name, value in said.items() if value is not None}
        owner = said["visitor_id"] if topic is Topic.CLICKSTREAM else said.get("customer_id") or said["visitor_id"]
        owner_key = str(owner).encode() if key is None else key
        self.replay.feed(topic, owner_key, orjson.dumps(said), BEGINNING_MS + self.clock)
        return self

    def as_(self, visitor: str) -> Self:
        """From here on another device is at hand."""
        self.visitor = visitor
        return self

    def visits(self, **fields: Any) -> Self:
        """A page is viewed."""
        return self.pipe({"type": "page_viewed"}, **fields)

    def sees(self, product: str, *, times: int = 1, **fields: Any) -> Self:
        """A product is viewed."""
        for _ in range(times):
            self.pipe({"type": "product_viewed", "product_id": product}, **fields)
        return self

    def adds(self, product: str, *, price: str | None = None, currency: str | None = "EUR", **fields: Any) -> Self:
        """An item is put into the cart."""
        money = {} if price is None else {"price": price, "currency": currency}
        return self.pipe({"type": "cart_item_added", "product_id": product, **money}, **fields)

    def removes(self, product: str, **fields: Any) -> Self:
        """An item is taken out of the cart."""
        return self.pipe({"type": "cart_item_removed", "product_id": product}, **fields)

    def sets_cart(self, lines: Mapping[str, int], **fields: Any) -> Self:
        """The whole cart is set."""
        said = [{"product_id": product, "quantity": quantity} for product, quantity in lines.items()]
        return self.pipe({"type": "cart_updated", "lines": said}, **fields)

    def checks_out(self, **fields: Any) -> Self:
        """A checkout is started."""
        return self.pipe({"type": "checkout_started"}, **fields)

    def orders(self, order_id: str | None = None, *, on_site: bool = True, **fields: Any) -> Self:
        """A purchase: a click on the site, or a record of the order feed."""
        kind = "order_completed" if on_site else "order_placed"
        return self.pipe({"type": kind, "order_id": order_id or self._number("O")}, **fields)

    def asks_for(self, product: str, **fields: Any) -> Self:
        """The person wants to hear when the product is back."""
        return self.pipe({"type": "back_in_stock_requested", "product_id": product}, **fields)

    def catalog(self, product: str, *, ago: str = "0s", **fields: Any) -> Self:
        """The catalogue says something of a product."""
        at = BEGINNING_MS + self.clock - ms(ago)
        said = {"event_id": self._number("k"), "occurred_at": at, "product_id": product, "currency": "EUR", **fields}
        self.replay.feed(Topic.CATALOG, product.encode(), orjson.dumps(said), BEGINNING_MS + self.clock)
        return self

    def signs_in(self, customer: str, **fields: Any) -> Self:
        """The device at hand turns out to be that customer's."""
        return self.pipe({"type": "identified", "customer_id": customer}, **fields)

    def moves_to_leave(self, **fields: Any) -> Self:
        """The pointer leaves the page."""
        return self.pipe({"type": "exit_signal"}, **fields)

    def opts_out(self, **fields: Any) -> Self:
        """The person wants no messages any more."""
        return self.pipe({"type": "opted_out"}, **fields)

    def opts_in(self, **fields: Any) -> Self:
        """The person wants messages again."""
        return self.pipe({"type": "consent_given"}, **fields)

    def asks_for_erasure(self, **fields: Any) -> Self:
        """The person wants to be forgotten."""
        return self.pipe({"type": "erasure_requested"}, **fields)

    def settles(self, kind: str, state: str = "delivered") -> Self:
        """The dispatcher's last word on the latest trigger of that kind."""
        trigger = next(trigger for trigger in reversed(self.fired()) if trigger["kind"] == kind)
        receipt = Receipt(BEGINNING_MS + self.clock, self._number("R"), trigger["trigger_id"], state)
        return self.tells(trigger["profile"], receipt)

    def tells(self, profile: str, fact: Fact) -> Self:
        """A fact reaches the inbox of a profile, and what it says is carried on until nothing more is said."""
        inbox = Topic.CUSTOMER_INBOX if profile.startswith(CUSTOMER) else Topic.VISITOR_INBOX
        self.replay.tell(inbox, profile[len(CUSTOMER) :].encode(), write_fact(fact))
        return self

    # -- what came of it ---------------------------------------------------------------------------------------------

    def said(self, topic: Topic) -> list[Json]:
        """All records of a topic, as JSON."""
        self._keep(self.replay.take())
        return self._outputs[topic]

    def fired(self) -> list[Json]:
        """The fired triggers as their consumers see them, in the order of firing."""
        return [record for record in self.said(Topic.TRIGGERS) if record["type"] == "fired"]

    def taken_back(self) -> list[Json]:
        """The cancelled triggers as their consumers see them, in that order."""
        return [record for record in self.said(Topic.TRIGGERS) if record["type"] == "cancelled"]

    def triggers(self) -> list[Shot]:
        """The fired triggers, in the order of firing."""
        return [
            Shot(fired["kind"], fired["profile"], fired["anchor_ms"] - BEGINNING_MS, fired["due_ms"] - BEGINNING_MS)
            for fired in self.fired()
        ]

    def sent(self) -> list[str]:
        """The kinds of the fired triggers, in the order of firing."""
        return [fired["kind"] for fired in self.fired()]

    def anchors(self, kind: str) -> list[int]:
        """What the triggers of that kind count from, in the order of firing."""
        return [shot.anchor for shot in self.triggers() if shot.kind == kind]

    def cancelled(self) -> list[str]:
        """The kinds of the triggers that were taken back, in that order."""
        return [record["kind"] for record in self.taken_back()]

    def decisions(self) -> list[Decision]:
        """Every verdict, in order."""
        return [Decision.model_validate_json(orjson.dumps(record)) for record in self.said(Topic.DECISIONS)]

    def why(self, kind: str) -> Reason | None:
        """The reason of the latest verdict on that kind."""
        reasons = [decision.reason for decision in self.decisions() if decision.kind == kind]
        return reasons[-1] if reasons else None

    def dead_letters(self) -> list[str]:
        """Why records were quarantined, in order."""
        return [record["reason"] for record in self.said(Topic.DEAD_LETTERS)]

    def outcomes(self, topic: Topic = Topic.CLICKSTREAM) -> dict[str, int]:
        """How many records of the topic ended how."""
        self._keep(self.replay.take())
        counted = {name[2]: by for name, by in self.counts.items() if name[:2] == ("records", topic.value)}
        return {outcome: by for outcome, by in counted.items() if by}

    def _keep(self, effects: Effects) -> None:
        for out in effects.outputs:
            self._outputs[out.topic].append(orjson.loads(out.value))
            if out.topic is Topic.TRIGGERS:
                self.keys.append((self._outputs[out.topic][-1]["type"], out.key))
        self.counts.update(effects.counts)

    def _number(self, letter: str = "e") -> str:
        self._numbers += 1
        return f"{letter}{self._numbers:05}"


def _topic(kind: str) -> Topic:
    if kind in ORDER_TYPES:
        return Topic.ORDERS
    return Topic.ENGAGEMENTS if kind in ENGAGEMENT_TYPES else Topic.CLICKSTREAM
