"""A log of commands in memory that several edges read and write, exchanges without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl

from aiokafka import ConsumerRecord

from ingest.commands.delivery import CommandDelivery
from ingest.commands.desk import CommandDesk
from ingest.commands.effects import CommandEffects
from ingest.commands.orders import Operator
from ingest.devices import Devices
from ingest.emit import Where
from ingest.exchange import Exchange
from runtime.command_log import CommandLog
from runtime.command_texts import seal_text
from runtime.command_view import CommandView, command_key
from runtime.errors import BufferFull, DeliveryFailed
from runtime.producer import Producer, RecordPosition
from runtime.registry_view import KnownDevice, RegistryView
from runtime.sections import KafkaSettings
from runtime.settings import Settings
from schemas.codec import decode_event, encode_event
from schemas.commands import CommandEvent, CommandStep
from schemas.headers import Header
from schemas.registry import DevicePeriod, DeviceRecord
from tests.unit.ingest.stand_ins import KEYS

AT = 1_790_000_000_000
SERIAL = "SN1"
PERIOD = DevicePeriod(site="north", tenant="acme")
ANNA = Operator("anna", "admin", "cli")


@dataclass(eq=False)
class MemoryBatch:
    kafka: MemoryKafka
    base: int
    count: int = 1

    async def acked(self) -> int:
        await asyncio.sleep(0)
        if self.kafka.mode == "fail":
            raise DeliveryFailed("Kafka did not acknowledge within 5 s")
        return self.base


@dataclass
class MemoryKafka:
    """One partition of `commands`, and what else was written. Stands in for the producer."""

    mode: str = "ack"
    commands: list[ConsumerRecord[bytes, bytes]] = field(default_factory=list)
    others: list[tuple[str, bytes]] = field(default_factory=list)

    def append(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        *,
        partition_by: bytes,
        headers: Sequence[Header] | None = None,
        timestamp_ms: int | None = None,
    ) -> MemoryBatch:
        if self.mode == "full":
            raise BufferFull("full")
        if topic != "commands":
            self.others.append((topic, value))
            return MemoryBatch(self, 0)
        offset = len(self.commands)
        if self.mode == "ack":
            self.commands.append(record(key, value, headers or (), offset))
        return MemoryBatch(self, offset)

    async def send(self, topic: str, key: bytes, value: bytes, *, partition_by: bytes) -> RecordPosition:
        return RecordPosition(0, await self.append(topic, key, value, partition_by=partition_by).acked())

    def partition(self, topic: str, partition_by: bytes) -> int:
        return 0

    @property
    def events(self) -> list[CommandEvent]:
        return [decode_event(CommandEvent, cast(bytes, one.value)) for one in self.commands]

    def steps(self, command_id: str) -> list[str]:
        return [event.step.value for event in self.events if event.command_id == command_id]


def record(
    key: bytes | None, value: bytes | None, headers: Sequence[Header] = (), offset: int = 0
) -> ConsumerRecord[bytes, bytes]:
    return ConsumerRecord("commands", 0, offset, 0, 0, key, value, None, 0, len(value or b""), tuple(headers))


class MemoryView(CommandView):
    """Reads the log when it is waited for, or by `read_all`; `stalled` never gets there."""

    def __init__(self, kafka: MemoryKafka, **options: Any) -> None:
        super().__init__(KafkaSettings(), **options)
        self._kafka = kafka
        self.read = 0
        self.stalled = False

    async def reached(self, position: RecordPosition) -> None:
        if self.stalled:
            await asyncio.Event().wait()
        self.read_upto(position.offset + 1)

    async def reached_end(self, partition: int) -> None:
        await self.reached(RecordPosition(0, len(self._kafka.commands) - 1))

    def read_all(self) -> None:
        self.read_upto(len(self._kafka.commands))

    def read_upto(self, end: int) -> None:
        while self.read < end:
            self._apply(self._kafka.commands[self.read])
            self.read += 1


class MemoryRegistryView:
    def __init__(self) -> None:
        self.records: dict[str, DeviceRecord] = {}

    def put(self, serial: str, *periods: DevicePeriod) -> None:
        self.records[serial] = DeviceRecord(serial, periods)

    def device(self, serial: str) -> KnownDevice | None:
        found = self.records.get(serial)
        return KnownDevice(found.periods, 1) if found else None

    def device_record(self, serial: str) -> DeviceRecord | None:
        return self.records.get(serial)


@dataclass
class MemoryEmitter:
    """Keeps bodies; `failure` is raised instead."""

    bodies: list[bytes] = field(default_factory=list)
    failure: Exception | None = None

    async def store(self, route: Any, table: str, body: bytes, device: Any, where: Any) -> RecordPosition:
        if self.failure is not None:
            raise self.failure
        self.bodies.append(body)
        return RecordPosition(3, len(self.bodies) + 40)


class MemoryEffects(CommandEffects):
    """Notes what would be changed; `failure` is raised instead."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.failure: Exception | None = None

    async def done(self, serial: str, line: str, at: int) -> None:
        self._note(serial, line)

    async def new_key_seen(self, serial: str, key: str, at: int) -> None:
        self._note(serial, key)

    def _note(self, serial: str, text: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.calls.append((serial, text))


@dataclass
class TestEdge:
    """One edge's delivery with a view of its own."""

    __test__ = False

    kafka: MemoryKafka
    name: str = "edge-a"
    deadline_seconds: float = 10.0
    emitter: MemoryEmitter = field(default_factory=MemoryEmitter)
    effects: MemoryEffects = field(default_factory=MemoryEffects)

    def __post_init__(self) -> None:
        self.view = MemoryView(self.kafka)
        self.delivery = CommandDelivery(
            view=self.view,
            log=CommandLog(cast(Producer, self.kafka)),
            emitter=cast(Any, self.emitter),
            keys=KEYS,
            effects=self.effects,
            edge_id=self.name,
            boot="b00t",
            claim_deadline_seconds=self.deadline_seconds,
        )

    async def poll(self, at: int = AT, period: DevicePeriod = PERIOD, query: str = "", serial: str = SERIAL) -> bytes:
        """By a view that has read everything."""
        self.view.read_all()
        return await self.delivery.poll(exchange(at, period=period, query=query, serial=serial))

    async def result(self, body: bytes, at: int = AT, serial: str = SERIAL) -> bytes:
        return await self.delivery.result(exchange(at, body=body, serial=serial))

    def state(self, command_id: str = "7", serial: str = SERIAL) -> Any:
        self.view.read_all()
        return self.view.find(serial, command_id)


def exchange(
    at: int = AT,
    *,
    body: bytes = b"",
    period: DevicePeriod = PERIOD,
    query: str = "",
    serial: str = SERIAL,
    raw: str = "",
) -> Exchange:
    async def read() -> bytes:
        return body

    return cast(
        Exchange,
        SimpleNamespace(
            now_ms=at,
            body=read,
            device=Devices.make(serial, period, 1 << 62),
            target=SimpleNamespace(params={key.lower(): value for key, value in parse_qsl(query)}),
            where=lambda: Where("/iclock/x", "", "", at),
            request=SimpleNamespace(raw_path=raw),
        ),
    )


def request(
    kafka: MemoryKafka, command_id: str = "7", text: bytes = b"INFO", *, serial: str = SERIAL, at: int = AT, **more: Any
) -> CommandEvent:
    """Write a `requested` as the desk does."""
    values = {"name": "device.info", "max_sends": 3, "expires_at": at + 86_400_000, **more}
    event = CommandEvent(
        step=CommandStep.REQUESTED, tenant="acme", device=serial, command_id=command_id, at=at, by="anna", **values
    )
    kafka.append(
        "commands",
        command_key(serial, command_id),
        encode_event(event),
        partition_by=serial.encode(),
        headers=seal_text(KEYS, "acme", serial, command_id, text),
    )
    return event


def desk(
    kafka: MemoryKafka, registry: MemoryRegistryView, settings: Settings, view: MemoryView | None = None, **options: Any
) -> CommandDesk:
    return CommandDesk(
        view=view or MemoryView(kafka),
        registry=cast(RegistryView, registry),
        producer=cast(Producer, kafka),
        keys=KEYS,
        settings=settings,
        clock=lambda: AT / 1000,
        **options,
    )
