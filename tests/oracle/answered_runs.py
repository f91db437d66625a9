"""Answers to runs of steps in batch, from the text of the lifecycle (section 3 "Steps", section 6) alone, for known
customers: a rule that waits after a call speaks three times, until an answer that it names.

A click in a message is an answer from the visit on that begins within ten minutes of it. What a machine does is none.
An answer that names a trigger is one to its run, one that names a rule to its runs, one that names nothing to all.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from tests.oracle.plain import Trigger

Json = dict[str, Any]

MINUTE = 60_000
GAP, FOLLOWED = 30 * MINUTE, 10 * MINUTE
KINDS = {"message_clicked": "click", "message_replied": "reply", "message_opened": "open"}


class Rule(NamedTuple):
    """A rule: it first speaks `wait` after a call, and then after each of `waits`, ms; `buyers` says whether its last
    step is for those, too, who have ordered by then."""

    id: str
    stop_on: frozenset[str]
    wait: int
    waits: tuple[int, ...]
    buyers: bool = True


class Answer(NamedTuple):
    """What a person does: when, from when on it ends a run, and of which message it speaks."""

    kind: str
    at: int
    counts_at: int
    trigger: str = ""
    rule: str = ""


Names = dict[str, tuple[str, int]]
"""Of which rule and anchor a trigger is, by its id."""


def beginnings(clicks: Iterable[Json]) -> list[int]:
    """When the visits of one customer begin: those of each device by themselves."""
    begun = []
    times: dict[str, list[int]] = {}
    for click in clicks:
        times.setdefault(click["visitor_id"], []).append(click["occurred_at"])
    for own in times.values():
        own.sort()
        begun += [at for place, at in enumerate(own) if place == 0 or at - own[place - 1] > GAP]
    return sorted(begun)


def answers(clicks: list[Json], orders: list[Json], engagements: list[Json]) -> Iterator[Answer]:
    """All that one customer does."""
    begun = beginnings(clicks)
    yield from (Answer("visit", at, at) for at in begun)
    first: dict[str, int] = {}
    for order in orders:
        first[order["order_id"]] = min(order["occurred_at"], first.get(order["order_id"], order["occurred_at"]))
    yield from (Answer("order", at, at) for at in first.values())
    for said in engagements:
        if said.get("machine"):
            continue
        kind, at = KINDS[said["type"]], said["occurred_at"]
        counts_at = at
        if kind == "click":
            place = bisect_left(begun, at)
            if place == len(begun) or begun[place] > at + FOLLOWED:
                continue
            counts_at = begun[place]
        yield Answer(kind, at, counts_at, said.get("trigger_id", ""), said.get("rule_id", ""))


def is_about(answer: Answer, rule: Rule, anchor: int, names: Names) -> bool:
    """Whether it speaks of that run."""
    if answer.trigger:
        return names.get(answer.trigger) == (rule.id, anchor)
    return answer.rule in ("", rule.id)


def of_rule(
    rule: Rule, customer: str, calls: list[int], given: list[Answer], names: Names
) -> Iterator[tuple[Trigger, int]]:
    """What the rule says to one customer, and which step each is."""
    for place, anchor in enumerate(calls):
        anew = calls[place + 1] if place + 1 < len(calls) else None
        asked = due = anchor + rule.wait
        for step in range(1, len(rule.waits) + 2):
            if step > 1:
                due += rule.waits[step - 2]
            if anew is not None and anew <= due:
                break
            if any(
                one.kind in rule.stop_on
                and asked < one.at
                and one.counts_at <= due
                and is_about(one, rule, anchor, names)
                for one in given
                if step > 1
            ):
                break
            last = step == len(rule.waits) + 1
            if last and not rule.buyers and any(one.kind == "order" and one.at <= due for one in given):
                break
            yield Trigger(rule.id, f"c:{customer}", anchor, due), step


def triggers(
    rules: Iterable[Rule], clicks: list[Json], orders: list[Json], engagements: list[Json], names: Names
) -> dict[Trigger, int]:
    """All of an input, drained, with their steps; the rule's id stands for the kind."""
    found: dict[Trigger, int] = {}
    for customer in sorted({click["customer_id"] for click in clicks}):
        own = [[one for one in records if one["customer_id"] == customer] for records in (clicks, orders, engagements)]
        calls = sorted({click["occurred_at"] for click in own[0] if click.get("name") == "called"})
        given = list(answers(*own))
        for rule in rules:
            found.update(of_rule(rule, customer, calls, given, names))
    return found
