"""What the normalizer is measured against: the same conversion and the same producer in a plain aiokafka loop.

`python -m bench.plain_normalizer FILE`: FILE holds the settings of a normalizer.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from processors.normalize.agent import Normalizer
from processors.safe_agent import Record
from runtime.kafka import client_options
from runtime.lifecycle import run_process
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings, load_settings

_PENDING_BYTES = 64 * 1024 * 1024
_ACK_SECONDS = 30.0
_POLL_MS = 50


async def run(settings: Settings, stop: asyncio.Event) -> int:
    kafka, normalize = settings.kafka, settings.normalize
    registry = RegistryView(kafka)
    producer = Producer(kafka, client_id="plain", max_pending_bytes=_PENDING_BYTES, deadline_seconds=_ACK_SECONDS)
    consumer = AIOKafkaConsumer(
        kafka.topic("raw.attendance"),
        group_id=kafka.topic(normalize.group),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **client_options(kafka),
    )
    probe = ProbeServer(settings.health_host, normalize.health_port, ready=lambda: "", live=lambda: "")
    await registry.start()
    await producer.start()
    await producer.prepare("punches", "device.input", "deadletters")
    await consumer.start()
    await probe.start()
    handler = Normalizer(producer, registry, normalize.unknown_zone)
    try:
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=normalize.take_records)
            for messages in fetched.values():
                await handler.handle([Record(m.partition, m.offset, m.key, m.value, list(m.headers)) for m in messages])
            if fetched:
                await consumer.commit()
    finally:
        await consumer.stop()
        await producer.stop()
        await registry.stop()
        await probe.stop()
    return 0


if __name__ == "__main__":
    chosen = load_settings(Path(sys.argv[1]))
    sys.exit(run_process("plain", chosen, lambda stop: run(chosen, stop)))
