"""The contracts as JSON Schema (2020-12), written from the models: one file a record type and major version."""

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from schemas.events.catalog import CatalogRecord, ProductNow
from schemas.events.clicks import Click
from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.outcomes.dead_letters import DeadLetter
from schemas.outcomes.decisions import Decision
from schemas.outcomes.deliveries import Delivery
from schemas.outcomes.triggers import TriggerCancelled, TriggerFired
from schemas.rules.rulebook import Rulebook

PUBLISHED: dict[str, type[BaseModel]] = {
    "click/1": Click,
    "order/1": Order,
    "engagement/1": Engagement,
    "catalog/1": CatalogRecord,
    "product/1": ProductNow,
    "trigger.fired/1": TriggerFired,
    "trigger.cancelled/1": TriggerCancelled,
    "decision/1": Decision,
    "delivery/1": Delivery,
    "dead_letter/1": DeadLetter,
    "rulebook/1": Rulebook,
}
"""Name and major version of each contract. Inside a major version only optional fields are added."""

WRITTEN = frozenset(
    {"product/1", "trigger.fired/1", "trigger.cancelled/1", "decision/1", "delivery/1", "dead_letter/1"}
)
"""What we write: described as it is serialised. The rest is described as it is accepted."""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a published contract. Raises KeyError for a name that is none."""
    schema = TypeAdapter(PUBLISHED[name]).json_schema(mode="serialization" if name in WRITTEN else "validation")
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:afterclick:{name.replace('/', ':')}", **schema}
