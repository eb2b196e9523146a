"""A text that leads to each partition of a topic, for what must reach a partition by its number: ticks, watermarks.

So the stream's clock moves in every partition, and a replay of the log moves it alike. Source: DESIGN 4, 5.
"""

from __future__ import annotations

from typing import Final

from processors.errors import PartitionMissing
from runtime.producer import Producer

_MAX_TRIES: Final = 10_000


class PartitionKeys:
    """A `partition_by` text for each partition number, found by trying: the producer's one way to a partition stays.
    `topic` is a catalogue name that the producer has prepared."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._texts: dict[int, bytes] = {}

    def partition_by(self, partition: int) -> bytes:
        """Raises PartitionMissing when the topic has no such partition."""
        if partition not in self._texts:
            self._texts[partition] = self._find(partition)
        return self._texts[partition]

    def _find(self, partition: int) -> bytes:
        for number in range(_MAX_TRIES):
            text = b"tick-%d" % number
            if self._producer.partition(self._topic, text) == partition:
                return text
        raise PartitionMissing(
            f"{self._topic} has no partition {partition}, which the topic that is read has: both must have the same "
            "number of partitions; see `punchstream topics check`"
        )
