"""The edge as a process: what is started in which order, when it is ready, how it drains.

Order of the end: readiness fails, nothing new is accepted, requests in flight finish, the producer is flushed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import AsyncExitStack

from ingest import metrics
from ingest.bodies import BodyReader
from ingest.budget import Budget
from ingest.devices import Devices
from ingest.emit import ROUTES, Emitter
from ingest.handlers import Edge
from ingest.server import EdgeServer
from runtime.errors import DeliveryFailed, SettingsError
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sealing import Sealer
from runtime.settings import IngestSettings, Settings

log = logging.getLogger(__name__)

_RECONNECT_SECONDS = 2.0


class Readiness:
    """Why the edge is not ready, in words; "" when it is."""

    def __init__(self) -> None:
        self.waiting_for = "Kafka"
        self.registry: RegistryView | None = None
        self.emitter: Emitter | None = None
        self.failure_counts_seconds = 0.0

    def check(self) -> str:
        if self.waiting_for:
            return f"waiting for {self.waiting_for}"
        if self.registry is not None and self.registry.failed:
            return self.registry.failed
        # For a while only: a balancer that sends nothing would otherwise never let it be seen that Kafka is back.
        failed_at = self.emitter.last_failure if self.emitter is not None else 0.0
        if failed_at and time.monotonic() - failed_at < self.failure_counts_seconds:
            return "Kafka does not acknowledge"
        return ""


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Serve devices until `stop` is set. Raises SettingsError, TopicMismatch, RegistryUnreadable, Fatal (ports)."""
    ingest = settings.ingest
    sealer = load_sealer(ingest)
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
        await producer.prepare(*(route.topic for route in ROUTES))
        readiness.waiting_for = "the registry"
        registry = readiness.registry = RegistryView(settings.kafka)
        devices = Devices(registry, ingest, settings.normalize.unknown_zone)
        await registry.start()
        cleanup.push_async_callback(registry.stop)
        budget = Budget(ingest.in_flight_bytes, lambda: producer.pending_bytes)
        emitter = readiness.emitter = Emitter(
            producer, budget, sealer, edge_id=ingest.edge_id, boot=secrets.token_hex(4)
        )
        bodies = BodyReader(budget, max_bytes=ingest.max_body_bytes, timeout_seconds=ingest.body_timeout_seconds)
        edge = Edge(ingest, devices=devices, emitter=emitter, bodies=bodies)
        server = EdgeServer(edge.handle, ingest)
        _bind_gauges(ingest, budget, server, producer, edge)
        await server.listen()
        readiness.waiting_for = ""
        await stop.wait()
        log.info("draining %d connections", server.connection_count)
        readiness.waiting_for = "requests in flight to finish; then the process ends"
        edge.draining = True
        await server.drain()
    return 0


def load_sealer(settings: IngestSettings) -> Sealer:
    """Raises SettingsError: without a key, passwords and templates would travel as they come."""
    if settings.seal_key_file is None:
        raise SettingsError(
            "ingest.seal_key_file is not set: bodies that may hold passwords, templates or pictures are sealed with "
            "it. Make a key with `punchstream keys new FILE` and set ingest.seal_key_file to FILE"
        )
    return Sealer.from_file(settings.seal_key_file)


async def _connect(producer: Producer, stop: asyncio.Event) -> bool:
    """Kafka may come up after us, so this tries until it is there; False when `stop` came first."""
    while not stop.is_set():
        try:
            await producer.start()
        except DeliveryFailed as error:
            log.warning("%s; trying again in %g s", error, _RECONNECT_SECONDS)
            try:
                await asyncio.wait_for(stop.wait(), _RECONNECT_SECONDS)
            except TimeoutError:
                continue
        else:
            return True
    return False


def _bind_gauges(settings: IngestSettings, budget: Budget, server: EdgeServer, producer: Producer, edge: Edge) -> None:
    metrics.IN_FLIGHT_LIMIT.set(settings.in_flight_bytes)
    metrics.IN_FLIGHT_BYTES.set_function(lambda: budget.in_flight)
    metrics.CONNECTIONS_LIMIT.set(settings.max_connections)
    metrics.CONNECTIONS.set_function(lambda: server.connection_count)
    metrics.PRODUCER_REBUILDS.set_function(lambda: producer.rebuilds)
    metrics.PENDING_DEVICES.set_function(lambda: len(edge.strangers))
