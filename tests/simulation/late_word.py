"""How far a world may differ from the same records in one go: by what is told later than W, or sooner than its time.

Nobody waits for engagements and the catalogue: what a person hears of them after W has passed is judged then. And a
purchase or a wish counts the moment it is known, though what it answers was due before it.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from schemas.events.engagements import EngagementType
from tests.simulation.lifecycle_rules import OF_PRODUCTS, OFFERED, REMOVABLE, rules_of
from tests.simulation.said import Json, Said, said
from tests.simulation.shop import LATENESS
from tests.simulation.undisturbed import OF_A_PRODUCT

OF_ANSWERS = {"consent_changed", "erasure_asked", *(kind.value for kind in EngagementType)}
"""Facts, and events that facts tell, of what customers answer."""
WISHES = {"opted_out": False, "consent_given": True}
CARTS = ("cart_item_added", "cart_item_removed", "cart_updated", "order_completed", "order_placed")


Step = tuple[str, int, int, int]
"""A rule, a household, an anchor, and which step."""


def household(name: str | bytes) -> int:
    """Whose an id, or a profile, is: the shop numbers its persons, and all of their ids have the number."""
    digits = [sign for sign in (name.decode() if isinstance(name, bytes) else name) if sign.isdigit()]
    return int("".join(digits))


class Heard(NamedTuple):
    """Something of the time `at`, and when it was appended to an inbox of the household, ms."""

    at: int
    told_at: int

    def is_late_for(self, due: int) -> bool:
        """Whether W may have passed the due time before this was heard, though it was before that."""
        return self.at <= due < self.told_at - LATENESS


class Look(NamedTuple):
    """A customer's device tells of a price of the time `at`, and of its `look`: the later one is greater, and of one
    instant that at the lower price; where that stands in the customer's inbox."""

    at: int
    visitor: str
    look: tuple[int, int]
    offset: int


class LateWord:
    """What was told of each household, and when."""

    def __init__(self, world: Any) -> None:
        self.erased: set[int] = set()
        self.bought: dict[int, list[tuple[int, list[str]]]] = defaultdict(list)
        self.first_told: dict[int, dict[str, int]] = defaultdict(dict)
        self.changed: dict[int, list[int]] = defaultdict(list)
        self.linked: dict[int, list[int]] = defaultdict(list)
        self.wished: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        self.answers: dict[int, list[Heard]] = defaultdict(list)
        self.of_products: dict[tuple[int, str], list[Heard]] = defaultdict(list)
        self.looks: dict[tuple[int, str], list[Look]] = defaultdict(list)
        self.called: dict[int, list[int]] = defaultdict(list)
        self.goes_without = any(
            REMOVABLE not in [rule["id"] for rule in rules_of(change.number)]
            for change in world.plan.changes
            if change.number >= 0
        )
        self.settled: dict[str, int] = {}
        told = [one.body for one in said(world, "triggers")]
        self.taken_back = {body["trigger_id"] for body in told if body["type"] == "cancelled"}
        self.refused: dict[str, set[str]] = defaultdict(set)
        for one in [*said(world, "clickstream"), *said(world, "orders")]:
            if isinstance(one.body["occurred_at"], int):
                self._acted(one)
        for one in said(world, "engagements"):
            self._wished(one)
        for inbox in ("visitor-inbox", "customer-inbox"):
            for one in said(world, inbox):
                self._heard(one)
        for one in said(world, "customer-inbox"):
            self._looked(one)
        for one in said(world, "decisions"):
            if one.body["verdict"] in ("suppressed", "ended"):
                self.refused[one.body["trigger_id"]].add(one.body["reason"])

    def _acted(self, one: Said) -> None:
        body, at = one.body, min(one.body["occurred_at"], one.at_ms)
        whose = household(one.entry.key or b"")
        if "customer_id" in body and "visitor_id" in body:
            self.linked[whose].append(at)
        if body.get("name") == "called":
            self.called[whose].append(at)
        if body["type"] in CARTS:
            self.changed[whose].append(at)
        if body["type"].startswith("order"):
            self.bought[whose].append((at, [line["product_id"] for line in body.get("lines", ())]))
            told, order = self.first_told[whose], body.get("order_id", "")
            told[order] = min(at, told.get(order, at))

    def _wished(self, one: Said) -> None:
        whose, kind = household(one.entry.key or b""), one.body["type"]
        if kind == "erasure_requested":
            self.erased.add(whose)
        elif kind in WISHES:
            self.wished[whose].append((min(one.body["occurred_at"], one.at_ms), WISHES[kind]))

    def _heard(self, one: Said) -> None:
        body = one.body
        fact = body.get("fact")
        if fact in OF_A_PRODUCT:
            product = body.get("product") or body["said"].get("product_id", "")
            self.of_products[household(one.entry.key or b""), product].append(Heard(body["at"], one.at_ms))
        elif fact in OF_ANSWERS or body.get("event") in OF_ANSWERS:
            self.answers[household(one.entry.key or b"")].append(Heard(body["at"], one.at_ms))

    def _looked(self, one: Said) -> None:
        body = one.body
        if body.get("fact") == "price_changed":
            seen = body["looked_at"], -(body.get("seen") or 0)
            look = Look(body["at"], body["visitor"], seen, one.entry.offset)
            self.looks[household(one.entry.key or b""), body["product"]].append(look)
        elif body.get("fact") == "receipt":
            self.settled[body["trigger_id"]] = one.entry.offset

    def may_lack(self, one: Json, lacking: Collection[Step], fired: Collection[Step]) -> bool:
        """Whether the trigger may be missing; `lacking` are the steps that are, `fired` those that have fired."""
        whose, due, refused = household(one["profile"]), one["due_ms"], self.refused[one["trigger_id"]]
        if any(at >= one["anchor_ms"] and given for at, given in self.wished[whose]):
            return True  # welcome again when it was judged, a deeper stage may have spoken in its place
        joined = any(at >= due for at in self.linked[whose])
        if "already_converted" in refused and (joined or any(at >= due for at, _ in self.bought[whose])):
            return True
        if "opted_out" in refused and (self._has_refused(whose, due) or (joined and self._has_refused(whose, 0))):
            return True
        return step_of(one, -1) in lacking or self._may_differ(one, fired)

    def may_have(self, one: Json, others: Collection[Step], expected: Collection[Step]) -> bool:
        """Whether the trigger may have fired though it does not in one go; `others` are the steps that have, too, and
        `expected` those that do."""
        whose, due = household(one["profile"]), one["due_ms"]
        if any(at >= due for at, _ in self.wished[whose]):
            return True  # either was judged before the wish was known, and the other after it
        if one["rule_id"] == "price_drop" and self._is_outlooked(one):
            return True
        if one["rule_id"] == REMOVABLE and self.goes_without and self._is_called_again(whose, one["anchor_ms"], due):
            return True
        return (one["step"] > 1 and step_of(one, -1) in others) or self._may_differ(one, expected)

    def may_be_taken_back(self, cancelled: Json, fired: Json) -> bool:
        """Whether the trigger may have been taken back though it is not in one go: by an opt-out that was heard before
        the consent which came later, and of which one go knows as soon; or by the very change of a price, of which
        another device of the household has told its customer after this one's triggers were handed over."""
        whose = household(cancelled["profile"])
        if whose in self.erased:
            return True
        if cancelled["reason"] == "price_back":
            looks = self.looks[whose, fired["viewed"][0]]
            return any(one.at == fired["anchor_ms"] and one.visitor != fired["visitor_id"] for one in looks)
        given = max((at for at, given in self.wished[whose] if given), default=0)
        refused = any(at < given for at, wanted in self.wished[whose] if not wanted)
        return cancelled["reason"] == "opted_out" and refused

    def has_bought_since(self, one: Json) -> bool:
        """Whether an order of the household is first told of after the anchor. A later record of an older order, by
        another of its ids, is taken for a purchase until the order is known: one go hears of both in another turn."""
        told = self.first_told[household(one["profile"])]
        return any(at > one["anchor_ms"] for at in told.values())

    def _is_outlooked(self, drop: Json) -> bool:
        """Whether the device that looked last was heard of the very change after the one by which the price has fallen.
        Devices tell of it each by its own partition, and nobody waits for the slower: what has fired by then is taken
        back, unless it was delivered before."""
        whose, id_, (product,) = household(drop["profile"]), drop["trigger_id"], drop["viewed"]
        told = [look for look in self.looks[whose, product] if look.at == drop["anchor_ms"]]
        own = [look for look in told if look.visitor == drop["visitor_id"]]
        later = [look for look in told if any(look.look > one.look and look.offset > one.offset for one in own)]
        is_settled = any(self.settled.get(id_, look.offset) < look.offset for look in later)
        return bool(later) and (id_ in self.taken_back or is_settled)

    def _is_called_again(self, whose: int, anchor: int, due: int) -> bool:
        """Whether a later call moves the occasion, the last one before it is due being its anchor. A call that comes
        while a partition has no such rule moves nothing."""
        return sum(anchor <= at <= due for at in self.called[whose]) > 1

    def _has_refused(self, whose: int, since: int) -> bool:
        return any(at >= since and not given for at, given in self.wished[whose])

    def _may_differ(self, one: Json, others: Collection[Step]) -> bool:
        """A change of a product is always told late: what counts is what the person is and has when it is told, and
        which of the person's devices is told first."""
        whose, due, anchor, rule = household(one["profile"]), one["due_ms"], one["anchor_ms"], one["rule_id"]
        if whose in self.erased or any(heard.is_late_for(due) for heard in self.answers[whose]):
            return True
        if rule == "cross_sell":
            return any(at >= anchor and OFFERED in products for at, products in self.bought[whose])
        if rule == "drop_unseen":
            all_ = [heard for (who, _), own in self.of_products.items() if who == whose for heard in own]
            return step_of(one) in others or any(heard.is_late_for(due) for heard in all_)
        if rule not in OF_PRODUCTS:
            return False
        (product,) = one["viewed"]
        heard = self.of_products[whose, product]
        told = max((word.told_at for word in heard if word.at == anchor), default=0)
        acted = [*self.linked[whose]]
        if rule == "low_stock":
            acted += self.changed[whose]
        else:
            acted += [at for at, products in self.bought[whose] if product in products]
        if rule == "price_drop":
            acted += [word.at for word in heard if anchor < word.at and word.told_at < told]
        return step_of(one) in others or any(anchor <= at <= told for at in acted)


def step_of(one: Json, further: int = 0) -> Step:
    """Which step of which run the trigger is, or the one that is so many further."""
    return one["rule_id"], household(one["profile"]), one["anchor_ms"], one["step"] + further
