"""Punches told at a steady rate while a reader of committed records waits for their cards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.processes import TooSlow
from bench.timecards_fill import INPUT, opened
from runtime.kafka import make_consumer
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.timecards_input import TimecardInput, timecards_key

_DAILY: Final = "timecards.daily"
_TICK_SECONDS: Final = 0.02
_DRAIN_SECONDS: Final = 60.0
_POLL_MS: Final = 50


async def delays(settings: Settings, events: Sequence[TimecardInput], per_second: float, skip: float) -> list[float]:
    """Seconds from telling each punch to reading a card that names it as its cause, without those told in the first
    `skip` seconds. The times at which punches are told are fixed beforehand. Raises TooSlow when one has no card."""
    told: dict[str, float] = {}
    seen: dict[str, float] = {}
    consumer = await _open(settings)
    reading = asyncio.create_task(_read(consumer, seen))
    try:
        async with opened(settings) as filled:
            started = time.monotonic()
            for number, event in enumerate(events):
                at = started + number / per_second
                if (left := at - time.monotonic()) > 0:
                    await asyncio.sleep(max(left, _TICK_SECONDS))
                by = timecards_key(event.tenant, event.employee)
                filled.producer.append(INPUT, by, encode_event(event), partition_by=by, headers=[])
                told[event.punch_id] = at
        deadline = time.monotonic() + _DRAIN_SECONDS
        while missing := told.keys() - seen.keys():
            if time.monotonic() > deadline:
                raise TooSlow(f"{len(missing)} of {len(told)} punches have no card after {_DRAIN_SECONDS:.0f} s")
            await asyncio.sleep(_TICK_SECONDS)
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await consumer.stop()
    return [seen[key] - at for key, at in told.items() if at - started >= skip]


async def _open(settings: Settings) -> AIOKafkaConsumer:
    consumer = make_consumer(settings.kafka, group=None, client_id="bench-cards")
    await consumer.start()
    places = [TopicPartition(settings.kafka.topic(_DAILY), number) for number in range(settings.kafka.partitions)]
    consumer.assign(places)
    await consumer.seek_to_end(*places)
    for place in places:
        await consumer.position(place)
    return consumer


async def _read(consumer: AIOKafkaConsumer, seen: dict[str, float]) -> None:
    while True:
        for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
            now = time.monotonic()
            for record in records:
                for key in orjson.loads(record.value)["caused_by"]:
                    seen.setdefault(key, now)
