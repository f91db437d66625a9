"""The findings on triggers and their delivery: lost, invented, doubled, early, late, false."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tests.chaos.evidence import Json
from tests.chaos.finding import EXAMPLES, Case, Finding, occasion, strictly_fired
from tests.chaos.households import LATE
from tests.chaos.rules import EXIT, Occasion

ABANDONMENTS = frozenset({"cart_abandonment", "browse_abandonment", "checkout_abandonment"})
AFTER_CANCEL_MS = 25_000
"""A cancellation binds from its commit on, which may follow its append by two transaction time-outs."""
AFTER_OPT_OUT_MS = 60_000
BOUND_MS = 120_000
"""I5: a trigger may be late by so much time during which no fault was at work: what hangs is late for good, and a busy
machine takes several times as long."""
SLACK_MS = 1000
TIMEOUT_MS = 3000
"""How long a dispatcher of the run waits for an answer: one whose loop stands still for longer does not hear it."""


def nothing_lost(case: Case, wanted: set[Occasion]) -> Finding:
    """Every trigger that the input leads to is on the topic, and every one that may be delivered has arrived."""
    missing = wanted - strictly_fired(case, case.fired)
    undelivered = [id_ for id_, trigger in case.by_id.items() if not _is_settled(case, id_, trigger)]
    return Finding(
        "I1",
        "no trigger is lost: on the topic, and at its destination",
        len(wanted),
        {"lost": len(missing), "undelivered": len(undelivered)},
        {"expected": len(wanted), "fired": len(case.fired), "exit intents": _count(case.fired, EXIT)},
        [*sorted(missing)[:EXAMPLES], *undelivered[:EXAMPLES]],
    )


def _is_settled(case: Case, id_: str, trigger: Json) -> bool:
    line = case.evidence.ledger.get(id_)
    match None if line is None else line["state"]:
        case "delivered":
            return any(call["accepted"] for call in case.calls[id_])
        case "cancelled":
            return id_ in case.cancelled
        case "expired":
            assert line is not None
            return trigger["expires_at"] is not None and line["updated_at_ms"] >= trigger["expires_at"]
    return False


def nothing_invented(case: Case, wanted: set[Occasion]) -> Finding:
    """No trigger that the input does not lead to; no call for one that is not on the topic, or was taken back."""
    fired = strictly_fired(case, case.fired)
    extra = fired - wanted
    strangers = [id_ for id_ in case.calls if id_ not in case.by_id]
    after = [
        id_
        for id_, cancelled in case.cancelled.items()
        if any(call["at"] > cancelled["at"] + AFTER_CANCEL_MS for call in case.calls.get(id_, ()))
    ]
    silenced = _after_opt_out(case)
    return Finding(
        "I2",
        "no trigger outside of the expected set, none called after it was taken back or its customer opted out",
        len(fired),
        {"unexpected": len(extra), "strangers": len(strangers), "after cancel": len(after), "opted out": len(silenced)},
        {"cancelled": len(case.cancelled)},
        [*sorted(extra)[:EXAMPLES], *strangers[:EXAMPLES], *after[:EXAMPLES], *silenced[:EXAMPLES]],
    )


def _after_opt_out(case: Case) -> list[str]:
    since = {body["customer_id"]: case.evidence.acked.get(body["event_id"]) for body in case.bodies("engagements")}
    found = []
    for trigger in case.fired:
        acked = since.get(trigger["customer_id"])
        if acked is None or trigger["trigger_id"] in case.cancelled:
            continue
        if case.calm_ms(acked, trigger["at"]) > AFTER_OPT_OUT_MS:
            found.append(trigger["trigger_id"])
    return found


def no_visible_duplicate(case: Case) -> Finding:
    """One effect an id; the same body on every attempt; one trigger an occasion."""
    twice = [id_ for id_, count in Counter(trigger["trigger_id"] for trigger in case.fired).items() if count > 1]
    doubled = [one for one, count in Counter(map(occasion, case.by_id.values())).items() if count > 1]
    bodies = [id_ for id_, calls in case.calls.items() if len({(call["body"], call["to"]) for call in calls}) > 1]
    effects = Counter(call["id"] for call in case.evidence.calls if call["effect"])
    doubles = [id_ for id_, count in effects.items() if count > 1]
    resent, unexplained = _resent(case)
    forged = sum(not call["signed"] for call in case.evidence.calls)
    return Finding(
        "I3",
        "one visible effect for each id; every re-send carries the same id, the same body and a valid signature",
        len(case.evidence.calls),
        {
            "fired twice": len(twice),
            "occasions twice": len(doubled),
            "bodies differ": len(bodies),
            "effects twice": len(doubles),
            "unexplained re-sends": len(unexplained),
            "signature failures": forged,
        },
        {"calls": len(case.evidence.calls), "effects": len(effects), "re-sends after 2xx": resent},
        [*twice[:EXAMPLES], *doubled[:EXAMPLES], *bodies[:EXAMPLES], *unexplained[:EXAMPLES]],
    )


def _resent(case: Case) -> tuple[int, list[str]]:
    """Calls that follow one which was answered well, and those of them that nothing explains: no change of owner, and
    no dispatcher that stood still for as long as it waits for an answer."""
    resent, unexplained = 0, []
    for id_, calls in case.calls.items():
        answered = next((call["answered"] for call in calls if _is_heard(call)), None)
        trigger = case.by_id.get(id_)
        if answered is None or trigger is None:
            continue
        opened = case.evidence.opened.get(trigger["partition"], [])
        for call in calls:
            if call["at"] > answered:
                resent += 1
                taken_over = any(answered - SLACK_MS <= at <= call["at"] + SLACK_MS for at in opened)
                if not taken_over and not any(abs(at - answered) <= TIMEOUT_MS for at in case.evidence.stood):
                    unexplained.append(id_)
    return resent, unexplained


def _is_heard(call: Json) -> bool:
    """Whether the call was answered by 2xx while the dispatcher still waited for that."""
    return call["acts"] in ("fine", "slow") and call["answered"] - call["at"] < TIMEOUT_MS


def nothing_early(case: Case) -> Finding:
    """No trigger is on the topic before the brokers' clock has passed due + L; none is delivered before it is due."""
    fired = [
        trigger["trigger_id"]
        for trigger in case.fired
        if trigger["at"] < trigger["due_ms"] + (case.lateness if trigger["rule_id"] != EXIT else 0)
    ]
    called = [
        call["id"]
        for call in case.evidence.calls
        if call["id"] in case.by_id and call["at"] < case.by_id[call["id"]]["due_ms"]
    ]
    return Finding(
        "I4",
        "nothing fires before its time: the watermark of due + L by the brokers' clock",
        len(case.fired),
        {"early": len(fired), "delivered early": len(called)},
        {},
        [*fired[:EXAMPLES], *called[:EXAMPLES]],
    )


def in_bounded_time(case: Case) -> Finding:
    """A trigger waits for at most BOUND_MS without any fault at work; at the end nothing is left to do."""
    delays = sorted(
        trigger["at"] - trigger["due_ms"] - case.lateness for trigger in case.fired if trigger["rule_id"] != EXIT
    )
    slow = []
    for trigger in case.fired:
        ready = trigger["due_ms"] + case.lateness
        if trigger["rule_id"] != EXIT and case.calm_ms(ready, trigger["at"]) > BOUND_MS:
            slow.append(trigger["trigger_id"])
    wrong = {"too slow": len(slow), "not settled": int(not case.evidence.settled)}
    return Finding(
        "I5",
        f"fired within {BOUND_MS // 1000} calm seconds after due + L; all is read and delivered at the end",
        len(delays),
        wrong,
        {f"delay p{part}, ms": delays[min(len(delays) - 1, len(delays) * part // 100)] for part in (50, 99, 100)}
        if delays
        else {},
        slow[:EXAMPLES],
    )


def no_false_abandonment(case: Case) -> Finding:
    """Nobody is told of a cart that was bought in time: not at all if the purchase was known in time, and taken back
    if it came to light late."""
    bought: defaultdict[str, list[Json]] = defaultdict(list)
    for body in [*case.bodies("orders"), *case.bodies("clickstream")]:
        if body["type"] in ("order_placed", "order_completed"):
            bought[f"c:{body['customer_id']}" if body.get("customer_id") else f"v:{body['visitor_id']}"].append(body)
    false, looked_at, taken_back = [], 0, 0
    for trigger in case.fired:
        if trigger["kind"] not in ABANDONMENTS:
            continue
        looked_at += 1
        persons = [f"c:{trigger['customer_id']}", f"v:{trigger['visitor_id']}"]
        for order in (order for person in persons for order in bought.get(person, ())):
            if trigger["anchor_ms"] < order["occurred_at"] <= trigger["due_ms"]:
                in_time = case.delay(order) <= case.lateness
                taken_back += not in_time
                if in_time or trigger["trigger_id"] not in case.cancelled:
                    false.append(trigger["trigger_id"])
    return Finding(
        "false abandonments",
        "no reminder of what was bought: none if the purchase was in time, taken back if it came late",
        looked_at,
        {"false": len(false), "late purchases without effect": int(_has(case, LATE) and not taken_back)},
        {"taken back for late purchases": taken_back},
        false[:EXAMPLES],
    )


def _has(case: Case, plot: str) -> bool:
    return sum(known == plot for known in case.evidence.plots.values()) > EXAMPLES


def _count(triggers: Iterable[Json], rule: str) -> int:
    return sum(trigger["rule_id"] == rule for trigger in triggers)
