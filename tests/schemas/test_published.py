"""The contracts as JSON Schema: complete, loadable, and true of what the program writes."""

import orjson
import pytest

from schemas.outcomes.decisions import Decision
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired
from schemas.published import PUBLISHED, WRITTEN, json_schema
from tests.world import World


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_contract_can_be_written_down(name: str) -> None:
    """As plain JSON, with its own name and the dialect."""
    schema = orjson.loads(orjson.dumps(json_schema(name)))
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$id"] == f"urn:afterclick:{name.replace('/', ':')}"
    assert set(schema["properties"]) >= {"trigger_id"} or name not in WRITTEN - {"dead_letter/1", "product/1"}


def test_a_name_that_is_none_is_an_error() -> None:
    """No guess at what was meant."""
    with pytest.raises(KeyError):
        json_schema("click/2")


def test_what_is_written_has_exactly_the_fields_of_its_contract() -> None:
    """A trigger, its cancellation and every verdict, from a story."""
    world = World()
    world.adds("mug", price="19.90").after("61m").orders().after("1m")
    for name, model, records in (
        ("trigger.fired/1", TriggerFired, world.fired()),
        ("trigger.cancelled/1", TriggerCancelled, world.taken_back()),
        ("decision/1", Decision, [decision.model_dump(mode="json") for decision in world.decisions()]),
    ):
        schema = json_schema(name)
        assert records
        for record in records:
            assert set(record) == set(schema["properties"])
            assert set(schema["required"]) <= set(record)
            assert model.model_validate_json(orjson.dumps(record)).model_dump(mode="json") == record


@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("click/1", {"event_id", "type", "occurred_at", "visitor_id"}),
        ("order/1", {"event_id", "type", "order_id", "occurred_at"}),
        ("engagement/1", {"event_id", "type", "occurred_at"}),
    ],
)
def test_what_is_accepted_requires_what_the_semantics_says(name: str, required: set[str]) -> None:
    """Another required field would be a new major version."""
    assert set(json_schema(name)["required"]) == required
