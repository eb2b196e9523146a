"""Cards as a process: timecards.input to cards, and what people and servers write, forwarded to it."""

from __future__ import annotations

import asyncio
import gc
from typing import Final

from processors.keyed_loop import KeyedLoop
from processors.keyed_loops import run_all, silence_of, trouble_of
from processors.last_punch_sender import LAST_PUNCH_TOPIC, LastPunchSender
from processors.loop_worker import Worker
from processors.metrics import DERIVE_DEAD_LETTERS, DERIVE_SWEEPING
from processors.put_aside import PutAside
from processors.sender import OUTPUT_TOPIC
from processors.timecards.forward.convert import (
    forward_approval,
    forward_correction,
    forward_employee,
    forward_period,
)
from processors.timecards.forward.workers import REGISTRY, Forwarder, RegistryForwarder
from processors.timecards.stream.archive import Archive
from processors.timecards.stream.partition import TimecardPartition
from processors.timecards.stream.self_service import SelfService
from processors.timecards.stream.snapshot import Snapshot
from processors.timecards.stream.worker import INPUT_TOPIC, DeriveWorker
from runtime.areas import Areas
from runtime.keyed_state import KeyedState
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import DeriveSettings
from runtime.settings import Settings

_MAX_PENDING_BYTES: Final = 64 * 1024 * 1024
_ACK_SECONDS: Final = 30.0
_STATE_SECONDS: Final = 600.0
# A batch makes hundreds of thousands of objects, none of them in cycles: looking for those after every 700 new ones is
# a tenth to a fifth of the CPU time (2026-11-21, 2 shared cores, the model of `python -m bench timecards-rate` alone).
GC_THRESHOLD: Final = 50_000
_FORWARDED: Final = {
    "corrections": forward_correction,
    "approvals": forward_approval,
    "employees": forward_employee,
    "payperiods": forward_period,
}


def group_of(settings: DeriveSettings, topic: str) -> str:
    """The consumer group (without prefix) that reads `timecards.input`, `registry`, or one of those forwarded."""
    return settings.group if topic == INPUT_TOPIC else f"{settings.group}-{topic}"


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Returns 0 after a stop that was asked for. Raises what ended it otherwise: errors of the runtime and of ours."""
    gc.set_threshold(GC_THRESHOLD)
    kafka, derive = settings.kafka, settings.derive
    registry = RegistryView(kafka)
    producer = Producer(kafka, client_id="derive", max_pending_bytes=_MAX_PENDING_BYTES, deadline_seconds=_ACK_SECONDS)
    state = KeyedState(kafka, "timecards.state", client_id="derive", catch_up_seconds=_STATE_SECONDS)
    snapshot, self_service = Snapshot(registry), SelfService(Areas(registry).of)
    cards = DeriveWorker(
        state,
        _aside(producer, INPUT_TOPIC),
        load=lambda partition, stored: TimecardPartition(
            stored,
            partition=partition,
            partitions=producer.partition_count(INPUT_TOPIC),
            registry=snapshot.current,
            hot_days=derive.hot_days,
            on_failure=cards.underivable,
            on_success=cards.derived,
            later_of=self_service,
        ),
        registry=registry,
        archive=Archive(kafka, deadline_seconds=derive.archive_scan_seconds),
        send=LastPunchSender(producer).send,
    )
    DERIVE_SWEEPING.set_function(lambda: sum(model.busy for model in cards.models.values()))
    forwarders: list[Worker] = [
        Forwarder(producer, _aside(producer, topic), topic, convert) for topic, convert in _FORWARDED.items()
    ]
    forwarders.append(RegistryForwarder(producer, _aside(producer, REGISTRY)))
    loops = [_loop(settings, worker) for worker in (cards, *forwarders)]
    probe = ProbeServer(
        settings.health_host,
        derive.health_port,
        ready=lambda: registry.failed or trouble_of(state, *loops),
        live=lambda: silence_of(loops),
    )
    await probe.start()
    try:
        await registry.start()
        await producer.start()
        await producer.prepare(OUTPUT_TOPIC, LAST_PUNCH_TOPIC, "deadletters")
        await run_all(loops, stop)
    finally:
        await state.stop()
        await producer.stop()
        await registry.stop()
        await probe.stop()
    return 0


def _loop(settings: Settings, worker: Worker) -> KeyedLoop:
    derive, topic = settings.derive, worker.source_topic
    return KeyedLoop(
        settings.kafka,
        worker,
        name="cards" if topic == INPUT_TOPIC else f"cards-{topic}",
        group=group_of(derive, topic),
        instance_id=derive.instance_id,
        take_records=derive.take_records,
        take_seconds=derive.take_seconds,
    )


def _aside(producer: Producer, topic: str) -> PutAside:
    return PutAside(producer, topic, "derive", lambda topic, reason: DERIVE_DEAD_LETTERS.labels(topic, reason).inc())
