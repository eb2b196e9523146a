"""Looks into Kafka without being part of any group: how far groups have come, and whole topics from their beginning."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from aiokafka import TopicPartition

from runtime.group_offsets import committed_offsets
from runtime.kafka import make_admin, make_consumer
from runtime.sections import KafkaSettings

_FETCH_MS = 500


class KafkaReader:
    """An async context manager; topics are catalogue names."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._consumer = make_consumer(settings, group=None, client_id="punchstream-reader")
        self._admin = make_admin(settings)
        self._partitions: dict[str, list[TopicPartition]] = {}

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        await self._admin.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def end_offsets(self, *topics: str) -> dict[TopicPartition, int]:
        partitions = [partition for topic in topics for partition in await self.partitions(topic)]
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(partitions)
        return ends

    async def lag(self, group: str, *topics: str) -> int:
        """Records that `group` (without prefix) has not yet committed, over all partitions of `topics`."""
        committed = await committed_offsets(self._admin, self._settings.topic(group))
        waiting = 0
        starts = await self._consumer.beginning_offsets([p for topic in topics for p in await self.partitions(topic)])
        for partition, end in (await self.end_offsets(*topics)).items():
            waiting += end - max(committed.get(partition, 0), starts[partition])
        return waiting

    async def records(self, topic: str) -> AsyncIterator[Any]:
        """Every record from the beginning to the end that the topic has now."""
        partitions = await self.partitions(topic)
        ends = await self.end_offsets(topic)
        self._consumer.assign(partitions)
        for partition, start in (await self._consumer.beginning_offsets(partitions)).items():
            self._consumer.seek(partition, start)
        while behind := [p for p in partitions if await self._consumer.position(p) < ends[p]]:
            for records in (await self._consumer.getmany(*behind, timeout_ms=_FETCH_MS)).values():
                for record in records:
                    yield record

    async def partitions(self, topic: str) -> list[TopicPartition]:
        if topic not in self._partitions:
            name = self._settings.topic(topic)
            described = (await self._admin.describe_topics([name]))[0]
            self._partitions[topic] = [TopicPartition(name, found["partition"]) for found in described["partitions"]]
        return self._partitions[topic]
