"""An edge that runs in the test's event loop, and devices that speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from ingest.main import run
from runtime import topics
from runtime.key_files import new_key
from runtime.keyring import open_key_ring
from runtime.objects import open_store
from runtime.raw_bodies import fetch_raw, open_raw
from runtime.settings import Settings
from schemas.headers import RawHeaders
from schemas.topics import RAW_TOPICS
from tests.integration.conftest import free_ports
from tests.integration.helpers import make_settings, until

DEADLINE_SECONDS = 30.0


@dataclass
class Stored:
    """One record of a raw topic; `value` is opened where it was sealed, and fetched where it is stored."""

    topic: str
    key: bytes
    value: bytes
    raw: RawHeaders


@dataclass
class RunningEdge:
    settings: Settings
    stop: asyncio.Event
    task: asyncio.Task[int]

    async def send(self, request: bytes, *, half_close: bool = False) -> bytes:
        """What comes back until the edge closes the connection; b"" when it cannot be reached or resets."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.ingest.port)
        except OSError:
            return b""
        try:
            writer.write(request)
            if half_close:
                writer.write_eof()
            return await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def post(self, serial: str, body: bytes, table: str = "ATTLOG") -> bytes:
        target = f"/iclock/cdata?SN={serial}&table={table}&Stamp=9999"
        return await self.send(f"POST {target} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    async def ready(self) -> str:
        """What /readyz says; empty when nobody answers."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.ingest.health_port)
        except OSError:
            return ""
        writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), DEADLINE_SECONDS)
        writer.close()
        return answer.partition(b"\r\n\r\n")[2].decode()

    async def is_ready(self) -> bool:
        if self.task.done():
            self.task.result()
        return await self.ready() == "ok"

    async def stored(self) -> list[Stored]:
        keys = open_key_ring(self.settings.keys)
        found = []
        async with KafkaReader(self.settings.kafka) as reader:
            for topic in RAW_TOPICS:
                async for record in reader.records(topic):
                    raw = RawHeaders.decode(record.headers)
                    kept = record.value
                    if raw.stored:
                        kept = await fetch_raw(await open_store(self.settings.store), topic, raw)
                    found.append(Stored(topic, record.key, open_raw(keys, topic, raw, kept), raw))
        return found


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def edge_settings(stack: LocalStack, prefix: str, folder: Path, *overrides: str) -> Settings:
    keys = folder / "keys"
    if not keys.exists():
        new_key(keys, "default")
    port, health_port = free_ports(2)
    return make_settings(
        stack,
        prefix,
        "ingest.host=127.0.0.1",
        f"ingest.port={port}",
        f"ingest.health_port={health_port}",
        f"keys.folder={keys}",
        "ingest.unknown_devices=accept",
        *overrides,
    )


@asynccontextmanager
async def starting_edge(settings: Settings) -> AsyncIterator[RunningEdge]:
    stop = asyncio.Event()
    edge = RunningEdge(settings, stop, asyncio.create_task(run(settings, stop)))
    try:
        yield edge
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(edge.task, return_exceptions=True), DEADLINE_SECONDS)


@asynccontextmanager
async def running_edge(settings: Settings) -> AsyncIterator[RunningEdge]:
    """With all topics made, and ready."""
    await topics.apply(settings.kafka)
    async with starting_edge(settings) as edge:
        await until(edge.is_ready, "the edge is ready")
        yield edge
