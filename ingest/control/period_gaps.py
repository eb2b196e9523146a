"""Gaps that stations' logs had since a time, out of the topic `access`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from ingest.control.errors import NotNow
from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event
from schemas.device_events import AccessEvent, AccessKind

log = logging.getLogger(__name__)

TOPIC: Final = "access"
_DEADLINE_SECONDS: Final = 300.0
_POLL_MS: Final = 500
_MARK: Final = b'"gap"'  # decoding every door event of weeks would take minutes


async def gaps_since(settings: KafkaSettings, partitions: Collection[int], since: int) -> list[AccessEvent]:
    """Those written since then (epoch ms), as far back as the topic is kept. Raises NotNow."""
    if not partitions:
        return []
    found: list[AccessEvent] = []
    consumer = make_consumer(settings, group=None, client_id="punchstream-periods")
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            await consumer.start()
            places = [TopicPartition(settings.topic(TOPIC), number) for number in sorted(set(partitions))]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            for place, at in (await consumer.offsets_for_times(dict.fromkeys(places, since))).items():
                consumer.seek(place, at.offset if at is not None else ends[place])
            while behind := [place for place in places if await consumer.position(place) < ends[place]]:
                for records in (await consumer.getmany(*behind, timeout_ms=_POLL_MS)).values():
                    found += [gap for record in records if (gap := _gap(record.value)) is not None]
    except (KafkaError, TimeoutError) as error:
        raise NotNow(f"the gaps of stations cannot be read from topic {TOPIC} now: {error!r}") from error
    finally:
        await consumer.stop()
    return found


def _gap(value: bytes | None) -> AccessEvent | None:
    if value is None or _MARK not in value:
        return None
    try:
        event = decode_event(AccessEvent, value)
    except NotAnEvent as error:
        log.error("an access event cannot be read: %s", error)
        return None
    return event if event.kind is AccessKind.GAP else None
