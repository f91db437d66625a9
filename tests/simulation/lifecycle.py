"""What must hold at the end of a world whose catalogue changes and whose customers answer.

What should have fired comes from the pure stages, which get the same records in one go; that these are right, their
stories and the batch oracles say. Rulebooks follow each other, and nobody can say which of them a partition went by at
a given moment: what all of them fire has to fire, and what fires one of them has to fire.

Nobody waits for engagements and the catalogue. What is told of these later than W is judged when it comes: so far, and
no farther, may a world differ.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import orjson

from schemas.topics import Topic
from streams.products.record import ASK, BUY, LOOK, ORDER, PARTNER
from streams.stage import STAGES_OWN
from streams.triggers.in_force import RULEBOOK_KEY
from tests.simulation import sold_out
from tests.simulation.late_word import LateWord, household, step_of
from tests.simulation.said import Json, Said, said
from tests.simulation.told import rulebook
from tests.simulation.undisturbed import Undisturbed, product_facts, undisturbed

TERMINAL = {"delivered", "cancelled", "expired", "suppressed", "unavailable", "dead"}

TELLS = {"ordered": "order_placed", "price_back": "price_changed"}
"""By the reason for which a trigger is taken back the fact that tells of it."""
IN_ORDER = {"cross_sell"}
"""Rules whose triggers are taken back when the fact is folded, and not when it arrives."""


def judge(world: Any) -> list[str]:
    """Every violation, each with the invariant's number."""
    books = [rulebook(world.options, change.number) for change in world.plan.changes if change.number >= 0]
    followed = list(accumulate(([book] for book in books), initial=[rulebook(world.options)]))
    runs = [undisturbed(world, one) for one in followed]
    told = list(said(world, "triggers"))
    fired = {one.body["trigger_id"]: one for one in told if one.body["type"] == "fired"}
    cancelled = {one.body["trigger_id"]: one for one in told if one.body["type"] == "cancelled"}
    word = LateWord(world)
    wrong = list(_fired(world, runs, fired, word))
    wrong += _taken_back(world, runs, fired, cancelled, word)
    wrong += _lines(world)
    wrong += sold_out.judge(world, fired)
    wrong += _told(world, runs[0], word)
    wrong += _products(world, runs[0], word)
    return wrong


def _fired(world: Any, runs: list[Undisturbed], fired: dict[str, Said], word: LateWord) -> Iterator[str]:
    must = set.intersection(*(set(run.fired) for run in runs))
    may = {(id_, one["due_ms"], one["rule_version"]) for run in runs for id_, one in run.fired.items()}
    steps = {step_of(one.body) for one in fired.values()}
    expected = {step_of(one) for run in runs for one in run.fired.values()}
    lacking = {step_of(runs[0].fired[id_]) for id_ in must - fired.keys()}
    for id_ in sorted(must - fired.keys()):
        one = runs[0].fired[id_]
        world.compared["lacking"] += 1
        if not word.may_lack(one, lacking, steps):
            yield f"I1: lost {_short(one)}"
    more = [one.body for id_, one in fired.items() if (id_, one.body["due_ms"], one.body["rule_version"]) not in may]
    others = {step_of(one) for one in more}
    for one in more:
        world.compared["more"] += 1
        if not word.may_have(one, others, expected):
            yield f"I2: unexpected {_short(one)}"
    world.compared["equal"] += len(must & fired.keys())


def _short(one: Json) -> str:
    return (
        f"{one['rule_id']} {one['step']} of {one['profile']}, anchor {one['anchor_ms']}, due {one['due_ms']}, "
        f"{one['viewed']}, {one['trigger_id']}"
    )


def _taken_back(
    world: Any, runs: list[Undisturbed], fired: dict[str, Said], cancelled: dict[str, Said], word: LateWord
) -> Iterator[str]:
    may = {id_ for run in runs for id_ in run.cancelled}
    known = {id_ for run in runs for id_ in run.fired}
    for id_, one in cancelled.items():
        if id_ not in fired:
            yield f"I3: taken back, and never fired: {id_}"
        elif id_ in known and id_ not in may and not word.may_be_taken_back(one.body, fired[id_].body):
            yield f"I4: taken back for nothing, {one.body['reason']}: {_short(fired[id_].body)}"
    must = set.intersection(*(set(run.cancelled) for run in runs))
    inbox = list(said(world, "customer-inbox"))
    for id_ in sorted((must & fired.keys()) - cancelled.keys()):
        body, reason = fired[id_].body, runs[0].cancelled[id_]["reason"]
        if (
            reason in TELLS
            and body["rule_id"] not in IN_ORDER
            and (reason != "ordered" or word.has_bought_since(body))
            and _is_told_in_time(inbox, body, TELLS[reason], runs[0])
        ):
            yield f"I4: not taken back, {reason}: {_short(body)}"


def _is_told_in_time(inbox: list[Said], one: Json, fact: str, run: Undisturbed) -> bool:
    """Whether a customer was told of all that might take the trigger back before it was known to be delivered. Products
    tell nothing of what comes after they have heard that a visitor is forgotten, however far behind they are."""
    own = [told for told in inbox if f"c:{(told.entry.key or b'').decode()}" == one["profile"]]
    settled = [told for told in own if told.body.get("trigger_id") == one["trigger_id"]]
    words = [told for told in own if told.body.get("fact") == fact and told.body["at"] >= one["anchor_ms"]]
    if fact == "price_changed":
        words = [told for told in words if told.body["product"] in one["viewed"]]
        if not _prices_since(run, one) <= {told.body["event_id"] for told in words}:
            return False
    last = max((told.entry.offset for told in words), default=None)
    return last is not None and all(last < told.entry.offset for told in settled)


def _prices_since(run: Undisturbed, one: Json) -> set[str]:
    """Of which prices the trigger's own device tells in one go, from the anchor on."""
    facts = [orjson.loads(line) for key, line in run.told if key.decode() == one["visitor_id"]]
    prices = [said for said in facts if said["fact"] == "price_changed" and said["at"] >= one["anchor_ms"]]
    return {said["event_id"] for said in prices if said["product"] in one["viewed"]}


def _lines(world: Any) -> Iterator[str]:
    """I3: the ledger has one line a trigger: one key, and once it has ended, it stays so."""
    keys: dict[str, set[Any]] = defaultdict(set)
    states: dict[str, list[str]] = defaultdict(list)
    for one in said(world, "deliveries"):
        if "state" in one.body:
            id_ = one.body["trigger_id"]
            keys[id_].add((one.entry.partition, one.entry.key))
            states[id_].append(one.body["state"])
    for id_, own in keys.items():
        if len(own) > 1:
            yield f"I3: {id_} has {len(own)} lines in the ledger"
        ended = [state for state in states[id_] if state in TERMINAL]
        if len(ended) != 1 or states[id_][-1] not in TERMINAL:
            yield f"I3: the line of {id_} goes {states[id_]}"


def _told(world: Any, run: Undisturbed, word: LateWord) -> Iterator[str]:
    """I1, I2, I3: each visitor is told of each change of a product once."""
    logs = world.broker.of_topic(Topic.VISITOR_INBOX.value)
    records = [(entry.key, entry.value) for log in logs for entry in log.committed()]
    found = Counter(product_facts(records))
    for key, line in sorted(run.told.keys() | found.keys()):
        if run.told[key, line] != found[key, line] and household(key) not in word.erased:
            yield f"I3: {key!r} should hear {run.told[key, line]} times, and hears {found[key, line]} times: {line!r}"


def _products(world: Any, run: Undisturbed, word: LateWord) -> Iterator[str]:
    """I7: products as they were published last, and their state, are those of one go."""
    published = _last(world, Topic.PRODUCTS)
    kept = _last(world, Topic.PRODUCTS_CHANGELOG)
    # How many looks are kept, and whether an answered request is, is a matter of when W came by; and what somebody has
    # bought who is forgotten, of when that was heard.
    passing = [STAGES_OWN + b"position", RULEBOOK_KEY, LOOK, ASK]
    shown = _as_it_stands
    if word.erased:
        passing += [BUY, ORDER, PARTNER]
        shown = _by_itself
    for what, expected, found in (("product", run.published, published), ("shelf", run.shelves, kept)):
        for key in sorted(expected.keys() | found.keys()):
            ours, theirs = expected.get(key), found.get(key)
            if not key.startswith(tuple(passing)) and shown(ours) != shown(theirs):
                yield f"I7: {what} {key!r} should be {ours!r} and is {theirs!r}"


def _last(world: Any, topic: Topic) -> dict[bytes, bytes | None]:
    return {entry.key: entry.value for log in world.broker.of_topic(topic.value) for entry in log.committed()}


def _as_it_stands(record: bytes | None) -> bytes | None:
    return record


def _by_itself(record: bytes | None) -> bytes | None:
    """A product without what is bought together with it."""
    return None if record is None else record.partition(b'"also_bought"')[0]
