"""Bytes to outcome, whatever the bytes: nothing raises, everything is counted once, every dead letter can be written.

`FUZZ_EXAMPLES=100000 pytest tests/bad_input/test_fuzz.py` looks longer than CI does. Hypothesis prints what breaks it.
"""

import os
import re
from collections.abc import Callable
from types import UnionType

import pytest
from aiokafka.structs import ConsumerRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.dispatch.reading import dead_letter, read_trigger
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.events.plain_clicks import AnyClick
from schemas.outcomes.dead_letters import DeadLetter, Oddity, Rejection
from schemas.reading.refusals import Rejected, Unknown
from schemas.reading.wire import LINE_END, read_click, read_engagement, read_facts, read_order, write_fact
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from schemas.topics import INBOXES, Topic
from streams.stage import Effects
from tests.bad_input.case import NOW, click, engagement, order
from tests.bad_input.cases import CASES
from tests.bad_input.test_table import OUTCOMES, counted, stage_of
from tests.schemas.reading.test_plain_clicks import compare
from tests.streams.deliveries import fired
from tests.streams.records import batch, given_record

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))
fuzz = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

TRIGGER = fired().model_dump_json().encode()
RULEBOOK = b"""name: fuzzed
session_gap: 30m
rules:
  - {id: cart, kind: cart_abandonment, wait: 60m, min_cart_value: 10.5}
  - id: exit
    kind: exit_intent
    expires_after: never
"""
SEEDS = [click(), order(lines=[{"product_id": "m", "price": "1.50"}]), engagement(), TRIGGER, RULEBOOK]
CORPUS = [case.value for case in CASES if case.value and len(case.value) < 2_000]
PIECES = [
    *[b'"', b"\\", b"\\u", b"\\ud800", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xc0\xaf", b"\x1f\x8b", b"\x80\x04"],
    *[b"{", b"}", b"[", b"]", b":", b",", b"null", b"true", b"NaN", b"-", b"0", b"1e400", b"1e-400", b"\xe2\x80\xae"],
    *[
        b'"visitor_id":"tablet",',
        b'"visitorId":"x",',
        b'"__faust":{},',
        b'"schema_version":2,',
        b'"lines":[{}],',
        b"&a *a",
    ],
]
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
NAMED = re.compile(rb'"\w+":(?:"[^"]*"|[-\w.]+)')
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30).map(lambda number: str(number).encode()),
    st.floats().map(lambda number: repr(number).encode()),
    st.integers(0, 5_000).map(lambda digits: b"9" * digits),
)


@st.composite
def mutated(draw: st.DrawFn, start: bytes) -> bytes:
    """A record a few accidents away from a good one."""
    value = start
    for _ in range(draw(st.integers(0, 4))):
        value = draw(st.sampled_from(ACCIDENTS))(draw, value)
    return value


def _flipped(draw: st.DrawFn, value: bytes) -> bytes:
    at = draw(st.integers(0, max(len(value) - 1, 0)))
    return value[:at] + bytes([draw(st.integers(0, 255))]) + value[at + 1 :]


def _spliced(draw: st.DrawFn, value: bytes) -> bytes:
    at, until = sorted(draw(st.tuples(*[st.integers(0, len(value))] * 2)))
    other = draw(st.sampled_from([*SEEDS, *CORPUS, *PIECES]) | st.binary(max_size=20))
    return value[:at] + other + value[until:]


def _cut(draw: st.DrawFn, value: bytes) -> bytes:
    at, until = sorted(draw(st.tuples(*[st.integers(0, len(value))] * 2)))
    return value[at:until]


def _nested(draw: st.DrawFn, value: bytes) -> bytes:
    at = draw(st.integers(0, len(value)))
    left, right = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
    depth = draw(st.integers(1, 300))
    return value[:at] + left * depth + value[at:] + right * (depth if draw(st.booleans()) else 0)


def _numbered(draw: st.DrawFn, value: bytes) -> bytes:
    found = list(NUMBER.finditer(value))
    if not found:
        return value
    number = draw(st.sampled_from(found))
    return value[: number.start()] + draw(NUMBERS) + value[number.end() :]


def _doubled(draw: st.DrawFn, value: bytes) -> bytes:
    found = list(NAMED.finditer(value))
    if not found:
        return value
    pair = draw(st.sampled_from(found))
    again = draw(st.sampled_from([pair.group(), pair.group().upper(), pair.group().replace(b":", b":1", 1)]))
    return value[: pair.start()] + again + b"," + value[pair.start() :]


ACCIDENTS: list[Callable[[st.DrawFn, bytes], bytes]] = [_flipped, _spliced, _cut, _nested, _numbered, _doubled]
ANY_BYTES = st.binary(max_size=300)


def records(*starts: bytes) -> st.SearchStrategy[bytes]:
    """Accidents of these, of the corpus, and plain noise."""
    return st.sampled_from([*starts, *CORPUS]).flatmap(mutated) | ANY_BYTES


def told_apart(said: object, model: type | UnionType, noted: list[Oddity]) -> None:
    """Exactly one of the three; what is refused says why without quoting."""
    assert isinstance(said, model | Rejected | Unknown)
    if isinstance(said, Rejected):
        assert said.reason in Rejection
        assert said.detail.isascii()
        assert len(said.detail) < 200
    assert set(noted) <= set(Oddity)


@fuzz
@given(records(click()))
def test_any_bytes_are_a_click_or_not(value: bytes) -> None:
    """Never an exception."""
    noted: list[Oddity] = []
    told_apart(read_click(value, noted.append), AnyClick, noted)


@fuzz
@given(records(click()))
def test_a_plain_click_of_any_bytes_says_what_the_contract_reads(value: bytes) -> None:
    """The quick reading never has the last word."""
    compare(value)


@fuzz
@given(records(SEEDS[1]))
def test_any_bytes_are_an_order_or_not(value: bytes) -> None:
    """Never an exception."""
    noted: list[Oddity] = []
    told_apart(read_order(value, noted.append), Order, noted)


@fuzz
@given(records(engagement()))
def test_any_bytes_are_an_engagement_or_not(value: bytes) -> None:
    """Never an exception."""
    noted: list[Oddity] = []
    told_apart(read_engagement(value, noted.append), Engagement, noted)


HEADERS = st.lists(
    st.tuples(st.sampled_from(["content-type", "Content-Type", "ce_type", "x", ""]), st.none() | st.binary(max_size=40))
    | st.just(("content-type", b"application/cloudevents+json")),
    max_size=3,
)


@fuzz
@given(records(TRIGGER, b'{"type":"afterclick.trigger.fired.v1","data":' + TRIGGER + b"}"), HEADERS)
def test_any_bytes_are_a_trigger_or_not(value: bytes, headers: list[tuple[str, bytes | None]]) -> None:
    """In either mode, under any headers; what is none can be put aside."""
    found = read_trigger(ConsumerRecord("triggers", 0, 7, 0, 0, b"k", value, None, 1, len(value), tuple(headers)))
    if isinstance(found, Rejected):
        letter = dead_letter(found.reason, found.detail, "triggers", 0, 7, value)
        assert DeadLetter.model_validate_json(letter.model_dump_json()) == letter
    else:
        assert found.model_dump_json()


@fuzz
@given(st.just(RULEBOOK).flatmap(mutated) | ANY_BYTES)
def test_any_text_is_a_rulebook_or_refused_with_a_place(value: bytes) -> None:
    """`file:line: sentence`, or a rulebook."""
    try:
        said: Rulebook | tuple[str, ...] = rulebook_from_text(value.decode("utf-8", "replace"), "r.yaml")
    except RulebookRefused as refused:
        said = refused.mistakes
    places = (
        [re.match(r"r\.yaml:\d+: .", mistake, re.DOTALL) for mistake in said] if isinstance(said, tuple) else [said]
    )
    assert places
    assert all(places)


@pytest.mark.parametrize("topic", [Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS], ids=lambda topic: topic.value)
@settings(parent=fuzz, max_examples=max(EXAMPLES // 5, 1))
@given(batches=st.lists(st.lists(st.tuples(records(*SEEDS[:3]) | st.none(), st.sampled_from([b"phone", b"x", None])))))
def test_what_was_consumed_is_what_was_counted(
    topic: Topic, batches: list[list[tuple[bytes | None, bytes | None]]]
) -> None:
    """Batch by batch; every output can be read again, and the state restored."""
    stage, consumed, total = stage_of(topic), 0, 0
    for values in batches:
        given_records = [
            given_record(value, key=key, offset=consumed + index) for index, (value, key) in enumerate(values)
        ]
        stage.fold(batch(given_records, now=NOW, first=consumed))
        consumed += len(values)
        effects = stage.take()
        outcomes = counted(effects, "records", topic)
        assert set(outcomes) <= OUTCOMES
        total += sum(outcomes.values())
        assert total == consumed
        assert_readable(effects, outcomes.get("quarantined", 0))
        fresh = stage_of(topic)
        for key, change in effects.changelog:
            fresh.restore(key, change)
        fresh.open()


def assert_readable(effects: Effects, quarantined: int) -> None:
    """The facts, and as many dead letters as records were put aside."""
    letters = [out.value for out in effects.outputs if out.topic is Topic.DEAD_LETTERS]
    assert len(letters) == quarantined
    for letter in letters:
        DeadLetter.model_validate_json(letter)
    for out in effects.outputs:
        if out.topic in INBOXES:
            assert LINE_END.join(map(write_fact, read_facts(out.value))) == out.value
