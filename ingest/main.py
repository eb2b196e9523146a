"""The edge as a process: what is started in which order, when it is ready, how it drains.

Order of the end: readiness fails, nothing new is accepted, requests in flight finish, the producer is flushed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from ingest import metrics
from ingest.commands.desk import TOPICS as COMMAND_TOPICS
from ingest.emit import ROUTES, Emitter
from ingest.hints import TOPIC as HINTS
from ingest.server import EdgeServer
from ingest.tls import follow_certificate, make_context
from ingest.wiring import Parts, Views, make_parts
from runtime.errors import DeliveryFailed, KeyMissing, SettingsError, StoreUnavailable
from runtime.keyring import KeyRing, open_key_ring
from runtime.objects import ObjectStore, open_store
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.sections import IngestSettings
from runtime.settings import Settings

log = logging.getLogger(__name__)

_RECONNECT_SECONDS = 2.0


class Readiness:
    """Why the edge is not ready, in words; "" when it is."""

    def __init__(self) -> None:
        self.waiting_for = "Kafka"
        self.views: Views | None = None
        self.emitter: Emitter | None = None
        self.failure_counts_seconds = 0.0

    def check(self) -> str:
        if self.waiting_for:
            return f"waiting for {self.waiting_for}"
        failed = self.views.failed if self.views is not None else ""
        if failed:
            return failed
        # For a while only: a balancer that sends nothing would otherwise never let it be seen that Kafka is back.
        failed_at = self.emitter.last_failure if self.emitter is not None else 0.0
        if failed_at and time.monotonic() - failed_at < self.failure_counts_seconds:
            return "Kafka does not acknowledge"
        return ""


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Serve devices until `stop` is set. Raises SettingsError, StoreRefused, TopicMismatch, ViewUnreadable, Fatal
    (ports)."""
    ingest = settings.ingest
    keys = load_keys(settings)
    tls = make_context(settings.tls) if settings.tls.port is not None else None
    readiness = Readiness()
    readiness.failure_counts_seconds = 2 * ingest.ack_deadline_seconds
    async with AsyncExitStack() as cleanup:
        probe = ProbeServer(settings.health_host, ingest.health_port, ready=readiness.check, live=lambda: "")
        await probe.start()
        cleanup.push_async_callback(probe.stop)
        producer = Producer(
            settings.kafka,
            client_id=f"punchstream-ingest-{ingest.edge_id}",
            max_pending_bytes=ingest.in_flight_bytes,
            deadline_seconds=ingest.ack_deadline_seconds,
        )
        if not await _connect(producer, stop):
            return 0
        cleanup.push_async_callback(producer.stop)
        objects = None
        if ingest.stores_bodies:
            readiness.waiting_for = "the object store"
            if (objects := await _open_store(settings, stop)) is None:
                return 0
        await producer.prepare(*(route.topic for route in ROUTES), *COMMAND_TOPICS, HINTS)
        views = readiness.views = Views(settings.kafka, remote_attendance=settings.lookups.remote_attendance)
        for name, view in views.by_name():
            readiness.waiting_for = name
            await view.start()
            cleanup.push_async_callback(view.stop)
        parts = make_parts(settings, producer, views, keys, objects)
        cleanup.push_async_callback(parts.close)
        readiness.emitter = parts.emitter
        server = EdgeServer(parts.edge.handle, ingest)
        _bind_gauges(ingest, parts, server, producer)
        await server.listen()
        if tls is not None:
            await server.listen_tls(ingest.host, settings.tls.port or 0, tls)
        await parts.control.start()
        cleanup.push_async_callback(parts.control.stop)
        readiness.waiting_for = ""
        async with _running(*parts.tasks(), *([follow_certificate(tls, settings.tls)] if tls else [])) as failed:
            await _first_of(stop, failed)
        log.info("draining %d connections", server.connection_count)
        readiness.waiting_for = "requests in flight to finish; then the process ends"
        parts.edge.draining = True
        await server.drain()
    return 0


def load_keys(settings: Settings) -> KeyRing:
    """Raises SettingsError: no keys at all, or none for the tenant of unknown devices although such are accepted.

    A tenant of the registry may get its key later: until then, what would be sealed for it is not taken.
    """
    keys = open_key_ring(settings.keys)
    if settings.ingest.unknown_devices == "accept":
        try:
            keys.sealer(settings.ingest.default_tenant)
        except KeyMissing as error:
            raise SettingsError(f"{error}; it is ingest.default_tenant, whose devices are accepted") from None
    return keys


async def _connect(producer: Producer, stop: asyncio.Event) -> bool:
    """Kafka may come up after us, so this tries until it is there; False when `stop` came first."""
    while not stop.is_set():
        try:
            await producer.start()
        except DeliveryFailed as error:
            await _pause(error, stop)
        else:
            return True
    return False


async def _open_store(settings: Settings, stop: asyncio.Event) -> ObjectStore | None:
    """As `_connect`; None when `stop` came first. Raises SettingsError, StoreRefused."""
    while not stop.is_set():
        try:
            return await open_store(settings.store)
        except StoreUnavailable as error:
            await _pause(error, stop)
    return None


async def _pause(error: Exception, stop: asyncio.Event) -> None:
    log.warning("%s; trying again in %g s", error, _RECONNECT_SECONDS)
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), _RECONNECT_SECONDS)


@asynccontextmanager
async def _running(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Future[None]]:
    """Loops beside the server, cancelled at the end; what is given is done when one of them failed, and raises why."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    failed = asyncio.ensure_future(_wait_all(tasks))
    try:
        yield failed
    finally:
        for task in (*tasks, failed):
            task.cancel()
        await asyncio.wait([*tasks, failed])


async def _wait_all(tasks: list[asyncio.Task[None]]) -> None:
    for task in asyncio.as_completed(tasks):
        await task


async def _first_of(stop: asyncio.Event, failed: asyncio.Future[None]) -> None:
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait((stopped, failed), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if failed in done:
        failed.result()


def _bind_gauges(settings: IngestSettings, parts: Parts, server: EdgeServer, producer: Producer) -> None:
    metrics.IN_FLIGHT_LIMIT.set(settings.in_flight_bytes)
    metrics.IN_FLIGHT_BYTES.set_function(lambda: parts.budget.in_flight)
    metrics.CONNECTIONS_LIMIT.set(settings.max_connections)
    metrics.CONNECTIONS.set_function(lambda: server.connection_count)
    metrics.PRODUCER_REBUILDS.set_function(lambda: producer.rebuilds)
    metrics.PENDING_DEVICES.set_function(lambda: len(parts.edge.strangers))
