"""Ticks go to the partition of device.input that has the number of the raw.device partition they came from.

So the stream's clock moves in every partition, and a replay of the log moves it alike. Source: DESIGN 4, 5.
"""

from __future__ import annotations

from typing import Final

from processors.errors import PartitionMissing
from runtime.producer import Producer

_TOPIC: Final = "device.input"
_MAX_TRIES: Final = 10_000


class TickPartitions:
    """A `partition_by` text for each partition number, found by trying: the producer's one way to a partition stays."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._texts: dict[int, bytes] = {}

    def partition_by(self, partition: int) -> bytes:
        """Raises PartitionMissing when device.input has no such partition."""
        if partition not in self._texts:
            self._texts[partition] = self._find(partition)
        return self._texts[partition]

    def _find(self, partition: int) -> bytes:
        for number in range(_MAX_TRIES):
            text = b"tick-%d" % number
            if self._producer.partition(_TOPIC, text) == partition:
                return text
        raise PartitionMissing(
            f"{_TOPIC} has no partition {partition}, which raw.device has: both must have the same number of "
            "partitions; see `punchstream topics check`"
        )
