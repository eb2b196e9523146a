"""What the topics and ClickHouse hold of polled sources, for the account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from cli.clickhouse_reader import reader
from cli.kafka_reader import KafkaReader
from runtime.settings import Settings
from schemas.polled import SERVER_PREFIX
from tests.chaos.connectors.account import (
    Found,
    RowKey,
    ServersAccount,
    StationsAccount,
    account_of_servers,
    account_of_stations,
    made_punches,
)
from tests.chaos.connectors.workers import Kill
from wire.akuvox.times import local_time


async def read_punches(settings: Settings) -> Counter[str]:
    """Copies of each punch of a polled server in the topic."""
    copies: Counter[str] = Counter()
    async with KafkaReader(settings.kafka) as topics:
        async for record in topics.records("punches"):
            punch = orjson.loads(record.value)
            if punch["source_ref"].startswith(SERVER_PREFIX):
                copies[punch["event_id"]] += 1
    return copies


async def read_access(settings: Settings) -> tuple[Counter[str], dict[str, RowKey], list[dict[str, Any]]]:
    """Copies of each event of a station's log in the topic; which row each is; all gap events, copies included."""
    copies: Counter[str] = Counter()
    keys: dict[str, RowKey] = {}
    gaps: list[dict[str, Any]] = []
    async with KafkaReader(settings.kafka) as topics:
        async for record in topics.records("access"):
            event = orjson.loads(record.value)
            if event["kind"] == "gap":
                gaps.append(event)
                continue
            copies[event["event_id"]] += 1
            log, row_id = event["extra"]["source_ref"].split(":")[3:5]
            date, _, time = event["local_text"].partition(" ")
            keys[event["event_id"]] = (event["device"], log, row_id, local_time(date, time))
    return copies, keys, gaps


async def take_account(
    settings: Settings, servers: Mapping[str, Path], stations: Path, tenant: str, kills: Sequence[Kill]
) -> tuple[ServersAccount, StationsAccount]:
    """Of everything in the ledgers."""
    made = await asyncio.to_thread(made_punches, servers, tenant)
    punches = await read_punches(settings)
    copies, keys, gaps = await read_access(settings)
    visible, refs, events = await asyncio.to_thread(_read_clickhouse, settings)
    return (
        account_of_servers(made, Found(punches, visible), refs),
        account_of_stations(stations, keys, Found(copies, events), gaps, kills),
    )


def _read_clickhouse(settings: Settings) -> tuple[dict[str, int], list[tuple[str, int]], dict[str, int]]:
    """Visible rows of each punch; distinct ids of each source_ref; visible rows of each event of a station's log."""
    polled = f"startsWith(source_ref, '{SERVER_PREFIX}')"
    with reader(settings.clickhouse) as client:
        punches = client.query(f"SELECT event_id, count() FROM punches_v WHERE {polled} GROUP BY event_id")
        refs = client.query(
            f"SELECT source_ref, uniqExact(event_id) ids FROM punches WHERE {polled} GROUP BY source_ref HAVING ids > 1"
        )
        events = client.query("SELECT event_id, count() FROM access_v WHERE kind != 'gap' GROUP BY event_id")
        return dict(punches.result_rows), list(refs.result_rows), dict(events.result_rows)
