"""The normalizer on a genuine Kafka: raw uploads in, punches and dead letters out, nothing lost to a bad one."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.errors import OffsetLost
from processors.main import run
from processors.normalize import agent
from runtime import topics
from runtime.kafka import make_consumer
from runtime.key_files import new_key
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.events import Punch, TimeFlag
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod, DeviceRecord, encode_record, record_key
from tests.integration.helpers import make_settings, producer, until

RECEIVED = 1_772_355_605_000  # 2026-03-01T09:00:05Z


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "demo")
    settings = make_settings(
        stack, topic_prefix, "normalize.health_port=0", "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    await topics.apply(settings.kafka)
    return settings


def headers(serial: str) -> RawHeaders:
    return RawHeaders(serial, "demo", "ATTLOG", RECEIVED, "edge-1", "r-1")


async def send(settings: Settings, uploads: Iterable[tuple[str, bytes]]) -> None:
    async with producer(settings, "raw.attendance") as sender:
        for serial, body in uploads:
            key = serial.encode()
            await sender.send("raw.attendance", key, body, partition_by=key, headers=headers(serial).encode())


async def read(settings: Settings) -> tuple[list[Punch], list[tuple[DeadLetter, bytes]]]:
    async with KafkaReader(settings.kafka) as reader:
        punches = [decode_event(Punch, record.value) async for record in reader.records("punches")]
    async with KafkaReader(settings.kafka) as reader:
        dead = [(DeadLetter.decode(record.headers), record.value) async for record in reader.records("deadletters")]
    return punches, dead


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    yield
    stop.set()
    assert await asyncio.wait_for(task, 60) == 0


async def finished(settings: Settings) -> None:
    async with KafkaReader(settings.kafka) as reader:

        async def dry() -> bool:
            return await reader.lag(settings.normalize.group, "raw.attendance") == 0

        await until(dry, "the normalizer has committed every upload", 60)


async def test_good_rows_pass_beside_rubbish_of_every_kind(settings: Settings, running: None) -> None:
    async with producer(settings, "raw.attendance") as sender:
        await sender.send("raw.attendance", b"NOHEADERS", b"\xff\x00garbage", partition_by=b"NOHEADERS")
    await send(
        settings,
        [
            (
                "TST1",
                b"1\t2026-03-01 09:00:00\t0\t1\nrubbish\n2\tnot a time at all..\t0\t1\n3\t2026-03-01 09:00:01\t1\t1",
            ),
            ("TST2", b"LZO1\x00\x01\x02"),
            ("TST3", b""),
            ("TST4", bytes(range(256)) * 20),
            ("TST5", b"5\t2099-03-01 09:00:00\t0\t1\n"),
        ],
    )
    await finished(settings)
    punches, dead = await read(settings)
    assert {(punch.device, punch.pin) for punch in punches} >= {("TST1", "1"), ("TST1", "3"), ("TST5", "5")}
    assert TimeFlag.FUTURE_PUNCH in next(punch for punch in punches if punch.device == "TST5").time_flags
    found = {(letter.source, letter.reason): value for letter, value in dead}
    assert found["", Reason.RAW_HEADERS] == b"\xff\x00garbage"
    assert found["TST1", Reason.NOT_A_ROW] == b"rubbish"
    assert found["TST1", Reason.TIME_UNREADABLE] == b"2\tnot a time at all..\t0\t1"
    assert found["TST2", Reason.COMPRESSED_LZO] == b"LZO1\x00\x01\x02"


async def test_the_registry_gives_zone_and_site_and_punches_are_keyed_by_id(settings: Settings) -> None:
    record = DeviceRecord("TST1", (DevicePeriod(site="pune", tenant="demo", zone="Asia/Kolkata"),))
    async with producer(settings, "registry") as sender:
        await sender.send("registry", record_key(record), encode_record(record), partition_by=b"registry")
    await send(settings, [("TST1", b"1\t2026-03-01 14:30:00\t0\t1\n"), ("NEW1", b"1\t2026-03-01 09:00:00\t0\t1\n")])
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    try:
        await finished(settings)
    finally:
        stop.set()
        assert await asyncio.wait_for(task, 60) == 0
    known, unknown = sorted((await read(settings))[0], key=lambda punch: punch.device, reverse=True)
    assert (known.site, known.zone, known.utc_offset_s, known.registry_version) == ("pune", "Asia/Kolkata", 19_800, 1)
    assert unknown.time_flags == [TimeFlag.ZONE_ASSUMED]


async def test_a_broker_that_stops_for_a_while_costs_nothing(
    settings: Settings, running: None, stack: LocalStack
) -> None:
    bodies = [(f"TST{n % 7}", f"{n}\t2026-03-01 09:00:00\t0\t1\n".encode()) for n in range(200)]
    await send(settings, bodies[:100])
    pid = stack.status().kafka.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        frozen_until = asyncio.get_running_loop().time() + 3
        await until(lambda: asyncio.get_running_loop().time() > frozen_until, "the broker was frozen for 3 s")
    finally:
        os.kill(pid, signal.SIGCONT)
    await send(settings, bodies[100:])
    await finished(settings)
    punches, dead = await read(settings)
    assert {punch.pin for punch in punches} == {str(n) for n in range(200)}
    assert dead == []


async def test_code_that_fails_on_everything_stops_before_it_empties_the_topic(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("seeded")

    monkeypatch.setattr(agent, "convert_attendance", broken)
    await send(settings, [("TST1", f"{n}\t2026-03-01 09:00:00\n".encode()) for n in range(60)])
    assert await asyncio.wait_for(run(settings, asyncio.Event()), 60) == 1
    async with KafkaReader(settings.kafka) as reader:
        assert await reader.lag(settings.normalize.group, "raw.attendance") == 60


async def commit(settings: Settings, offset: int) -> None:
    consumer = make_consumer(settings.kafka, group=settings.kafka.topic(settings.normalize.group), client_id="test")
    await consumer.start()
    try:
        partition = TopicPartition(settings.kafka.topic("raw.attendance"), 0)
        consumer.assign([partition])
        await consumer.commit({partition: offset})
    finally:
        await consumer.stop()


async def test_an_offset_that_kafka_no_longer_has_stops_the_start(settings: Settings) -> None:
    await commit(settings, 7)
    with pytest.raises(OffsetLost, match=r"must be read from offset 7, but Kafka has 0 to 0"):
        await run(settings, asyncio.Event())
