"""The synthetic worlds: seeded, and dense enough in what is hard."""

from collections import Counter

import pytest

from tests.oracle.people import Person
from tests.oracle.plain import Walk, triggers
from tests.oracle.records import Record, in_order, millis
from tests.oracle.shop_worlds import world
from tests.oracle.tables import ALL
from tests.oracle.worlds import World, shuffled

KINDS = {"cart_abandonment", "browse_abandonment", "checkout_abandonment", "exit_intent", "inactivity", "lapse"}


class Everybody(Walk):
    """A walk that looks at everybody's timers at every record."""

    def concerned(self, record: Record) -> list[Person]:
        """Everybody known, and those of the record."""
        return [*super().concerned(record), *self.people.values()]


@pytest.mark.parametrize("seed", range(5))
def test_world_yields_every_kind(seed: int) -> None:
    """At least twenty of each kind, for customers and for visitors alone."""
    found = triggers(*world(seed), ALL)
    counts = Counter((trigger.kind, trigger.person[:2]) for trigger in found)
    assert {kind for kind, _ in counts} == KINDS
    assert all(sum(count for (kind, _), count in counts.items() if kind == each) >= 20 for each in KINDS)
    assert {whose for _, whose in counts} == {"c:", "v:"}


@pytest.mark.parametrize("seed", range(5))
def test_world_walk_does_not_depend_on_who_is_looked_at(seed: int) -> None:
    """Looking at all timers at every record gives the same."""
    records = in_order(*world(seed))
    assert Everybody(ALL).over(records, True) == Walk(ALL).over(records, True)


@pytest.mark.parametrize("seed", range(5))
def test_world_drain_adds_what_is_due_later(seed: int) -> None:
    """Without drain: the triggers due before the last event, and the exits."""
    clicks, orders = world(seed)
    last = max(millis(record["occurred_at"]) for record in clicks + orders)
    expected = {each for each in triggers(clicks, orders, ALL) if each.due_ms < last or each.kind == "exit_intent"}
    assert triggers(clicks, orders, ALL, drain=False) == expected


def test_world_is_seeded_and_sorted() -> None:
    """The same seed gives the same world; another gives another."""
    first = world(7, people=8, days=3)
    assert first == world(7, people=8, days=3) != world(8, people=8, days=3)
    for records in first:
        places = [(millis(record["occurred_at"]), record["event_id"]) for record in records]
        assert places == sorted(places)


def test_world_has_the_hard_cases() -> None:
    """Ties, repeated records and order ids, links by orders, devices of several customers, both forms of time."""
    clicks, orders = world(0)
    assert len({record["event_id"] for record in clicks}) < len(clicks)
    assert len({record["event_id"] for record in orders}) < len(orders)
    assert len({millis(record["occurred_at"]) for record in clicks}) < len(clicks) * 0.9
    assert {type(record["occurred_at"]) for record in clicks} == {int, str}
    assert {record["type"] for record in orders} == {
        "order_placed",
        "order_updated",
        "order_paid",
        "order_shipped",
        "order_delivered",
        "order_cancelled",
        "order_refunded",
    }
    assert {record.get("store") for record in orders} == {None, "north", "south"}
    states = {record.get("payment_state") for record in orders}
    assert states >= {None, "paid"}
    assert states & {"pending", "failed"}
    assert any("customer_id" not in record for record in orders)
    assert any("visitor_id" not in record for record in orders)
    assert any("lines" not in record for record in orders)
    owners = {(record["visitor_id"], record["customer_id"]) for record in clicks if "customer_id" in record}
    assert max(Counter(visitor for visitor, _ in owners).values()) > 1
    assert max(Counter(customer for _, customer in owners).values()) > 3


def test_shuffled_keeps_the_lateness() -> None:
    """A permutation, out of order, no record more than the lateness behind; the oracle sees no difference."""
    original = world(3)
    late = World(shuffled(original.clicks, 1, 5_000), shuffled(original.orders, 2, 5_000))
    newest = 0
    for record in late.clicks:
        time = millis(record["occurred_at"])
        assert time >= newest - 5_000
        newest = max(newest, time)
    assert late.clicks != original.clicks
    assert sorted(map(str, late.clicks)) == sorted(map(str, original.clicks))
    assert triggers(*late, ALL) == triggers(*original, ALL)
