"""What stages, intake and dispatchers tell of people: in which inbox it goes, under which key, and who listens."""

import pytest

from schemas.facts.profile_facts import CheckoutReached, Fact, OrderPlaced, Receipt
from schemas.reading.wire import read_fact, write_fact
from schemas.topics import Topic
from streams.profiles.customer_stage import CustomerStage
from streams.records import fact_record
from streams.replay import ONE_EACH, Given
from streams.stage import Batch, Stage
from streams.visits.session_stage import SessionStage
from tests.world import BEGINNING_MS, LADDER, World

CART = "cart_abandonment"
RECEIPT = Receipt(BEGINNING_MS, "r1", "01HF7YAT00MUG", "delivered")


@pytest.mark.parametrize(
    ("profile", "inbox", "key"),
    [
        ("v:phone", Topic.VISITOR_INBOX, b"phone"),
        ("c:ada", Topic.CUSTOMER_INBOX, b"ada"),
        ("v:c:ada", Topic.VISITOR_INBOX, b"c:ada"),
        ("c:v:phone", Topic.CUSTOMER_INBOX, b"v:phone"),
        ("c:🛒", Topic.CUSTOMER_INBOX, "🛒".encode()),
    ],
)
def test_a_fact_goes_to_the_inbox_of_its_profile_under_the_bare_id(profile: str, inbox: Topic, key: bytes) -> None:
    """So it lies in the partition of the visitor's clicks, or of all that is told of the customer."""
    out = fact_record(profile, RECEIPT)
    assert (out.topic, out.key, read_fact(out.value)) == (inbox, key, RECEIPT)


def told(*facts: Fact) -> tuple[dict[str, int], ...]:
    """How facts about one person, told in one batch, end in either stage: by outcome."""
    stages: dict[Topic, Stage] = {
        Topic.VISITOR_INBOX: SessionStage(0, LADDER, ONE_EACH, 0),
        Topic.CUSTOMER_INBOX: CustomerStage(0, LADDER, ONE_EACH),
    }
    ended = []
    for inbox, stage in stages.items():
        records = [Given(b"somebody", write_fact(fact), offset) for offset, fact in enumerate(facts)]
        stage.fold(Batch(inbox, records, len(records), None, BEGINNING_MS))
        counts = stage.take().counts.items()
        ended.append({name[2]: by for name, by in counts if name[:2] == ("records", inbox.value)})
    return tuple(ended)


def test_what_only_somebody_known_can_make_sense_of_makes_nobody_known() -> None:
    """A receipt, with nobody there."""
    assert told(RECEIPT) == ({"ignored": 1}, {"ignored": 1})


def test_who_becomes_known_in_a_batch_hears_the_rest_of_it() -> None:
    """And nothing of what came before."""
    bought = OrderPlaced(BEGINNING_MS, "o1", "somebody", "O1", on_site=False)
    assert told(bought, RECEIPT) == ({"applied": 2}, {"applied": 2})
    assert told(RECEIPT, bought, RECEIPT) == ({"applied": 2, "ignored": 1}, {"applied": 2, "ignored": 1})


@pytest.mark.parametrize("who", ["nobody yet", "ada"])
def test_the_receipt_of_a_trigger_reaches_whom_it_was_fired_for(who: str) -> None:
    """It is the last word: a purchase afterwards takes nothing back; without it, it does."""
    for has_receipt, taken_back in ((True, []), (False, [CART])):
        world = World(LADDER)
        if who == "ada":
            world.signs_in(who)
        world.adds("mug").after("61m")
        if has_receipt:
            world.settles(CART)
        world.orders().after("1m")
        assert (world.sent(), world.cancelled()) == ([CART], taken_back)


def test_each_fact_of_a_visitor_is_heard_once_and_by_the_visitor() -> None:
    """What clicks tell of an unknown visitor never leaves the stage; what others tell comes to its inbox."""
    world = World(LADDER)
    world.sees("mug").adds("mug").checks_out().after("1m").orders(on_site=False).after("2h")
    assert world.outcomes(Topic.VISITOR_INBOX) == {"applied": 1}
    assert world.outcomes(Topic.CUSTOMER_INBOX) == {}


def test_the_order_of_events_is_not_that_of_the_topics() -> None:
    """The order is read before the checkout that it came after: it ends it all the same."""
    stage = SessionStage(0, LADDER, ONE_EACH, 5_000)
    bought = OrderPlaced(BEGINNING_MS + 2, "o1", "somebody", "O1", on_site=False)
    facts: list[Fact] = [bought, CheckoutReached(BEGINNING_MS + 1, "e1", "somebody")]
    for offset, fact in enumerate(facts):
        record = Given(b"somebody", write_fact(fact), offset)
        stage.fold(Batch(Topic.VISITOR_INBOX, (record,), offset + 1, None, BEGINNING_MS))
    assert stage.waiting_facts == 2
    stage.heard({"orders-0": BEGINNING_MS + 5_000})
    stage.fold(Batch(Topic.CLICKSTREAM, (), 0, BEGINNING_MS + 10_000, BEGINNING_MS + 10_000))
    assert (stage.waiting_facts, stage.open_episodes) == (0, 0)
    assert stage.counts["decisions", "ended", "checkout_abandonment", "ordered"] == 1
