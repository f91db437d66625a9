"""What every source stage does with a record before it means anything: its time, its key, its one counted outcome."""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

import orjson

from schemas.facts.product_facts import VisitorForgotten
from schemas.facts.profile_facts import CartBought, Fact
from schemas.outcomes.dead_letters import RAW_BYTES_MAX, DeadLetter, Oddity, Rejection
from schemas.reading.refusals import Rejected
from schemas.reading.wire import LINE_END, write_fact
from schemas.state.profile import CUSTOMER, PRODUCT, VISITOR
from schemas.topics import Topic
from streams.layout import Layout
from streams.stage import LOG_APPEND_TIME, Effects, Out, Record
from streams.time.watermarks import CONTROL

Tell = Callable[[str, Fact], None]
"""Sends a fact to the profile of that key."""

FUTURE_MS_MAX: Final = 24 * 3_600_000
AGE_MS_MAX: Final = 20 * 365 * 24 * 3_600_000
"""How old a record may be by the clock of the fetch, before its producer has no clock. Generous: recordings of other
years are fed too."""

TOLD_BYTES_MAX: Final = 64 * 1024
"""How long a record of several facts may be; one fact may be longer, and then has a record of its own."""
INBOX_OF: Final = {CUSTOMER: Topic.CUSTOMER_INBOX, VISITOR: Topic.VISITOR_INBOX, PRODUCT: Topic.PRODUCT_INBOX}
"""Where facts go, by how the key of whoever they are about begins."""

CARTS_KEY: Final = CONTROL + b"carts"
"""The key of records that tell all people of a partition which carts were bought: whose they are, is known there."""

APPLIED: Final = "applied"
DUPLICATE: Final = "duplicate"
LATE: Final = "late"
IGNORED: Final = "ignored"
QUARANTINED: Final = "quarantined"
OUTCOMES = (APPLIED, DUPLICATE, LATE, IGNORED, QUARANTINED)
"""Consumed = applied + duplicate + late + ignored + quarantined."""


def taken_at(record: Record, now_ms: int) -> int:
    """When the broker took the record; where the topic keeps the producer's times, the clock of the fetch stands in."""
    return record.timestamp if record.timestamp_type == LOG_APPEND_TIME else now_ms


def appended_at(record: Record, now_ms: int) -> int | None:
    """When the broker took the record, by its own word: nothing else says where in a backlog the record lies."""
    return min(record.timestamp, now_ms) if record.timestamp_type == LOG_APPEND_TIME else None


CLOCK_SLACK_MS: Final = 60_000
"""How far a device's clock may seem to be off before it is corrected: as long as a click may be on its way to the
broker, which looks the same. What is queued on a device does not count: `sent_at` is told when it is sent."""


def by_brokers_clock(at: int, sent_at: int, record: Record) -> int:
    """When a click happened whose device says that it was at `at`, and sent at `sent_at`, ms.

    The device's own time, unless its clock is off by more than the slack: then so long before the broker took the click
    as the device says that it was sent later than it happened. What was sent before it happened is not told by one
    clock. Where the broker gave no time, nothing is known of the device's.
    """
    if record.timestamp_type != LOG_APPEND_TIME or sent_at < at:
        return at
    is_right = -CLOCK_SLACK_MS <= record.timestamp - sent_at <= CLOCK_SLACK_MS
    return at if is_right else max(record.timestamp - (sent_at - at), 1)


def fact_record(key: str, fact: Fact) -> Out:
    """The fact on its way to the customer, the visitor or the product of that key."""
    inbox, name = _address(key)
    return Out(inbox, name, write_fact(fact))


def _address(key: str) -> tuple[Topic, bytes]:
    return INBOX_OF[key[: len(CUSTOMER)]], key[len(CUSTOMER) :].encode()


def tell_products(effects: Effects, partitions: int, fact: VisitorForgotten) -> None:
    """Tell all products, of so many partitions, since the visitor may stand at any."""
    value, key = write_fact(fact), fact.visitor.encode()
    effects.outputs += [Out(Topic.PRODUCT_INBOX, key, value, (), partition) for partition in range(partitions)]
    effects.count("facts", fact.fact, by=partitions)


def tell_everybody(effects: Effects, layout: Layout, fact: CartBought) -> None:
    """Tell all partitions of people, since anybody may hold the cart."""
    value = write_fact(fact)
    for inbox in (Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX):
        partitions = layout.partitions(inbox)
        effects.outputs += [Out(inbox, CARTS_KEY, value, (), partition) for partition in range(partitions)]
        effects.count("facts", fact.fact, by=partitions)


def tell(effects: Effects, key: str, fact: Fact) -> bytes:
    """Have a fact sent to the profile of that key, and count it; the fact as it is written."""
    value = write_fact(fact)
    told = effects.told.get(key)
    if told is None:
        effects.told[key] = [value]
    else:
        told.append(value)
    counts, name = effects.counts, ("facts", fact.fact)
    counts[name] = counts.get(name, 0) + 1
    return value


def send_told(effects: Effects) -> None:
    """Make records of the facts that were told: those for one profile share records, since a record costs as much as
    the facts in it."""
    for key, told in effects.told.items():
        inbox, name = _address(key)
        for value in _together(told):
            effects.outputs.append(Out(inbox, name, value))
    effects.told = {}


def _together(told: list[bytes]) -> list[bytes]:
    """The facts as values of records, in their order."""
    if len(told) < 2:
        return told
    values, first, size = [], 0, 0
    for number, fact in enumerate(told):
        size += len(fact) + 1
        if size > TOLD_BYTES_MAX and number > first:
            values.append(LINE_END.join(told[first:number]))
            first, size = number, len(fact) + 1
    values.append(LINE_END.join(told[first:]))
    return values


def quarantine(effects: Effects, rejected: Rejected, topic: Topic, partition: int, record: Record) -> None:
    """Put the record aside: a dead letter with reason, origin, digest and the first 64 KB, and its counts."""
    value = record.value or b""
    letter = DeadLetter(
        reason=rejected.reason,
        detail=rejected.detail,
        stage=topic.value,
        topic=topic.value,
        partition=partition,
        offset=record.offset,
        size=len(value),
        sha256=hashlib.sha256(value).hexdigest(),
        raw=base64.b64encode(value[:RAW_BYTES_MAX]).decode(),
    )
    key = f"{topic.value}-{partition}-{record.offset}".encode()
    effects.outputs.append(Out(Topic.DEAD_LETTERS, key, orjson.dumps(letter.model_dump(mode="json"))))
    effects.count("records", topic.value, QUARANTINED)
    effects.count("quarantined", topic.value, rejected.reason.value)
    effects.count("dead_letters", topic.value)


FUTURE: Final = Rejected(Rejection.FUTURE, "occurred_at: more than 24 hours ahead of the broker's clock")


def count_oddity(effects: Effects, topic: Topic, oddity: Oddity) -> None:
    """Something was odd about a record that has its outcome all the same."""
    effects.count("oddities", topic.value, oddity.value)


def let_pass(effects: Effects, topic: Topic, at: int, taken: int) -> None:
    """Count a record as late that is too old to have any effect."""
    effects.count("records", topic.value, LATE)
    effects.observed.append(("lateness_seconds", topic.value, (taken - at) / 1000))
    count_oddity(effects, topic, Oddity.TOO_OLD)


def out_of_time(effects: Effects, topic: Topic, partition: int, record: Record, at: int, taken: int) -> None:
    """A record that is not of our days, or of the future, must not move anything."""
    if at > taken:
        quarantine(effects, FUTURE, topic, partition, record)
    else:
        let_pass(effects, topic, at, taken)
