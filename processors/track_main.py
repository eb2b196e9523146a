"""The tracker as a process: state of each device from `device.input`, last punch of each PIN from `punches`."""

from __future__ import annotations

import asyncio
from functools import partial

from processors.devices.partition import DevicesPartition
from processors.devices.registry_facts import RegistryFacts
from processors.faust_app import make_app, run_app
from processors.keyed_agent import KeyedAgent, keyed_agent
from processors.lastpunch.latest import LatestPunches, decode_punch
from processors.metrics import TRACKED_DEVICES
from processors.offsets import refuse_lost_offsets
from processors.safe_agent import refuse_unsafe_agents
from processors.watchdog import Watchdog
from runtime.keyed_state import KeyedState
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.devices import DeviceInput, DeviceStatus

_CLIENT = "track"
_INPUTS = ("device.input", "punches")
_MAX_PENDING_BYTES = 16 * 1024 * 1024
_ACK_SECONDS = 30.0


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Returns 0 after a stop that was asked for, 1 after a crash. Raises errors of the runtime at the start."""
    kafka, track = settings.kafka, settings.track
    registry = RegistryView(kafka)
    dead_letters = Producer(
        kafka, client_id=_CLIENT, max_pending_bytes=_MAX_PENDING_BYTES, deadline_seconds=_ACK_SECONDS
    )
    states = [KeyedState(kafka, topic, client_id=_CLIENT) for topic in ("devices.state", "lastpunch")]
    load = partial(DevicesPartition, facts_of=RegistryFacts(registry, settings))
    devices = KeyedAgent(states[0], dead_letters, "device.input", partial(decode_event, DeviceInput), load)
    last_punches = KeyedAgent(states[1], dead_letters, "punches", decode_punch, LatestPunches)
    _count_devices(devices)
    app = make_app(
        kafka,
        group=kafka.topic(track.group),
        instance_id=track.instance_id,
        buffer_records=track.take_records,
    )
    watchdog = Watchdog(app, _CLIENT)
    started = asyncio.Event()
    probe = ProbeServer(
        settings.health_host,
        track.health_port,
        ready=lambda: (
            registry.failed
            or watchdog.trouble
            or ("" if started.is_set() else "starting")
            or next((state.trouble for state in states if state.trouble), "")
        ),
        live=lambda: "",
    )
    await probe.start()
    try:
        for topic in _INPUTS:
            await refuse_lost_offsets(kafka, track.group, topic)
        await registry.start()
        await dead_letters.start()
        await dead_letters.prepare("deadletters")
        keyed_agent(app, settings, devices, "devices")
        keyed_agent(app, settings, last_punches, "lastpunch")
        refuse_unsafe_agents(app)
        return await run_app(app, stop, started, watchdog)
    finally:
        for state in states:
            await state.stop()
        await dead_letters.stop()
        await registry.stop()
        await probe.stop()


def _count_devices(devices: KeyedAgent[DeviceInput, DevicesPartition]) -> None:
    for status in DeviceStatus:
        TRACKED_DEVICES.labels(status.value).set_function(partial(_count, devices, status))


def _count(devices: KeyedAgent[DeviceInput, DevicesPartition], status: DeviceStatus) -> float:
    return sum(model.count_by_status[status] for model in devices.models.values())
