"""Single records and the last records of a device out of Kafka, each look with its bounds and its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from ingest.control.errors import NotNow, NotThere
from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings

_DEADLINE_SECONDS: Final = 20.0
_POLL_MS: Final = 500
# A look back ends with what comes first: enough found, the beginning, so many records, so many bytes.
WINDOW_RECORDS: Final = 200
MAX_RECORDS: Final = 4_000
MAX_BYTES: Final = 64 * 1024 * 1024
_LOOKS_AT_ONCE: Final = 4
_LOOKED_AT_ONCE: Final = 1000  # records, before others of the process have their turn


class Records:
    """Reads without a consumer group; topics are catalogue names. Methods raise NotNow when Kafka does not answer."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._looks = asyncio.Semaphore(_LOOKS_AT_ONCE)

    async def at(self, topic: str, partition: int, offset: int) -> Any:
        """The record at a place. Raises NotThere when retention has taken it."""
        async with self._reader(topic, [partition]) as (consumer, (place,)):
            first = (await consumer.beginning_offsets([place]))[place]
            end = (await consumer.end_offsets([place]))[place]
            if not first <= offset < end:
                raise NotThere(f"record {offset} of {topic} is no longer kept")
            consumer.seek(place, offset)
            while await consumer.position(place) <= offset:
                for record in (await consumer.getmany(place, timeout_ms=_POLL_MS, max_records=1)).get(place, ()):
                    if record.offset == offset:
                        return record
            raise NotThere(f"record {offset} of {topic} is no longer kept")

    async def all_of(self, topic: str, partition: int, key_prefix: bytes) -> list[Any]:
        """Every record of a partition whose key begins so, tombstones too, in order: for compacted topics."""
        found: list[Any] = []
        async with self._reader(topic, [partition]) as (consumer, (place,)):
            end = (await consumer.end_offsets([place]))[place]
            consumer.seek(place, (await consumer.beginning_offsets([place]))[place])
            while await consumer.position(place) < end:
                batch = (await consumer.getmany(place, timeout_ms=_POLL_MS)).get(place, ())
                found += [record for record in batch if record.key and record.key.startswith(key_prefix)]
        return found

    async def last_of(self, topic: str, partition: int, key: bytes, count: int) -> list[Any]:
        """Up to `count` newest records with this key, oldest first, from a bounded look back."""
        found: list[Any] = []
        async with self._reader(topic, [partition]) as (consumer, (place,)):
            first = (await consumer.beginning_offsets([place]))[place]
            upper = (await consumer.end_offsets([place]))[place]
            looked = size = 0
            while upper > first and len(found) < count and looked < MAX_RECORDS and size < MAX_BYTES:
                lower = max(first, upper - WINDOW_RECORDS)
                window: list[Any] = []
                consumer.seek(place, lower)
                while await consumer.position(place) < upper:
                    for record in (await consumer.getmany(place, timeout_ms=_POLL_MS)).get(place, ()):
                        if record.offset >= upper:
                            continue
                        size += len(record.value or b"")
                        if record.key == key:
                            window.append(record)
                looked += upper - lower
                found = window + found
                upper = lower
        return found[-count:]

    async def visit(
        self, topic: str, partitions: Sequence[int], look: Callable[[Any], None], *, since_ms: int | None = None
    ) -> None:
        """Show `look` every record up to the present end, those of a partition in order; of those written since then
        (epoch ms by Kafka's clock), where it is given. What cannot be read in time is NotNow."""
        async with self._reader(topic, partitions) as (consumer, places):
            end = await consumer.end_offsets(places)
            first = await consumer.beginning_offsets(places)
            if since_ms is not None:
                found = await consumer.offsets_for_times(dict.fromkeys(places, since_ms))
                first = {place: found[place].offset if found[place] else end[place] for place in places}
            for place in places:
                consumer.seek(place, first[place])
            unread = [place for place in places if first[place] < end[place]]
            while unread:
                batches = await consumer.getmany(*unread, timeout_ms=_POLL_MS, max_records=_LOOKED_AT_ONCE)
                for place, records in batches.items():
                    for record in records:
                        if record.offset < end[place]:
                            look(record)
                unread = [place for place in unread if await consumer.position(place) < end[place]]
                await asyncio.sleep(0)  # records that are buffered come without a wait: others have their turn

    @asynccontextmanager
    async def _reader(
        self, topic: str, partitions: Sequence[int]
    ) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS), self._looks:
                consumer = make_consumer(self._settings, group=None, client_id="punchstream-control")
                try:
                    await consumer.start()
                    places = [TopicPartition(self._settings.topic(topic), number) for number in partitions]
                    consumer.assign(places)
                    yield consumer, places
                finally:
                    await consumer.stop()
        except (KafkaError, TimeoutError) as error:
            raise NotNow(f"topic {topic} cannot be read from Kafka now: {error!r}") from error
