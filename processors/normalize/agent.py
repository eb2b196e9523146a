"""Wires the normalizer: raw.attendance -> punches and deadletters, each batch acknowledged by Kafka before it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

from processors.brakes import Brakes
from processors.errors import BrakesPulled
from processors.metrics import DEAD_LETTERS, DELAY_SECONDS, PUNCHES
from processors.normalize.convert import Converted, DeadRow, DevicePeriods, RawUpload, convert_attendance
from processors.safe_agent import Record
from runtime.batch import Batch
from runtime.errors import BufferFull
from runtime.producer import Producer
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
        punches, reasons, received = 0, [], []
        for record in records:
            try:
                headers = RawHeaders.decode(record.headers)
            except ValueError as error:
                row = DeadRow(Reason.RAW_HEADERS, 0, record.value, str(error))
                await self._put_aside(batches, record, None, row)
                reasons.append(row.reason)
                continue
            received.append(headers.received_at)
            partition_by = headers.source.encode()
            for piece in self._convert(record, headers):
                for key, value in piece.punches:
                    await self._append(batches, "punches", key, value, partition_by, [])
                for row in piece.dead:
                    await self._put_aside(batches, record, headers, row)
                    reasons.append(row.reason)
                punches += len(piece.punches)
                await asyncio.sleep(0)  # fetching and sending go on beside a long body
        for batch in batches:
            await batch.acked()
        self._count(punches, reasons, received)

    def _convert(self, record: Record, headers: RawHeaders) -> Iterator[Converted]:
        upload = RawUpload(headers, record.value, record.partition, record.offset)
        known = self._registry.device(headers.source)
        device = DevicePeriods(known.periods, known.registry_version) if known else _UNKNOWN
        try:
            for piece in convert_attendance(upload, device, self._unknown_zone, self._brakes.failed):
                self._brakes.passed(len(piece.punches))
                yield piece
        except BrakesPulled:
            raise
        except Exception as failure:  # noqa: BLE001 - promise 4: one body must not stop the others; the brakes count it
            self._brakes.failed(failure)
            yield Converted([], [DeadRow(Reason.INTERNAL_ERROR, 0, record.value, repr(failure))])

    def _count(self, punches: int, reasons: list[Reason], received: list[int]) -> None:
        PUNCHES.inc(punches)
        for reason in reasons:
            DEAD_LETTERS.labels(reason.value).inc()
        now = time.time()
        for received_at in received:
            DELAY_SECONDS.observe(max(0.0, now - received_at / 1000))

    async def _put_aside(self, batches: set[Batch], record: Record, headers: RawHeaders | None, row: DeadRow) -> None:
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
