"""The tracker as a process: state of each device from `device.input`, last punch of each PIN from `punches`."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any, Final

from processors.devices.partition import DevicesPartition, key_of_device
from processors.devices.registry_facts import RegistryFacts
from processors.keyed_loop import KeyedLoop
from processors.keyed_worker import KeyedWorker
from processors.lastpunch.latest import LatestPunches
from processors.lastpunch.seen import SeenPunch, decode_punch
from processors.metrics import TRACKED_DEVICES
from runtime.keyed_state import KeyedState
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import TrackSettings
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.devices import DeviceInput, DeviceStatus

_DEVICES: Final = "device.input"
_PUNCHES: Final = "punches"
_MAX_PENDING_BYTES = 16 * 1024 * 1024
_ACK_SECONDS = 30.0
_SILENT_SECONDS = 180.0


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
    states = [KeyedState(kafka, topic, client_id="track") for topic in ("devices.state", "lastpunch")]
    devices = KeyedWorker(
        states[0],
        dead_letters,
        _DEVICES,
        decode=partial(decode_event, DeviceInput),
        key_of=key_of_device,
        load=partial(DevicesPartition, facts_of=RegistryFacts(registry, settings)),
    )
    last_punches = KeyedWorker(
        states[1], dead_letters, _PUNCHES, decode=decode_punch, key_of=SeenPunch.key, load=LatestPunches
    )
    _count_devices(devices)
    loops = [_loop(settings, devices, "devices"), _loop(settings, last_punches, "lastpunch")]
    probe = ProbeServer(
        settings.health_host,
        track.health_port,
        ready=lambda: registry.failed or _trouble(states, loops),
        live=lambda: _silent(loops),
    )
    await probe.start()
    try:
        await registry.start()
        await dead_letters.start()
        await dead_letters.prepare("deadletters")
        await _run_all(loops, stop)
    finally:
        for state in states:
            await state.stop()
        await dead_letters.stop()
        await registry.stop()
        await probe.stop()
    return 0


async def _run_all(loops: list[KeyedLoop], stop: asyncio.Event) -> None:
    """All of them until one ends: the others are stopped then. Raises what the first one ended with."""
    end = asyncio.Event()
    running = [asyncio.create_task(loop.run(end)) for loop in loops]
    asked = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait({asked, *running}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    end.set()
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    failed = [task for task in ended if task in running]
    for outcome in [*(task.exception() for task in failed), *outcomes]:
        if isinstance(outcome, BaseException):
            raise outcome


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


def _trouble(states: list[KeyedState], loops: list[KeyedLoop]) -> str:
    troubles = [*(state.trouble for state in states), *(loop.trouble for loop in loops)]
    return next(filter(None, troubles), "")


def _silent(loops: list[KeyedLoop]) -> str:
    silent = time.monotonic() - min(loop.polled_at for loop in loops)
    return f"Kafka was not polled for {silent:.0f} s" if silent > _SILENT_SECONDS else ""


def _count_devices(devices: KeyedWorker[DeviceInput, DevicesPartition]) -> None:
    for status in DeviceStatus:
        TRACKED_DEVICES.labels(status.value).set_function(partial(_count, devices, status))


def _count(devices: KeyedWorker[DeviceInput, DevicesPartition], status: DeviceStatus) -> float:
    return sum(model.count_by_status[status] for model in devices.models.values())
