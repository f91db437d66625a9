"""A feed sends a record again, hours after everybody has heard it: nothing more comes of it."""

import pytest

from schemas.outcomes.decisions import Verdict
from tests.world import World, rule, rulebook

SHIPPED = rule("sequence", id="shipped", wait="1h", after={"event": "order_shipped"}, **{"if": "person.orders >= 2"})
PAID = rule("subscription_payment_failed", wait="1h", **{"if": "person.orders >= 2"})


@pytest.mark.parametrize("said", [SHIPPED, PAID], ids=lambda said: str(said["id"]))
def test_what_was_refused_is_not_judged_again(said: dict[str, object]) -> None:
    """Who had ordered once when it was due has ordered twice when the record comes again."""
    kind = "order_shipped" if said["kind"] == "sequence" else "subscription_payment_failed"
    record = {"type": kind, "order_id": "O1", "event_id": "r1", "customer_id": "ada"}
    world = World(rulebook(said))
    world.orders("O1", on_site=False, customer_id="ada").after("1d").pipe(record).after("5h")
    world.orders("O2", on_site=False, customer_id="ada").after("1h").pipe(record, ago="6h").drain()
    assert [one.verdict for one in world.decisions()] == [Verdict.SUPPRESSED]


@pytest.mark.parametrize("event_id", ["order.placed", "1"])
def test_orders_that_all_have_one_event_id_are_several(event_id: str) -> None:
    """Some feeds name the kind of a record where its id belongs, or number those of each day: each counts."""
    world = World(rulebook(rule("inactivity", wait="2d", **{"if": "person.orders == 2"})))
    for number in ("O1", "O2"):
        world.orders(number, on_site=False, customer_id="ada", event_id=event_id).after("1d")
    world.drain()
    assert [one.verdict for one in world.decisions()] == [Verdict.FIRED]
