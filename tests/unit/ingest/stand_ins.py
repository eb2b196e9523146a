"""Stand-ins for what the edge is wired to: a producer that does as told, a registry in memory, raw sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from ingest.bodies import BodyReader
from ingest.budget import Budget
from ingest.devices import Devices
from ingest.emit import Emitter
from ingest.handlers import Edge
from ingest.server import EdgeServer
from runtime.errors import BufferFull, DeliveryFailed
from runtime.producer import Producer
from runtime.registry_view import KnownDevice
from runtime.sealing import Sealer
from runtime.settings import IngestSettings
from schemas.headers import Header, RawHeaders
from schemas.registry import DevicePeriod

NOW_MS = 1_772_355_600_000  # 2026-03-01 09:00:00 UTC
DEADLINE_SECONDS = 10.0
KNOWN = DevicePeriod(site="north", tenant="acme", zone="America/New_York")
SEALER = Sealer(bytes(range(32)), "test-key")


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

    def of(self, table: str) -> list[Sent]:
        return [sent for sent in self.sent if sent.raw.table == table]


class MemoryRegistry:
    def __init__(self) -> None:
        self.on_change: Callable[[str], None] | None = None
        self.devices: dict[str, KnownDevice] = {}

    def device(self, serial: str) -> KnownDevice | None:
        return self.devices.get(serial)

    def put(self, serial: str, *periods: DevicePeriod) -> None:
        self.devices[serial] = KnownDevice(periods, 1)
        if self.on_change:
            self.on_change(serial)


@dataclass
class TestEdge:
    """An edge that listens, with its stand-ins."""

    __test__ = False

    edge: Edge
    server: EdgeServer
    producer: FakeProducer
    registry: MemoryRegistry
    budget: Budget
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


@asynccontextmanager
async def running_edge(**options: object) -> AsyncIterator[TestEdge]:
    """`options` are settings of `ingest`. Devices of the registry named KNOWN* may be added by the test."""
    settings = IngestSettings.model_validate(
        {"host": "127.0.0.1", "port": 0, "unknown_devices": "accept", "drain_seconds": 5, **options}
    )
    producer, registry = FakeProducer(), MemoryRegistry()
    registry.put("KNOWN1", KNOWN)
    budget = Budget(settings.in_flight_bytes, lambda: producer.pending_bytes)
    emitter = Emitter(cast(Producer, producer), budget, SEALER, edge_id="edge-t", boot="b00t")
    made: list[TestEdge] = []
    edge = Edge(
        settings,
        devices=Devices(registry, settings, "UTC"),
        emitter=emitter,
        bodies=BodyReader(budget, max_bytes=settings.max_body_bytes, timeout_seconds=settings.body_timeout_seconds),
        clock=lambda: made[0].now_ms / 1000,
    )
    server = EdgeServer(edge.handle, settings)
    made.append(TestEdge(edge, server, producer, registry, budget))
    await server.listen()
    try:
        yield made[0]
    finally:
        producer.released.set()
        await server.drain()
