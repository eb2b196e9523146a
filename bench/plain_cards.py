"""What the cards' worker is measured against: a plain aiokafka loop that reads timecards.input as JSON and writes, for
each input of somebody, records of the sizes that cards have, in transactions of as many inputs with the offsets in
them; it derives nothing and keeps nothing.

`python -m bench.plain_cards FILE STATE CARD WEEK`: FILE holds settings, the others are bytes for each input.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client import Counter

from bench.timecards_fill import INPUT
from runtime.kafka import client_options, make_producer
from runtime.lifecycle import run_process
from runtime.probe import ProbeServer
from runtime.settings import Settings, load_settings
from runtime.state_records import batches
from schemas.topics import MAX_EVENT_BYTES

READ = Counter("bench_plain_records_total", "records that were read")
_POLL_MS = 100
_MOST = 256  # inputs of a transaction


async def run(settings: Settings, sizes: dict[str, int], stop: asyncio.Event) -> int:
    kafka, group = settings.kafka, settings.kafka.topic("plain-cards")
    values = {kafka.topic(topic): b"x" * size for topic, size in sizes.items()}
    consumer = AIOKafkaConsumer(
        kafka.topic(INPUT), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest",
        **client_options(kafka),
    )  # fmt: skip
    probe = ProbeServer(settings.health_host, settings.derive.health_port, ready=lambda: "", live=lambda: "")
    producers = {
        number: make_producer(
            kafka, client_id=f"plain-{number}", max_record_bytes=MAX_EVENT_BYTES,
            transactional_id=f"{kafka.topic('plain')}-{number}",
        )
        for number in range(kafka.partitions)
    }  # fmt: skip
    for producer in producers.values():
        await producer.start()
    await consumer.start()
    await probe.start()
    try:
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=settings.derive.take_records)
            await asyncio.gather(
                *(_do(producers[place.partition], group, place, records, values) for place, records in fetched.items())
            )
    finally:
        await consumer.stop()
        for producer in producers.values():
            await producer.stop()
        await probe.stop()
    return 0


async def _do(
    producer: AIOKafkaProducer, group: str, place: TopicPartition, records: list[Any], values: dict[str, bytes]
) -> None:
    for first in range(0, len(records), _MOST):
        some = records[first : first + _MOST]
        keys = [record.key for record in some if orjson.loads(record.value)["employee"]]
        async with producer.transaction():
            deliveries = [
                await producer.send_batch(batch, topic, partition=place.partition)
                for topic, value in values.items()
                for batch in batches(producer, [(key, value) for key in keys])
            ]
            await asyncio.gather(*deliveries)
            await producer.send_offsets_to_transaction({place: some[-1].offset + 1}, group)
        READ.inc(len(some))


if __name__ == "__main__":
    chosen = load_settings(Path(sys.argv[1]))
    state, card, week = map(int, sys.argv[2:])
    written = {"timecards.state": state, "timecards.daily": card, "timecards.history": card, "timecards.week": week}
    sys.exit(run_process("plain", chosen, lambda stop: run(chosen, written, stop)))
