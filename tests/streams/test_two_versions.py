"""What one version writes and another reads, record by record: the table in CONTRIBUTING says the same in words.

A newer version is played by hand: by records as it might write them.
"""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from msgspec import DecodeError

from schemas.facts.fact_versions import FACT_VERSIONS, NewerFact
from schemas.facts.profile_facts import CheckoutReached
from schemas.outcomes.decisions import Reason
from schemas.reading.wire import read_fact, write_fact
from schemas.topics import Topic
from streams.layout import Layout
from streams.profiles.customer_stage import CustomerStage
from streams.replay import CLICKS_0, ONE_EACH, ORDERS_0, Given
from streams.stage import Batch
from streams.time.watermarks import CONTROL, UNKNOWN, WATERMARKS_KEY
from streams.visits.session_stage import SessionStage
from tests.streams.durable import restore, write
from tests.world import LADDER, World, rule, rulebook

BOOK = rulebook(rule("cart_abandonment"))
KNOWN = CheckoutReached(9_000, "e1", "phone")


def said(**changes: Any) -> bytes:
    """A known fact with these changes."""
    return orjson.dumps({**orjson.loads(write_fact(KNOWN)), **changes})


def test_a_fact_says_its_version_first() -> None:
    """Whoever looks at the topic sees it; each kind has its own."""
    assert write_fact(KNOWN).startswith(b'{"version":1,"fact":"checkout_reached","at":9000,')
    assert FACT_VERSIONS[KNOWN.fact] == 1


@pytest.mark.parametrize("more", [{"how": "by hand"}, {"how": None}, {"how": {"deep": [1, 2]}}])
def test_a_field_that_is_not_known_is_passed_over(more: dict[str, Any]) -> None:
    """Whatever it holds: whoever adds a field that must not be missed raises the version."""
    assert read_fact(said(**more)) == KNOWN


@pytest.mark.parametrize("version", [1, 0])
def test_todays_version_and_older_ones_are_read(version: int) -> None:
    """A record of the time before there were versions says none."""
    assert read_fact(said(version=version)) == KNOWN
    assert read_fact(write_fact(KNOWN).replace(b'"version":1,', b"")) == KNOWN


NEWER = {
    "an unknown kind": (said(fact="pinged"), "'pinged' of version 1, and this program knows no such fact"),
    "a kind raised by one": (said(version=2), "'checkout_reached' of version 2.* up to version 1 of it"),
    "a kind raised by many": (said(version=99), "'checkout_reached' of version 99"),
    "raised, and unlike": (b'{"version":2,"fact":"checkout_reached","when":{}}', "'checkout_reached' of version 2"),
    "unknown, and unlike": (b'{"fact":"pinged","list":[1]}', "'pinged' of version 1"),
}


STAGES: dict[Topic, Callable[[], SessionStage | CustomerStage]] = {
    Topic.VISITOR_INBOX: lambda: SessionStage(3, BOOK, ONE_EACH, 0),
    Topic.CUSTOMER_INBOX: lambda: CustomerStage(3, BOOK, ONE_EACH),
}


@pytest.mark.parametrize("inbox", STAGES)
@pytest.mark.parametrize("what", NEWER)
def test_a_newer_fact_stops_the_stage_before_it_has_written_anything(what: str, inbox: Topic) -> None:
    """It says where the fact lies, and what to do. What was read with it is read again by the newer version: the
    position is as committed."""
    value, sentence = NEWER[what]
    stage = STAGES[inbox]()
    with pytest.raises(NewerFact, match=rf"{inbox.value}-3, offset 8: a fact .*{sentence}.*start that version here"):
        stage.fold(batch(Given(b"phone", write_fact(KNOWN), 7), Given(b"phone", value, 8), topic=inbox))
    assert stage.positions[inbox] == 0


def test_a_record_that_no_newer_version_would_write_is_a_broken_invariant() -> None:
    """Not to be taken for news: a newer worker would end by it, too."""
    stage = CustomerStage(0, BOOK, ONE_EACH)
    for value in (b'{"fact":"checkout_reached"}', said(at="soon"), b"{}"):
        with pytest.raises(DecodeError):
            stage.fold(batch(Given(b"phone", value, 7)))


@pytest.mark.parametrize("inbox", STAGES)
def test_news_under_a_key_that_is_no_profiles_stops_the_stage(inbox: Topic) -> None:
    """A newer version may tell all partitions of more than watermarks: who does not understand must not go on."""
    stage = STAGES[inbox]()
    with pytest.raises(NewerFact, match=rf"{inbox.value}-3, offset 7: a record of the unknown key .*rules"):
        stage.fold(batch(Given(CONTROL + b"rules", b"{}", 7), topic=inbox))


def test_watermarks_of_partitions_that_are_not_known_hold_nobody_back() -> None:
    """A successor that waits for them begins with what it hears itself: until then time stands still for it."""
    stage = CustomerStage(0, BOOK, ONE_EACH)
    told = {CLICKS_0: 9_000, ORDERS_0: 9_000, "returns-0": 5, "clickstream-1": 7}
    stage.fold(batch(Given(WATERMARKS_KEY, orjson.dumps(told), 7), Given(b"phone", write_fact(KNOWN), 8)))
    assert stage.watermark == 9_000
    changelog: dict[bytes, bytes] = {}
    write(changelog, stage.take())
    heir = CustomerStage(0, BOOK, Layout({Topic.CLICKSTREAM: 2, Topic.ORDERS: 1, Topic.CUSTOMER_INBOX: 1}))
    restore(heir, changelog)
    assert heir.watermark == UNKNOWN
    heir.fold(batch(Given(WATERMARKS_KEY, orjson.dumps({"clickstream-1": 8_000}), 9)))
    assert heir.watermark == 8_000


def test_a_receipt_of_a_state_that_is_not_known_is_the_last_word_all_the_same() -> None:
    """Terminal is terminal: nothing is taken back afterwards that is over."""
    world = World(LADDER)
    world.adds("mug").after("61m").settles("cart_abandonment", "read_aloud").orders().after("1m")
    assert world.sent() == ["cart_abandonment"]
    assert world.taken_back() == []
    assert world.why("cart_abandonment") is Reason.DUE


def batch(*records: Given, topic: Topic = Topic.CUSTOMER_INBOX) -> Batch:
    """One poll with backlog."""
    return Batch(topic, records, records[-1].offset + 1, None, 10_000)
