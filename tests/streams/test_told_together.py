"""Facts of one batch for one profile share a record: what is told stays the same, and so does its order."""

from schemas.facts.profile_facts import CheckoutReached, Fact
from schemas.reading.wire import read_facts, write_fact
from schemas.topics import Topic
from streams.profiles.customer_stage import CustomerStage
from streams.records import TOLD_BYTES_MAX, send_told, tell
from streams.replay import ONE_EACH, Given
from streams.stage import Batch, Effects
from tests.world import BEGINNING_MS, LADDER


def step(number: int, id_: str = "") -> Fact:
    """A checkout's step, which no other one is."""
    return CheckoutReached(BEGINNING_MS + number, id_ or f"e{number}", "phone")


def sent(*facts: tuple[str, Fact]) -> list[tuple[str, bytes, list[Fact]]]:
    """What is sent of facts told: inbox, key and the facts of each record."""
    effects = Effects()
    for key, fact in facts:
        tell(effects, key, fact)
    send_told(effects)
    assert effects.counts["facts", "checkout_reached"] == len(facts)
    return [(out.topic.value, out.key, read_facts(out.value)) for out in effects.outputs]


def test_the_facts_for_one_profile_are_one_record_in_their_order() -> None:
    """Those for others, and those for a visitor of the same name, are records of their own."""
    assert sent(("c:ada", step(2)), ("c:bob", step(3)), ("v:ada", step(4)), ("c:ada", step(1))) == [
        ("customer-inbox", b"ada", [step(2), step(1)]),
        ("customer-inbox", b"bob", [step(3)]),
        ("visitor-inbox", b"ada", [step(4)]),
    ]


def test_what_is_sent_is_sent_once() -> None:
    """The next record holds what was told since."""
    effects = Effects()
    for number in (1, 2):
        tell(effects, "c:ada", step(number))
        send_told(effects)
        send_told(effects)
    assert [read_facts(out.value) for out in effects.outputs] == [[step(1)], [step(2)]]


def test_a_record_of_several_facts_has_its_limit() -> None:
    """Exactly at the limit they are one record, a byte more and they are two; a fact that is longer goes alone."""
    half = TOLD_BYTES_MAX // 2
    bare = len(write_fact(step(1, "x"))) - 1
    one, other = step(1, "a" * (half - bare)), step(2, "b" * (half - bare - 2))
    assert len(write_fact(one)) + len(write_fact(other)) + 2 == TOLD_BYTES_MAX
    longer = step(2, "b" * (half - bare - 1))
    huge = step(3, "c" * TOLD_BYTES_MAX)
    assert [facts for _, _, facts in sent(("c:ada", one), ("c:ada", other))] == [[one, other]]
    assert [facts for _, _, facts in sent(("c:ada", one), ("c:ada", longer))] == [[one], [longer]]
    alone = [[huge], [step(4), step(5)], [huge]]
    assert [facts for _, _, facts in sent(*(("c:ada", fact) for facts in alone for fact in facts))] == alone


def test_each_fact_of_a_record_counts() -> None:
    """And the position is that of the record."""
    stage = CustomerStage(0, LADDER, ONE_EACH)
    value = b"\n".join(write_fact(step(number)) for number in range(3))
    stage.fold(Batch(Topic.CUSTOMER_INBOX, (Given(b"ada", value, 7),), 8, None, BEGINNING_MS))
    assert stage.take().counts["records", "customer-inbox", "applied"] == 3
    assert stage.positions == {Topic.CUSTOMER_INBOX: 8}
    assert stage.waiting_facts == 3


def test_no_text_can_end_a_line() -> None:
    """Whatever an id holds, a fact is one line."""
    fact = step(1, "a\nb\r\nc\u2028d\x85e")
    assert b"\n" not in write_fact(fact)
    assert read_facts(write_fact(fact) + b"\n" + write_fact(step(2))) == [fact, step(2)]
