"""What the tracker is measured against: a plain aiokafka loop that reads one topic as JSON and commits, no more.

`python -m bench.plain_tracker FILE`: FILE holds the settings of a tracker; its group's name is the topic that is read.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import orjson
from aiokafka import AIOKafkaConsumer
from prometheus_client import Counter

from runtime.kafka import client_options
from runtime.lifecycle import run_process
from runtime.probe import ProbeServer
from runtime.settings import Settings, load_settings

READ = Counter("bench_plain_records_total", "records that were read")
_POLL_MS = 100


async def run(settings: Settings, stop: asyncio.Event) -> int:
    kafka, track = settings.kafka, settings.track
    consumer = AIOKafkaConsumer(
        kafka.topic(track.group),
        group_id=kafka.topic(f"plain-{track.group}"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **client_options(kafka),
    )
    probe = ProbeServer(settings.health_host, track.health_port, ready=lambda: "", live=lambda: "")
    await consumer.start()
    await probe.start()
    try:
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=track.take_records)
            for records in fetched.values():
                for record in records:
                    orjson.loads(record.value)
                READ.inc(len(records))
            if fetched:
                await consumer.commit()
    finally:
        await consumer.stop()
        await probe.stop()
    return 0


if __name__ == "__main__":
    chosen = load_settings(Path(sys.argv[1]))
    sys.exit(run_process("plain", chosen, lambda stop: run(chosen, stop)))
