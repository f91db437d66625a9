"""Short histories on a coarse grid, where ties and exact boundaries abound, against the oracle."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.topics import Topic
from tests.oracle.plain import triggers
from tests.properties.batch import HOUR, LATENESS, MINUTE, Arrival, Json, plain_rulebook, plain_rules, replay

START = 1_750_000_000_000
STEP = 10 * MINUTE
RULEBOOK, RULES = plain_rulebook("2h"), plain_rules(2 * HOUR)
NO_EXIT = RULEBOOK.model_copy(update={"rules": [rule for rule in RULEBOOK.rules if rule.kind != "exit_intent"]})
GENEROUS = 25 * MINUTE

CLICKS = [
    "page_viewed",
    "product_viewed",
    "product_viewed",
    "cart_item_added",
    "cart_item_added",
    "cart_item_removed",
    "cart_updated",
    "checkout_started",
    "order_completed",
    "identified",
    "exit_signal",
]
ORDERS = ["order_placed", "order_placed", "order_updated"]


class Moment(NamedTuple):
    """One event of a history, `pause` grid steps after the one before."""

    pause: int
    what: str
    visitor: str
    customer: str | None
    product: str
    amount: int
    order_id: str
    letter: str
    delay: int


MOMENTS = st.builds(
    Moment,
    pause=st.sampled_from([0, 0, 0, 1, 1, 2, 3, 3, 4, 6, 6, 7, 12]),
    what=st.sampled_from(CLICKS + ORDERS),
    visitor=st.sampled_from(["x", "y", "z"]),
    customer=st.sampled_from([None, None, "ada", "bob"]),
    product=st.sampled_from(["mug", "pot"]),
    amount=st.integers(0, 2),
    order_id=st.sampled_from(["O1", "O2", "O3"]),
    letter=st.sampled_from("abc"),
    delay=st.integers(0, 2),
)
HISTORIES = st.lists(MOMENTS, min_size=1, max_size=14)


def written(history: Sequence[Moment]) -> list[Arrival]:
    """The history as records, each arriving when it happens."""
    at, arrived = START, []
    for number, moment in enumerate(history):
        at += moment.pause * STEP
        record: Json = {"event_id": f"{moment.letter}{number:02}", "type": moment.what, "occurred_at": at}
        if moment.customer is not None:
            record["customer_id"] = moment.customer
        if moment.what in ORDERS:
            if moment.amount or moment.customer is None:
                record["visitor_id"] = moment.visitor
            arrived.append(Arrival(at, Topic.ORDERS, record | {"order_id": moment.order_id}))
            continue
        record |= {"visitor_id": moment.visitor, "product_id": moment.product}
        if moment.what == "cart_updated":
            record["lines"] = [{"product_id": moment.product, "quantity": moment.amount}]
        elif moment.what == "order_completed":
            record["order_id"] = moment.order_id
        else:
            record["quantity"] = moment.amount
        arrived.append(Arrival(at, Topic.CLICKSTREAM, record))
    return arrived


def in_order(arrived: list[Arrival]) -> list[Arrival]:
    """By (time, click before order, event id)."""
    return sorted(arrived, key=lambda a: (a.at, a.topic is Topic.ORDERS, a.record["event_id"]))


def delayed(arrived: list[Arrival], history: Sequence[Moment]) -> list[Arrival]:
    """Each record reaches the system up to two grid steps after it happened."""
    late = [a._replace(at=a.at + moment.delay * STEP) for a, moment in zip(arrived, history, strict=True)]
    return sorted(late, key=lambda a: a.at)


def split(arrived: list[Arrival]) -> tuple[list[Json], list[Json]]:
    """The clicks and the orders."""
    return (
        [a.record for a in arrived if a.topic is Topic.CLICKSTREAM],
        [a.record for a in arrived if a.topic is Topic.ORDERS],
    )


FEW = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(HISTORIES, st.booleans())
def test_any_short_history_in_order_gives_the_oracles_triggers(history: list[Moment], drain: bool) -> None:
    """Every kind, drained or not, whatever comes together at one time."""
    arrived = in_order(written(history))
    outcome = replay(RULEBOOK, arrived, drain=drain)
    assert outcome.triggers == triggers(*split(arrived), RULES, drain)
    assert len(outcome.ids) == len(set(outcome.ids))


@FEW
@given(HISTORIES)
def test_any_order_of_arrival_gives_the_oracles_triggers_with_the_same_ids(history: list[Moment]) -> None:
    """With 25 minutes of allowed lateness nothing that comes 20 minutes after its time changes anything."""
    arrived = written(history)
    ordered = replay(NO_EXIT, in_order(arrived))
    mixed = replay(NO_EXIT, delayed(arrived, history), lateness=GENEROUS)
    expected = {trigger for trigger in triggers(*split(arrived), RULES) if trigger.kind != "exit_intent"}
    assert mixed.triggers == expected
    assert sorted(mixed.ids) == sorted(ordered.ids)
