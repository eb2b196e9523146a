"""The normalizer of raw.attendance: punches, dead letters and what the device processor reads, each batch acknowledged
by Kafka before it ends. What terminals push is ATTLOG; what connectors polled is polled/. The other raw topics:
body_agent.py.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from processors.brakes import Brakes
from processors.errors import BrakesPulled
from processors.metrics import DELAY_SECONDS, EVENTS, PUNCHES
from processors.normalize.convert import Converted, convert_attendance
from processors.normalize.failures import dead_row
from processors.normalize.output import Output
from processors.normalize.polled.converters import POLLED, convert_polled
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DeadRow, Derived, DevicePeriods, Piece, RawUpload
from processors.normalize.resolver import RESOLVER_TOPIC, ResolverOutput
from processors.normalize.uploads import UploadSums
from processors.safe_agent import Record
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from schemas.codec import encode_event
from schemas.deadletters import Reason
from schemas.devices import DeviceInput
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.resolver_input import punch_input

_SOURCE_TOPIC = "raw.attendance"
_UNKNOWN = DevicePeriods((), 0)


class Normalizer:
    """The handler of the attendance agent. Its producer must have prepared punches, access, device.input,
    resolver.input and deadletters."""

    def __init__(self, producer: Producer, registry: RegistryView, unknown_zone: str) -> None:
        self._producer = producer
        self._registry = registry
        self._unknown_zone = unknown_zone
        self._brakes = Brakes()

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises Retriable errors of the runtime when Kafka does not take the results, BrakesPulled on too many
        failures of our own."""
        output, sums = Output(self._producer, _SOURCE_TOPIC), UploadSums()
        resolver = ResolverOutput(output)
        punches, received, written = 0, [], Counter[str]()
        for record in records:
            try:
                headers = RawHeaders.decode(record.headers)
            except ValueError as error:
                await output.put_aside(record, None, DeadRow(Reason.RAW_HEADERS, 0, record.value, str(error)), None)
                continue
            received.append(headers.received_at)
            upload = RawUpload(headers, record.value, record.partition, record.offset)
            if headers.table in POLLED:
                await self._write_polled(record, upload, output, resolver, written)
                continue
            partition_by = headers.source.encode()
            device = devices_periods(self._registry, headers.source)
            parts = []
            for piece in self._convert(upload, device):
                for key, value in piece.punches:
                    await output.append("punches", key, value, partition_by)
                    await output.append(RESOLVER_TOPIC, partition_by, punch_input(value), partition_by)
                for row in piece.dead:
                    await output.put_aside(record, headers, row, None)
                punches += len(piece.punches)
                parts.append(piece.upload)
                await asyncio.sleep(0)  # fetching and sending go on beside a long body
            sums.add(upload, device, parts)
        for told in sums.records():
            await output.append("device.input", told.device, told.value, told.device)
        await resolver.acked()
        PUNCHES.inc(punches + written["punches"])
        for topic, count in written.items():
            EVENTS.labels(topic).inc(count)
        now = time.time()
        for received_at in received:
            DELAY_SECONDS.observe(max(0.0, now - received_at / 1000))

    async def _write_polled(
        self, record: Record, upload: RawUpload, output: Output, resolver: ResolverOutput, written: Counter[str]
    ) -> None:
        """Rows of many devices: each event goes to the partition of its own. `written` counts them by topic."""
        for piece in self._convert_polled(upload):
            for derived in piece.events:
                value = encode_event(derived.event)
                await output.append(derived.topic, _key_of(derived), value, derived.partition_by)
                if isinstance(derived.event, Punch):
                    await resolver.punch(derived.partition_by, value)
                elif isinstance(derived.event, DeviceInput):
                    resolver.told(derived.event)
                written[derived.topic] += 1
            for row in piece.dead:
                await output.put_aside(record, upload.headers, row, None)
            await asyncio.sleep(0)  # fetching and sending go on beside a long body

    def _convert_polled(self, upload: RawUpload) -> Iterator[Piece]:
        try:
            polled = PolledRecord(upload, partial(devices_periods, self._registry), self._unknown_zone)
            for piece in convert_polled(polled, self._brakes.failed):
                self._brakes.passed(len(piece.events))
                yield piece
        except BrakesPulled:
            raise
        except Exception as failure:  # noqa: BLE001 - promise 4: one body must not stop the others; the brakes count it
            yield Piece(dead=[dead_row(failure, 0, upload.body, self._brakes.failed)])

    def _convert(self, upload: RawUpload, device: DevicePeriods) -> Iterator[Converted]:
        try:
            for piece in convert_attendance(upload, device, self._unknown_zone, self._brakes.failed):
                self._brakes.passed(len(piece.punches))
                yield piece
        except BrakesPulled:
            raise
        except Exception as failure:  # noqa: BLE001 - promise 4: one body must not stop the others; the brakes count it
            yield Converted([], [dead_row(failure, 0, upload.body, self._brakes.failed)])


def _key_of(derived: Derived) -> bytes:
    event = derived.event
    return (event.device if isinstance(event, DeviceInput) else event.event_id).encode()


def devices_periods(registry: RegistryView, source: str) -> DevicePeriods:
    """What the registry says of a device; nothing of one that it does not name."""
    known = registry.device(source)
    return DevicePeriods(known.periods, known.registry_version) if known else _UNKNOWN
