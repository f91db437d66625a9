"""What stands on an inbox: facts for profiles, and vectors of watermarks. Only our own stages and dispatchers write
there."""

from collections.abc import Iterator

import orjson

from schemas.facts.fact_versions import UPGRADE, NewerFact
from schemas.facts.profile_facts import Fact
from schemas.reading.wire import read_facts
from streams.records import CARTS_KEY, IGNORED
from streams.stage import Batch, Effects
from streams.time.watermarks import CONTROL, WATERMARKS_KEY, Gate


def read_inbox(
    batch: Batch, partition: int, gate: Gate, effects: Effects, beside: Gate | None = None
) -> Iterator[tuple[bytes, Fact]]:
    """The facts of the batch by whom they are about; the gate hears the vectors, and so does another one `beside` it.
    Raises NewerFact for what a newer program has to say, be it no fact at all."""
    topic = batch.topic.value
    for record in batch.records:
        key, value = record.key, record.value
        if key is None or value is None:
            continue
        if key == WATERMARKS_KEY:
            vector = orjson.loads(value)
            gate.heard(vector)
            if beside is not None:
                beside.heard(vector)
            effects.count("records", topic, IGNORED)
            continue
        try:
            if key.startswith(CONTROL) and key != CARTS_KEY:
                raise NewerFact(f"a record of the unknown key {key!r}: {UPGRADE}")
            facts = read_facts(value)
        except NewerFact as newer:
            raise NewerFact(f"{topic}-{partition}, offset {record.offset}: {newer}") from newer
        for fact in facts:
            yield key, fact
