"""Runs that never were: a calm one, and the ways in which one can go wrong."""

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

from schemas.state.profile import Profile
from streams.inspection import told
from tests.chaos.evidence import Evidence, Input, Json
from tests.chaos.households import GARBAGE, LATE, SILENCED, households
from tests.chaos.judge import judge
from tests.chaos.judge_run import STOP_S
from tests.chaos.judge_triggers import BOUND_MS
from tests.chaos.rules import Waits, expected

START = 1_795_000_000_000
WAITS = Waits(factor=1, lateness_ms=3000)
DAY = 86_400_000


def calm_run() -> Evidence:
    """Sixty households of nobody's making but ours: each record acknowledged at once, each trigger fired and delivered
    when it is due, one process killed."""
    plots, bodies = {}, []
    for household in islice(households(7, WAITS), 60):
        if household.plot in (LATE, SILENCED, GARBAGE):
            continue
        plots[household.number] = household.plot
        for act in household.acts:
            said = act.body | {"occurred_at": START + household.number * 1000 + int(act.at_s * 1000)}
            bodies.append((act.topic, said))
    offsets: Counter[str] = Counter()
    records = []
    for topic, body in [*bodies, ("clickstream", None)]:
        records.append(Input(topic, 0, offsets[topic], (body or {}).get("occurred_at", START) + 5, body))
        offsets[topic] += 1
    clicks, orders = ([body for topic, body in bodies if topic == name] for name in ("clickstream", "orders"))
    triggers = [fired(number, *one) for number, one in enumerate(sorted(expected(clicks, orders, [], WAITS)))]
    end = START + DAY
    return Evidence(
        waits=WAITS,
        planned={"kill": 1},
        input=records,
        acked={body["event_id"]: body["occurred_at"] + 20 for _, body in bodies},
        plots=plots,
        mass=[],
        triggers=triggers,
        triggers_again=[dict(trigger) for trigger in triggers],
        ledger={trigger["trigger_id"]: {"state": "delivered", "updated_at_ms": end} for trigger in triggers},
        calls=[call(trigger) for trigger in triggers],
        dead_letters=Counter({("clickstream", 0, offsets["clickstream"] - 1): 1}),
        state=state(offsets),
        state_again=state(offsets),
        ends={f"{topic}-0": count for topic, count in offsets.items()},
        outcomes_again={topic: {"applied": count} for topic, count in offsets.items()},
        faults=[{"kind": "kill", "target": "worker-1", "began": 1.0, "ended": 2.0, "hit": True, "note": ""}],
        endings=[ending("killed", -9)],
        hangs=[],
        horizon=end,
        began=START / 1000,
        seed=7,
        settled=True,
        in_time=True,
        recomputed=True,
        children={"generator": 0},
    )


def fired(number: int, rule: str, person: str, anchor: int, due: int) -> Json:
    """A trigger as it stands on the topic, 200 ms after the watermark has passed its due time."""
    kind = (
        f"{rule.split('-')[0]}_abandonment" if rule.startswith(("cart", "browse", "checkout")) else rule.split("-")[0]
    )
    customer = person[2:] if person.startswith("c:") else None
    return {
        "type": "fired",
        "trigger_id": f"T{number}",
        "kind": kind,
        "rule_id": rule,
        "customer_id": customer,
        "visitor_id": None if customer else person[2:],
        "anchor_ms": anchor,
        "due_ms": due,
        "expires_at": None,
        "at": due + WAITS.lateness_ms + 200,
        "partition": 0,
    }


def call(trigger: Json, **more: Any) -> Json:
    """A call that its destination took."""
    at = more.get("at", trigger["at"] + 50)
    said = {"at": at, "answered": at + 5, "to": trigger["rule_id"], "id": trigger["trigger_id"], "body": "b"}
    return said | {"signed": True, "acts": "fine", "accepted": True, "effect": True} | more


def fault(kind: str, began: float, ended: float) -> Json:
    """A fault that has hit."""
    return {"kind": kind, "target": "all brokers", "began": began, "ended": ended, "hit": True, "note": ""}


def ending(cause: str, code: int) -> Json:
    """The end of a process that had lived for long."""
    return {"slot": "worker-1", "started": 0.0, "at": 2000.0, "code": code, "cause": cause, "point": None}


def state(offsets: Counter[str]) -> dict[tuple[str, str], Any]:
    """One visitor and one customer, and the positions of the sources."""
    return {
        ("customers", "c1"): told(Profile()),
        ("sessions", "v1"): {"visits": "", "profile": told(Profile())},
        ("sessions", "\x00position-0-position"): {"positions": {"clickstream": offsets["clickstream"]}},
        ("intake", "\x00position-0-positionorders-0"): {"positions": {"orders": offsets["orders"]}},
    }


def reds(run: Evidence) -> set[str]:
    """Which findings are red."""
    return {finding.name for finding in judge(run) if not finding.is_green}


def first(run: Evidence) -> Json:
    """The first cart reminder."""
    return next(trigger for trigger in run.triggers if trigger["rule_id"].startswith("cart"))


def bought(run: Evidence, delay_ms: int) -> None:
    """The first cart reminder's customer had bought in time, which was known `delay_ms` later."""
    trigger = first(run)
    body = {"event_id": "bought", "type": "order_placed", "order_id": "b", "occurred_at": trigger["due_ms"]}
    body["customer_id" if trigger["customer_id"] else "visitor_id"] = trigger["customer_id"] or trigger["visitor_id"]
    run.input.append(Input("orders", 0, run.ends["orders-0"], trigger["due_ms"] + delay_ms, body))
    run.acked["bought"] = trigger["due_ms"] + delay_ms


def drop(run: Evidence) -> None:
    run.triggers.remove(first(run))


def add(run: Evidence) -> None:
    stranger = first(run) | {"trigger_id": "X", "anchor_ms": START, "due_ms": START + 6000}
    run.triggers.append(stranger)


def twice_on_topic(run: Evidence) -> None:
    run.triggers.append(dict(first(run)))


def two_ids(run: Evidence) -> None:
    run.triggers.append(first(run) | {"trigger_id": "X"})


def early(run: Evidence) -> None:
    trigger = first(run)
    trigger["at"] = trigger["due_ms"] + WAITS.lateness_ms - 1


def called_early(run: Evidence) -> None:
    run.calls[0]["at"] = run.triggers[0]["due_ms"] - 1


def other_body(run: Evidence) -> None:
    run.calls.append(call(run.triggers[0], body="other", effect=False, acts="broken", accepted=False))


def second_effect(run: Evidence) -> None:
    run.calls.append(call(run.triggers[0]))


def forged(run: Evidence) -> None:
    run.calls[0]["signed"] = False


def sent_again(run: Evidence) -> None:
    trigger = run.triggers[0]
    run.calls.append(call(trigger, at=trigger["at"] + 9000, effect=False))


def not_arrived(run: Evidence) -> None:
    run.calls[0] |= {"accepted": False, "effect": False, "acts": "broken"}


def dead(run: Evidence) -> None:
    run.ledger["T0"]["state"] = "dead"


def slow(run: Evidence) -> None:
    trigger = first(run)
    trigger["at"] = trigger["due_ms"] + WAITS.lateness_ms + BOUND_MS + 1


def unsettled(run: Evidence) -> None:
    run.settled = False


def letter_missing(run: Evidence) -> None:
    run.dead_letters.clear()


def letter_too_many(run: Evidence) -> None:
    run.dead_letters["orders", 0, 0] += 1


def unread(run: Evidence) -> None:
    run.ends["orders-0"] += 1


def outcome_missing(run: Evidence) -> None:
    run.outcomes_again["orders"]["applied"] -= 1


def state_differs(run: Evidence) -> None:
    run.state["customers", "c1"] = run.state["customers", "c1"] | {"journal": [1]}


def visitor_differs(run: Evidence) -> None:
    visitor = run.state["sessions", "v1"]
    run.state["sessions", "v1"] = visitor | {"profile": visitor["profile"] | {"journal": [1]}}


def not_recomputed(run: Evidence) -> None:
    run.recomputed = False


def leaked(run: Evidence) -> None:
    run.leaks.append("worker-1.log")


def stalled(run: Evidence) -> None:
    run.faults.append(fault("bounce", 1990.0, 1998.0))
    run.endings.append(ending("itself", 75))


def crashed(run: Evidence) -> None:
    run.endings.append(ending("itself", 70))


def slow_stop(run: Evidence) -> None:
    run.endings.append(ending("told", 0) | {"asked": 2000.0 - STOP_S - 1})


def hung(run: Evidence) -> None:
    run.hangs.append({"slot": "dispatcher-1"})


def no_kill(run: Evidence) -> None:
    run.faults[0]["hit"] = False


def called_after_cancel(run: Evidence) -> None:
    trigger = run.triggers[0]
    run.triggers.append({"type": "cancelled", "trigger_id": trigger["trigger_id"], "at": trigger["at"] - 26_000})


WRONG: list[tuple[Callable[[Evidence], None], set[str]]] = [
    (drop, {"I1", "I2", "I7"}),
    (add, {"I1", "I2", "I7"}),
    (twice_on_topic, {"I3"}),
    (two_ids, {"I1", "I3"}),
    (early, {"I4"}),
    (called_early, {"I4"}),
    (other_body, {"I3"}),
    (second_effect, {"I3"}),
    (forged, {"I3"}),
    (sent_again, {"I3"}),
    (not_arrived, {"I1"}),
    (dead, {"I1"}),
    (slow, {"I5"}),
    (unsettled, {"I5"}),
    (letter_missing, {"I6"}),
    (letter_too_many, {"I6"}),
    (unread, {"I6"}),
    (outcome_missing, {"I6"}),
    (state_differs, {"I7"}),
    (visitor_differs, {"I7"}),
    (not_recomputed, {"I7"}),
    (leaked, {"I8"}),
    (crashed, {"I9"}),
    (stalled, {"I9"}),
    (slow_stop, {"I9"}),
    (hung, {"I9"}),
    (no_kill, {"faults"}),
    (called_after_cancel, {"I2"}),
]
