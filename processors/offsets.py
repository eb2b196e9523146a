"""Refuses to start a group where Kafka no longer has what it must read next. Source: DESIGN 4.

Faust, like any consumer that may start a new group at the beginning, would silently go on at the first record that is
left. That is a loss, so it is looked for before Faust starts. (While Faust runs, only a lag as long as the topic's
retention could bring it about.)
"""

from __future__ import annotations

from aiokafka import TopicPartition

from processors.errors import OffsetLost
from runtime.group_offsets import committed_offsets
from runtime.kafka import make_admin, make_consumer
from runtime.sections import KafkaSettings


async def refuse_lost_offsets(settings: KafkaSettings, group: str, topic: str) -> None:
    """`group` and `topic` (catalogue name) without prefix. Raises OffsetLost naming partition, offset and range."""
    admin = make_admin(settings)
    await admin.start()
    try:
        committed = await committed_offsets(admin, settings.topic(group))
    finally:
        await admin.close()
    offsets = {tp: offset for tp, offset in committed.items() if tp.topic == settings.topic(topic)}
    if not offsets:
        return  # a new group: Kafka's first record is its first
    consumer = make_consumer(settings, group=None, client_id="punchstream-offset-check")
    await consumer.start()
    try:
        starts = await consumer.beginning_offsets(list(offsets))
        ends = await consumer.end_offsets(list(offsets))
    finally:
        await consumer.stop()
    lost = [_words(tp, at, starts[tp], ends[tp]) for tp, at in offsets.items() if not starts[tp] <= at <= ends[tp]]
    if lost:
        raise OffsetLost(
            f"group {settings.topic(group)} cannot go on: {'; '.join(lost)}. Retention passed it, or the topic was "
            "made anew. Find out what is missing (raw_events in ClickHouse keeps every upload), then set the group's "
            "offset"
        )


def _words(tp: TopicPartition, at: int, start: int, end: int) -> str:
    return f"{tp.topic}-{tp.partition} must be read from offset {at}, but Kafka has {start} to {end}"
