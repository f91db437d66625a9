"""The ledger in memory: what it notes for the next commit, and what is left of it after a restore."""

import orjson
import pytest

from agents.dispatch.ledger import UNKNOWN, Ledger
from schemas.outcomes.dead_letters import DeadLetter
from schemas.outcomes.deliveries import Delivery, DeliveryState
from schemas.topics import Topic
from streams.delivery import delivery as machine
from streams.delivery.delivery import Outcome, Result
from streams.stage import POSITION_KEY, Effects
from tests.streams.deliveries import NOW, POLICY, in_flight, pending


def ledger() -> Ledger:
    return Ledger("triggers", 3, frozenset({"esp"}))


def restored(effects: Effects, *more: Effects) -> Ledger:
    """A successor that has read these commits from the ledger topic."""
    successor = ledger()
    for committed in (effects, *more):
        for key, value in committed.changelog:
            successor.restore(key, value)
    successor.open()
    return successor


def delivered() -> Delivery:
    return machine.on_outcome(in_flight(), Outcome(Result.DELIVERED, 200), POLICY, NOW + 5)


def test_a_terminal_line_brings_its_receipt_in_the_same_commit() -> None:
    """Keyed by profile, and counted."""
    books = ledger()
    books.put(in_flight())
    books.put(delivered())
    effects = books.take()

    [out] = effects.outputs
    assert (out.topic, out.key) == (Topic.CUSTOMER_INBOX, b"ada")
    assert orjson.loads(out.value)["event_id"] == "01HF7YAT00MUG:delivered"
    assert effects.counts == {("deliveries", "esp", "delivered"): 1}
    assert books.standing.total() == 0


def test_a_dead_line_brings_a_dead_letter_too() -> None:
    """It says where the trigger lay and what could not be delivered."""
    books = ledger()
    books.put(machine.on_refused(pending(), machine.GONE, NOW))
    receipt, out = books.take().outputs
    letter = DeadLetter.model_validate_json(out.value)

    assert receipt.topic is Topic.CUSTOMER_INBOX
    assert (out.topic, out.key) == (Topic.DEAD_LETTERS, b"01HF7YAT00MUG")
    assert (letter.detail, letter.topic, letter.partition, letter.offset) == ("gone", "triggers", 3, 7)
    assert letter.size == len(pending().body)


def test_a_terminal_line_keeps_no_body() -> None:
    """It waits for repeats of its id for days: only its state is needed."""
    books = ledger()
    books.put(delivered())
    [(_, value)] = books.take().changelog
    assert value is not None
    assert Delivery.model_validate_json(value).body == ""


def test_a_commit_holds_the_last_word_on_each_line_and_the_position() -> None:
    """Pending and in flight between two commits is written once, as in flight."""
    books = ledger()
    books.put(pending())
    books.put(in_flight())
    books.move(8)
    effects = books.take()

    assert [key for key, _ in effects.changelog] == [b"01HF7YAT00MUG", POSITION_KEY]
    assert not books.is_dirty
    assert restored(effects).position == 8


def test_a_successor_finds_what_was_committed() -> None:
    """Unfinished lines whole, terminal ones as known ids, the oldest first whatever the order of the topic."""
    books = ledger()
    for trigger_id, age in (("young", 0), ("old", 500)):
        books.put(pending(trigger_id=trigger_id).model_copy(update={"taken_at_ms": NOW - age}))
    books.put(delivered())
    successor = restored(books.take())

    assert successor.lines == books.lines
    assert successor.state("01HF7YAT00MUG") is DeliveryState.DELIVERED
    assert successor.state("never") is None
    assert successor.oldest_ms("esp") == NOW - 500
    assert successor.standing == books.standing


@pytest.mark.parametrize(("before", "gone"), [(NOW + 5, 0), (NOW + 6, 1)])
def test_ids_are_known_for_as_long_as_the_retention(before: int, gone: int) -> None:
    """Terminal exactly at the boundary stays; what goes leaves a tombstone, for the successor too."""
    books = ledger()
    books.put(delivered())
    first = books.take()

    assert books.let_go(before, most=10) == gone
    second = books.take()
    assert second.changelog == [(b"01HF7YAT00MUG", None)] * gone
    assert (restored(first, second).state("01HF7YAT00MUG") is None) is bool(gone)


def test_letting_go_is_bounded() -> None:
    """So that a sweep never holds up the loop."""
    books = ledger()
    for number in range(5):
        books.put(machine.on_refused(pending(trigger_id=f"T{number}"), machine.GONE, NOW))
    assert [books.let_go(NOW + 1, most=3) for _ in range(3)] == [3, 2, 0]


def test_a_destination_that_nobody_configured_is_no_label() -> None:
    """Label sets are closed: names from records never become series."""
    books = ledger()
    line = pending(destination="http://evil.example")
    books.put(machine.on_refused(line, machine.UNKNOWN_DESTINATION, NOW))
    assert ("deliveries", UNKNOWN, "dead") in books.take().counts


def test_the_oldest_unfinished_line_is_the_one_taken_first() -> None:
    """However often it has been tried since."""
    books = ledger()
    books.put(pending(trigger_id="A"))
    books.put(pending(trigger_id="B").model_copy(update={"taken_at_ms": NOW + 1}))
    line = machine.on_started(books.lines["A"], NOW + 2)
    books.put(line)
    books.put(machine.on_outcome(line, Outcome(Result.UNSENT), POLICY, NOW + 3))

    assert books.oldest_ms("esp") == NOW
    assert books.oldest_ms("other") is None
