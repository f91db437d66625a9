"""The configs of topics that the promise hangs on: checked before anything is read."""

from collections.abc import Mapping

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, for_code

from agents.exits import Misconfigured
from agents.kafka import closed, connection
from agents.settings.settings import Settings
from schemas.topics import INBOXES, SOURCES, Topic

STATE = (
    Topic.RULEBOOKS,
    Topic.SESSIONS_CHANGELOG,
    Topic.INTAKE_CHANGELOG,
    Topic.CUSTOMERS_CHANGELOG,
    Topic.PRODUCTS_CHANGELOG,
    Topic.PRODUCTS,
    Topic.DELIVERIES,
)
POLICY, STAMP = "cleanup.policy", "message.timestamp.type"

log = structlog.get_logger("afterclick.topic_configs")


async def check_topic_configs(settings: Settings) -> None:
    """Raise Misconfigured for configs that would lose state or the brokers' clock; warn of a source topic that keeps
    its producers' times, and where we may not look."""
    names = {settings.topic(topic): topic for topic in (*STATE, *SOURCES, *INBOXES)}
    admin = AIOKafkaAdminClient(**connection(settings.kafka), request_timeout_ms=settings.kafka.request_timeout_ms)
    try:
        await admin.start()
        responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    finally:
        await closed(admin.close())
    configs: dict[Topic, Mapping[str, str]] = {}
    for response in responses:
        for code, message, _, name, found, *_ in response.resources:
            if for_code(code) is NoError:
                configs[names[name]] = {config[0]: config[1] for config in found}
            else:
                log.warning("the configs of a topic cannot be seen, so nothing checks them", topic=name, error=message)
    mistakes = mistakes_in(configs, settings)
    if mistakes:
        raise Misconfigured("; ".join(mistakes) + "; `afterclick topics apply` sets what differs")
    for topic in SOURCES:
        if topic in configs and configs[topic][STAMP] != "LogAppendTime":
            log.warning(
                "the topic keeps its producers' times, so the clock of each fetch stands in for the broker's; set "
                f"{STAMP} to LogAppendTime, as `afterclick topics apply` does",
                topic=settings.topic(topic),
            )


def mistakes_in(configs: Mapping[Topic, Mapping[str, str]], settings: Settings) -> list[str]:
    """A sentence for each config that must not be as it is, with what it has to be."""
    mistakes = [
        f"{settings.topic(topic)} has {POLICY} {configs[topic][POLICY]} and needs compact: its records are state, and "
        "would be deleted"
        for topic in STATE
        if topic in configs and configs[topic][POLICY] != "compact"
    ]
    return mistakes + [
        f"{settings.topic(topic)} has {STAMP} {configs[topic][STAMP]} and needs LogAppendTime: workers read the "
        "brokers' clock from it"
        for topic in INBOXES
        if topic in configs and configs[topic][STAMP] != "LogAppendTime"
    ]
