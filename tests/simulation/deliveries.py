"""What must hold of deliveries at the end of a world: ends, receipts, bodies, and calls that were not to be made."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from tests.simulation.logs import EPOCH_MS
from tests.simulation.plan import Kind
from tests.simulation.said import TERMINAL, Said, said

INBOXES = {"v:": "visitor-inbox", "c:": "customer-inbox"}
"""By the kind of a profile's key, where it is told things, under the rest of the key."""


def deliveries(world: Any, fired: list[Said], cancelled: dict[str, Said]) -> Iterator[str]:
    """Each trigger has one end, which it deserves, and one receipt of it."""
    lines = {one.body["trigger_id"]: one.body for one in said(world, "deliveries") if "state" in one.body}
    # A visitor may pass one on to whoever it turned out to be: that is another key.
    receipts = Counter(
        one.body["trigger_id"]
        for kind, inbox in INBOXES.items()
        for one in said(world, inbox)
        if one.body.get("fact") == "receipt"
        and one.entry.key == lines[one.body["trigger_id"]]["profile"].removeprefix(kind).encode()
    )
    accepted = {trigger_id for receiver in world.receivers.values() for _, trigger_id, _ in receiver.accepted}
    for one in fired:
        id_ = one.body["trigger_id"]
        line = lines.get(id_)
        if line is None or line["state"] not in TERMINAL:
            yield f"I1: {id_} has no end: {line and line['state']}"
            continue
        state = line["state"]
        if state == "delivered" and id_ not in accepted:
            yield f"I1: {id_} is said to be delivered and never arrived"
        elif state == "cancelled" and id_ not in cancelled:
            yield f"I1: {id_} was cancelled by nobody"
        elif state == "expired" and one.body["expires_at"] is None:
            yield f"I1: {id_} expired and never does"
        elif state == "dead" and (line["detail"] != "ambiguous" or one.body["destination"] != "sms"):
            yield f"I1: {id_} is dead: {line['detail']}"
        elif state == "suppressed" or (state == "unavailable" and world.options.kind is Kind.PLAIN):
            yield f"I1: {id_} is {state}"
        if receipts[id_] != 1:
            yield f"I3: {id_} has {receipts[id_]} receipts"


def calls(world: Any, fired: list[Said]) -> Iterator[str]:
    """Each receiver gets what is for it, with one body, and only once if it says so."""
    known = {one.body["trigger_id"]: one for one in fired}
    for receiver in world.receivers.values():
        bodies: dict[str, set[str]] = defaultdict(set)
        times: Counter[str] = Counter()
        for at_s, trigger_id, body in receiver.accepted:
            bodies[trigger_id].add(body)
            times[trigger_id] += 1
            one = known.get(trigger_id)
            if one is None or one.body["destination"] != receiver.name:
                yield f"I2: {receiver.name} got {trigger_id}, which is not for it"
            elif one.at_ms > EPOCH_MS + at_s * 1000 + 1:
                yield f"I4: {receiver.name} got {trigger_id} before it was fired"
        for trigger_id, texts in bodies.items():
            if len(texts) > 1:
                yield f"I3: {receiver.name} got {len(texts)} bodies for {trigger_id}"
            if receiver.ambiguous == "park" and times[trigger_id] > 1:
                yield f"I3: {receiver.name} got {trigger_id} {times[trigger_id]} times"


def last_looks(world: Any, fired: list[Said], cancelled: dict[str, Said]) -> Iterator[str]:
    """No call for what was taken back in good time, or had expired."""
    known = {one.body["trigger_id"]: one for one in fired}
    taken_back = {id_: _visible_s(world, one) for id_, one in cancelled.items()}
    look_s = world.settings.dispatch.look_max_age_ms / 1000 + 0.002
    for receiver in world.receivers.values():
        for call in receiver.cleared:
            if call.trigger_id in taken_back and call.cleared_s > taken_back[call.trigger_id] + look_s:
                yield f"I4: {call.trigger_id} was called though it was taken back"
            expires = known[call.trigger_id].body["expires_at"] if call.trigger_id in known else None
            if expires is not None and EPOCH_MS + call.cleared_s * 1000 >= expires + 2:
                yield f"I4: {call.trigger_id} was called though it had expired"


def _visible_s(world: Any, one: Said) -> float:
    """Since when a consumer of committed records could read it, s."""
    log = world.broker.log("triggers", one.entry.partition)
    since: float = next(at_s for stable, at_s in log.stable_since if stable > one.entry.offset)
    return since
