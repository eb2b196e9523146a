"""What is sent when to timecards.input."""

from __future__ import annotations

from typing import cast

from processors.partition_model import Later
from processors.sender import Sender
from runtime.producer import Producer


class MemoryProducer:
    """`events`: what was appended, and `ack` when it was waited for."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def append(self, topic: str, key: bytes, value: bytes, *, partition_by: bytes) -> MemoryProducer:
        self.events.append((key, self.partition(topic, partition_by)))
        return self

    async def acked(self) -> None:
        self.events.append("ack")

    def partition(self, topic: str, partition_by: bytes) -> int:
        return partition_by[-1] % 3

    def partition_count(self, topic: str) -> int:
        return 3


async def test_watermarks_are_sent_to_every_partition_once_kafka_has_the_rest() -> None:
    producer, counts = MemoryProducer(), list[int]()
    await Sender(cast("Producer", producer), counts.append).send(
        [Later(b"w", b"", None), Later(b"a", b"", b"0"), Later(b"b", b"", b"1")]
    )
    assert producer.events[:3] == [(b"a", 0), (b"b", 1), "ack"]
    assert [event for event in producer.events[3:] if event != "ack"] == [(b"w", 0), (b"w", 1), (b"w", 2)]
    assert counts == [5]
