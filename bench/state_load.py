"""One process that takes over all partitions of timecards.state, or only reads them, and says what that took.

`python -m bench.state_load FILE cache|plain`: FILE holds settings. One line of JSON: seconds and CPU seconds of taking
over, records and bytes; resident memory before, after it, and after the models of all partitions were made, with the
seconds of that. `plain` reads the same partitions with a bare consumer and keeps nothing.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.timecards_people import card_registry
from processors.timecards.stream.partition import TimecardPartition
from runtime.kafka import client_options
from runtime.keyed_state import KeyedState
from runtime.settings import Settings, load_settings

_TOPIC = "timecards.state"
_POLL_MS = 200
_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """Seconds are of the wall clock, sizes in bytes."""

    records: int
    size: int
    seconds: float
    cpu_seconds: float
    rss_before: int = 0
    rss_after: int = 0
    rss_models: int = 0
    model_seconds: float = 0.0


async def take_over(settings: Settings) -> Loaded:
    partitions = range(settings.kafka.partitions)
    state = KeyedState(settings.kafka, _TOPIC, client_id="bench", catch_up_seconds=_SECONDS)
    registry = card_registry()
    before, started, cpu = _rss(), time.monotonic(), time.process_time()
    await state.assigned(partitions)
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    after, started = _rss(), time.monotonic()
    models = [
        TimecardPartition(
            state.items(number), partition=number, partitions=len(partitions), registry=lambda: registry,
            on_failure=_raise,
        )
        for number in partitions
    ]  # fmt: skip
    model_seconds = time.monotonic() - started
    pairs = [state.items(number) for number in partitions]
    size = sum(len(key) + len(value) for values in pairs for key, value in values.items())
    loaded = Loaded(sum(map(len, pairs)), size, seconds, cpu, before, after, _rss(), model_seconds)
    assert len(models) == len(partitions)  # and are alive until here
    await state.stop()
    return loaded


async def read(settings: Settings) -> Loaded:
    kafka = settings.kafka
    places = [TopicPartition(kafka.topic(_TOPIC), number) for number in range(kafka.partitions)]
    consumer = AIOKafkaConsumer(
        enable_auto_commit=False, isolation_level="read_committed", max_partition_fetch_bytes=4 << 20,
        **client_options(kafka),
    )  # fmt: skip
    started, cpu = time.monotonic(), time.process_time()
    await consumer.start()
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    records = size = 0
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        for found in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
            records += len(found)
            size += sum(len(one.key) + len(one.value) for one in found)
    await consumer.stop()
    return Loaded(records, size, time.monotonic() - started, time.process_time() - cpu)


def _rss() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def _raise(failure: Exception) -> None:
    raise failure


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    chosen = load_settings(Path(sys.argv[1]))
    result = asyncio.run(take_over(chosen) if sys.argv[2] == "cache" else read(chosen))
    sys.stdout.write(orjson.dumps(asdict(result)).decode())
