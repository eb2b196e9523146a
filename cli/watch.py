"""What the live page shows: numbers gathered from the fleet's status, Kafka, ClickHouse and the parts themselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError

from cli.clickhouse_reader import CardNumbers, card_numbers, delays_ms, reader
from cli.kafka_reader import KafkaReader
from cli.local_sources import LocalSources, SourceNumbers
from cli.supervisor import Supervisor
from processors.main import group_of
from runtime.errors import RuntimeFault
from runtime.settings import Settings
from schemas.topics import RAW_TOPICS, TOPICS
from sinks.tables import BY_TOPIC

_DELAY_WINDOW_SECONDS = 30
_QUERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """One look at the whole system; -1 where the source did not answer."""

    terminals: int = 0
    online: int = 0
    made: int = 0
    acknowledged: int = 0
    stored: int = -1
    visible: int = -1
    put_aside: int = -1
    delay_p50_ms: int = -1
    delay_p95_ms: int = -1
    waiting: int = -1
    troubles: dict[str, str] = field(default_factory=dict)
    restarts: int = 0
    sources: tuple[SourceNumbers, ...] = ()
    cards: CardNumbers | None = None


# What terminals bring. raw.device is left out: edges tick there for as long as they run.
_UPLOADS = tuple(topic for topic in RAW_TOPICS if topic != "raw.device")
# In topics written in transactions a marker follows the last record, so their lag never comes to nothing.
_EVENTS = tuple(topic for topic in BY_TOPIC if not TOPICS[topic].transactional)


class Watch:
    """Gathers Numbers; a source that does not answer leaves its numbers at -1, the others go on."""

    def __init__(
        self,
        settings: Settings,
        status_file: Path,
        supervisor: Supervisor,
        reader: KafkaReader,
        sources: LocalSources | None,
    ) -> None:
        self._settings = settings
        self._status_file = status_file
        self._supervisor = supervisor
        self._reader = reader
        self._sources = sources

    async def look(self) -> Numbers:
        fleet = self.fleet_status()
        stored, waiting = await self._kafka()
        (visible, put_aside, p50, p95), cards = await asyncio.to_thread(self._clickhouse)
        troubles = await asyncio.to_thread(self._supervisor.troubles)
        return Numbers(
            terminals=fleet.get("terminals", 0),
            online=fleet.get("online", 0),
            made=fleet.get("made", 0),
            acknowledged=fleet.get("acknowledged", 0),
            stored=stored,
            visible=visible,
            put_aside=put_aside,
            delay_p50_ms=p50,
            delay_p95_ms=p95,
            waiting=waiting,
            troubles=troubles,
            cards=cards,
            sources=tuple(await asyncio.to_thread(self._sources.look)) if self._sources else (),
            restarts=sum(keeper.restarts for keeper in self._supervisor.keepers.values()),
        )

    def fleet_status(self) -> dict[str, Any]:
        """The fleet's own status file; empty before it has written one."""
        try:
            status: dict[str, Any] = orjson.loads(self._status_file.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return {}
        return status

    async def waiting(self) -> int:
        """Raw uploads and events that the normalizer or the sink has not finished."""
        normalize = [await self._reader.lag(group_of(self._settings.normalize, topic), topic) for topic in _UPLOADS]
        return sum(normalize) + await self._reader.lag(self._settings.sink.group, *_EVENTS)

    async def _kafka(self) -> tuple[int, int]:
        try:
            async with asyncio.timeout(_QUERY_SECONDS):
                return sum((await self._reader.end_offsets("punches")).values()), await self.waiting()
        except (KafkaError, TimeoutError):
            return -1, -1

    def _clickhouse(self) -> tuple[tuple[int, int, int, int], CardNumbers | None]:
        try:
            with reader(self._settings.clickhouse) as client:
                visible = client.query("SELECT count() FROM punches_v").result_rows[0][0]
                put_aside = client.query("SELECT count() FROM deadletters_v").result_rows[0][0]
                return (visible, put_aside, *delays_ms(client, _DELAY_WINDOW_SECONDS)), card_numbers(client)
        except (ClickHouseError, RuntimeFault):
            return (-1, -1, -1, -1), None
