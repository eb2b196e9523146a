"""Action URLs that the edge took: whoever polls the station looks at once. The topic `hints`, read from its end on.

A hint that is missed costs nothing but time, since the log of the station has the event; so no offset is kept.
Source: spec/connectors.md B-3.9.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from connectors.metrics import HINTS, vendor_of
from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event
from schemas.hints import Hint

log = logging.getLogger(__name__)

TOPIC: Final = "hints"
_POLL_MS = 500
_POLL_RECORDS = 1_000
_RETRY_SECONDS = 1.0


class HintTail:
    """`tell` gets the source's key and what the hint says (`@at`: when the edge had it, epoch ms); False: not ours."""

    def __init__(
        self, settings: KafkaSettings, partitions: int, tell: Callable[[str, Mapping[str, str]], bool]
    ) -> None:
        self._topic = settings.topic(TOPIC)
        self._partitions = [TopicPartition(self._topic, number) for number in range(partitions)]
        self._tell = tell
        self._consumer: AIOKafkaConsumer = make_consumer(settings, group=None, client_id="punchstream-connect-hints")

    async def start(self) -> None:
        """Hints from now on are told."""
        await self._consumer.start()
        self._consumer.assign(self._partitions)
        await self._to_the_end()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def run(self) -> None:
        """For ever: cancel it. Errors that may pass are waited out, others come out of it."""
        while True:
            try:
                found = await self._consumer.getmany(timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
            except OffsetOutOfRangeError:
                await self._to_the_end()  # a day without reading: hints that old say nothing
                continue
            except KafkaError as error:
                if not error.retriable:
                    raise
                log.warning("reading %s: %r", self._topic, error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            for records in found.values():
                for record in records:
                    self._read(record.value or b"")

    async def _to_the_end(self) -> None:
        for partition, offset in (await self._consumer.end_offsets(self._partitions)).items():
            self._consumer.seek(partition, offset)

    def _read(self, value: bytes) -> None:
        try:
            hint = decode_event(Hint, value)
        except NotAnEvent as error:
            log.warning("a hint is left out: %s", error)
            return
        if self._tell(hint.station, {**hint.params, "@at": str(hint.at)}):
            HINTS.labels(vendor_of(hint.station)).inc()
