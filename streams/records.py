"""What every source stage does with a record before it means anything: its time, its key, its one counted outcome."""

import base64
import hashlib
import re

import orjson

from schemas.dead_letters import RAW_BYTES_MAX, DeadLetter, Oddity, Rejection
from schemas.facts import Fact
from schemas.profile import CUSTOMER
from schemas.refusals import Rejected
from schemas.topics import Topic
from schemas.wire import write_fact
from streams.stage import LOG_APPEND_TIME, Effects, Out, Record

FUTURE_MS_MAX = 24 * 3_600_000
AGE_MS_MAX = 20 * 365 * 24 * 3_600_000
"""How old a record may be by the clock of the fetch, before its producer has no clock. Generous: recordings of other
years are fed too."""

NOBODIES = frozenset({"null", "undefined", "none", "nan", "0", "anonymous"})
"""What producers write, in any case, where they have no id: everybody without one would become one person."""

APPLIED, DUPLICATE, LATE, IGNORED, QUARANTINED = "applied", "duplicate", "late", "ignored", "quarantined"
"""The outcomes: consumed = applied + duplicate + late + ignored + quarantined."""


def taken_at(record: Record, now_ms: int) -> int:
    """When the broker took the record; where the topic keeps the producer's times, the clock of the fetch stands in."""
    return record.timestamp if record.timestamp_type == LOG_APPEND_TIME else now_ms


def fact_record(key: str, fact: Fact) -> Out:
    """The fact on its way to the profile of that key: in the inbox of customers, or in that of visitors."""
    inbox = Topic.CUSTOMER_INBOX if key.startswith(CUSTOMER) else Topic.VISITOR_INBOX
    return Out(inbox, key[len(CUSTOMER) :].encode(), write_fact(fact))


def tell(effects: Effects, key: str, fact: Fact) -> None:
    """Send a fact to the profile of that key, and count it."""
    effects.outputs.append(fact_record(key, fact))
    counts, name = effects.counts, ("facts", fact.fact)
    counts[name] = counts.get(name, 0) + 1


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


FUTURE = Rejected(Rejection.FUTURE, "occurred_at: more than 24 hours ahead of the broker's clock")
MISKEYED = Rejected(Rejection.KEY_MISMATCH, "the Kafka key is not the visitor or customer that the record names")
"""Two owners for one person would be the price of taking such a record."""
NOBODYS = Rejected(Rejection.BAD_ID, "the visitor or customer id stands for nobody")
IN_SECONDS = Rejected(Rejection.TIME, "occurred_at: seconds since the epoch, and has to be milliseconds")

_SECONDS = re.compile(rb'"occurred_at"\s*:\s*[0-9]')
_YEAR_2000_S, _YEAR_2100_S = 946_684_800, 4_102_444_800


def is_nobody(id_: str, nobodies: frozenset[str]) -> bool:
    """Whether the id of a visitor or customer is one of those, blank, or a path that climbs."""
    plain = id_.strip().lower()
    return not plain or plain in nobodies or ("/" in plain and ".." in plain.split("/"))


def count_oddity(effects: Effects, topic: Topic, oddity: Oddity) -> None:
    """Something was odd about a record that has its outcome all the same."""
    effects.count("oddities", topic.value, oddity.value)


def is_in_seconds(record: Record, at: int) -> bool:
    """Whether a time of early 1970 is one of our days, told in seconds."""
    return _YEAR_2000_S <= at < _YEAR_2100_S and _SECONDS.search(record.value or b"") is not None


def let_pass(effects: Effects, topic: Topic, at: int, taken: int) -> None:
    """Count a record as late that is too old to have any effect."""
    effects.count("records", topic.value, LATE)
    effects.observed.append(("lateness_seconds", topic.value, (taken - at) / 1000))
    count_oddity(effects, topic, Oddity.TOO_OLD)
