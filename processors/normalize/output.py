"""What a handler writes during one call, and the wait until Kafka has all of it. Source: DESIGN 2.2."""

from __future__ import annotations

import time
from collections.abc import Sequence

from processors.metrics import DEAD_LETTERS
from processors.normalize.records import DeadRow
from processors.safe_agent import Record
from runtime.batch import Batch
from runtime.errors import BufferFull
from runtime.objects import ObjectStore
from runtime.producer import Producer
from runtime.raw_bodies import seal_raw, store_raw
from runtime.sealing import Sealer
from runtime.version import VERSION
from schemas.deadletters import DeadLetter, Reason
from schemas.headers import Header, RawHeaders
from schemas.topics import MAX_BODY_BYTES

DEAD_LETTER_TOPIC = "deadletters"


class Output:
    """One call's records. `topic` is the catalogue name of what is read.

    `objects` takes the bytes of sealed dead letters above `max_value_bytes`; without it all fit into records.
    """

    def __init__(
        self, producer: Producer, topic: str, objects: ObjectStore | None = None, max_value_bytes: int = MAX_BODY_BYTES
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._objects = objects
        self._max_value_bytes = max_value_bytes
        self._batches: set[Batch] = set()
        self._reasons: list[Reason] = []

    async def append(
        self, topic: str, key: bytes, value: bytes | bytearray, partition_by: bytes, headers: Sequence[Header] = ()
    ) -> None:
        """Waits for Kafka when too much is under way. Raises Retriable errors of the runtime."""
        try:
            batch = self._producer.append(topic, key, value, partition_by=partition_by, headers=list(headers))
        except BufferFull:
            await self._producer.flush()
            batch = self._producer.append(topic, key, value, partition_by=partition_by, headers=list(headers))
        self._batches.add(batch)

    async def put_aside(self, record: Record, headers: RawHeaders | None, row: DeadRow, sealer: Sealer | None) -> None:
        """One dead letter, sealed with `sealer` where the topic's bodies may hold secrets."""
        source = headers.source if headers else ""
        raw: bytes | bytearray = row.raw
        now_ms, stored = int(time.time() * 1000), ""
        if sealer is not None and self._objects is not None and len(row.raw) > self._max_value_bytes:
            raw = b""
            stored = (await store_raw(self._objects, sealer, DEAD_LETTER_TOPIC, source, row.raw, now_ms)).name
        elif sealer is not None:
            raw = seal_raw(sealer, DEAD_LETTER_TOPIC, source, row.raw)
        letter = DeadLetter(
            reason=row.reason,
            stage="normalize",
            topic=self._topic,
            partition=record.partition,
            offset=record.offset,
            line=row.line,
            error=row.error,
            code_version=VERSION,
            failed_at=now_ms,
            tenant=headers.tenant if headers else "",
            source=source,
            received_at=headers.received_at if headers else 0,
            sealed=sealer.key_id if sealer else "",
            stored=stored,
        )
        await self.append(DEAD_LETTER_TOPIC, letter.key, raw, letter.key, letter.encode())
        self._reasons.append(row.reason)

    async def acked(self) -> None:
        """Returns when Kafka has everything so far; then the dead letters count."""
        for batch in self._batches:
            await batch.acked()
        self._batches.clear()
        for reason in self._reasons:
            DEAD_LETTERS.labels(reason.value).inc()
        self._reasons.clear()
