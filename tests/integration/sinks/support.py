"""Filling topics, running sinks, and comparing tables with Kafka's offsets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import clickhouse_connect
from aiokafka import TopicPartition
from clickhouse_connect.driver.client import Client

from runtime.kafka import make_consumer
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.events import Punch
from schemas.headers import RawHeaders
from sinks.main import run
from tests.integration.helpers import producer, until

PUNCH = Punch(
    v=1, event_id="0" * 32, rank=1, tenant="t", device="SN1", site="s", pin="7", local_time=1_700_000_000_000,
    local_text="2023-11-14 22:13:20", punch_at=1_700_000_000_000, utc_offset_s=0, zone="UTC", clock="zone",
    time_flags=[], state=0, verify=None, work_code="", job_codes=["a"], tip_codes=[], is_attendance=True,
    not_attendance_reason="", source="push", source_ref="", received_at=1_700_000_001_000, raw_topic="raw.attendance",
    raw_partition=0, raw_offset=0, raw_line=1, request_id="r", parser_version=1, registry_version=1, extra={"c8": "x"},
)  # fmt: skip


def punch(number: int, **changes: Any) -> bytes:
    return encode_event(replace(PUNCH, event_id=f"{number:032x}", **changes))


async def fill_raw(settings: Settings, count: int, start: int = 0) -> None:
    """`count` raw records, spread over the partitions by their serials."""
    async with producer(settings, "raw.attendance") as made:
        for number in range(start, start + count):
            serial = f"SN{number % 16}"
            headers = RawHeaders(serial, "t", "ATTLOG", 1_700_000_000_000 + number, "edge-1", f"r{number}").encode()
            value = b"row %d" % number
            made.append("raw.attendance", serial.encode(), value, partition_by=serial.encode(), headers=headers)
        await made.flush()


async def fill_punches(settings: Settings, values: list[bytes]) -> None:
    """Values in order, all into one partition."""
    async with producer(settings, "punches") as made:
        for value in values:
            made.append("punches", b"k", value, partition_by=b"SN1")
        await made.flush()


def client(settings: Settings) -> Client:
    return clickhouse_connect.get_client(dsn=settings.clickhouse.url, database=settings.clickhouse.database)


async def rows(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    def query() -> list[tuple[Any, ...]]:
        with client(settings) as connected:
            return [tuple(row) for row in connected.query(sql).result_rows]

    return await asyncio.to_thread(query)


async def kafka_positions(settings: Settings, topic: str) -> list[tuple[int, int]]:
    """(partition, offset) of every record of the topic, read from Kafka."""
    consumer = make_consumer(settings.kafka, group=None, client_id="oracle")
    await consumer.start()
    try:
        name = settings.kafka.topic(topic)
        assigned = [TopicPartition(name, number) for number in await partitions(consumer, name)]
        consumer.assign(assigned)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(assigned)
        found = []
        for tp in assigned:
            while await consumer.position(tp) < ends[tp]:
                fetched = await consumer.getmany(tp, timeout_ms=1000)
                found += [(record.partition, record.offset) for record in fetched.get(tp, [])]
        return sorted(found)
    finally:
        await consumer.stop()


async def partitions(consumer: Any, name: str) -> list[int]:
    await consumer._client.force_metadata_update()  # the consumer is assigned by hand and knows no topic yet
    consumer._client.add_topic(name)
    await until(lambda: bool(consumer.partitions_for_topic(name)), f"metadata of {name}")
    return sorted(consumer.partitions_for_topic(name))


async def stored_positions(settings: Settings, table: str = "raw_events") -> list[tuple[Any, ...]]:
    return await rows(settings, f"SELECT partition, offset FROM {table} ORDER BY partition, offset")


async def until_stored(settings: Settings, count: int, table: str = "raw_events", seconds: float = 40) -> None:
    """Wait until the sink committed batches over so many rows, dead ones included."""

    async def stored() -> bool:
        sql = f"SELECT sum(rows) + sum(dead) FROM sink_batches WHERE target = '{table}'"
        return bool((await rows(settings, sql))[0][0] >= count)

    await until(stored, f"{count} rows in {table}", seconds)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[asyncio.Task[int]]:
    """A sink in this process, stopped and its errors raised at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)
