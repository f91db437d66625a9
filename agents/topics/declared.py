"""Topics as code: what a file declares against what a cluster has."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, UnknownTopicOrPartitionError, for_code
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from agents.exits import Misconfigured
from agents.kafka import closed, connection
from agents.settings.settings import Settings
from schemas.topics import Topic

VISIBLE_S = 30.0
"""How long a new topic may take to show in the metadata."""
LOOK_EVERY_S = 0.05
_PACKAGE = Path(__file__).parents[1]
_DYNAMIC_TOPIC_CONFIG = 1
"""DescribeConfigs' source of a value that was set on the topic itself."""


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _as_kafka_writes(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else str(value)


Configs = dict[str, Annotated[str, BeforeValidator(_as_kafka_writes)]]


class DeclaredTopic(_Declared):
    """One topic of the file."""

    partitions: Annotated[int, Field(ge=1)]
    configs: Configs = {}


class DeclaredTopics(_Declared):
    """The file: every topic has to be in it."""

    replication: Annotated[int, Field(ge=1)]
    in_sync_min: Annotated[int, Field(ge=1)] = 1
    configs: Configs = {}
    topics: dict[Topic, DeclaredTopic]

    def configs_of(self, topic: Topic) -> dict[str, str]:
        """All configs that the topic is to have."""
        in_sync = {"min.insync.replicas": str(min(self.in_sync_min, self.replication))}
        return in_sync | self.configs | self.topics[topic].configs


@dataclass(slots=True, frozen=True)
class Difference:
    """What has to be done about one topic. `refused` says why that cannot be done, empty when it can."""

    topic: str
    text: str
    create: NewTopic | None = None
    configs: Mapping[str, str] | None = None
    refused: str = ""


def default_topics_file() -> Path:
    """The shipped declaration: inside of an installed wheel, or in `deploy/` of a checkout."""
    shipped = _PACKAGE / "topics.yaml"
    return shipped if shipped.exists() else _PACKAGE.parent / "deploy" / "topics.yaml"


def declared_topics(
    file: Path | None = None, partitions: int | None = None, replication: int | None = None
) -> DeclaredTopics:
    """Read a declaration. `partitions`, for all topics alike, and `replication` take the place of the file's."""
    text = (file or default_topics_file()).read_text()
    declared = TypeAdapter(DeclaredTopics).validate_python(yaml.safe_load(text))
    missing = [topic.value for topic in Topic if topic not in declared.topics]
    if missing:
        raise Misconfigured(f"the topics file declares no {', '.join(missing)}")
    if partitions is not None:
        for topic in declared.topics.values():
            topic.partitions = partitions
    if replication is not None:
        declared.replication = replication
    return declared


async def plan(settings: Settings, declared: DeclaredTopics) -> list[Difference]:
    """Where the cluster differs from the declaration. Changes nothing."""
    admin = await _admin(settings)
    try:
        return await _plan(admin, settings, declared)
    finally:
        await closed(admin.close())


async def apply(settings: Settings, declared: DeclaredTopics) -> list[Difference]:
    """Create what is absent and set the configs that differ; returns what was different.

    Configs that the declaration does not name stay as they are. A partition count is never changed: that is raised
    as Misconfigured, before anything else is touched.
    """
    admin = await _admin(settings)
    try:
        differences = await _plan(admin, settings, declared)
        refused = [difference.refused for difference in differences if difference.refused]
        if refused:
            raise Misconfigured("; ".join(refused))
        await _create(admin, [difference.create for difference in differences if difference.create])
        for difference in differences:
            if difference.configs is not None:
                await _alter(admin, difference.topic, difference.configs)
        return differences
    finally:
        await closed(admin.close())


async def _admin(settings: Settings) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(**connection(settings.kafka), request_timeout_ms=settings.kafka.request_timeout_ms)
    await admin.start()
    return admin


async def _plan(admin: AIOKafkaAdminClient, settings: Settings, declared: DeclaredTopics) -> list[Difference]:
    names = {settings.topic(topic): (wanted, declared.configs_of(topic)) for topic, wanted in declared.topics.items()}
    counts = await _counts(admin, list(names))
    differences = []
    for name, (wanted, configs) in names.items():
        if name not in counts:
            new = NewTopic(name, wanted.partitions, declared.replication, topic_configs=configs)
            differences.append(Difference(name, f"create with {wanted.partitions} partitions", create=new))
            continue
        if counts[name] != wanted.partitions:
            text = f"{name} has {counts[name]} partitions instead of {wanted.partitions}"
            differences.append(Difference(name, text, refused=f"{text}: keys would move away from their state"))
        found = await _configs(admin, name)
        for config, value in configs.items():
            if found[config][0] != value:
                merged = {key: set_ for key, (set_, own) in found.items() if own} | configs
                text = f"set {config} to {value} (is {found[config][0]})"
                differences.append(Difference(name, text, configs=merged))
    return differences


async def _counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    counts = {}
    for topic in await admin.describe_topics(names):
        error = for_code(topic["error_code"])
        if error is NoError:
            counts[topic["topic"]] = len(topic["partitions"])
        elif error is not UnknownTopicOrPartitionError:
            raise error(topic["topic"])
    return counts


async def _configs(admin: AIOKafkaAdminClient, name: str) -> dict[str, tuple[str, bool]]:
    """All configs of a topic: value, and whether it was set on the topic itself."""
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    (resource,) = response.resources
    error = for_code(resource[0])
    if error is not NoError:
        raise error(resource[1])
    return {config[0]: (config[1], config[3] == _DYNAMIC_TOPIC_CONFIG) for config in resource[4]}


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    if not topics:
        return
    response = await admin.create_topics(list(topics))
    for name, code, *message in response.topic_errors:
        if for_code(code) is not NoError:
            raise for_code(code)(f"{name}: {message}")
    # Brokers learn of it one after another; whoever starts next would find topics missing.
    async with asyncio.timeout(VISIBLE_S):
        while len(await _counts(admin, [topic.name for topic in topics])) < len(topics):  # noqa: ASYNC110  # a poll
            await asyncio.sleep(LOOK_EVERY_S)


async def _alter(admin: AIOKafkaAdminClient, name: str, configs: Mapping[str, str]) -> None:
    # This request replaces all that was set on the topic, so it carries that along.
    for response in await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, dict(configs))]):
        for code, message, *_ in response.resources:
            if for_code(code) is not NoError:
                raise for_code(code)(f"{name}: {message}")
