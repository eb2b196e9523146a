"""The tracker as a process: state of each device from `device.input`, last punch of each PIN from `punches`."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final

from processors.devices.partition import DevicesPartition, key_of_device
from processors.devices.registry_facts import RegistryFacts
from processors.keyed_loop import KeyedLoop
from processors.keyed_loops import run_all, silence_of, trouble_of
from processors.keyed_worker import KeyedWorker
from processors.lastpunch.latest import LatestPunches
from processors.lastpunch.seen import SeenPunch, decode_punch
from processors.metrics import TRACK_DEAD_LETTERS, TRACKED_DEVICES
from processors.put_aside import PutAside
from runtime.keyed_state import KeyedState
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import TrackSettings
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.devices import DeviceInput, DeviceStatus
from schemas.lastpunch import is_of_timecards

_DEVICES: Final = "device.input"
_PUNCHES: Final = "punches"
_MAX_PENDING_BYTES = 16 * 1024 * 1024
_ACK_SECONDS = 30.0


def group_of(settings: TrackSettings, topic: str) -> str:
    """The consumer group (without prefix) that reads `device.input` or `punches`."""
    return settings.group if topic == _DEVICES else f"{settings.group}-lastpunch"


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Returns 0 after a stop that was asked for. Raises what ended it otherwise: errors of the runtime and of ours."""
    kafka, track = settings.kafka, settings.track
    registry = RegistryView(kafka)
    dead_letters = Producer(
        kafka, client_id="track", max_pending_bytes=_MAX_PENDING_BYTES, deadline_seconds=_ACK_SECONDS
    )
    states = [
        KeyedState(kafka, "devices.state", client_id="track"),
        KeyedState(kafka, "lastpunch", client_id="track", ours=lambda key: not is_of_timecards(key)),
    ]
    facts = RegistryFacts(registry, settings)
    devices = KeyedWorker(
        states[0],
        _aside(dead_letters, _DEVICES),
        _DEVICES,
        decode=partial(decode_event, DeviceInput),
        key_of=key_of_device,
        load=lambda _, stored: DevicesPartition(stored, facts),
    )
    last_punches = KeyedWorker(
        states[1],
        _aside(dead_letters, _PUNCHES),
        _PUNCHES,
        decode=decode_punch,
        key_of=SeenPunch.key,
        load=lambda _, stored: LatestPunches(stored),
    )
    _count_devices(devices)
    loops = [_loop(settings, devices, "devices"), _loop(settings, last_punches, "lastpunch")]
    probe = ProbeServer(
        settings.health_host,
        track.health_port,
        ready=lambda: registry.failed or trouble_of(*states, *loops),
        live=lambda: silence_of(loops),
    )
    await probe.start()
    try:
        await registry.start()
        await dead_letters.start()
        await dead_letters.prepare("deadletters")
        await run_all(loops, stop)
    finally:
        for state in states:
            await state.stop()
        await dead_letters.stop()
        await registry.stop()
        await probe.stop()
    return 0


def _loop(settings: Settings, worker: KeyedWorker[Any, Any], name: str) -> KeyedLoop:
    track = settings.track
    return KeyedLoop(
        settings.kafka,
        worker,
        name=name,
        group=group_of(track, worker.source_topic),
        instance_id=track.instance_id,
        take_records=track.take_records,
        take_seconds=track.take_seconds,
    )


def _aside(producer: Producer, topic: str) -> PutAside:
    return PutAside(producer, topic, "track", lambda topic, reason: TRACK_DEAD_LETTERS.labels(topic, reason).inc())


def _count_devices(devices: KeyedWorker[DeviceInput, DevicesPartition]) -> None:
    for status in DeviceStatus:
        TRACKED_DEVICES.labels(status.value).set_function(partial(_count, devices, status))


def _count(devices: KeyedWorker[DeviceInput, DevicesPartition], status: DeviceStatus) -> float:
    return sum(model.count_by_status[status] for model in devices.models.values())
