"""Polled rows on a genuine Kafka: a server's record goes to the partitions of its terminals, one punch with a push."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.main import run
from runtime import topics
from runtime.key_files import new_key
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.device_events import AccessEvent
from schemas.devices import DeviceInput, InputKind
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.polled import PolledTable
from tests.integration.helpers import make_settings, producer, until

RECEIVED = 1_772_424_030_000  # 2026-03-02T04:00:30Z
SERVER, STATION = "biotime:b1", "akuvox:0C1105078B71"


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "demo")
    settings = make_settings(
        stack, topic_prefix, "normalize.health_port=0", "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    await topics.apply(settings.kafka)
    return settings


def transaction(number: int, serial: str, second: int) -> dict[str, object]:
    return {
        "id": number, "emp_code": "0017", "punch_time": f"2026-03-02 08:00:{second:02d}", "punch_state": "0",
        "verify_type": 1, "terminal_sn": serial, "upload_time": f"2026-03-02 08:00:{second + 1:02d}",
    }  # fmt: skip


async def send(settings: Settings, source: str, table: str, body: bytes) -> None:
    headers = RawHeaders(
        source, "demo", table, RECEIVED, "worker-1", "r-1", "", "epoch=1&zone=Asia%2FDubai&punches=*%3Ain"
    )
    async with producer(settings, "raw.attendance") as sender:
        key = source.encode()
        await sender.send("raw.attendance", key, body, partition_by=key, headers=headers.encode())


async def test_a_servers_rows_merge_with_the_push_and_a_stations_rows_become_events(settings: Settings) -> None:
    rows = [transaction(number, f"T{number}", number) for number in range(1, 5)]
    door = {
        "ID": "42",
        "Date": "2026-03-02",
        "Time": "08:00:05",
        "Type": "Card",
        "Relay": "1",
        "Status": "Succ",
        "@user": "7",
    }
    await send(settings, SERVER, PolledTable.BIOTIME_TRANSACTIONS.value, orjson.dumps([*rows, "no row"]))
    await send(settings, SERVER, PolledTable.WATERMARKS.value, orjson.dumps([{"device": "T1", "watermark": RECEIVED}]))
    await send(settings, STATION, PolledTable.AKUVOX_DOORLOG.value, orjson.dumps([door]))
    await send(settings, "T1", "ATTLOG", b"17\t2026-03-02 08:00:01\t0\t1\n")
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    try:
        async with KafkaReader(settings.kafka) as reader:

            async def dry() -> bool:
                return await reader.lag(settings.normalize.group, "raw.attendance") == 0

            await until(dry, "the normalizer has committed every record", 60)
    finally:
        stop.set()
        assert await asyncio.wait_for(task, 60) == 0
    async with KafkaReader(settings.kafka) as reader:
        punches = [(record.partition, decode_event(Punch, record.value)) async for record in reader.records("punches")]
        told = [(r.partition, decode_event(DeviceInput, r.value)) async for r in reader.records("device.input")]
        access = [decode_event(AccessEvent, record.value) async for record in reader.records("access")]
        dead = [record.value async for record in reader.records("deadletters")]
    of_t1 = [(partition, punch) for partition, punch in punches if punch.device == "T1"]
    assert sorted(punch.source for _, punch in of_t1) == ["poll", "push"]
    assert len({(partition, punch.event_id) for partition, punch in of_t1}) == 1
    assert {punch.device for _, punch in punches} == {"T1", "T2", "T3", "T4", STATION}
    assert [event.index for event in access] == ["42"]
    assert dead == [b'"no row"']
    in_order = [event.kind for _, event in told if event.device == "T1" and event.via == SERVER]
    assert in_order == [InputKind.UPLOAD, InputKind.WATERMARK]
    assert {partition for partition, event in told if event.device == "T1"} == {of_t1[0][0]}
