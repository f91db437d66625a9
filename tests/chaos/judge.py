"""The verdict: every invariant of the chaos run evaluated on the evidence, one finding each. Pure.

Which records may count strictly: W of a partition may have passed a record of time t once a fetch was sent later than
t + L before the record was known to be written. So a household is compared with the batch computation if each of its
events was acknowledged at most L after its time; the others ("late on arrival"), and the plots that are late, garbage
or silenced on purpose, are judged by the rules for lateness and consent alone. Their number is limited.

Visible duplicates: destinations de-duplicate by `webhook-id`, as real ones do. Visible is a second trigger for one
occasion, a trigger that is twice on the topic, a repeated call with another body, an id at two destinations, and a
call that follows one answered by 2xx although its partition was not opened anew, by whoever owns it next, in between.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.evidence import Evidence, Json
from tests.chaos.households import GARBAGE, LATE, SILENCED, group_of
from tests.chaos.rules import EXIT, MASS_RULE, Occasion, expected

ABANDONMENTS = frozenset({"cart_abandonment", "browse_abandonment", "checkout_abandonment"})
LATE_SHARE_MAX = 0.1
AFTER_CANCEL_MS = 25_000
"""A cancellation binds from its commit on, which may follow its append by two transaction time-outs."""
AFTER_OPT_OUT_MS = 60_000
BOUND_MS = 60_000
"""I5: a trigger may be that late, plus the time of the longer faults since it was due."""
SLACK_MS = 1000
EXAMPLES = 5


@dataclass
class Finding:
    """One invariant. `wrong` counts by kind what must be 0; red if any is not, or if nothing could be looked at."""

    name: str
    says: str
    looked_at: int
    wrong: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    examples: list[Any] = field(default_factory=list)

    @property
    def is_green(self) -> bool:
        return self.looked_at > 0 and not any(self.wrong.values())


class Case:
    """The evidence with what several findings need of it."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.lateness = evidence.waits.lateness_ms
        self.fired = [trigger for trigger in evidence.triggers if trigger["type"] == "fired"]
        self.by_id = {trigger["trigger_id"]: trigger for trigger in self.fired}
        self.cancelled: dict[str, Json] = {}
        for trigger in evidence.triggers:
            if trigger["type"] == "cancelled":
                self.cancelled.setdefault(trigger["trigger_id"], trigger)
        self.readable = [record for record in evidence.input if record.body is not None]
        self.late = self._late_groups()
        self.odd = {group for group, plot in evidence.plots.items() if plot in (LATE, SILENCED, GARBAGE)}
        self.calls: defaultdict[str, list[Json]] = defaultdict(list)
        for call in evidence.calls:
            self.calls[call["id"]].append(call)

    def _late_groups(self) -> set[int]:
        late = set()
        for record in self.readable:
            body = record.body
            assert body is not None
            group = group_of(body.get("customer_id") or body["visitor_id"])
            if group is not None and self.delay(body) > self.lateness:
                late.add(group)
        return late

    def delay(self, body: Json) -> float:
        """From an event's time until it was known to be written, ms."""
        acked = self.evidence.acked.get(body["event_id"])
        return float("inf") if acked is None else acked - body["occurred_at"]

    def is_strict(self, name: str) -> bool:
        """Whether this visitor or customer is compared with the batch computation."""
        group = group_of(name)
        if group is None:
            start = int(name[1:].split("-")[0])
            return any(mass["start"] == start and mass["acked"] - start <= self.lateness for mass in self.evidence.mass)
        return group not in self.late and group not in self.odd

    def bodies(self, topic: str) -> Iterator[Json]:
        """The readable records of a topic, with their times as the broker bounds them."""
        for record in self.readable:
            if record.topic == topic:
                assert record.body is not None
                yield record.body | {"occurred_at": min(record.body["occurred_at"], record.at)}


def occasion(trigger: Json) -> Occasion:
    """What a trigger was fired for."""
    customer, visitor = trigger["customer_id"], trigger["visitor_id"]
    person = f"c:{customer}" if customer is not None else f"v:{visitor}"
    return Occasion(trigger["rule_id"], person, trigger["anchor_ms"], trigger["due_ms"])


def judge(evidence: Evidence) -> list[Finding]:
    """All findings."""
    case = Case(evidence)
    wanted = expected_of(case)
    return [
        nothing_lost(case, wanted),
        nothing_invented(case, wanted),
        no_visible_duplicate(case),
        nothing_early(case),
        in_bounded_time(case),
        accounted_for(case),
        state_as_recomputed(case),
        nothing_leaked(case),
        processes_as_told(case),
        no_false_abandonment(case),
        faults_as_planned(case),
    ]


def expected_of(case: Case) -> set[Occasion]:
    """What the batch computation says of the strict households, up to the horizon."""

    def strict(bodies: Iterable[Json]) -> Iterator[Json]:
        return (body for body in bodies if case.is_strict(body.get("customer_id") or body["visitor_id"]))

    clicks = list(strict(case.bodies("clickstream")))
    mass = [click for click in clicks if click["visitor_id"].startswith("m")]
    others = [click for click in clicks if not click["visitor_id"].startswith("m")]
    found = expected(others, strict(case.bodies("orders")), mass, case.evidence.waits)
    return {wanted for wanted in found if wanted.due < case.evidence.horizon}


def strictly_fired(case: Case, triggers: Iterable[Json]) -> set[Occasion]:
    """The occasions of triggers of strict households up to the horizon, exit intents apart."""
    found = (occasion(trigger) for trigger in triggers if trigger["type"] == "fired" and trigger["rule_id"] != EXIT)
    return {one for one in found if one.due < case.evidence.horizon and case.is_strict(one.person[2:])}


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
        if acked is not None and trigger["trigger_id"] not in case.cancelled:
            allowed = AFTER_OPT_OUT_MS + _disturbed_ms(case, acked, trigger["at"])
            if trigger["at"] > acked + allowed:
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
    """Calls that follow one which was answered well, and those of them that no change of owner explains."""
    resent, unexplained = 0, []
    for id_, calls in case.calls.items():
        answered = next((call["answered"] for call in calls if call["acts"] in ("fine", "slow")), None)
        trigger = case.by_id.get(id_)
        if answered is None or trigger is None:
            continue
        opened = case.evidence.opened.get(trigger["partition"], [])
        for call in calls:
            if call["at"] > answered:
                resent += 1
                if not any(answered - SLACK_MS <= at <= call["at"] + SLACK_MS for at in opened):
                    unexplained.append(id_)
    return resent, unexplained


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
    """A trigger is at most BOUND_MS late, longer faults apart; at the end nothing is left to do."""
    delays = sorted(
        trigger["at"] - trigger["due_ms"] - case.lateness for trigger in case.fired if trigger["rule_id"] != EXIT
    )
    slow = []
    for trigger in case.fired:
        ready = trigger["due_ms"] + case.lateness
        over = trigger["at"] - ready - BOUND_MS
        if trigger["rule_id"] != EXIT and over > 0 and over > _disturbed_ms(case, ready, trigger["at"]):
            slow.append(trigger["trigger_id"])
    wrong = {"too slow": len(slow), "not settled": int(not case.evidence.settled)}
    return Finding(
        "I5",
        f"fired within {BOUND_MS // 1000} s of due + L, longer faults apart; all is read and delivered at the end",
        len(delays),
        wrong,
        {f"delay p{part}, ms": delays[min(len(delays) - 1, len(delays) * part // 100)] for part in (50, 99, 100)}
        if delays
        else {},
        slow[:EXAMPLES],
    )


def _disturbed_ms(case: Case, since: float, until: float) -> float:
    """How long, between the two, faults were at work that stop a shop for their time, ms."""
    longer = ("outage", "bounce", "broker disk full", "zombie", "toxic", "storm")
    total = 0.0
    for fault in case.evidence.faults:
        if fault["kind"] in longer:
            total += max(0.0, min(until, fault["ended"] * 1000) - max(since, fault["began"] * 1000))
    return total


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
    return 0 if found is None else int(found["position"])


def state_as_recomputed(case: Case) -> Finding:
    """Profiles and visitors of strict households are as an undisturbed app makes them of the same log, triggers too.

    Left out is what depends on when something was known: exit intents, receipts, and the time of a verdict.
    """
    evidence = case.evidence
    keys = {
        (table, key)
        for table, key in evidence.state.keys() | evidence.state_again.keys()
        if table != "intake"
        and not key.startswith("\x00")
        and case.is_strict(key.removeprefix("v:").removeprefix("c:"))
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
    if record is None or table == "sessions":
        return record
    person = {name: value for name, value in record["person"].items() if name != "exits"}
    person["fired"] = sorted(
        [fired["trigger_id"], fired["anchor"], fired["due"]]
        for fired in person["fired"]
        if fired["kind"] != "exit_intent"
    )
    person["spoke"] = {rule: spoke for rule, spoke in person["spoke"].items() if rule != EXIT}
    person["visitors"] = sorted(person["visitors"])
    left_out = ("person", "exited_at", "touched")
    return {name: value for name, value in record.items() if name not in left_out} | {"person": person}


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
    children = {name: code for name, code in evidence.children.items() if code != 0}
    codes = Counter(f"{ended['cause']} {ended['code']}" for ended in evidence.endings)
    return Finding(
        "I9",
        "every process ended as told, and none hung",
        len(evidence.endings),
        {"unexplained ends": len(unexplained), "hangs": len(evidence.hangs), "own processes": len(children)},
        {"ends": dict(sorted(codes.items()))},
        [*unexplained[:EXAMPLES], *evidence.hangs[:EXAMPLES], *children.items()],
    )


SHORT_LIFE_S = 8.0
BROKERS, HERE = frozenset({"bounce", "outage", "broker disk full"}), frozenset({"zombie", "toxic", "worker disk full"})
AFTERWARDS_S = 90.0


def _is_explained(evidence: Evidence, ended: Json) -> bool:
    code, cause = ended["code"], ended["cause"]
    fenced = code == 74
    if cause in ("killed", "at point") or fenced:
        return True
    if cause == "told" and (code == 0 or (code == -15 and ended["at"] - ended["started"] < SHORT_LIFE_S)):
        return True
    disturbed = any(
        fault["began"] <= ended["at"] <= fault["ended"] + AFTERWARDS_S
        for fault in evidence.faults
        if fault["kind"] in BROKERS or (fault["kind"] in HERE and fault["target"] == ended["slot"])
    )
    return disturbed and code in (70, 71, 75, 78)


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


def faults_as_planned(case: Case) -> Finding:
    """As many hits of every kind as planned; enough households that are judged strictly; the mass expiry was one."""
    evidence = case.evidence
    hits = Counter(fault["kind"] for fault in evidence.faults if fault["hit"])
    hits["point"] = sum(_points(evidence).values())
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
            "too many households late on arrival": int(late > LATE_SHARE_MAX * len(households)),
        },
        {
            "hits": dict(hits),
            "not run": dict(not_run),
            "households": len(households),
            "late on arrival": late,
            "most timers in one second": mass,
            "points": _points(evidence),
        },
        [missing] if missing else [],
    )


def _points(evidence: Evidence) -> dict[str, int]:
    return dict(Counter(ended["point"] for ended in evidence.endings if ended["cause"] == "at point"))


def _count(triggers: Iterable[Json], rule: str) -> int:
    return sum(trigger["rule_id"] == rule for trigger in triggers)
