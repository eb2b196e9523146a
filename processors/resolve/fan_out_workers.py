"""The fan-out's two loops' work: `identities`, and the areas of the registry. Each record is told at least once; its
version tells copies apart, so an offset is committed after Kafka has what follows from it, and no more is kept.

No identity is missed, whatever comes first: whoever tells an area's change reads the area's identities again, and
whoever tells an identity first waits for all that the registry holds by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from processors.loop_worker import Stateless
from processors.metrics import RESOLVE_FANNED_OUT
from processors.partition_keys import PartitionKeys
from processors.put_aside import PutAside, Record
from processors.resolve.fan_out import (
    AREA_KEY,
    AreaChange,
    area_of,
    by_partition,
    devices_in,
    devices_told,
    latest,
    read_area,
    read_identity,
)
from processors.sender import Writer
from runtime.batch import Batch
from runtime.errors import TopicUnread
from runtime.kafka import make_consumer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import KafkaSettings
from schemas.deadletters import Reason
from schemas.resolver_input import IdentityChange, area_input, identity_input

INPUT_TOPIC: Final = "resolver.input"
IDENTITIES: Final = "identities"
REGISTRY: Final = "registry"
_VIEW_SECONDS: Final = 30.0
_READ_SECONDS: Final = 120.0
_POLL_MS: Final = 500


class IdentityFanOut(Stateless):
    """Its producer must have prepared resolver.input."""

    def __init__(self, producer: Producer, aside: PutAside, registry: RegistryView) -> None:
        self.source_topic = IDENTITIES
        self._producer = producer
        self._aside = aside
        self._registry = registry

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """Raises Retriable errors of the runtime."""
        await _view_is_current(self._registry)
        letters: set[Batch] = set()
        writer = Writer(self._producer)
        for record in records:
            try:
                change = read_identity(record.key or b"", record.value, record.offset)
            except ValueError as error:
                await self._aside.put(letters, record, Reason.NOT_AN_EVENT, str(error))
                continue
            for device in devices_told(change, self._registry.area(area_of(change))):
                await _tell(writer, device, change)
        await _all_acked(writer, letters)
        RESOLVE_FANNED_OUT.labels(IDENTITIES).inc(writer.count)
        return len(records)


class AreaFanOut(Stateless):
    """Its producer must have prepared resolver.input and identities."""

    def __init__(self, settings: KafkaSettings, producer: Producer, aside: PutAside) -> None:
        self.source_topic = REGISTRY
        self._settings = settings
        self._producer = producer
        self._aside = aside
        self._keys = PartitionKeys(producer, INPUT_TOPIC)

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """Raises Retriable errors of the runtime."""
        letters: set[Batch] = set()
        changes = []
        for record in records:
            try:
                change = read_area(record.key or b"", record.value, record.offset)
            except ValueError as error:
                await self._aside.put(letters, record, Reason.NOT_AN_EVENT, str(error))
                continue
            if change is not None:
                changes.append(change)
        writer, count = Writer(self._producer), self._producer.partition_count(INPUT_TOPIC)
        for change in latest(changes):
            for number, devices in by_partition(change, self._partition_of, count):
                key = AREA_KEY + change.area.encode()
                await writer.append(INPUT_TOPIC, key, area_input(devices), self._keys.partition_by(number))
        await self._tell_identities(writer, latest(changes))
        await _all_acked(writer, letters)
        RESOLVE_FANNED_OUT.labels(REGISTRY).inc(writer.count)
        return len(records)

    def _partition_of(self, device: str) -> int:
        return self._producer.partition(INPUT_TOPIC, device.encode())

    async def _tell_identities(self, writer: Writer, changes: Sequence[AreaChange]) -> None:
        """To all devices of these areas: some may not have been there when the identities were told."""
        areas = {change.area: devices_in(change.record) for change in changes if change.record is not None}
        wanted = {area: devices for area, devices in areas.items() if devices}
        partitions = {self._producer.partition(IDENTITIES, area.encode()) for area in wanted}
        for identity in await self._identities(partitions, wanted.keys()) if wanted else ():
            for device in wanted[area_of(identity)]:
                await _tell(writer, device, identity)

    async def _identities(self, partitions: set[int], areas: Collection[str]) -> list[IdentityChange]:
        """The last record of each key, of the areas, up to the end that the partitions have now."""
        try:
            async with asyncio.timeout(_READ_SECONDS):
                return await self._read(partitions, areas)
        except (KafkaError, TimeoutError) as error:
            raise TopicUnread(f"topic {IDENTITIES} could not be read to its end: {error!r}") from error

    async def _read(self, partitions: set[int], areas: Collection[str]) -> list[IdentityChange]:
        found: dict[bytes, IdentityChange] = {}
        consumer = make_consumer(self._settings, group=None, client_id="punchstream-fan-out-identities")
        await consumer.start()
        try:
            todo = [TopicPartition(self._settings.topic(IDENTITIES), number) for number in sorted(partitions)]
            consumer.assign(todo)
            ends = await consumer.end_offsets(todo)
            for tp, first in (await consumer.beginning_offsets(todo)).items():
                consumer.seek(tp, first)
            while behind := [tp for tp in todo if await consumer.position(tp) < ends[tp]]:
                for records in (await consumer.getmany(*behind, timeout_ms=_POLL_MS)).values():
                    for record in records:
                        _note(found, areas, record)
        finally:
            await consumer.stop()
        return list(found.values())


def _note(found: dict[bytes, IdentityChange], areas: Collection[str], record: Record) -> None:
    key = record.key or b""
    try:
        change = read_identity(key, record.value, record.offset)
    except ValueError:
        return  # put aside by whoever reads the topic for itself
    if area_of(change) in areas:
        found[key] = change


async def _view_is_current(registry: RegistryView) -> None:
    try:
        async with asyncio.timeout(_VIEW_SECONDS):
            await registry.reached_end()
    except (KafkaError, TimeoutError) as error:
        raise TopicUnread(f"the registry could not be read to its end: {error!r}") from error


async def _tell(writer: Writer, device: str, change: IdentityChange) -> None:
    key = device.encode()
    await writer.append(INPUT_TOPIC, key, identity_input(device, change), key)


async def _all_acked(writer: Writer, letters: set[Batch]) -> None:
    await writer.acked()
    for letter in letters:
        await letter.acked()
