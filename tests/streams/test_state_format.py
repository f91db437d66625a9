"""What stands in the changelogs: every version since the release is read, a newer one is refused untouched, and so is
what was written before.

`tests/data/state/KIND-VERSION.jsonl` holds records as that version wrote them, one a line; where they are no text, the
file is one of hex, `KIND-VERSION.hex`. When a record changes, add a step to its chain, and a file of the new version's
bytes (`python -m tests.streams.golden` writes it); the old files stay as they are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, get_args

import orjson
import pytest

from schemas.facts.profile_facts import FactInOrder, Joining
from schemas.topics import Topic
from streams.delivery import codes, delivery_record
from streams.intake.intake_stage import IntakeStage
from streams.marks import MARK, decode_mark, encode_mark
from streams.products import record as product_record
from streams.profiles import profile_record
from streams.profiles.customer_stage import CustomerStage
from streams.replay import ONE_EACH
from streams.stage import POSITION_KEY, Stage
from streams.state_format import NewerState, OlderState, StateFormat
from streams.triggers import in_force, opening_rules
from streams.triggers.opening_rules import RULE_KEY
from streams.visits import visitor_record
from streams.visits.session_stage import SessionStage
from tests.world import rule, rulebook

GOLDEN = Path(__file__).parents[1] / "data" / "state"
BOOK = rulebook(rule("cart_abandonment"))


class Kind(NamedTuple):
    """A kind of record, with the way to its bytes and back."""

    name: str
    format: StateFormat
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]


def encoded_mark(mark: dict[str, Any]) -> bytes:
    """The mark as a stage would write it again."""
    return encode_mark(**{name: value for name, value in mark.items() if name != "version"})


KINDS = [
    Kind("visitor", visitor_record.RECORD, visitor_record.decode, visitor_record.encode),
    Kind("profile", profile_record.RECORD, profile_record.decode, profile_record.encode),
    Kind("mark", MARK, decode_mark, encoded_mark),
    Kind("position", delivery_record.POSITION, delivery_record.decode_position, delivery_record.encode_position),
    Kind("delivery", delivery_record.LINE, delivery_record.decode, delivery_record.encode),
    Kind("rule", opening_rules.RULE, opening_rules.decode, opening_rules.encode),
    Kind("product", product_record.RECORD, product_record.decode_product, product_record.encode),
    Kind("looks", product_record.RECORD, product_record.decode_looks, product_record.encode),
    Kind("request", product_record.RECORD, product_record.decode_request, product_record.encode),
    Kind("buyer", product_record.RECORD, product_record.decode_times, product_record.encode),
    Kind("rulebook", in_force.RECORD, in_force.decode, in_force.encode),
    Kind("claim", codes.CLAIM, codes.decode, codes.encode),
    Kind("order", product_record.RECORD, product_record.decode_order, product_record.encode),
    Kind("partner", product_record.RECORD, product_record.decode_partner, product_record.encode),
]
VERSIONS = [(kind, version) for kind in KINDS for version in range(kind.format.oldest, kind.format.version + 1)]


def golden(kind: Kind, version: int) -> list[bytes]:
    """Records of that version."""
    written = GOLDEN / f"{kind.name}-{version}.jsonl"
    if written.exists():
        return written.read_bytes().splitlines()
    return [bytes.fromhex(line) for line in written.with_suffix(".hex").read_text().splitlines()]


def newer(record: bytes, by: int = 1, *, alike: bool = False) -> bytes:
    """The record as a program of a later version might have written it: with things that nobody knows yet, or `alike`
    but for the number."""
    if is_packed(record):
        return bytes([record[0] + by]) + (b"" if alike else b"a new column") + record[1:]
    said = orjson.loads(record)
    if alike:
        return orjson.dumps({**said, "version": said_version(record) + by})
    return orjson.dumps({**said, "version": said.get("version", 1) + by, "journal": "elsewhere now", "state": 5})


def is_packed(record: bytes) -> bool:
    """No text: the first byte is the version."""
    return record[0] < ord(" ")


def said_version(record: bytes) -> int:
    """What a record says of its version."""
    if is_packed(record):
        return record[0]
    return int(orjson.loads(record).get("version", 1))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_todays_bytes_are_those_that_todays_version_stands_for(kind: Kind) -> None:
    """A record that changes without a new version would be read wrongly by whoever reads that version."""
    same = [line for line in golden(kind, kind.format.version) if b"version" in line or is_packed(line)]
    assert same
    for line in same:
        assert kind.encode(kind.decode(line)) == line, f"the {kind.name} record has changed: give it a new version"


@pytest.mark.parametrize(("kind", "version"), VERSIONS, ids=[f"{kind.name}-{version}" for kind, version in VERSIONS])
def test_a_record_of_any_version_is_read_and_written_as_of_today(kind: Kind, version: int) -> None:
    """Lifted once, it is like any other."""
    for line in golden(kind, version):
        record = kind.decode(line)
        written = kind.encode(record)
        assert said_version(written) == kind.format.version
        assert kind.encode(kind.decode(written)) == written


def test_of_older_deliveries_every_attempt_may_have_arrived() -> None:
    """Version 2 did not say which of them certainly have not, so the body of each stays as it is."""
    lines = [
        delivery_record.decode(line) for line in golden(next(kind for kind in KINDS if kind.name == "delivery"), 2)
    ]
    assert {line.may_have_arrived == (line.attempts > 0) for line in lines} == {True}
    assert {line.may_have_arrived for line in lines} == {True, False}


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("by", [1, 98])
@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_newer_record_is_refused_with_a_sentence(kind: Kind, by: int, alike: bool) -> None:
    """Whatever it looks like: it says what it is, which version, and what to do."""
    latest = kind.format.version
    for line in golden(kind, latest):
        with pytest.raises(NewerState, match=rf"{kind.format.name} of version {latest + by}.* start that version"):
            kind.decode(newer(line, by + latest - said_version(line), alike=alike))


BEFORE: list[tuple[Kind, bytes]] = [
    (KINDS[0], b'[1,1750004060000,null,1750000000000,"","",[]]'),
    (KINDS[0], bytes([3]) + bytes(41)),
    (KINDS[1], b'{"version":5,"summary":[null,1750000000000,false,0,0],"person":{}}'),
    (KINDS[1], b'{"person":{},"journal":[],"links":[]}'),
    (KINDS[2], b'{"position":7,"watermark":1,"largest":1,"version":1}'),
    (KINDS[2], b'{"position":7}'),
]
"""Records as they were written before the release, when visitors' profiles lay with the customers."""


@pytest.mark.parametrize(("kind", "record"), BEFORE)
def test_a_record_from_before_the_release_is_refused_with_a_sentence(kind: Kind, record: bytes) -> None:
    """Whatever it looks like: it lay in topics that are no more."""
    named = rf"{kind.format.name} of version \d, .* reads from version {kind.format.oldest} on: .*Topics from before"
    with pytest.raises(OlderState, match=named):
        kind.decode(record)


def test_a_visitor_whose_profile_is_of_another_version_is_refused_too() -> None:
    """It is part of the record, and says its own version."""
    for visitor in map(visitor_record.decode, golden(KINDS[0], KINDS[0].format.version)):
        if not isinstance(visitor.profile, bytes):
            continue
        visitor.profile = newer(visitor.profile)
        with pytest.raises(NewerState, match="a profile of version"):
            visitor_record.decode(visitor_record.encode(visitor))


CLICKS, VISITORS, CUSTOMERS = Topic.CLICKSTREAM, Topic.VISITOR_INBOX, Topic.CUSTOMER_INBOX


def sessions() -> SessionStage:
    """A partition of visitors."""
    return SessionStage(0, BOOK, ONE_EACH, 0)


def customers() -> CustomerStage:
    """A partition of customers."""
    return CustomerStage(0, BOOK, ONE_EACH)


STAGES: list[tuple[str, Callable[[], Stage], bytes, bytes]] = [
    ("sessions", sessions, b"phone", golden(KINDS[0], KINDS[0].format.version)[0]),
    ("sessions' rule", sessions, RULE_KEY + b"0123456789ab", golden(KINDS[5], 1)[0]),
    (
        "sessions' mark",
        sessions,
        POSITION_KEY,
        encode_mark({CLICKS: 7, VISITORS: 7}, watermark=1, largest=1, behind=0, vector={}, blasts={}),
    ),
    ("customers", customers, b"ada", golden(KINDS[1], KINDS[1].format.version)[0]),
    ("customers' rule", customers, RULE_KEY + b"0123456789ab", golden(KINDS[5], 1)[0]),
    ("customers' mark", customers, POSITION_KEY, encode_mark({CUSTOMERS: 7}, vector={}, blasts={})),
    (
        "intake's mark",
        lambda: IntakeStage(Topic.ORDERS, 0, 0),
        POSITION_KEY + b"orders-0",
        encode_mark({Topic.ORDERS: 7}, watermark=1, largest=1, behind=0),
    ),
]


@pytest.mark.parametrize(("make", "key", "value"), [row[1:] for row in STAGES], ids=[row[0] for row in STAGES])
def test_every_stage_reads_its_own_and_refuses_newer(make: Callable[[], Stage], key: bytes, value: bytes) -> None:
    """At restore, before it could have folded or written anything."""
    make().restore(key, value)
    stage = make()
    with pytest.raises(NewerState):
        stage.restore(key, newer(value))
    assert not any(stage.positions.values())


def test_a_chain_lifts_step_by_step_from_wherever_a_record_stands() -> None:
    """Each step knows only its own two versions."""
    chain = StateFormat("a toy", (lambda record: [*record, "to 2"], lambda record: [*record, "to 3"]))
    assert chain.version == 3
    assert [chain.lift(version, []) for version in (1, 2, 3)] == [["to 2", "to 3"], ["to 3"], []]


WAITING = {
    21: "session_opened session_closed visit_left cart_changed checkout_reached order_placed order_told cart_bought "
    "subscription_told suspected happened traits_told linked inherited price_changed stock_changed released "
    "product_known product_happened joining",
}
"""The kinds of facts that stand in a profile's journal, or among its previews, by the version of the record."""


def test_a_kind_of_fact_that_waits_in_profiles_is_part_of_their_version() -> None:
    """An older reader refuses the profile then, at its restore; else it would fail when it first touches it."""
    kinds = " ".join(kind.fact for kind in (*get_args(FactInOrder), Joining))
    version = profile_record.RECORD.version
    assert WAITING.get(version) == kinds, f"give profiles a version beyond {version}, and say here what waits in it"


def test_a_chain_may_begin_later() -> None:
    """What is older than its first step is refused, the rest is lifted."""
    chain = StateFormat("a toy", (lambda record: [*record, "to 4"],), oldest=3)
    assert chain.version == 4
    assert [chain.lift(version, []) for version in (3, 4)] == [["to 4"], []]
    with pytest.raises(OlderState, match="a toy of version 2, and this program reads from version 3 on"):
        chain.lift(2, [])
