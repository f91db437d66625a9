"""Sequences: the product and the oracle find the same triggers, in order, shuffled, and on several partitions."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from schemas.rules.rulebook import Rulebook
from tests.oracle.sequence_worlds import sequence_world
from tests.oracle.sequences import Clause, Sequence, Test, sequences
from tests.oracle.worlds import MINUTE, shuffled
from tests.properties.batch import LATENESS, arrivals, fired_by_rule
from tests.properties.cluster import Cluster
from tests.properties.seeds import seeds
from tests.world import rule, rulebook

Json = dict[str, Any]
SEEDS = seeds(4, 1009, *range(8), 10007)


def value(body: Json) -> str:
    """The quote, as a text."""
    said = (body.get("properties") or {}).get("quote_id")
    return "" if said is None else str(said)


def is_quote(body: Json) -> bool:
    """A form that asks for a quote."""
    return (body.get("properties") or {}).get("kind") == "quote"


def is_booked(body: Json) -> bool:
    """The page of a booking."""
    return "/booked" in body.get("url", "")


def is_large(body: Json) -> bool:
    """An order of more than a hundred."""
    return Decimal(body.get("total") or 0) > 100


FORM, QUOTE = Clause("custom:form_sent"), Clause("custom:form_sent", is_quote)
VIEWED, BOOKED = Clause("product_viewed"), Clause("page_viewed", is_booked)
ORDER, LARGE = Clause("order", by_value=False), Clause("order", is_large, by_value=False)

RULES = [
    Sequence(f"{anchor}-{number}", after, wait * MINUTE, unless, of_value, anchor)
    for anchor in ("latest", "first", "each")
    for number, (after, wait, unless, of_value) in enumerate(
        [
            (FORM, 60, (VIEWED, ORDER), None),
            (QUOTE, 20, (BOOKED,), None),
            (FORM, 0, (VIEWED,), None),
            (QUOTE, 60, (BOOKED, ORDER), value),
            (FORM, 20, (VIEWED, LARGE), value),
            (Clause("order"), 60, (Clause("order"),), None),
            (LARGE, 20, (), None),
            (Clause("order_shipped"), 60, (Clause("order_cancelled"), FORM), None),
            (Clause("order_completed"), 0, (ORDER,), None),
        ]
    )
]
RULES += [Sequence("never-bought", FORM, 20 * MINUTE, (VIEWED,), holds=lambda orders: orders == 0)]

SAID: dict[Test, str] = {
    is_quote: 'event.properties.kind == "quote"',
    is_booked: 'event.url.contains("/booked")',
    is_large: "event.total > 100",
}


def as_said(clause: Clause) -> Json:
    """The clause as a rulebook has it."""
    return {"event": clause.event, "where": SAID.get(clause.where)}


def book(rules: Iterable[Sequence] = RULES) -> Rulebook:
    """The same rules in the product's words."""
    return rulebook(
        *(
            rule(
                "sequence",
                id=one.id,
                wait=f"{one.wait_ms // MINUTE}m",
                after=as_said(one.after),
                unless=[as_said(clause) for clause in one.unless],
                same=None if one.value is None else "quote_id",
                anchor=one.anchor,
                **{"if": None if one.holds is None else "person.orders == 0"},
            )
            for one in rules
        )
    )


BOOK = book()


@pytest.mark.parametrize("seed", SEEDS, ids="seed{}".format)
def test_a_world_in_order_gives_the_oracles_triggers(seed: int) -> None:
    """All anchors, with and without a value, waits of nothing, purchases on both sides."""
    clicks, orders = sequence_world(seed)
    expected = sequences(clicks, orders, RULES)
    triggers, ids = fired_by_rule(BOOK, arrivals(clicks, orders))
    assert triggers == expected
    assert len(ids) == len(set(ids)), "two triggers share an id"
    assert {one.kind for one in expected} == {one.id for one in RULES}


@pytest.mark.parametrize("seed", SEEDS[::2], ids="seed{}".format)
def test_a_shuffled_world_gives_the_same(seed: int) -> None:
    """Within the lateness the order of arrival changes nothing, ids included."""
    clicks, orders = sequence_world(seed)
    _, ids = fired_by_rule(BOOK, arrivals(clicks, orders))
    mixed = arrivals(shuffled(clicks, seed + 1, LATENESS), shuffled(orders, seed + 2, LATENESS))
    triggers, mixed_ids = fired_by_rule(BOOK, mixed)
    assert triggers == sequences(clicks, orders, RULES)
    assert sorted(mixed_ids) == sorted(ids)


@pytest.mark.parametrize("seed", SEEDS[:2], ids="seed{}".format)
def test_several_partitions_give_the_same(seed: int) -> None:
    """Facts that travel through different partitions, stages that lag behind each other: the same ids."""
    rules = book([one for one in RULES if one.id.endswith(("-0", "-3", "-7"))])
    clicks, orders = sequence_world(seed)
    _, ids = fired_by_rule(rules, arrivals(clicks, orders))
    outcome = Cluster(rules, LATENESS, seed).run(arrivals(clicks, orders))
    assert sorted(outcome.ids) == sorted(ids)
    assert len(ids) > 300
