"""Keyed state as somebody sees it who does not own it: the committed values of one partition, read once."""

from __future__ import annotations

from collections.abc import Callable

from aiokafka import TopicPartition

from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings

_POLL_MS = 500


async def partition_values(
    settings: KafkaSettings, topic: str, partition: int, wanted: Callable[[bytes], bool]
) -> dict[bytes, bytes]:
    """The last value of each wanted key, up to the end that the partition has now. topic: catalogue name. The caller
    sets the deadline. Raises KafkaError."""
    found: dict[bytes, bytes] = {}
    consumer = make_consumer(settings, group=None, client_id="punchstream-state-reader")
    place = TopicPartition(settings.topic(topic), partition)
    try:
        await consumer.start()
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, (await consumer.beginning_offsets([place]))[place])
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=_POLL_MS)).get(place, ()):
                if record.value is None:
                    found.pop(record.key, None)
                elif wanted(record.key):
                    found[record.key] = record.value
    finally:
        await consumer.stop()
    return found
