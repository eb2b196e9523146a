"""Records that cannot be stored go to the topic `deadletters`, acknowledged before anything passes them. DESIGN 2.4."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from runtime.producer import Producer
from runtime.version import VERSION
from schemas.deadletters import DeadLetter, Reason
from sinks import metrics
from sinks.rows import Record
from sinks.tables import Table


class DeadLetters:
    """`now_ms` is the wall clock, epoch milliseconds."""

    def __init__(self, producer: Producer, now_ms: Callable[[], int]) -> None:
        self._producer = producer
        self._now_ms = now_ms

    async def put_aside(
        self, table: Table, partition: int, refused: Sequence[tuple[Record, str]], reason: Reason
    ) -> None:
        """Send each record's bytes with its coordinates and what was wrong; returns when Kafka has them all.

        Raises DeliveryFailed or BufferFull: send all again, the coordinates make a repeat one dead letter.
        """
        await asyncio.gather(*(self._send(table, partition, record, error, reason) for record, error in refused))
        metrics.DEAD_LETTERS.labels(table.name, reason.value).inc(len(refused))

    async def _send(self, table: Table, partition: int, record: Record, error: str, reason: Reason) -> None:
        letter = DeadLetter(
            reason=reason,
            stage="sink",
            topic=table.topic,
            partition=partition,
            offset=record.offset,
            line=0,
            error=error,
            code_version=VERSION,
            failed_at=self._now_ms(),
            received_at=max(record.timestamp, 0),
        )
        await self._producer.send(
            "deadletters", letter.key, record.value or b"", partition_by=letter.key, headers=letter.encode()
        )
