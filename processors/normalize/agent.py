"""Wires the normalizer: raw.attendance -> punches and deadletters, each batch acknowledged by Kafka before it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from processors.brakes import Brakes
from processors.errors import BrakesPulled
from processors.metrics import DEAD_LETTERS, DELAY_SECONDS, PUNCHES
from processors.normalize.convert import Converted, DeadRow, DevicePeriods, RawUpload, convert_attendance
from processors.safe_agent import Record
from runtime.errors import BufferFull
from runtime.producer import Batch, Producer
from runtime.registry_view import RegistryView
from runtime.version import VERSION
from schemas.deadletters import DeadLetter, Reason
from schemas.headers import Header, RawHeaders

_SOURCE_TOPIC = "raw.attendance"
_UNKNOWN = DevicePeriods((), 0)


class Normalizer:
    """The handler of the normalize agent."""

    def __init__(self, producer: Producer, registry: RegistryView, unknown_zone: str) -> None:
        self._producer = producer
        self._registry = registry
        self._unknown_zone = unknown_zone
        self._brakes = Brakes()

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises Retriable errors of the runtime when Kafka does not take the results, BrakesPulled on too many
        failures of our own."""
        batches: set[Batch] = set()
        punches, dead, received = 0, [], []
        for record in records:
            converted, headers = self._convert(record)
            await self._produce(record, headers, converted, batches)
            punches += len(converted.punches)
            dead += converted.dead
            if headers is not None:
                received.append(headers.received_at)
            await asyncio.sleep(0)  # heartbeats and fetches go on beside a long batch
        for batch in batches:
            await batch.acked()
        PUNCHES.inc(punches)
        for row in dead:
            DEAD_LETTERS.labels(row.reason.value).inc()
        now = time.time()
        for received_at in received:
            DELAY_SECONDS.observe(max(0.0, now - received_at / 1000))

    def _convert(self, record: Record) -> tuple[Converted, RawHeaders | None]:
        try:
            headers = RawHeaders.decode(record.headers)
        except ValueError as error:
            return Converted([], [DeadRow(Reason.RAW_HEADERS, 0, record.value, str(error))]), None
        upload = RawUpload(headers, record.value, record.partition, record.offset)
        known = self._registry.device(headers.source)
        device = DevicePeriods(known.periods, known.registry_version) if known else _UNKNOWN
        try:
            converted = convert_attendance(upload, device, self._unknown_zone, self._brakes.failed)
        except BrakesPulled:
            raise
        except Exception as failure:  # noqa: BLE001 - promise 4: one body must not stop the others; the brakes count it
            self._brakes.failed(failure)
            converted = Converted([], [DeadRow(Reason.INTERNAL_ERROR, 0, record.value, repr(failure))])
        else:
            self._brakes.passed(len(converted.punches))
        return converted, headers

    async def _produce(
        self, record: Record, headers: RawHeaders | None, converted: Converted, batches: set[Batch]
    ) -> None:
        partition_by = headers.source.encode() if headers else record.key
        for key, value in converted.punches:
            await self._append(batches, "punches", key, value, partition_by, [])
        for row in converted.dead:
            letter = DeadLetter(
                reason=row.reason,
                stage="normalize",
                topic=_SOURCE_TOPIC,
                partition=record.partition,
                offset=record.offset,
                line=row.line,
                error=row.error,
                code_version=VERSION,
                failed_at=int(time.time() * 1000),
                tenant=headers.tenant if headers else "",
                source=headers.source if headers else "",
                received_at=headers.received_at if headers else 0,
            )
            await self._append(batches, "deadletters", letter.key, row.raw, letter.key, letter.encode())

    async def _append(
        self, batches: set[Batch], topic: str, key: bytes, value: bytes, partition_by: bytes, headers: list[Header]
    ) -> None:
        try:
            batch = self._producer.append(topic, key, value, partition_by=partition_by, headers=headers)
        except BufferFull:
            await self._producer.flush()
            batch = self._producer.append(topic, key, value, partition_by=partition_by, headers=headers)
        batches.add(batch)
