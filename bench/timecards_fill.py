"""Topics of cards as they are found at a start: the registry, the state of people after a warm month, inputs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from bench.bodies import open_producer
from bench.timecards_people import Person, Warm, registry_records
from runtime import topics
from runtime.producer import Producer
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.timecards_input import TimecardInput, timecards_key

INPUT: Final = "timecards.input"
STATE: Final = "timecards.state"
ARCHIVE: Final = "timecards.archive"
# Of each partition, in the bytes that Kafka is sent at once.
_FLUSH_BYTES: Final = 64 * 1024 * 1024


class Filled:
    """What was written: records and bytes of keys and values, over all topics."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer
        self.records = self.size = 0

    async def put(self, topic: str, key: bytes, value: bytes, partition_by: bytes) -> None:
        self.producer.append(topic, key, value, partition_by=partition_by, headers=[])
        self.records += 1
        self.size += len(key) + len(value)
        if self.producer.pending_bytes > _FLUSH_BYTES:
            await self.producer.flush()

    async def inputs(self, events: Iterable[TimecardInput]) -> int:
        """Those of nobody to every partition; returns how many records there are, all acknowledged."""
        before, everywhere = self.records, every_partition(self.producer, INPUT)
        for event in events:
            value, by = encode_event(event), timecards_key(event.tenant, event.employee)
            for partition_by in (by,) if event.employee else everywhere:
                await self.put(INPUT, by, value, partition_by)
        await self.producer.flush()
        return self.records - before

    async def state(self, warm: Warm, people: Iterable[Person]) -> None:
        """Everybody's warm month, by the registry of `registry_records`."""
        for partition_by in every_partition(self.producer, STATE):
            for key, value in warm.of_registry(len(registry_records())).items():
                await self.put(STATE, key, value, partition_by)
        for person, key, value in warm.copies(people):
            await self.put(STATE, key, value, person.key)
        await self.producer.flush()


@asynccontextmanager
async def filling(settings: Settings) -> AsyncIterator[Filled]:
    """Topics and registry are made first, where there are none."""
    await topics.apply(settings.kafka)
    await write_changes(settings.kafka, compare_records([], registry_records()))
    async with opened(settings) as filled:
        yield filled


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Filled]:
    producer = open_producer(settings.kafka)
    await producer.start()
    try:
        await producer.prepare(INPUT, STATE, ARCHIVE)
        yield Filled(producer)
    finally:
        await producer.stop()


def every_partition(producer: Producer, topic: str) -> list[bytes]:
    """A partition_by for each of its partitions."""
    found: dict[int, bytes] = {}
    number = 0
    while len(found) < producer.partition_count(topic):
        text = b"to-%d" % number
        found.setdefault(producer.partition(topic, text), text)
        number += 1
    return [found[partition] for partition in sorted(found)]


def spread_people(producer: Producer, each: int) -> list[Person]:
    """As many people in each partition."""
    partitions, found = producer.partition_count(STATE), list[Person]()
    counts: dict[int, int] = {}
    number = 0
    while len(found) < each * partitions:
        person = Person(number, f"E{number:06d}")
        number += 1
        partition = producer.partition(STATE, person.key)
        if counts.get(partition, 0) < each:
            counts[partition] = counts.get(partition, 0) + 1
            found.append(person)
    return found
