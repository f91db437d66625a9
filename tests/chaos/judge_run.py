"""The findings on the run as a whole: input, state, processes, leaks, and whether enough was broken."""

from collections import Counter
from typing import Any

from tests.chaos.evidence import Evidence, Json
from tests.chaos.finding import EXAMPLES, Case, Finding, strictly_fired
from tests.chaos.rules import EXIT, MASS_RULE

JUDGED_MIN = 40
"""So many households at least must be judged strictly. How many are late on arrival says how busy the machine is; only
a run of which nearly all are has shown nothing."""


def accounted_for(case: Case) -> Finding:
    """Every record of the input has exactly one outcome; what nobody can read is put aside once, and nothing else."""
    evidence = case.evidence
    garbage = Counter((record.topic, record.partition, record.offset) for record in evidence.input if not record.body)
    unread = {
        source: (end, position)
        for source, end in evidence.ends.items()
        if (position := _position(evidence, source)) != end
    }
    written = Counter(record.topic for record in evidence.input)
    differ = {
        topic: (number, sum(evidence.outcomes_again.get(topic, {}).values()))
        for topic, number in written.items()
        if sum(evidence.outcomes_again.get(topic, {}).values()) != number
    }
    return Finding(
        "I6",
        "consumed = applied + duplicate + late + ignored + quarantined; every position is at its end",
        len(evidence.input),
        {
            "dead letters missing": sum((garbage - evidence.dead_letters).values()),
            "dead letters too many": sum((evidence.dead_letters - garbage).values()),
            "partitions not at their end": len(unread),
            "topics whose outcomes do not add up": len(differ),
        },
        {"records": dict(written), "dead letters": len(evidence.dead_letters), "outcomes": evidence.outcomes_again},
        [*unread.items(), *differ.items()],
    )


def _position(evidence: Evidence, source: str) -> int:
    topic, partition = source.rsplit("-", 1)
    key = "\x00position"
    if topic == "clickstream":
        found = evidence.state.get(("sessions", f"{key}-{partition}-position"))
    else:
        found = evidence.state.get(("intake", f"{key}-{partition}-position{source}"))
    return 0 if found is None else int(found["positions"][topic])


def state_as_recomputed(case: Case) -> Finding:
    """Profiles and visitors of strict households are as an undisturbed app makes them of the same log, triggers too.

    Left out is what depends on when something was known: exit intents, receipts, and the time of a verdict.
    """
    evidence = case.evidence
    keys = {
        (table, key)
        for table, key in evidence.state.keys() | evidence.state_again.keys()
        if table != "intake" and not key.startswith("\x00") and case.is_strict(key)
    }
    differ = [
        place
        for place in keys
        if comparable(place[0], evidence.state.get(place)) != comparable(place[0], evidence.state_again.get(place))
    ]
    live, again = strictly_fired(case, case.fired), strictly_fired(case, evidence.triggers_again)
    return Finding(
        "I7",
        "state and triggers equal the batch recompute of the same log",
        len(keys) if evidence.recomputed else 0,
        {"records differ": len(differ), "triggers differ": len(live ^ again)},
        {"records": len(keys), "triggers": len(again)},
        [*differ[:EXAMPLES], *sorted(live ^ again)[:EXAMPLES]],
    )


def comparable(table: str, record: Any) -> Any:
    """A state record without what depends on the order of arrival."""
    if table == "sessions" and record is not None:
        return record | {"profile": comparable("customers", record["profile"])}
    if record is None:
        return None
    person = dict(record["person"])
    person["fired"] = sorted(
        [fired["trigger_id"], fired["anchor"], fired["due"]]
        for fired in person["fired"]
        if fired["kind"] != "exit_intent"
    )
    spoke = (person["dealings"] or {}).get("spoke", {})
    person["dealings"] = _filled(person["dealings"], spoke={rule: said for rule, said in spoke.items() if rule != EXIT})
    person["presence"] = _filled(person["presence"], exits={})
    person["visitors"] = sorted(person["visitors"])
    left_out = ("person", "exited_at", "touched")
    return {name: value for name, value in record.items() if name not in left_out} | {"person": person}


def _filled(shelf: Json | None, **others: Json) -> Json:
    """What is on the shelf, of some things another: what is not empty. No shelf is one with nothing on it."""
    return {name: value for name, value in ((shelf or {}) | others).items() if value}


def nothing_leaked(case: Case) -> Finding:
    """Personal data of the input is nowhere outside of the topics."""
    leaks = case.evidence.leaks
    return Finding(
        "I8", "no personal data in logs, metrics or calls", 1, {"files that hold it": len(leaks)}, {}, leaks[:EXAMPLES]
    )


def processes_as_told(case: Case) -> Finding:
    """Every process ended as it was told to, by a fault that explains it, or by a fence; none hung."""
    evidence = case.evidence
    unexplained = [ended for ended in evidence.endings if not _is_explained(evidence, ended)]
    slow = [
        ended
        for ended in evidence.endings
        if ended["cause"] == "told" and ended.get("asked") and ended["at"] - ended["asked"] > STOP_S
    ]
    children = {name: code for name, code in evidence.children.items() if code != 0}
    codes = Counter(f"{ended['cause']} {ended['code']}" for ended in evidence.endings)
    return Finding(
        "I9",
        "every process ended as told, and none hung",
        len(evidence.endings),
        {
            "unexplained ends": len(unexplained),
            "slow stops": len(slow),
            "hangs": len(evidence.hangs),
            "own processes": len(children),
        },
        {"ends": dict(sorted(codes.items()))},
        [*unexplained[:EXAMPLES], *slow[:EXAMPLES], *evidence.hangs[:EXAMPLES], *children.items()],
    )


STOP_S = 30.0
"""The product's own deadline is 9 s after it has heard of the signal, and a busy machine lets it hear late."""
SHORT_LIFE_S = 20.0
"""Until its handlers are in place SIGTERM ends a process as any other; its start may take long."""
BROKERS, HERE = frozenset({"bounce", "outage", "broker disk full"}), frozenset({"zombie", "toxic", "worker disk full"})
AFTERWARDS_S = 90.0
STALL_S = 60.0
"""So long a process must have stood still before it ends for that: what explains it lasts as long."""


def _is_explained(evidence: Evidence, ended: Json) -> bool:
    code, cause = ended["code"], ended["cause"]
    fenced = code == 74
    if cause in ("killed", "at point") or fenced:
        return True
    if cause == "told" and (code == 0 or (code == -15 and ended["at"] - ended["started"] < SHORT_LIFE_S)):
        return True
    disturbing = [
        fault
        for fault in evidence.faults
        if fault["began"] <= ended["at"] <= fault["ended"] + AFTERWARDS_S
        and (fault["kind"] in BROKERS or (fault["kind"] in HERE and fault["target"] == ended["slot"]))
    ]
    if code == 75:
        return any(fault["ended"] - fault["began"] >= STALL_S for fault in disturbing)
    return bool(disturbing) and code in (69, 70, 71, 78)


def faults_as_planned(case: Case) -> Finding:
    """As many hits of every kind as planned; enough households that are judged strictly; the mass expiry was one."""
    evidence = case.evidence
    hits = Counter(fault["kind"] for fault in evidence.faults if fault["hit"])
    hits["point"] = sum(_points(evidence).values())
    hits.update({f"point {name}": count for name, count in _points(evidence).items()})
    not_run = Counter(fault["kind"] for fault in evidence.faults if fault["hit"] is None)
    missing = {
        kind: count - hits[kind] for kind, count in evidence.planned.items() if hits[kind] + not_run[kind] < count
    }
    households = [group for group in evidence.plots if group not in case.odd]
    late = len(case.late - case.odd)
    mass = max(Counter(one["due_ms"] // 1000 for one in case.fired if one["rule_id"] == MASS_RULE).values(), default=0)
    return Finding(
        "faults",
        "at least as many faults have hit as were planned, and enough was left to judge",
        len(evidence.faults),
        {
            "hits missing": sum(missing.values()),
            "too few households to judge": int(len(households) - late < JUDGED_MIN),
        },
        {
            "hits": {kind: count for kind, count in hits.items() if not kind.startswith("point ")},
            "not run": dict(not_run),
            "households": len(households),
            "late on arrival": late,
            "most timers in one second": mass,
            "mass judged strictly": sum(
                one["visitor_id"][:1] == "m" for one in case.bodies("clickstream") if case.is_strict(one["visitor_id"])
            ),
            "points": _points(evidence),
        },
        [missing] if missing else [],
    )


def _points(evidence: Evidence) -> dict[str, int]:
    return dict(Counter(ended["point"] for ended in evidence.endings if ended["cause"] == "at point"))
