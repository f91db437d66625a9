"""What must hold at the end of a world, whatever went wrong in it. Shares no code with the product's folds.

What should have fired comes from the batch oracle (`tests.oracle.named_carts`), over the records as they lie on
the logs.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.oracle.named_carts import triggers
from tests.oracle.plain import Rules, Trigger
from tests.simulation.deliveries import calls, deliveries, last_looks
from tests.simulation.logs import EPOCH_MS
from tests.simulation.plan import Kind
from tests.simulation.rules import loose, wrong_rules
from tests.simulation.said import TERMINAL, Json, Said, said
from tests.simulation.shop import GAP, LATENESS, SILENCE, WAIT

RULES = Rules(GAP, WAIT, WAIT, WAIT, SILENCE, SILENCE)
ABANDONMENTS = {"cart_abandonment", "browse_abandonment", "checkout_abandonment"}
PROMPT_MS = 20_000
"""In calm, from due and the allowed lateness to the trigger: two hops of vectors, four fetches and a few ticks."""
RECOVERY_MS = 40_000
"""After the last fault: a session, a rebalance with a member that hangs, a restore, and then as in calm."""
STUCK_MS = 10_000


def judge(world: Any) -> list[str]:
    """Every violation, each with the invariant's number."""
    told = list(said(world, "triggers"))
    fired = [one for one in told if one.body["type"] == "fired"]
    cancelled = {one.body["trigger_id"]: one for one in told if one.body["type"] == "cancelled"}
    wrong = list(_repeated(told))
    clicks, orders = _input(world, "clickstream"), _input(world, "orders")
    if not world.options.style.late and world.options.kind is Kind.PLAIN:
        wrong += _expected(clicks, orders, fired, loose(world))
    wrong += _early(world, fired)
    wrong += _prompt(world, fired)
    wrong += _false_alarms(clicks, orders, fired, cancelled)
    wrong += deliveries(world, fired, cancelled)
    wrong += calls(world, fired)
    wrong += last_looks(world, fired, cancelled)
    wrong += _put_aside(world)
    wrong += wrong_rules(world, fired)
    return wrong


def is_settled(world: Any, quiet_ms: int) -> bool:
    """Whether time has passed all timers in every profile, and every trigger is accounted for."""
    past = 0
    for host in world.hosts.values():
        if host.is_dead or host.is_stopped:
            return False
        for member in host.members:
            if member.role.name in ("sessions", "customers"):
                for partition in member.partitions.values():
                    stage = partition.stage
                    past += min(stage.watermarks.values(), default=stage.watermark) > EPOCH_MS + quiet_ms
    catalog = world.options.catalog if world.options.kind is Kind.LIFECYCLE else 0
    if past < world.options.clickstream + world.options.inbox + catalog:
        return False
    fired = {one.body["trigger_id"] for one in said(world, "triggers") if one.body["type"] == "fired"}
    done = {one.body["trigger_id"] for one in said(world, "deliveries") if one.body.get("state") in TERMINAL}
    return fired <= done


def digest(world: Any) -> str:
    """A hash of all that can be seen of the world: equal worlds have equal ones."""
    hashed = hashlib.sha256()
    for log in world.broker.logs.values():
        for entry in log.entries:
            hashed.update(repr((log.tp, entry.key, entry.value, entry.timestamp, entry.is_read)).encode())
    for receiver in world.receivers.values():
        hashed.update(repr(receiver.accepted).encode())
    hashed.update(repr((world.clockwork.steps, world.clockwork.now)).encode())
    return hashed.hexdigest()


# -- what goes in ----------------------------------------------------------------------------------------------------


def _input(world: Any, topic: str) -> list[Json]:
    """The good records, each at the time that counts: its own, but not later than the broker's."""
    return [
        one.body | {"occurred_at": min(one.body["occurred_at"], one.at_ms), "_at": one.at_ms}
        for one in said(world, topic)
        if not one.body["event_id"].startswith("odd")
    ]


def _person(trigger: Json) -> str:
    return f"c:{trigger['customer_id']}" if trigger["customer_id"] else f"v:{trigger['visitor_id']}"


# -- I1, I2: what fired --------------------------------------------------------------------------------------------


def _expected(clicks: list[Json], orders: list[Json], fired: list[Said], spared: set[str]) -> Iterator[str]:
    expected = triggers(clicks, orders, RULES)
    found = {
        Trigger(one.body["kind"], _person(one.body), one.body["anchor_ms"], one.body["due_ms"])
        for one in fired
        if one.body["kind"] != "exit_intent"
    }
    if _devices_change_hands(clicks, orders):
        # Nobody is called inactive while a visit runs that may be theirs: known only once it is over.
        expected = {trigger for trigger in expected if trigger.kind != "inactivity"}
        found = {trigger for trigger in found if trigger.kind != "inactivity"}
    for trigger in sorted(trigger for trigger in expected - found if trigger.kind not in spared):
        yield f"I1: lost {_short(trigger)}"
    for trigger in sorted(found - expected):
        yield f"I2: unexpected {_short(trigger)}"
    signals = {click["occurred_at"] for click in clicks if click["type"] == "exit_signal"}
    for one in fired:
        if one.body["kind"] == "exit_intent" and one.body["anchor_ms"] not in signals:
            yield f"I2: an exit intent without a signal: {one.body['trigger_id']}"


def _short(trigger: Trigger) -> str:
    return f"{trigger.kind} of {trigger.person}, anchor {trigger.anchor_ms - EPOCH_MS}, due {trigger.due_ms - EPOCH_MS}"


def _devices_change_hands(clicks: list[Json], orders: list[Json]) -> bool:
    known: dict[str, str] = {}
    for record in sorted([*clicks, *orders], key=lambda record: (record["occurred_at"], record["event_id"])):
        visitor, customer = record.get("visitor_id"), record.get("customer_id")
        if visitor and customer and known.setdefault(visitor, customer) != customer:
            return True
    return False


def _repeated(told: list[Said]) -> Iterator[str]:
    seen = Counter((one.body["type"], one.body["trigger_id"]) for one in told)
    for (kind, trigger_id), times in seen.items():
        if times > 1:
            yield f"I3: {kind} {times} times: {trigger_id}"
    occasions: dict[tuple[Any, ...], str] = {}
    for one in told:
        body = one.body
        if body["type"] == "fired":
            occasion = (body["rule_id"], _person(body), body["anchor_ms"], body["step"])
            if occasions.setdefault(occasion, body["trigger_id"]) != body["trigger_id"] and body["kind"] in (
                "cart_abandonment",
                "checkout_abandonment",
                "lapse",
            ):
                yield f"I3: two ids for one occasion: {occasion}"


# -- I4, I5: when ----------------------------------------------------------------------------------------------------


def _early(world: Any, fired: list[Said]) -> Iterator[str]:
    for one in fired:
        margin = 0 if one.body["kind"] == "exit_intent" else LATENESS
        early_ms = one.body["due_ms"] + margin - one.at_ms
        if early_ms > 0:
            yield f"I4: {one.body['kind']} {one.body['trigger_id']} came {early_ms} ms early"
    due = {one.body["trigger_id"]: one.body["due_ms"] for one in fired}
    for receiver in world.receivers.values():
        for call in receiver.cleared:
            if EPOCH_MS + call.cleared_s * 1000 < due.get(call.trigger_id, 0):
                yield f"I4: called before it was due: {call.trigger_id}"


def _prompt(world: Any, fired: list[Said]) -> Iterator[str]:
    healed_ms = EPOCH_MS + int(world.healed_s * 1000)
    for one in fired:
        if one.body["kind"] != "exit_intent":
            latest = max(one.body["due_ms"] + LATENESS + PROMPT_MS, healed_ms + RECOVERY_MS)
            if one.at_ms > latest:
                yield f"I5: {one.body['trigger_id']} came {one.at_ms - latest} ms too late"


def _false_alarms(
    clicks: list[Json], orders: list[Json], fired: list[Said], cancelled: dict[str, Said]
) -> Iterator[str]:
    """An abandonment whose purchase was on the log in time does not fire; if the purchase is late, it is taken back."""
    times = Counter(
        one.get("order_id") for one in (*clicks, *orders) if one["type"] in ("order_placed", "order_completed")
    )
    by_person: dict[str, list[Json]] = defaultdict(list)
    for order in orders:
        if order["type"] == "order_placed" and times[order["order_id"]] == 1:
            by_person[f"c:{order['customer_id']}" if order.get("customer_id") else f"v:{order['visitor_id']}"].append(
                order
            )
    for one in fired:
        body = one.body
        if body["kind"] not in ABANDONMENTS:
            continue
        for order in by_person.get(_person(body), ()):
            if body["anchor_ms"] < order["occurred_at"] <= body["due_ms"]:
                if order["_at"] <= body["due_ms"] + LATENESS:
                    yield f"I4: {body['kind']} {body['trigger_id']} fired though {order['order_id']} was known"
                elif body["trigger_id"] not in cancelled:
                    yield f"I4: {body['kind']} {body['trigger_id']} was not taken back for {order['order_id']}"


# -- I6: nothing unaccounted for -----------------------------------------------------------------------------------


def _put_aside(world: Any) -> Iterator[str]:
    letters = Counter(entry.key for log in world.broker.of_topic("dead-letters") for entry in log.committed())
    for key, times in letters.items():
        if times > 1:
            yield f"I6: {times} dead letters for {key!r}"
    bad = {
        f"clickstream-{one.entry.partition}-{one.entry.offset}".encode()
        for one in said(world, "clickstream")
        if one.body["event_id"].startswith("odd") and one.body["type"] != "wishlist"
    }
    aside = {key for key in letters if key is not None and key.startswith(b"clickstream-")}
    for key in sorted(bad ^ aside):
        yield f"I6: {key!r} is bad or put aside, and not both"
    for log in world.broker.logs.values():
        if log.open and world.broker.now_ms() - log.entries[log.stable].timestamp > STUCK_MS:
            yield f"I9: {log.tp} has a transaction that nobody ends"
