"""Ticks: an edge says that it is alive, so that the stream's clock moves when no device speaks (DESIGN 5, 6).

One record for every partition of raw.device: whoever reads a partition knows from it alone how late it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from ingest.emit import DEVICE, Emitter
from runtime.producer import Producer

_TRIES: Final = 100_000


def partition_names(partition_of: Callable[[bytes], int], count: int) -> list[bytes]:
    """One text for each partition that murmur2 maps to it, in order of partitions.

    Raises ValueError when that many tries find none for some partition: then `partition_of` is no hash.
    """
    found: dict[int, bytes] = {}
    for number in range(_TRIES):
        name = b"tick-%d" % number
        found.setdefault(partition_of(name), name)
        if len(found) == count:
            return [found[partition] for partition in range(count)]
    raise ValueError(f"no text found for {count - len(found)} of {count} partitions")


async def tick(
    producer: Producer, emitter: Emitter, edge_id: str, seconds: float, clock: Callable[[], float] = time.time
) -> None:
    """Until cancelled. A tick that Kafka does not take is left out: the next one says the same."""
    names = partition_names(lambda name: producer.partition(DEVICE.topic, name), producer.partition_count(DEVICE.topic))
    source = f"edge:{edge_id}"
    while True:
        for name in names:
            emitter.tick(source, name, int(clock() * 1000))
        await asyncio.sleep(seconds)
