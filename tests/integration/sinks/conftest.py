"""A migrated database, topics, and settings of one sink for each test."""

import asyncio
from collections.abc import Callable

import pytest
from aiokafka.admin import NewTopic

from deploy.local.stack import LocalStack
from runtime.kafka import make_admin
from runtime.settings import Settings
from schemas.topics import TOPICS, topic_config
from sinks.migrations import runner
from sinks.tables import TABLES
from tests.integration.helpers import make_settings

PARTITIONS = 2


@pytest.fixture
def make(stack: LocalStack, topic_prefix: str, database: str) -> Callable[..., Settings]:
    """Settings of a sink of this test, with overrides."""

    def made(*overrides: str) -> Settings:
        return make_settings(
            stack,
            topic_prefix,
            f"clickhouse.database={database}",
            "sink.instance_id=only",
            "sink.health_port=0",
            "sink.flush_seconds=0.2",
            *overrides,
        )

    return made


@pytest.fixture
async def settings(make: Callable[..., Settings]) -> Settings:
    """A sink's settings; its topics and tables exist."""
    settings = make()
    await asyncio.to_thread(runner.apply, settings.clickhouse)
    admin = make_admin(settings.kafka)
    await admin.start()
    try:
        await admin.create_topics(
            [
                NewTopic(
                    settings.kafka.topic(table.topic),
                    PARTITIONS,
                    1,
                    topic_configs=topic_config(TOPICS[table.topic], min_insync_replicas=1),
                )
                for table in TABLES
            ]
        )
    finally:
        await admin.close()
    return settings
