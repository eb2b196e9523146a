"""Values of timecards.archive, which nobody holds in memory: found by reading one partition of it from its beginning.

Too slow for everyday work and meant to be: what is archived is older than anything that usually comes. One read serves
all keys of a batch. Source: DESIGN 6; decisions/0030.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from processors.metrics import ARCHIVE_RECORDS, ARCHIVE_SCAN_SECONDS
from runtime.errors import TopicUnread
from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings

log = logging.getLogger(__name__)

ARCHIVE: Final = "timecards.archive"
_POLL_MS: Final = 500
_POLL_RECORDS: Final = 2_000
_TELL_SECONDS: Final = 10.0
# Each holds a fetch of Kafka's in memory; a restart may want all partitions at once.
_SCANS_AT_A_TIME: Final = 2


class Archive:
    """Of this process; `deadline_seconds` is for one read."""

    def __init__(self, settings: KafkaSettings, *, deadline_seconds: float) -> None:
        self._settings = settings
        self._deadline_seconds = deadline_seconds
        self._scans = asyncio.Semaphore(_SCANS_AT_A_TIME)

    async def values(self, partition: int, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """The last value of each key, whatever was committed before the call; what is deleted or was never there is
        left out. Raises TopicUnread."""
        async with self._scans:
            started = time.monotonic()
            try:
                async with asyncio.timeout(self._deadline_seconds):
                    found, count = await self._scan(partition, frozenset(keys))
            except (KafkaError, TimeoutError) as error:
                late = isinstance(error, TimeoutError)
                why = f"its end was not reached within {self._deadline_seconds:g} s" if late else repr(error)
                raise TopicUnread(
                    f"{ARCHIVE}-{partition} could not be read: {why}; derive.archive_scan_seconds is what it may take"
                ) from error
        seconds = time.monotonic() - started
        ARCHIVE_SCAN_SECONDS.observe(seconds)
        ARCHIVE_RECORDS.inc(count)
        log.info(
            "%s-%d: %d records read in %.2f s, %d of %d keys found",
            *(ARCHIVE, partition, count, seconds, len(found), len(keys)),
        )
        return found

    async def _scan(self, partition: int, keys: frozenset[bytes]) -> tuple[dict[bytes, bytes], int]:
        found: dict[bytes, bytes] = {}
        count = 0
        place = TopicPartition(self._settings.topic(ARCHIVE), partition)
        end = await self._end(place)
        consumer = self._consumer()
        try:
            await consumer.start()  # within, since the deadline may end it half-way
            consumer.assign([place])
            first = (await consumer.beginning_offsets([place]))[place]
            consumer.seek(place, first)
            tell_at = time.monotonic() + _TELL_SECONDS
            # The position, not the last record: markers of transactions and compaction leave holes.
            while (position := await consumer.position(place)) < end:
                if time.monotonic() > tell_at:
                    tell_at += _TELL_SECONDS
                    log.info("%s-%d: %d of %d read", ARCHIVE, partition, position - first, end - first)
                fetched = await consumer.getmany(place, timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
                for records in fetched.values():
                    count += len(records)
                    for record in records:
                        if record.key not in keys:
                            continue
                        if record.value is None:
                            found.pop(record.key, None)
                        else:
                            found[record.key] = record.value
        finally:
            await consumer.stop()
        return found, count

    async def _end(self, place: TopicPartition) -> int:
        """Behind all that was written. A consumer of committed records would be told the end before a transaction whose
        marker is on its way, and that is the one that we have just committed."""
        consumer = self._consumer(isolation_level="read_uncommitted")
        try:
            await consumer.start()
            ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
        finally:
            await consumer.stop()
        return ends[place]

    def _consumer(self, **options: str) -> Any:
        return make_consumer(self._settings, group=None, client_id="punchstream-archive", **options)
