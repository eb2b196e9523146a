"""Resolve as a process: whose each punch is, from `resolver.input`; identities and areas fanned out to it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from processors.keyed_loop import KeyedLoop
from processors.keyed_loops import run_all, silence_of, trouble_of
from processors.keyed_worker import KeyedWorker
from processors.loop_worker import Worker
from processors.metrics import RESOLVE_DEAD_LETTERS, RESOLVE_SENT, RESOLVE_SURPLUS
from processors.put_aside import PutAside
from processors.resolve.fan_out_workers import IDENTITIES, INPUT_TOPIC, REGISTRY, AreaFanOut, IdentityFanOut
from processors.resolve.partition import ResolvePartition, key_of_input
from processors.resolve.registry_places import Whereabouts
from processors.sender import OUTPUT_TOPIC, Sender
from runtime.keyed_state import KeyedState
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import ResolveSettings
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.resolver_input import ResolverInput

_MAX_PENDING_BYTES: Final = 64 * 1024 * 1024
_ACK_SECONDS: Final = 30.0
_HOUR_MS: Final = 3_600_000
_NAMES: Final = {INPUT_TOPIC: "resolve", IDENTITIES: "identities", REGISTRY: "areas"}


def group_of(settings: ResolveSettings, topic: str) -> str:
    """The consumer group (without prefix) that reads `resolver.input`, `identities` or `registry`."""
    return settings.group if topic == INPUT_TOPIC else f"{settings.group}-{_NAMES[topic]}"


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Returns 0 after a stop that was asked for. Raises what ended it otherwise: errors of the runtime and of ours."""
    kafka, resolve = settings.kafka, settings.resolve
    registry = RegistryView(kafka)
    producer = Producer(kafka, client_id="resolve", max_pending_bytes=_MAX_PENDING_BYTES, deadline_seconds=_ACK_SECONDS)
    state = KeyedState(kafka, "resolve.state", client_id="resolve")
    sender = Sender(producer, RESOLVE_SENT.inc)
    whereabouts = Whereabouts(registry, lambda device: producer.partition(INPUT_TOPIC, device.encode()))
    resolver = KeyedWorker(
        state,
        _aside(producer, INPUT_TOPIC),
        INPUT_TOPIC,
        decode=partial(decode_event, ResolverInput),
        key_of=key_of_input,
        load=lambda partition, stored: ResolvePartition(
            stored,
            partition=partition,
            places=whereabouts.of(partition),
            max_wait_ms=int(resolve.max_wait_hours * _HOUR_MS),
            on_surplus=RESOLVE_SURPLUS.inc,
        ),
        send=sender.send,
    )
    identities = IdentityFanOut(producer, _aside(producer, IDENTITIES), registry)
    areas = AreaFanOut(kafka, producer, _aside(producer, REGISTRY))
    loops = [_loop(settings, worker) for worker in (resolver, identities, areas)]
    probe = ProbeServer(
        settings.health_host,
        resolve.health_port,
        ready=lambda: registry.failed or trouble_of(state, *loops),
        live=lambda: silence_of(loops),
    )
    await probe.start()
    try:
        await registry.start()
        await producer.start()
        await producer.prepare(INPUT_TOPIC, OUTPUT_TOPIC, IDENTITIES, "deadletters")
        await run_all(loops, stop)
    finally:
        await state.stop()
        await producer.stop()
        await registry.stop()
        await probe.stop()
    return 0


def _loop(settings: Settings, worker: Worker) -> KeyedLoop:
    resolve = settings.resolve
    return KeyedLoop(
        settings.kafka,
        worker,
        name=_NAMES[worker.source_topic],
        group=group_of(resolve, worker.source_topic),
        instance_id=resolve.instance_id,
        take_records=resolve.take_records,
        take_seconds=resolve.take_seconds,
    )


def _aside(producer: Producer, topic: str) -> PutAside:
    return PutAside(producer, topic, "resolve", lambda topic, reason: RESOLVE_DEAD_LETTERS.labels(topic, reason).inc())
