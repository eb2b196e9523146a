"""Topics on the genuine Kafka: made as the catalogue says, altered, refused, by two at once."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.local.stack import LocalStack
from runtime import topics
from runtime.errors import TopicMismatch
from runtime.kafka import make_admin
from runtime.sections import KafkaSettings
from runtime.topics import TopicAdminFailed
from schemas.topics import CATALOGUE
from tests.integration.helpers import make_settings, until


@pytest.fixture
def kafka(stack: LocalStack, topic_prefix: str) -> KafkaSettings:
    return make_settings(stack, topic_prefix).kafka


async def described(kafka: KafkaSettings) -> dict[str, int]:
    """Our topics as Kafka lists them, with their partition counts."""
    admin = make_admin(kafka)
    await admin.start()
    try:
        return {
            topic["topic"].removeprefix(kafka.topic_prefix): len(topic["partitions"])
            for topic in await admin.describe_topics()
            if topic["topic"].startswith(kafka.topic_prefix)
        }
    finally:
        await admin.close()


async def config_of(kafka: KafkaSettings, name: str) -> dict[str, str]:
    admin = make_admin(kafka)
    await admin.start()
    try:
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, kafka.topic(name))])
        (resource,) = response.resources
        return {entry[0]: entry[1] for entry in resource[4]}
    finally:
        await admin.close()


async def set_config(kafka: KafkaSettings, name: str, config: dict[str, str]) -> None:
    admin = make_admin(kafka)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, kafka.topic(name), config)])
    finally:
        await admin.close()


async def test_a_plan_changes_nothing(kafka: KafkaSettings) -> None:
    changes = await topics.plan(kafka)
    assert {change.action for change in changes} == {"create"}
    assert len(changes) == len(CATALOGUE)
    assert await described(kafka) == {}


async def test_apply_makes_all_and_again_nothing(kafka: KafkaSettings) -> None:
    assert {change.action for change in await topics.apply(kafka)} == {"create"}
    assert await described(kafka) == {topic.name: topic.partitions or kafka.partitions for topic in CATALOGUE}
    assert {change.action for change in await topics.apply(kafka)} == {"same"}
    await topics.check(kafka)
    raw = await config_of(kafka, "raw.attendance")
    assert (raw["retention.ms"], raw["max.message.bytes"]) == ("34560000000", "17825792")
    assert (await config_of(kafka, "registry"))["cleanup.policy"] == "compact"
    assert (await config_of(kafka, "payperiods"))["retention.ms"] == "-1"


async def test_many_at_once_do_not_break(kafka: KafkaSettings) -> None:
    await asyncio.gather(*(topics.apply(kafka) for _ in range(4)))
    await topics.check(kafka)


async def test_what_differs_is_altered_and_what_else_is_set_stays(kafka: KafkaSettings) -> None:
    await topics.apply(kafka)
    await set_config(kafka, "punches", {"retention.ms": "1000", "segment.ms": "123456789"})

    async def seen() -> bool:  # a broker learns of it a little after the answer
        return (await config_of(kafka, "punches"))["segment.ms"] == "123456789"

    await until(seen, "the broker has the new configuration")
    with pytest.raises(TopicMismatch, match=r"different: \S*punches \(max\.message\.bytes .*retention\.ms 1000 ->"):
        await topics.check(kafka)
    changes = {change.topic: change.action for change in await topics.apply(kafka) if change.action != "same"}
    assert changes == {kafka.topic("punches"): "update"}
    config = await config_of(kafka, "punches")
    assert (config["retention.ms"], config["segment.ms"]) == ("3024000000", "123456789")
    await topics.check(kafka)


async def test_missing_topics_are_named(kafka: KafkaSettings) -> None:
    with pytest.raises(TopicMismatch, match=r"run `punchstream topics apply`; missing: \S*raw\.attendance"):
        await topics.check(kafka)


async def test_another_partition_count_is_refused_before_anything_is_done(kafka: KafkaSettings) -> None:
    admin = make_admin(kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(kafka.topic("punches"), 3, 1)])
    finally:
        await admin.close()
    for doing in (topics.apply, topics.check):
        with pytest.raises(TopicMismatch, match="3 partitions are there and 4 are asked for"):
            await doing(kafka)
    assert await described(kafka) == {"punches": 3}


async def test_more_replicas_than_brokers_is_refused_by_kafka_in_words(kafka: KafkaSettings) -> None:
    with pytest.raises(TopicAdminFailed, match=r"creating topic .*InvalidReplicationFactor"):
        await topics.apply(kafka.model_copy(update={"replication_factor": 3}))


async def test_no_kafka() -> None:
    with pytest.raises(TopicAdminFailed, match=r"Kafka at 127\.0\.0\.1:1"):
        await topics.plan(KafkaSettings(bootstrap="127.0.0.1:1"))
