"""What must hold of the last look at goods: no call names what was known to be gone, and nothing is kept back for what
was there all the time."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from schemas.topics import Topic
from tests.simulation.logs import EPOCH_MS
from tests.simulation.said import Json, Said, said


class Change(NamedTuple):
    """A product as it was published: when that was written, when it could be read, s, and whether it is gone."""

    written_s: float
    visible_s: float
    is_gone: bool


def judge(world: Any, fired: dict[str, Said]) -> Iterator[str]:
    """I4, I1: calls with goods that are gone, and lines that are unavailable without a reason."""
    changes = _changes(world)
    look_s = world.settings.dispatch.look_max_age_ms / 1000 + 0.002
    begun = _begun(world)
    for receiver in world.receivers.values():
        for call in receiver.cleared:
            *_, (_, may_have_arrived) = [one for one in begun[call.trigger_id] if one[0] <= call.cleared_s]
            if may_have_arrived:
                continue  # as it may have been sent before, also by a process that died as it began, it is sent again
            for product in _products_in(orjson.loads(call.body)["data"]):
                if _was_gone(changes[product], call.cleared_s, look_s):
                    yield f"I4: {call.trigger_id} was called with {product}, which was gone"
    for one in said(world, "deliveries"):
        if one.body.get("state") == "unavailable":
            about = fired[one.body["trigger_id"]].body
            lines = [line["product_id"] for line in about["lines"]]
            subject = about["viewed"] if about["about"] == "viewed" else lines
            missed = [product for product in subject if not any(change.is_gone for change in changes[product])]
            if missed:
                yield f"I1: {about['trigger_id']} is unavailable, and {missed} were always there"


def _begun(world: Any) -> dict[str, list[tuple[float, bool]]]:
    """When calls were begun, s, by the ledger, which is written before; and whether one before may have arrived."""
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in said(world, "deliveries"):
        if one.body.get("state") == "in_flight":
            found[one.body["trigger_id"]].append(((one.at_ms - EPOCH_MS) / 1000, one.body["may_have_arrived"]))
    return found


def _changes(world: Any) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = defaultdict(list)
    for log in world.broker.of_topic(Topic.PRODUCTS.value):
        for entry in log.committed():
            body = orjson.loads(entry.value)
            is_gone = body["published"] is False or (body["stock"] is not None and body["stock"] <= 0)
            visible_s = next(at_s for stable, at_s in log.stable_since if stable > entry.offset)
            found[body["product_id"]].append(Change((entry.timestamp - EPOCH_MS) / 1000, visible_s, is_gone))
    return found


def _products_in(one: Json) -> list[str]:
    lines = [] if one["about"] == "order" else [line["product_id"] for line in one["lines"]]
    return [*lines, *one["viewed"], *(one["message"] or {"products": []})["products"]]


def _was_gone(changes: list[Change], cleared_s: float, look_s: float) -> bool:
    """Whether all that may have been read last says so."""
    known = [change for change in changes if change.visible_s <= cleared_s - look_s]
    newer = [change for change in changes[len(known) :] if change.written_s <= cleared_s]
    return bool(known) and all(change.is_gone for change in (known[-1], *newer))
