"""What came of a world, told so that it can be compared: without what may legitimately depend on when something
arrived.

Left out are, by name:

- when a trigger was said (`fired_at_ms`, `at_ms`): W goes on in the steps in which records come;
- that it was put off (`deferred`): what is put off is judged again, and that counts; of a purchase in the seconds of
  the lateness it depends on the arrival whether it was put off or refused as `already_converted`;
- a trigger that a purchase makes wrong which may not have been known when it was due: by design it is refused where
  the purchase is known, else put off and ended, or fired and taken back. All are the same: nobody hears it;
- what product rules refuse or end, but for what they fire: people do not wait for products, so a device may speak
  first that another overrules;
- that a replenishment or a cross-sell was ended: of two purchases of one instant products may answer for either first;
- what was viewed, in triggers of events that carry it (`CARRY_VIEWED`): that is what had arrived by the event.
"""

from collections import Counter
from typing import Any, NamedTuple

from tests.properties.prompt import Told

Json = dict[str, Any]

BOUGHT = frozenset({"ordered", "late_order", "already_converted", "payment_pending"})
OF_PRODUCTS = frozenset({"back_in_stock", "price_drop", "low_stock"})
ANSWERED = frozenset({"replenishment", "cross_sell"})
CARRY_VIEWED = frozenset({"welcome", "visit_summary", "email_my_cart", "form_submitted", "account_changed"})
COMPARED = ("verdict", "reason", "rule_id", "trigger_id", "step", "profile", "visitor_id", "anchor_ms", "due_ms")


class Sum(NamedTuple):
    """The triggers that stand, by id, and how often each verdict was given."""

    triggers: dict[str, Json]
    verdicts: Counter[tuple[Any, ...]]


def sum_of(told: Told) -> Sum:
    """What stands in the end. No trigger is said twice."""
    fired = [one for one in told.triggers if one["type"] == "fired"]
    twice = [id_ for id_, times in Counter(one["trigger_id"] for one in fired).items() if times > 1]
    assert not twice, f"fired twice: {twice}"
    gone = {one["trigger_id"] for one in told.decisions if one["verdict"] in _REFUSED and one["reason"] in BOUGHT}
    stands = {one["trigger_id"]: _defined(one) for one in fired if one["trigger_id"] not in gone}
    decided = [one for one in told.decisions if not _is_left_out(one, gone)]
    return Sum(stands, Counter(tuple(one[name] for name in COMPARED) for one in decided))


_REFUSED = ("suppressed", "cancelled", "ended")


def _is_left_out(said: Json, gone: set[str]) -> bool:
    verdict, kind = said["verdict"], said["kind"]
    of_product = kind in OF_PRODUCTS and verdict not in ("fired", "cancelled")
    of_bought = said["trigger_id"] in gone and verdict in ("fired", *_REFUSED)
    return verdict == "deferred" or of_product or of_bought or (verdict == "ended" and kind in ANSWERED)


def _defined(said: Json) -> Json:
    """What a trigger says, without what is left out."""
    left = {"fired_at_ms"}
    if said["kind"] in CARRY_VIEWED:
        left |= {"viewed", "message"}
    return {name: value for name, value in said.items() if name not in left}


def differences(expected: Sum, found: Sum) -> list[str]:
    """What one has and the other has not, in words."""
    ids = sorted(expected.triggers.keys() | found.triggers.keys())
    pairs = [(expected.triggers.get(id_), found.triggers.get(id_)) for id_ in ids]
    said = [f"trigger {one} became {other}" for one, other in pairs if one != other]
    said += [f"missing: {verdict}" for verdict in expected.verdicts - found.verdicts]
    return said + [f"too much: {verdict}" for verdict in found.verdicts - expected.verdicts]
