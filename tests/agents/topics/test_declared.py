"""Topics as code, against a real Kafka."""

from pathlib import Path

import pytest

from agents.exits import Misconfigured
from agents.settings.settings import Settings
from agents.topics.cluster import read_layout
from agents.topics.declared import apply, declared_topics, default_topics_file, plan
from schemas.topics import Topic
from tests.agents.worker.site import PARTITIONS, Site
from tests.waiting import until


def test_the_shipped_file_declares_every_topic_as_the_design_has_it() -> None:
    """Append times where clocks hang on them, compaction where state lives, equal counts where keys must meet."""
    topics = declared_topics().topics
    assert set(topics) == set(Topic)
    for topic in (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CUSTOMER_INBOX):
        assert topics[topic].configs["message.timestamp.type"] == "LogAppendTime"
    for topic in (Topic.SESSIONS_CHANGELOG, Topic.INTAKE_CHANGELOG, Topic.CUSTOMERS_CHANGELOG, Topic.DELIVERIES):
        configs = topics[topic].configs
        assert configs["cleanup.policy"] == "compact"
        assert configs["retention.ms"] == "-1"
        assert float(configs["min.cleanable.dirty.ratio"]) <= 0.2
        assert int(configs["max.compaction.lag.ms"]) <= 86_400_000
    for topic, days in ((Topic.TRIGGERS, 14), (Topic.DECISIONS, 7), (Topic.DEAD_LETTERS, 30)):
        assert int(topics[topic].configs["retention.ms"]) == days * 86_400_000
    assert topics[Topic.CLICKSTREAM].partitions == topics[Topic.SESSIONS_CHANGELOG].partitions
    assert topics[Topic.CUSTOMER_INBOX].partitions == topics[Topic.CUSTOMERS_CHANGELOG].partitions
    assert topics[Topic.TRIGGERS].partitions == topics[Topic.DELIVERIES].partitions


def test_the_file_is_found_in_a_checkout() -> None:
    """And in a wheel next to the package, where the build puts it."""
    assert default_topics_file().is_file()


def test_counts_and_replication_can_be_given() -> None:
    """A laptop has one broker."""
    declared = declared_topics(partitions=3, replication=1)
    assert {topic.partitions for topic in declared.topics.values()} == {3}
    assert declared.replication == 1


def test_an_acknowledged_record_is_on_two_brokers_where_there_are_several() -> None:
    """And none that has missed records ever leads. One broker alone cannot promise that, and must not refuse writes."""
    for copies, in_sync in ((3, "2"), (2, "2"), (1, "1")):
        declared = declared_topics(replication=copies)
        for topic in Topic:
            configs = declared.configs_of(topic)
            assert configs["min.insync.replicas"] == in_sync
            assert configs["unclean.leader.election.enable"] == "false"


def test_a_file_that_lacks_a_topic_is_refused(tmp_path: Path) -> None:
    """It would be found out at the first start otherwise."""
    file = tmp_path / "topics.yaml"
    file.write_text("replication: 1\ntopics:\n  orders: {partitions: 1}\n")
    with pytest.raises(Misconfigured, match="clickstream"):
        declared_topics(file)


@pytest.mark.kafka
async def test_apply_makes_the_plan_empty(site: Site) -> None:
    """What was absent was created by the fixture; a config that differs is set, others stay as they are."""
    declared = declared_topics(partitions=PARTITIONS, replication=1)

    async def is_as_declared() -> bool:
        return await plan(site.settings, declared) == []

    await until(is_as_declared)
    declared.topics[Topic.TRIGGERS].configs["retention.ms"] = "3600000"
    (difference,) = await plan(site.settings, declared)
    assert difference.text == "set retention.ms to 3600000 (is 1209600000)"
    del declared.topics[Topic.TRIGGERS].configs["cleanup.policy"]
    await apply(site.settings, declared)
    await until(is_as_declared)
    declared.topics[Topic.CUSTOMERS_CHANGELOG].configs = {"segment.bytes": "33554432"}
    await apply(site.settings, declared)
    declared.topics[Topic.CUSTOMERS_CHANGELOG].configs = {"cleanup.policy": "compact", "segment.bytes": "33554432"}
    await until(is_as_declared)


@pytest.mark.kafka
async def test_a_partition_count_is_never_changed(site: Site) -> None:
    """Nor is anything else, when one differs."""
    declared = declared_topics(partitions=PARTITIONS, replication=1)
    declared.topics[Topic.ORDERS].partitions = 5
    declared.topics[Topic.TRIGGERS].configs["retention.ms"] = "3600000"
    with pytest.raises(Misconfigured, match="orders has 2 partitions instead of 5"):
        await apply(site.settings, declared)
    assert len(await plan(site.settings, declared)) == 2
    assert (await read_layout(site.settings)).partitions(Topic.ORDERS) == PARTITIONS


@pytest.mark.kafka
async def test_counts_that_do_not_go_together_are_found_at_the_start(site: Site) -> None:
    """A stage owns its changelog's partition by number."""
    other = Settings(**{**site.settings.model_dump(), "topic_prefix": f"{site.name}-uneven-"})
    declared = declared_topics(partitions=PARTITIONS, replication=1)
    declared.topics[Topic.SESSIONS_CHANGELOG].partitions = 1
    await apply(other, declared)
    with pytest.raises(Misconfigured, match="needs as many as"):
        await read_layout(other)
