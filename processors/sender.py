"""Sends what models and forwarders want sent to timecards.input, what is for every partition after all else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from processors.partition_keys import PartitionKeys
from processors.partition_model import Later
from runtime.batch import Batch
from runtime.errors import BufferFull
from runtime.producer import Producer

OUTPUT_TOPIC: Final = "timecards.input"


class Writer:
    """Appends to one producer and waits for Kafka. Of one call; the topics are prepared."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._batches: set[Batch] = set()
        self.count = 0

    async def append(self, topic: str, key: bytes, value: bytes, partition_by: bytes) -> None:
        """Waits for Kafka when too much is under way. Raises Retriable errors of the runtime."""
        try:
            batch = self._producer.append(topic, key, value, partition_by=partition_by)
        except BufferFull:
            await self.acked()
            await self._producer.flush()
            batch = self._producer.append(topic, key, value, partition_by=partition_by)
        self._batches.add(batch)
        self.count += 1

    async def acked(self) -> None:
        batches, self._batches = self._batches, set()
        for batch in batches:
            await batch.acked()


class Sender:
    """The producer must have prepared timecards.input; `count` hears how many records Kafka has taken."""

    def __init__(self, producer: Producer, count: Callable[[int], None]) -> None:
        self._producer = producer
        self._count = count
        self._keys = PartitionKeys(producer, OUTPUT_TOPIC)

    async def send(self, records: Sequence[Later]) -> None:
        """Returns when Kafka has all. Raises Retriable errors of the runtime."""
        writer = Writer(self._producer)
        for key, value, partition_by in records:
            if partition_by is not None:
                await writer.append(OUTPUT_TOPIC, key, value, partition_by)
        await writer.acked()
        # A watermark says that what was punched before it has been told.
        for key, value, partition_by in records:
            if partition_by is None:
                for every in self._every_partition():
                    await writer.append(OUTPUT_TOPIC, key, value, every)
        await writer.acked()
        self._count(writer.count)

    def _every_partition(self) -> Iterable[bytes]:
        return map(self._keys.partition_by, range(self._producer.partition_count(OUTPUT_TOPIC)))
