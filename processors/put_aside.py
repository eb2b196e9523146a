"""Dead letters of the parts that read Kafka in a plain loop (decisions/0020). Source: DESIGN 2.4."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

from runtime.batch import Batch
from runtime.errors import BufferFull
from runtime.producer import Producer
from runtime.version import VERSION
from schemas.deadletters import DeadLetter, Reason

DEAD_LETTER_TOPIC: Final = "deadletters"


class Record(Protocol):
    """What is needed of a Kafka record, which is read as it came from the client: none is made anew."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class PutAside:
    """Of one topic (catalogue name). `stage`: which part writes them; `count` hears of each, by topic and reason. Its
    producer must have prepared `deadletters`."""

    def __init__(self, producer: Producer, topic: str, stage: str, count: Callable[[str, str], None]) -> None:
        self._producer = producer
        self._topic = topic
        self._stage = stage
        self._count = count

    async def put(self, batches: set[Batch], record: Record, reason: Reason, error: str) -> None:
        """Adds the batch that the letter is in to `batches`. Raises Retriable errors of the runtime."""
        letter = DeadLetter(
            reason=reason,
            stage=self._stage,
            topic=self._topic,
            partition=record.partition,
            offset=record.offset,
            line=0,
            error=error,
            code_version=VERSION,
            failed_at=int(time.time() * 1000),
            source=(record.key or b"").decode("utf-8", "replace"),
        )
        for attempt in range(2):
            try:
                batch = self._producer.append(
                    DEAD_LETTER_TOPIC,
                    letter.key,
                    record.value or b"",
                    partition_by=letter.key,
                    headers=letter.encode(),
                )
                break
            except BufferFull:
                if attempt:
                    raise
                await self._producer.flush()
        batches.add(batch)
        self._count(self._topic, reason.value)
