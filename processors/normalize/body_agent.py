"""The normalizer of the raw topics beside attendance: bodies opened, converted, payloads kept, events written. What
connectors polled is inventory/; the rest is what devices sent.

Bytes go to the sealed store first and the event after, so that an event never names an object that is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from processors.brakes import Brakes
from processors.errors import BrakesPulled
from processors.metrics import EVENTS, PUNCHES, WAITS
from processors.normalize.agent import devices_periods
from processors.normalize.context import Context
from processors.normalize.failures import dead_row, without_content
from processors.normalize.inventory.converters import INVENTORY, convert_inventory
from processors.normalize.output import Output
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DeadRow, Derived, DevicePeriods, OnFailure, Piece, RawUpload
from processors.normalize.resolver import RESOLVER_TOPIC, ResolverOutput
from processors.normalize.uploads import UploadSums
from processors.partition_keys import PartitionKeys
from processors.safe_agent import Record
from runtime.errors import KeyMissing, ObjectMissing, PayloadLost, Retriable, StoreUnavailable
from runtime.keyring import KeyRing
from runtime.objects import ObjectStore
from runtime.person_keys import PersonId
from runtime.producer import Producer
from runtime.raw_bodies import fetch_raw, open_raw
from runtime.registry_view import RegistryView
from runtime.sealing import SealBroken, Sealer
from runtime.vault import Vault
from schemas.codec import encode_event
from schemas.deadletters import Reason
from schemas.device_events import Person, Photo
from schemas.devices import DeviceInput, InputKind
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.identity import normal_pin

Convert = Callable[[Context, OnFailure], Iterator[Piece]]

# Objects put at once: the store's own latency is what a body of many templates would wait for one by one.
_PUTS_AT_ONCE: Final = 16
_FALLBACK_TENANT: Final = ""


class BodyNormalizer:
    """The handler of one topic's agent; `topic` is its catalogue name. `objects` holds bodies that no record could;
    dead letters above `max_value_bytes` go there too.

    `waits_for` says in words which key or store the records at hand wait for; empty when for none.
    """

    def __init__(
        self,
        topic: str,
        convert: Convert,
        *,
        producer: Producer,
        registry: RegistryView,
        keys: KeyRing,
        vault: Vault,
        objects: ObjectStore,
        max_value_bytes: int,
        unknown_zone: str,
    ) -> None:
        self._topic = topic
        self._convert = convert
        self._producer = producer
        self._registry = registry
        self._keys = keys
        self._vault = vault
        self._objects = objects
        self._max_value_bytes = max_value_bytes
        self._unknown_zone = unknown_zone
        self._told_ticks = PartitionKeys(producer, "device.input")
        self._resolver_ticks = PartitionKeys(producer, RESOLVER_TOPIC)
        self._brakes = Brakes()
        self.waits_for = ""

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises Retriable errors of the runtime (Kafka, the store, a key that is not there yet) and BrakesPulled."""
        output = Output(self._producer, self._topic, self._objects, self._max_value_bytes)
        sums = UploadSums()
        written: list[str] = []
        try:
            for record in records:
                await self._normalize(record, output, sums, written)
            for told in sums.records():
                await output.append("device.input", told.device, told.value, told.device)
                written.append("device.input")
            await output.acked()
        except Retriable as error:
            WAITS.labels(self._topic, _cause(error)).inc()
            self.waits_for = str(error) if isinstance(error, KeyMissing | StoreUnavailable) else ""
            raise
        self.waits_for = ""
        for topic in written:
            EVENTS.labels(topic).inc()
        PUNCHES.inc(written.count("punches"))

    async def _normalize(self, record: Record, output: Output, sums: UploadSums, written: list[str]) -> None:
        try:
            headers = RawHeaders.decode(record.headers)
        except ValueError as error:
            row = DeadRow(Reason.RAW_HEADERS, 0, record.value, str(error))
            await output.put_aside(record, None, row, self._any_sealer())
            return
        kept = record.value
        try:
            if headers.stored:
                kept = await fetch_raw(self._objects, self._topic, headers)
            body = open_raw(self._keys, self._topic, headers, kept)
        except (ObjectMissing, SealBroken) as error:
            # Edges write the object first, so one that is not there was deleted: waiting would not bring it back.
            reason = Reason.OBJECT_MISSING if isinstance(error, ObjectMissing) else Reason.SEAL_BROKEN
            row = DeadRow(reason, 0, kept, str(error))
            await output.put_aside(record, headers, row, self._keys.sealer(headers.tenant))
            return
        upload = RawUpload(headers, body, record.partition, record.offset, self._topic)
        resolver = ResolverOutput(output)
        device = devices_periods(self._registry, headers.source)
        parts = []
        for piece in self._pieces(upload, device):
            events, lost = await self._keep(piece.events, headers)
            for event in events:
                topic, key, by, value = event.topic, _key_of(event), event.partition_by, encode_event(event.event)
                if isinstance(event.event, DeviceInput) and event.event.kind is InputKind.TICK:
                    by = self._told_ticks.partition_by(record.partition)
                    await resolver.tick(event.event, self._resolver_ticks.partition_by(record.partition))
                await output.append(topic, key, value, by)
                if isinstance(event.event, Punch):
                    await resolver.punch(by, value)
                written.append(topic)
            for row in (*piece.dead, *lost):
                await output.put_aside(record, headers, row, self._keys.sealer(headers.tenant))
            if piece.upload is not None:
                parts.append(piece.upload)
            await asyncio.sleep(0)  # fetching and sending go on beside a long body
        if parts:
            sums.add(upload, device, parts)

    def _pieces(self, upload: RawUpload, device: DevicePeriods) -> Iterator[Piece]:
        try:
            for piece in self._converted(upload, device):
                self._brakes.passed(len(piece.events))
                yield piece
        except BrakesPulled:
            raise
        except Exception as failure:  # noqa: BLE001 - promise 4: one body must not stop the others; the brakes count it
            yield Piece(dead=[dead_row(failure, 0, upload.body, self._brakes.failed)])

    def _converted(self, upload: RawUpload, device: DevicePeriods) -> Iterator[Piece]:
        if upload.headers.table in INVENTORY:
            polled = PolledRecord(upload, partial(devices_periods, self._registry), self._unknown_zone)
            return convert_inventory(polled, self._brakes.failed)
        return self._convert(Context(upload, device, self._unknown_zone), self._brakes.failed)

    async def _keep(self, events: list[Derived], headers: RawHeaders) -> tuple[list[Derived], list[DeadRow]]:
        """The events with the names of their payloads, in the same order, once those are durable."""
        if all(event.payload is None for event in events):
            return events, []
        kept: list[Derived] = []
        lost: list[DeadRow] = []
        for start in range(0, len(events), _PUTS_AT_ONCE):
            some = events[start : start + _PUTS_AT_ONCE]
            done = await asyncio.gather(*(self._keep_one(event, headers) for event in some))
            kept += [event for event in done if isinstance(event, Derived)]
            lost += [row for row in done if isinstance(row, DeadRow)]
        return kept, lost

    async def _keep_one(self, event: Derived, headers: RawHeaders) -> Derived | DeadRow:
        payload = event.payload
        if payload is None:
            return event
        person = PersonId.on_device(headers.source, payload.pin)
        try:
            stored = await self._vault.keep(payload.kind, headers.tenant, person, payload.plain)
        except (PayloadLost, SealBroken) as error:
            # What the person's key was sealed with is changed: waiting would not help, and others go on.
            error_text = str(without_content(error))
            return DeadRow(Reason.SEAL_BROKEN, event.line, bytes(payload.plain), error_text)
        assert isinstance(event.event, Person | Photo)
        return event._replace(event=replace(event.event, stored=stored.name), payload=None)

    def _any_sealer(self) -> Sealer:
        """For a record that does not say whose it is: the default tenant's key, else the first there is."""
        try:
            return self._keys.sealer(_FALLBACK_TENANT)
        except KeyMissing:
            ids = self._keys.ids()
            if not ids:
                raise
            return self._keys.opener(str(ids[0]))


def _key_of(derived: Derived) -> bytes:
    """The compaction identity of each topic (schemas/topics.py)."""
    event = derived.event
    if isinstance(event, DeviceInput):
        return event.device.encode()
    if isinstance(event, Person):
        return f"{event.device}+{normal_pin(event.pin)}+{event.item}".encode()
    return event.event_id.encode()


def _cause(error: Retriable) -> str:
    if isinstance(error, KeyMissing):
        return "key_missing"
    return "store_unavailable" if isinstance(error, StoreUnavailable) else "kafka"
