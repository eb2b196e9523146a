"""The normalizer as a process: registry view first, then the Faust app, until told to stop."""

from __future__ import annotations

import asyncio

from processors.faust_app import make_app, run_app
from processors.normalize.agent import Normalizer
from processors.offsets import refuse_lost_offsets
from processors.safe_agent import refuse_unsafe_agents, safe_agent
from processors.watchdog import Watchdog
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings

_AGENT = "normalize"
_SOURCE_TOPIC = "raw.attendance"
_MAX_PENDING_BYTES = 64 * 1024 * 1024
_ACK_SECONDS = 30.0


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Returns 0 after a stop that was asked for, 1 after a crash. Raises errors of the runtime at the start."""
    registry = RegistryView(settings.kafka)
    producer = Producer(
        settings.kafka, client_id="normalize", max_pending_bytes=_MAX_PENDING_BYTES, deadline_seconds=_ACK_SECONDS
    )
    app = make_app(
        settings.kafka,
        group=settings.kafka.topic(settings.normalize.group),
        instance_id=settings.normalize.instance_id,
        buffer_records=settings.normalize.take_records,
    )
    watchdog = Watchdog(app, _AGENT)
    started = asyncio.Event()
    probe = ProbeServer(
        settings.health_host,
        settings.normalize.health_port,
        ready=lambda: registry.failed or watchdog.trouble or ("" if started.is_set() else "starting"),
        live=lambda: "",
    )
    await probe.start()
    try:
        await refuse_lost_offsets(settings.kafka, settings.normalize.group, _SOURCE_TOPIC)
        await registry.start()
        await producer.start()
        await producer.prepare("punches", "deadletters")
        normalizer = Normalizer(producer, registry, settings.normalize.unknown_zone)
        safe_agent(
            app,
            settings.kafka.topic(_SOURCE_TOPIC),
            normalizer.handle,
            name=_AGENT,
            take_records=settings.normalize.take_records,
            take_seconds=settings.normalize.take_seconds,
        )
        refuse_unsafe_agents(app)
        return await run_app(app, stop, started, watchdog)
    finally:
        await producer.stop()
        await registry.stop()
        await probe.stop()
