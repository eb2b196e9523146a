"""Sends what clocks are to show (`processors.timecards.stream.self_service`) to topic lastpunch, idempotently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from processors.partition_model import Later
from processors.sender import Writer
from runtime.producer import Producer

LAST_PUNCH_TOPIC: Final = "lastpunch"


class LastPunchSender:
    """The producer must have prepared lastpunch."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def send(self, records: Sequence[Later]) -> None:
        """Returns when Kafka has all. Raises Retriable errors of the runtime."""
        writer = Writer(self._producer)
        for key, value, partition_by in {record.key: record for record in records}.values():
            assert partition_by is not None  # every record is of one clock or area
            await writer.append(LAST_PUNCH_TOPIC, key, value, partition_by)
        await writer.acked()
