"""Bodies of every kind through the real agents on a genuine Kafka: sealed at the edge, opened, kept, written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.main import group_of, run
from runtime import topics
from runtime.key_files import new_key
from runtime.keyring import KeyRing
from runtime.objects import open_store
from runtime.raw_bodies import seal_context, seal_raw
from runtime.settings import Settings
from runtime.vault import Vault
from schemas.codec import decode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.device_events import AccessEvent, Operation, Person, Photo
from schemas.devices import DeviceInput, InputKind
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.polled import PolledTable
from schemas.topics import RAW_TOPICS
from schemas.vendor_timecards import VendorTimecard
from tests.integration.helpers import make_settings, producer, until

RECEIVED = 1_772_355_605_000  # 2026-03-01T09:00:05Z
SEALED = ("raw.operations", "raw.results", "raw.photos")
EventT = TypeVar("EventT")


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "demo")
    settings = make_settings(
        stack, topic_prefix, "normalize.health_port=0", "kafka.partitions=4", f"keys.folder={tmp_path / 'keys'}",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip
    await topics.apply(settings.kafka)
    return settings


async def send(
    settings: Settings,
    topic: str,
    table: str,
    body: bytes,
    query: str = "",
    keys: Path | None = None,
    source: str = "TST1",
) -> None:
    assert settings.keys.folder is not None
    sealer = KeyRing.load(keys or settings.keys.folder).sealer("demo") if topic in SEALED else None
    headers = RawHeaders(
        source, "demo", table, RECEIVED, "edge-1", "r-1", "/iclock/cdata", query, sealed=sealer.key_id if sealer else ""
    )
    value = bytes(seal_raw(sealer, topic, source, body)) if sealer else body
    async with producer(settings, topic) as sender:
        await sender.send(topic, source.encode(), value, partition_by=source.encode(), headers=headers.encode())


async def read(settings: Settings, topic: str, kind: type[EventT]) -> list[EventT]:
    async with KafkaReader(settings.kafka) as reader:
        return [decode_event(kind, record.value) async for record in reader.records(topic)]


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    yield
    stop.set()
    assert await asyncio.wait_for(task, 60) == 0


async def finished(settings: Settings, *raw_topics: str) -> None:
    async with KafkaReader(settings.kafka) as reader:

        async def dry() -> bool:
            lags = [await reader.lag(group_of(settings.normalize, topic), topic) for topic in raw_topics]
            return not any(lags)

        await until(dry, f"the normalizer has committed all of {', '.join(raw_topics)}", 60)


async def test_every_kind_of_body_becomes_its_events(settings: Settings, running: None) -> None:
    await send(settings, "raw.attendance", "ATTLOG", b"982\t2026-03-01 09:00:00\t0\t16\n", "SN=TST1&Stamp=77")
    operlog = (
        b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\n"
        b"FP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA==\nUSER Passwd=4711\n"
        b"OPLOG 13\t1\t2026-03-01 09:00:00\t0\t0\t0\t0\n"
    )
    await send(settings, "raw.operations", "OPERLOG", operlog, "SN=TST1&OpStamp=5")
    rtlog = b"time=2026-03-01 09:00:01\tpin=17\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=0\tverifytype=15\tindex=2"
    await send(settings, "raw.operations", "RTLOG", rtlog)
    await send(settings, "raw.operations", "OPERLOG", b"\x1f\x8b\x08..", "SN=TST1&ContentType=tgz")
    photo = b"PIN=20260301090000-982\nSN=TST1\nsize=4\nCMD=realupload\x00\xff\xd8\xff\xd9"
    await send(settings, "raw.photos", "ATTPHOTO", photo)
    await send(settings, "raw.results", "DEVICECMD", b"ID=7&Return=0&CMD=INFO\nUserCount=2\n")
    await send(settings, "raw.device", "HANDSHAKE", b"SN=TST1&options=all&pushver=2.4.1")
    await send(settings, "raw.device", "PRESENCE", b"Ver 6.8,2,0,0,192.168.1.201")
    await finished(settings, *RAW_TOPICS)

    punches = {punch.pin: punch for punch in await read(settings, "punches", Punch)}
    assert set(punches) == {"982", "17"}
    assert (punches["982"].verify_word, punches["982"].unverified) == ("PIN without verification", True)
    (event,) = await read(settings, "access", AccessEvent)
    assert event.punch_id == punches["17"].event_id
    (operation,) = await read(settings, "operations", Operation)
    assert operation.alert == "data_cleared"
    keys = KeyRing.load(settings.keys.folder) if settings.keys.folder else None
    assert keys is not None
    vault = Vault(await open_store(settings.store), keys)
    people = {person.item: person for person in await read(settings, "people", Person)}
    assert await vault.read(people["user"].stored) == operlog.split(b"\n")[0]
    assert await vault.read(people["fingerprint/1"].stored) == operlog.split(b"\n")[1]
    (taken,) = await read(settings, "photos", Photo)
    assert taken.punch_id == punches["982"].event_id
    assert await vault.read(taken.stored) == b"\xff\xd8\xff\xd9"

    inputs = await read(settings, "device.input", DeviceInput)
    uploads = {told.table: told for told in inputs if told.kind is InputKind.UPLOAD}
    assert uploads.keys() == {"ATTLOG", "OPERLOG", "RTLOG", "ATTPHOTO"}
    assert (uploads["ATTLOG"].stamp, uploads["ATTLOG"].real_time) == ("77", True)
    kinds = {told.kind for told in inputs}
    assert kinds == {
        InputKind.UPLOAD, InputKind.ALERT, InputKind.RESULT, InputKind.OPTIONS, InputKind.HANDSHAKE, InputKind.PRESENCE,
    }  # fmt: skip

    async with KafkaReader(settings.kafka) as reader:
        dead = [(DeadLetter.decode(record.headers), record.value) async for record in reader.records("deadletters")]
    opened = {
        letter.reason: keys.opener(letter.sealed).open(value, seal_context("deadletters", letter.source))
        for letter, value in dead
    }
    assert opened == {Reason.PIN_MISSING: b"USER Passwd=4711", Reason.COMPRESSED_TGZ: b"\x1f\x8b\x08.."}
    assert all(b"4711" not in value and "4711" not in letter.error for letter, value in dead)


async def test_what_connectors_polled_becomes_its_events_in_the_partitions_of_their_devices(
    settings: Settings, running: None
) -> None:
    async def polled(table: PolledTable, body: Any) -> None:
        await send(settings, table.topic, table.value, orjson.dumps(body), "zone=Asia/Dubai", source="biotime:b1")

    terminals = [{"id": n, "sn": f"T{n}", "last_activity": "2026-03-01 13:00:00"} for n in range(8)]
    await polled(PolledTable.CONNECTOR, {"v": 1, "status": "ok", "since": RECEIVED, "worker": "w1"})
    await polled(PolledTable.BIOTIME_TERMINALS, [*terminals, {"id": 9, "sn": ""}])
    await polled(PolledTable.BIOTIME_EMPLOYEES, [{"id": 1, "emp_code": "007", "first_name": "Ann"}])
    await polled(PolledTable.BIOTIME_AREAS, [{"id": 2, "area_code": "2", "area_name": "Hall"}])
    card = {"uuid": "c1", "emp_code": "007", "att_date": "01-03-2026", "paycode_15": "07:15"}
    await polled(PolledTable.BIOTIME_TIMECARDS, [card])
    await finished(settings, *RAW_TOPICS)

    async with KafkaReader(settings.kafka) as reader:
        inputs = [
            (record.partition, decode_event(DeviceInput, record.value))
            async for record in reader.records("device.input")
        ]
    async with producer(settings, "device.input") as sender:
        assert all(sender.partition("device.input", told.device.encode()) == found for found, told in inputs)
    told = {one.device: one for _, one in inputs}
    assert told.keys() == {"biotime:b1", *(f"T{n}" for n in range(8))}
    assert (told["biotime:b1"].kind, told["biotime:b1"].edge) == (InputKind.SOURCE, "w1")
    assert (told["T7"].kind, told["T7"].via, told["T7"].seen_at) == (InputKind.TERMINAL, "biotime:b1", RECEIVED - 5000)
    (person,) = await read(settings, "people", Person)
    assert (person.device, person.pin, person.name, person.stored) == ("biotime:b1", "007", "Ann", "")
    (record,) = await read(settings, "operations", Operation)
    assert (record.code, record.extra["name"]) == ("BIOTIME/AREAS", "Hall")
    (day,) = await read(settings, "timecards.vendor", VendorTimecard)
    assert (day.work_date, day.paycodes) == ("2026-03-01", {"paycode_15": 435})
    async with KafkaReader(settings.kafka) as reader:
        dead = [DeadLetter.decode(record.headers) async for record in reader.records("deadletters")]
    assert [(letter.reason, letter.line) for letter in dead] == [(Reason.ID_MISSING, 9)]


async def test_ticks_keep_their_partition(settings: Settings, running: None) -> None:
    async with producer(settings, "raw.device") as sender:
        texts: dict[int, bytes] = {}
        for number in range(100):
            texts.setdefault(sender.partition("raw.device", b"t%d" % number), b"t%d" % number)
        for text in texts.values():
            headers = [*RawHeaders("edge:edge-1", "", "TICK", RECEIVED, "edge-1", "").encode(), ("tenant", b"")]
            await sender.send("raw.device", b"edge:edge-1", b"", partition_by=text, headers=headers)
    await finished(settings, "raw.device")
    async with KafkaReader(settings.kafka) as reader:
        found = [
            (record.partition, decode_event(DeviceInput, record.value))
            async for record in reader.records("device.input")
        ]
    assert sorted(partition for partition, _ in found) == [0, 1, 2, 3]
    assert {(told.kind, told.device) for _, told in found} == {(InputKind.TICK, "edge:edge-1")}
    assert all(told.raw_partition == partition for partition, told in found)


async def test_a_missing_key_holds_up_its_topic_alone_until_it_is_there(
    settings: Settings, running: None, tmp_path: Path
) -> None:
    """Many more records than a buffer holds wait for the key; punches, and what needs no key, go on."""
    new_key(tmp_path / "other", "demo")
    hidden = tmp_path / "other" / "demo.1.key"
    late = hidden.rename(tmp_path / "other" / "demo.2.key")
    sealer = KeyRing.load(tmp_path / "other").sealer("demo")
    headers = RawHeaders("TST1", "demo", "OPERLOG", RECEIVED, "edge-1", "r", sealed=sealer.key_id).encode()
    async with producer(settings, "raw.operations") as sender:
        for number in range(1000):
            body = b"OPLOG 4\t0\t2026-03-01 08:%02d:%02d\t0\t0\t0\t0\n" % divmod(number, 60)
            value = bytes(seal_raw(sealer, "raw.operations", "TST1", body))
            sender.append("raw.operations", b"TST1", value, partition_by=b"TST1", headers=headers)
        await sender.flush()
    async with producer(settings, "raw.attendance") as sender:
        for number in range(1, 501):
            attendance = RawHeaders("TST2", "demo", "ATTLOG", RECEIVED, "edge-1", "r").encode()
            body = b"%d\t2026-03-01 09:00:00\t0\t1\n" % number
            sender.append("raw.attendance", b"TST2", body, partition_by=b"TST2", headers=attendance)
        await sender.flush()
    await send(settings, "raw.results", "DEVICECMD", b"ID=7&Return=0&CMD=INFO\n")
    await finished(settings, "raw.attendance", "raw.results")
    assert await read(settings, "operations", Operation) == []
    assert settings.keys.folder is not None
    late.rename(settings.keys.folder / "demo.2.key")
    await finished(settings, "raw.operations")
    assert len(await read(settings, "operations", Operation)) == 1000
