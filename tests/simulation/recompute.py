"""State as a batch recompute gives it, compared with what a new owner would restore from the changelogs.

Only what does not depend on when something arrived is compared: how a delivery fared, and when something fired, may
differ from run to run.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka import TopicPartition

from schemas.state.profile import CUSTOMER, VISITOR, Profile
from schemas.topics import Topic
from streams.intake.intake_stage import IntakeStage
from streams.person.shelves import carts_of, dealings_of
from streams.profiles.customer_stage import CustomerStage
from streams.profiles.profile_record import decode
from streams.replay import Replay
from streams.stage import Stage
from streams.visits.session_stage import SessionStage
from streams.visits.visitors import Visitor
from tests.simulation.rules import loose
from tests.simulation.shop import LATENESS

Json = dict[str, Any]


def differences(world: Any, quiet_ms: int) -> Iterator[str]:
    """I7: what the changelogs hold against what the logs of clicks and orders make, in one go and undisturbed."""
    replay = Replay(world.rulebook, LATENESS)
    inputs = [
        (entry.timestamp, topic, entry)
        for topic in (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS)
        for log in world.broker.of_topic(topic.value)
        for entry in log.committed()
    ]
    for at, topic, entry in sorted(inputs, key=lambda one: one[0]):
        replay.feed(topic, entry.key, entry.value, at)
    replay.advance(quiet_ms)
    replay.end()
    late = bool(world.options.style.late)
    spared = loose(world)
    visits, people = _visitors(replay.sessions, late=late), _customers(replay.customers, spared)
    people |= _unknown(replay.sessions, spared)
    found: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for number in range(world.options.clickstream):
        stage = SessionStage(number, world.rulebook, world.layout, LATENESS)
        _restore(world, Topic.SESSIONS_CHANGELOG, number, stage)
        yield from _position(world, Topic.CLICKSTREAM, number, stage)
        found |= _visitors(stage, late=late)
        kept |= _unknown(stage, spared)
    for number in range(world.options.inbox):
        customers = CustomerStage(number, world.rulebook, world.layout)
        _restore(world, Topic.CUSTOMERS_CHANGELOG, number, customers)
        kept |= _customers(customers, spared)
    yield from _intake(world)
    if not (late and world.options.style.brief):
        yield from _compare("visitor", visits, found)
    if not late:
        yield from _compare("profile", people, kept)


def _visitors(stage: SessionStage, *, late: bool) -> dict[str, Json]:
    return {key.decode(): _seen(visitor, late=late) for key, visitor in stage._visits.visitors.items()}


def _unknown(stage: SessionStage, spared: set[str]) -> dict[str, Json]:
    return {
        VISITOR + key.decode(): _told(held if isinstance(held, Profile) else decode(held), spared)
        for key, visitor in stage._visits.visitors.items()
        if (held := visitor.profile) is not None
    }


def _customers(stage: CustomerStage, spared: set[str]) -> dict[str, Json]:
    keys = [key for key, _ in stage._profiles.summaries()]
    return {CUSTOMER + key: _told(profile, spared) for key in keys if (profile := stage._profiles.get(key)) is not None}


def _seen(visitor: Visitor, *, late: bool) -> Json:
    """Whether a late click still found its visit open is a matter of when it came."""
    seen = visitor.seen
    marks = sorted(seen[at : at + 8] for at in range(0, len(seen), 8))
    closed = {} if late else {"closed_end": visitor.closed_end, "visits": len(visitor.visits)}
    return {"last_at": visitor.last_at, "seen": marks, **closed}


def _intake(world: Any) -> Iterator[str]:
    for topic in (Topic.ORDERS, Topic.ENGAGEMENTS):
        for number in range(world.broker.counts[topic.value]):
            stage = IntakeStage(topic, number, LATENESS)
            _restore(world, Topic.INTAKE_CHANGELOG, number % world.options.orders, stage)
            yield from _position(world, topic, number, stage)


def _position(world: Any, topic: Topic, number: int, stage: Stage) -> Iterator[str]:
    """A position beyond the last record: everything has been folded and committed."""
    last = max((entry.offset for entry in world.broker.log(topic.value, number).committed()), default=-1)
    position = stage.positions[topic]
    if position <= last:
        yield f"I7: {topic}-{number} is committed up to {position}, and has records up to {last}"


def _restore(world: Any, changelog: Topic, number: int, stage: Stage) -> None:
    for entry in world.broker.logs[TopicPartition(changelog.value, number)].committed():
        stage.restore(entry.key, entry.value)
    stage.open()


def _told(profile: Profile, spared: set[str]) -> Json:
    person = profile.person
    spared_too = spared | {"exit_intent"}
    return {
        "cart": {product: (held.quantity, held.unit_price) for product, held in person.cart.items()},
        "cart_changed_at": person.cart_changed_at,
        "held": sorted(carts_of(person).held.items()),
        "added_at": person.added_at,
        "orders": person.orders,
        "last_order_at": person.last_order_at,
        "active": person.active and person.active.at,
        "visits": person.visits,
        "visitors": sorted(person.visitors),
        "viewed": person.viewed,
        "episodes": sorted((one.rule_id, one.anchor) for one in person.episodes if one.rule_id not in spared),
        "fired": sorted(fired.trigger_id for fired in person.fired if fired.rule_id not in spared_too),
        "spoke": {rule: spoke.anchor for rule, spoke in dealings_of(person).spoke.items() if rule not in spared_too},
        "handed_over": profile.handed_over,
        "waiting": len(profile.journal),
    }


def _compare(what: str, expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for key in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(key), found.get(key)
        if ours != theirs:
            if isinstance(ours, dict) and isinstance(theirs, dict):
                theirs = {name: value for name, value in theirs.items() if value != ours[name]}
                ours = {name: ours[name] for name in theirs}
            yield f"I7: {what} {key} should be {ours} and is {theirs}"
