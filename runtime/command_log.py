"""Writing to the log of commands: the topic `commands`, in order for each device. Source: DESIGN 4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter

from runtime.batch import Batch
from runtime.command_view import TOPIC, command_key
from runtime.producer import Producer, RecordPosition
from schemas.codec import encode_event
from schemas.commands import CommandEvent, CommandStep
from schemas.headers import Header

_CHUNK: Final = 500

_STEPS = Counter("punchstream_commands_steps_total", "records written to the log of commands, by step", ["step"])
STEPS = {step: _STEPS.labels(step) for step in CommandStep}


class CommandLog:
    """`producer` must be started and have prepared the topic."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    def append(self, event: CommandEvent, headers: list[Header] | None = None) -> Batch:
        """Sent without waiting; await `acked()` of what is returned. Raises BufferFull."""
        serial = event.device.encode()
        batch = self._producer.append(
            TOPIC,
            command_key(event.device, event.command_id),
            encode_event(event),
            partition_by=serial,
            headers=headers,
            timestamp_ms=event.at,
        )
        STEPS[event.step].inc()
        return batch

    async def write(self, events: Sequence[CommandEvent]) -> RecordPosition:
        """Returns when Kafka has them all, one at least, and where the last lies. Raises BufferFull, DeliveryFailed."""
        position = RecordPosition(-1, -1)
        for start in range(0, len(events), _CHUNK):
            appended = []
            for event in events[start : start + _CHUNK]:
                batch = self.append(event)
                appended.append((batch, batch.count - 1, event))
            bases = {batch: await batch.acked() for batch in dict.fromkeys(batch for batch, _, _ in appended)}
            batch, index, event = appended[-1]
            position = RecordPosition(self.partition(event.device), bases[batch] + index)
        return position

    def partition(self, serial: str) -> int:
        return self._producer.partition(TOPIC, serial.encode())


def next_step(
    requested: CommandEvent, step: CommandStep, *, at: int, by: str, request_id: str = "", reason: str = ""
) -> CommandEvent:
    """One more record of the command that began with `requested`; `at` in epoch ms."""
    return CommandEvent(
        step=step,
        tenant=requested.tenant,
        device=requested.device,
        site=requested.site,
        command_id=requested.command_id,
        at=at,
        by=by,
        request_id=request_id,
        reason=reason,
    )
