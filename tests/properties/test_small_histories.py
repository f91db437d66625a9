"""Short histories on a coarse grid, where ties and exact boundaries abound, against the oracle."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.topics import Topic
from tests.oracle.plain import Trigger, triggers
from tests.properties.batch import HOUR, MINUTE, Arrival, Json, plain_rulebook, plain_rules, replay

START = 1_750_000_000_000
STEP = 10 * MINUTE
RULEBOOK, RULES = plain_rulebook("2h"), plain_rules(2 * HOUR)
NO_EXIT = RULEBOOK.model_copy(update={"rules": tuple(rule for rule in RULEBOOK.rules if rule.kind != "exit_intent")})
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
ORDERS = ["order_placed", "order_placed", "order_updated", "order_refunded"]


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


def comparable(found: set[Trigger], arrived: list[Arrival], *, drained: bool = True) -> set[Trigger]:
    """The triggers that must be equal. Nobody is called inactive while a visit runs that is theirs, or may be.

    So where a device changes hands an undrained run may owe a silence, and where an order says so a visit that runs
    may be its customer's from then on: there inactivity is left out.
    """
    if _device_moves(in_order(arrived), by_orders_alone=drained):
        return {trigger for trigger in found if trigger.kind != "inactivity"}
    return found


def _device_moves(arrived: list[Arrival], *, by_orders_alone: bool) -> bool:
    known: dict[str, str] = {}
    for arrival in arrived:
        visitor, customer = arrival.record.get("visitor_id"), arrival.record.get("customer_id")
        if visitor is not None and customer is not None:
            counts = arrival.topic is Topic.ORDERS or not by_orders_alone
            if counts and known.get(visitor, customer) != customer:
                return True
            known[visitor] = customer
    return False


def tie(*moments: tuple[int, str, str, str | None, str]) -> list[Moment]:
    """A history written short: (pause, what, visitor, customer, letter)."""
    return [
        Moment(pause, what, visitor, customer, "mug", 1, "O1", letter, 0)
        for pause, what, visitor, customer, letter in moments
    ]


TWO_OF_ONE_INSTANT = tie(
    (0, "page_viewed", "x", "bob", "a"), (1, "page_viewed", "x", None, "a"), (0, "page_viewed", "x", "ada", "b")
)
"""Two clicks of one visitor in one millisecond, the second under another name: two silences, two ids."""

TAKEN_OUT_AS_SHE_SIGNED_IN = tie(
    (0, "cart_item_added", "x", None, "a"),
    (0, "cart_item_removed", "x", "ada", "b"),
    (0, "exit_signal", "x", None, "c"),
)
"""The cart that she brings along has been emptied since: no exit intent."""

ORDER_SAID_TWICE = [
    Moment(0, "order_placed", "x", None, "mug", 0, "O1", "a", 0),
    Moment(1, "page_viewed", "y", "ada", "mug", 0, "O1", "a", 0),
    Moment(0, "cart_item_added", "x", "ada", "mug", 1, "O1", "a", 0),
    Moment(0, "order_placed", "x", None, "mug", 0, "O1", "a", 0),
    Moment(1, "exit_signal", "y", None, "mug", 0, "O1", "a", 0),
]
"""The unknown device's order is said again just after the device was linked: no second purchase, an exit intent."""

EXAMPLES = settings(max_examples=300, derandomize=True)


@EXAMPLES
@example(TWO_OF_ONE_INSTANT, True)
@example(TAKEN_OUT_AS_SHE_SIGNED_IN, True)
@example(ORDER_SAID_TWICE, True)
@given(HISTORIES, st.booleans())
def test_any_short_history_in_order_gives_the_oracles_triggers(history: list[Moment], drain: bool) -> None:
    """Every kind, drained or not, whatever comes together at one time."""
    arrived = in_order(written(history))
    outcome = replay(RULEBOOK, arrived, drain=drain)
    expected = triggers(*split(arrived), RULES, drain)
    assert comparable(outcome.triggers, arrived, drained=drain) == comparable(expected, arrived, drained=drain)
    assert len(outcome.ids) == len(set(outcome.ids)), "two triggers share an id"


@EXAMPLES
@given(HISTORIES)
def test_any_order_of_arrival_gives_the_oracles_triggers_with_the_same_ids(history: list[Moment]) -> None:
    """With 25 minutes of allowed lateness nothing that comes 20 minutes after its time changes anything."""
    arrived = written(history)
    ordered = replay(NO_EXIT, in_order(arrived))
    mixed = replay(NO_EXIT, delayed(arrived, history), lateness=GENEROUS)
    expected = {trigger for trigger in triggers(*split(arrived), RULES) if trigger.kind != "exit_intent"}
    assert comparable(mixed.triggers, arrived) == comparable(expected, arrived)
    assert sorted(mixed.ids) == sorted(ordered.ids)
