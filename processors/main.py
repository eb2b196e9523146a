"""The normalizer as a process: registry view first, then a Faust app for each raw topic, until told to stop.

An app for each topic and not one for all: Faust hands on the records of all topics of an app in one loop, which waits
when one agent's buffer is full. A tenant's missing key or a store that is away would hold up the punches.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import faust

from processors.faust_app import make_app, run_app
from processors.normalize.agent import Normalizer
from processors.normalize.body_agent import BodyNormalizer
from processors.normalize.converters import CONVERTERS
from processors.offsets import refuse_lost_offsets
from processors.safe_agent import Handler, refuse_unsafe_agents, safe_agent
from processors.watchdog import Watchdog
from runtime.keyring import open_key_ring
from runtime.objects import open_store
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import NormalizeSettings
from runtime.settings import Settings
from runtime.vault import Vault
from schemas.topics import RECORD_OVERHEAD_BYTES

_ATTENDANCE: Final = "raw.attendance"
_PHOTOS: Final = "raw.photos"
_DERIVED: Final = (
    *("punches", "operations", "people", "photos", "access", "timecards.vendor"),
    *("device.input", "resolver.input", "deadletters"),
)
# Bodies of photos are megabytes each, and twice as many records as are taken lie in the buffer.
_PHOTOS_AT_ONCE: Final = 4
_MAX_PENDING_BYTES: Final = 64 * 1024 * 1024
_ACK_SECONDS: Final = 30.0


@dataclass(slots=True)
class _Lane:
    """One topic with its app."""

    topic: str
    app: faust.App
    watchdog: Watchdog
    take_records: int
    started: asyncio.Event = field(default_factory=asyncio.Event)


def group_of(settings: NormalizeSettings, topic: str) -> str:
    """The consumer group (without prefix) that reads a raw topic (catalogue name)."""
    return settings.group if topic == _ATTENDANCE else f"{settings.group}-{topic.removeprefix('raw.')}"


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Returns 0 after a stop that was asked for, 1 after a crash. Raises errors of the runtime at the start."""
    keys = open_key_ring(settings.keys)
    registry = RegistryView(settings.kafka)
    producer = Producer(
        settings.kafka, client_id="normalize", max_pending_bytes=_MAX_PENDING_BYTES, deadline_seconds=_ACK_SECONDS
    )
    lanes = [_lane(settings, topic) for topic in (_ATTENDANCE, *CONVERTERS)]
    probe = ProbeServer(
        settings.health_host,
        settings.normalize.health_port,
        ready=lambda: registry.failed or next(filter(None, map(_trouble, lanes)), ""),
        live=lambda: "",
    )
    await probe.start()
    try:
        objects = await open_store(settings.store)
        vault = Vault(objects, keys)
        for lane in lanes:
            await refuse_lost_offsets(settings.kafka, group_of(settings.normalize, lane.topic), lane.topic)
        await registry.start()
        await producer.start()
        await producer.prepare(*_DERIVED)
        zone = settings.normalize.unknown_zone
        handlers: dict[str, Handler] = {_ATTENDANCE: Normalizer(producer, registry, zone).handle}
        for lane in lanes[1:]:
            bodies = BodyNormalizer(
                lane.topic,
                CONVERTERS[lane.topic],
                producer=producer,
                registry=registry,
                keys=keys,
                vault=vault,
                objects=objects,
                max_value_bytes=settings.kafka.max_record_bytes - RECORD_OVERHEAD_BYTES,
                unknown_zone=zone,
            )
            handlers[lane.topic] = bodies.handle
            lane.watchdog = Watchdog(lane.app, _agent_of(lane.topic), partial(getattr, bodies, "waits_for"))
        for lane in lanes:
            safe_agent(
                lane.app,
                settings.kafka.topic(lane.topic),
                handlers[lane.topic],
                name=_agent_of(lane.topic),
                take_records=lane.take_records,
                take_seconds=settings.normalize.take_seconds,
            )
            refuse_unsafe_agents(lane.app)
        return await _run_lanes(lanes, stop)
    finally:
        await producer.stop()
        await registry.stop()
        await probe.stop()


async def _run_lanes(lanes: list[_Lane], stop: asyncio.Event) -> int:
    """All apps until one ends: the others are stopped then. The greatest of their results."""
    end = asyncio.Event()
    running = [asyncio.create_task(run_app(lane.app, end, lane.started, lane.watchdog)) for lane in lanes]
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait({asked, *running}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    end.set()
    return max(await asyncio.gather(*running))


def _lane(settings: Settings, topic: str) -> _Lane:
    normalize = settings.normalize
    take_records = min(_PHOTOS_AT_ONCE, normalize.take_records) if topic == _PHOTOS else normalize.take_records
    app = make_app(
        settings.kafka,
        group=settings.kafka.topic(group_of(normalize, topic)),
        instance_id=normalize.instance_id,
        buffer_records=take_records,
    )
    return _Lane(topic, app, Watchdog(app, _agent_of(topic)), take_records)


def _agent_of(topic: str) -> str:
    """Names of agents, as metrics have them."""
    return "normalize" if topic == _ATTENDANCE else f"normalize-{topic.removeprefix('raw.')}"


def _trouble(lane: _Lane) -> str:
    return lane.watchdog.trouble or ("" if lane.started.is_set() else f"starting {lane.topic}")
