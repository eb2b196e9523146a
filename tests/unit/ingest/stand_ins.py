"""Stand-ins for what the edge is wired to: a producer that does as told, a registry in memory, raw sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from aiohttp import web

from ingest.bodies import BodyReader
from ingest.budget import Budget
from ingest.devices import Devices
from ingest.emit import RESULTS, Emitter
from ingest.errors import Poison, Reason
from ingest.exchange import Exchange
from ingest.handlers import Edge
from ingest.handshakes import Handshakes
from ingest.hints import Hints
from ingest.lookups import Lookups
from ingest.server import EdgeServer
from ingest.stamps import Stamps
from ingest.uploads import Uploads
from ingest.watermarks import Watermarks
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.registry_view import KnownDevice
from runtime.sealing import Sealer
from runtime.sections import IngestSettings, LookupSettings
from schemas.devices import DeviceState
from schemas.headers import Header, RawHeaders
from schemas.lastpunch import LastPunch
from schemas.registry import DevicePeriod, SiteRecord

NOW_MS = 1_772_355_600_000  # 2026-03-01 09:00:00 UTC
DEADLINE_SECONDS = 10.0
HINT_KEY = b"makes the secret paths"
KNOWN = DevicePeriod(site="north", tenant="acme", zone="America/New_York")


class MemoryKeys:
    """A key for the tenants that the devices here have, none for any other."""

    def __init__(self) -> None:
        self._sealers = {
            tenant: Sealer(bytes([number]) * 32, f"{tenant}.1") for number, tenant in enumerate(("acme", "default"))
        }

    def sealer(self, tenant: str) -> Sealer:
        if tenant not in self._sealers:
            raise KeyMissing(f"tenant {tenant!r} has no key")
        return self._sealers[tenant]

    def opener(self, key_id: str) -> Sealer:
        return self.sealer(key_id.rpartition(".")[0])


KEYS = cast(KeyRing, MemoryKeys())


@dataclass
class Sent:
    """One record that a producer was given."""

    topic: str
    key: bytes
    value: bytes
    partition_by: bytes
    headers: list[Header]
    timestamp_ms: int

    @property
    def raw(self) -> RawHeaders:
        return RawHeaders.decode(self.headers)


class FakeBatch:
    count = 1  # records that it holds so far

    def __init__(self, broker: FakeProducer) -> None:
        self._broker = broker

    async def acked(self) -> int:
        if self._broker.mode == "hold":
            await self._broker.released.wait()
        if self._broker.mode == "fail":
            raise DeliveryFailed("Kafka did not acknowledge within 5 s")
        return 0


@dataclass
class FakeProducer:
    mode: Literal["ack", "hold", "fail", "full"] = "ack"
    sent: list[Sent] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    pending_bytes: int = 0

    def append(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        *,
        partition_by: bytes,
        headers: Sequence[Header],
        timestamp_ms: int,
    ) -> FakeBatch:
        if self.mode == "full":
            raise BufferFull("full")
        self.sent.append(Sent(topic, key, value, partition_by, list(headers), timestamp_ms))
        return FakeBatch(self)

    def partition(self, topic: str, partition_by: bytes) -> int:
        return 0

    def of(self, table: str) -> list[Sent]:
        return [sent for sent in self.sent if sent.raw.table == table]


class MemoryRegistry:
    def __init__(self) -> None:
        self.on_change: Callable[[str], None] | None = None
        self.devices: dict[str, KnownDevice] = {}
        self.sites: dict[str, SiteRecord] = {}

    def device(self, serial: str) -> KnownDevice | None:
        return self.devices.get(serial)

    def site(self, site_id: str) -> SiteRecord | None:
        return self.sites.get(site_id)

    def put_site(self, record: SiteRecord) -> None:
        self.sites[record.id] = record
        if self.on_change:
            self.on_change(f"site+{record.id}")

    def put(self, serial: str, *periods: DevicePeriod) -> None:
        self.devices[serial] = KnownDevice(periods, 1)
        if self.on_change:
            self.on_change(f"device+{serial}")


@dataclass
class TestEdge:
    """An edge that listens, with its stand-ins."""

    __test__ = False

    edge: Edge
    server: EdgeServer
    producer: FakeProducer
    registry: MemoryRegistry
    budget: Budget
    states: MemoryStates
    punches: MemoryPunches
    commands: NoCommands
    now_ms: int = NOW_MS

    async def exchange(self, request: bytes, *, half_close: bool = False) -> bytes:
        """Everything that comes back until the edge closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(request)
            if half_close:
                writer.write_eof()
            return await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
        finally:
            writer.close()

    async def get(self, target: str) -> bytes:
        return await self.exchange(f"GET {target} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode())

    async def post(self, target: str, body: bytes, headers: str = "") -> bytes:
        head = f"POST {target} HTTP/1.1\r\nHost: e\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        return await self.exchange(head.encode() + body)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


async def until(condition: Callable[[], object], what: str) -> None:
    """Return when the condition holds; fail, saying what was waited for, after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        await asyncio.sleep(0.005)


class MemoryStates:
    """What the device processor would have said."""

    def __init__(self) -> None:
        self.states: dict[str, DeviceState] = {}

    def state(self, serial: str) -> DeviceState | None:
        return self.states.get(serial)


class MemoryPunches:
    def __init__(self) -> None:
        self.punches: dict[tuple[str, str], LastPunch] = {}

    def find(self, serial: str, pin: str, at_ms: int) -> LastPunch | None:
        return self.punches.get((serial, pin))


class NoCommands:
    """An edge without commands: answers are kept, as the real delivery keeps them."""

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter
        self.resends: dict[str, frozenset[str]] = {}
        self.back: list[str] = []

    async def poll(self, exchange: Exchange) -> bytes:
        return b"OK"

    async def result(self, exchange: Exchange) -> bytes:
        await self._emitter.store(RESULTS, "DEVICECMD", await exchange.body(), exchange.device, exchange.where())
        return b"OK"

    def came_back(self, exchange: Exchange) -> None:
        self.back.append(exchange.device.serial)

    def resend_tables(self, serial: str) -> frozenset[str]:
        return self.resends.get(serial, frozenset())

    def told(self, serial: str, at: int) -> None:
        self.resends.pop(serial, None)

    async def serve_file(self, exchange: Exchange) -> web.StreamResponse:
        raise Poison(Reason.NOT_FOUND, "nothing here\n", status=404)


@asynccontextmanager
async def running_edge(**options: object) -> AsyncIterator[TestEdge]:
    """`options` are settings of `ingest`. Devices of the registry named KNOWN* may be added by the test."""
    settings = IngestSettings.model_validate(
        {
            "host": "127.0.0.1",
            "port": 0,
            "unknown_devices": "accept",
            "drain_seconds": 5,
            "watermark_step_seconds": 60,
            **options,
        }
    )
    producer, registry = FakeProducer(), MemoryRegistry()
    registry.put("KNOWN1", KNOWN)
    budget = Budget(settings.in_flight_bytes, lambda: producer.pending_bytes)
    emitter = Emitter(cast(Producer, producer), budget, KEYS, edge_id="edge-t", boot="b00t")
    made: list[TestEdge] = []
    states, punches, commands, stamps = MemoryStates(), MemoryPunches(), NoCommands(emitter), Stamps()
    edge = Edge(
        settings,
        devices=Devices(registry, settings, "UTC"),
        keys=KEYS,
        emitter=emitter,
        handshakes=Handshakes(settings, emitter, states, commands, stamps, b"secret of this test"),
        uploads=Uploads(emitter, stamps),
        lookups=Lookups(LookupSettings(), punches, emitter),
        commands=commands,
        files=commands,
        watermarks=Watermarks(settings, emitter, states),
        hints=Hints(cast(Producer, producer), HINT_KEY, clock=lambda: made[0].now_ms / 1000),
        bodies=BodyReader(budget, max_bytes=settings.max_body_bytes, timeout_seconds=settings.body_timeout_seconds),
        clock=lambda: made[0].now_ms / 1000,
    )
    server = EdgeServer(edge.handle, settings)
    made.append(TestEdge(edge, server, producer, registry, budget, states, punches, commands))
    await server.listen()
    try:
        yield made[0]
    finally:
        producer.released.set()
        await server.drain()
