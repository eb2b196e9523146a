"""The tracker on a genuine Kafka: inputs in, device states and last punches out, whatever happens to the process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.errors import OffsetLost
from processors.track_main import group_of, run
from runtime import topics
from runtime.kafka import make_consumer
from runtime.settings import Settings
from schemas.codec import decode_event, encode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.devices import DeviceInput, DeviceState, DeviceStatus, InputKind
from schemas.events import Punch
from schemas.lastpunch import LastPunch, area_key, hours_key
from schemas.polled import SourceStatus
from schemas.registry import DevicePeriod, DeviceRecord, encode_record, record_key
from tests.integration.helpers import make_settings, producer, until
from tests.integration.processors.keyed_part import Worker, running

T0 = 1_772_355_600_000
INPUTS = ("device.input", "punches")
PARTITIONS = 4


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix, "track.health_port=0", f"kafka.partitions={PARTITIONS}")
    await topics.apply(settings.kafka)
    return settings


def told(kind: InputKind, device: str, at: int, **fields: Any) -> DeviceInput:
    return DeviceInput(kind=kind, tenant="demo", device=device, at=at, edge="edge-1", **fields)


def punch(device: str, pin: str, number: int) -> Punch:
    at = T0 + number * 1000
    return Punch(
        v=1, event_id=f"{abs(hash((device, pin, number))):032x}"[-32:], rank=number, tenant="demo", device=device,
        site="", pin=pin, local_time=at, local_text=str(number), punch_at=at, utc_offset_s=0, zone="UTC", clock="zone",
        time_flags=[], state=0, verify=1, work_code="", job_codes=[], tip_codes=[], is_attendance=True,
        not_attendance_reason="", source="push", source_ref="", received_at=at, raw_topic="raw.attendance",
        raw_partition=0, raw_offset=number, raw_line=1, request_id="", parser_version=1, registry_version=0, extra={},
    )  # fmt: skip


async def send(settings: Settings, events: Iterable[DeviceInput | Punch]) -> None:
    async with producer(settings, *INPUTS) as sender:
        batches = set()
        for event in events:
            topic, key = ("punches", event.event_id) if isinstance(event, Punch) else ("device.input", event.device)
            by = event.device.encode()
            batches.add(sender.append(topic, key.encode(), encode_event(event), partition_by=by))
        for batch in batches:
            await batch.acked()


def partition_keys(sender: Any) -> list[bytes]:
    """A partition_by for each partition of device.input, as the edge chooses them for its ticks."""
    found: dict[int, bytes] = {}
    number = 0
    while len(found) < PARTITIONS:
        found.setdefault(sender.partition("device.input", b"%d" % number), b"%d" % number)
        number += 1
    return list(found.values())


async def send_ticks(settings: Settings, at: int) -> None:
    value = encode_event(told(InputKind.TICK, "edge:edge-1", at))
    async with producer(settings, *INPUTS) as sender:
        for by in partition_keys(sender):
            await sender.send("device.input", b"edge:edge-1", value, partition_by=by)


async def finished(settings: Settings, seconds: float = 90) -> None:
    async with KafkaReader(settings.kafka) as reader:

        async def dry() -> bool:
            return not any([await reader.lag(group_of(settings.track, topic), topic) for topic in INPUTS])

        await until(dry, "the tracker has committed every input", seconds)


async def latest(settings: Settings, topic: str) -> dict[str, bytes]:
    """The newest value of each key, as a compacted topic is read."""
    async with KafkaReader(settings.kafka) as reader:
        found = {record.key.decode(): record.value async for record in reader.records(topic)}
    return {key: value for key, value in found.items() if value is not None}


async def devices(settings: Settings) -> dict[str, DeviceState]:
    return {key: decode_event(DeviceState, value) for key, value in (await latest(settings, "devices")).items()}


async def last_punches(settings: Settings) -> dict[str, LastPunch]:
    return {key: decode_event(LastPunch, value) for key, value in (await latest(settings, "lastpunch")).items()}


async def test_a_polled_source_and_its_terminals_are_devices_too_and_a_trouble_is_told_once(settings: Settings) -> None:
    server = "biotime:b1"
    trouble = {"via": server, "word": "unreachable", "since": T0 + 1000, "info": "no answer in 60 s"}
    await send(
        settings,
        [
            told(InputKind.SOURCE, server, T0, via=server, word="ok", since=T0, seen_at=T0, rows=7),
            told(InputKind.TERMINAL, "T1", T0, via=server, seen_at=T0 - 60_000, options={"alias": "Gate"}),
            told(InputKind.WATERMARK, "T1", T0, via=server, watermark=T0 - 900_000),
            *(told(InputKind.SOURCE, server, T0 + n * 1000, **trouble, errors=n) for n in range(1, 100)),
        ],
    )
    async with running(run, settings):
        await finished(settings)
        await send_ticks(settings, T0 + 60_000)
        await finished(settings)
    found = await devices(settings)
    assert (found[server].status, found[server].source_status) == (DeviceStatus.OFFLINE, SourceStatus.UNREACHABLE)
    assert (found["T1"].status, found["T1"].via) == (DeviceStatus.ONLINE, server)
    assert (found["T1"].watermark, found["T1"].last_activity) == (T0 - 900_000, T0 - 60_000)
    async with KafkaReader(settings.kafka) as reader:
        keys = [record.key async for record in reader.records("devices")]
    assert keys.count(server.encode()) == 2


async def test_states_and_last_punches_come_out_and_rubbish_is_put_aside(settings: Settings) -> None:
    record = DeviceRecord("TST1", (DevicePeriod(site="pune", tenant="demo", zone="Asia/Kolkata"),))
    async with producer(settings, "registry", "device.input") as sender:
        await sender.send("registry", record_key(record), encode_record(record), partition_by=b"registry")
        await sender.send("device.input", b"TST1", b"rubbish", partition_by=b"TST1")
    await send(
        settings,
        [
            told(InputKind.HANDSHAKE, "TST1", T0, query={"pushver": "2.4.1"}),
            told(InputKind.STRANGER, "NEW1", T0, table="pending"),
            *(punch("TST1", "7", number) for number in (5, 9, 2)),
        ],
    )
    async with running(run, settings):
        await finished(settings)
    found = await devices(settings)
    assert {serial: state.status for serial, state in found.items()} == {
        "TST1": DeviceStatus.ONLINE,
        "NEW1": DeviceStatus.PENDING,
    }
    assert (found["TST1"].site, found["TST1"].push_version) == ("pune", "2.4.1")
    assert (await last_punches(settings))["TST1+7"].local_text == "9"
    async with KafkaReader(settings.kafka) as reader:
        dead = [(DeadLetter.decode(r.headers), r.value) async for r in reader.records("deadletters")]
    assert [(letter.reason, letter.stage, letter.topic, value) for letter, value in dead] == [
        (Reason.NOT_AN_EVENT, "track", "device.input", b"rubbish")
    ]


async def test_what_timecards_tell_on_the_same_topic_is_left_alone_and_out_of_memory(settings: Settings) -> None:
    told = LastPunch(
        tenant="demo", device="X9", pin="7", punch_at=T0 + 99_000, local_text="told", state=1, work_code="",
        employee="e1", week_minutes=60,
    )  # fmt: skip
    keys = [hours_key("TST1", "7"), area_key("hall", "7")]
    async with producer(settings, "lastpunch") as sender:
        for key in keys:
            await sender.send("lastpunch", key, encode_event(told), partition_by=b"TST1")
        await sender.send("lastpunch", keys[0], b"not an event", partition_by=b"TST1")
        await sender.send("lastpunch", keys[0], encode_event(told), partition_by=b"TST1")
    await send(settings, [punch("TST1", "7", 5)])
    async with running(run, settings):
        await finished(settings)
        assert REGISTRY.get_sample_value("punchstream_state_keys", {"topic": "lastpunch"}) == 1
    assert (await last_punches(settings)) == {
        keys[0].decode(): told, keys[1].decode(): told, "TST1+7": (await last_punches(settings))["TST1+7"],
    }  # fmt: skip
    # Once more from the beginning, over all that there is by now.
    await send(settings, [punch("TST1", "7", 9)])
    async with running(run, settings):
        await finished(settings)
        assert REGISTRY.get_sample_value("punchstream_state_keys", {"topic": "lastpunch"}) == 1
    found = await last_punches(settings)
    assert [found[name].local_text for name in ("TST1+7", keys[0].decode(), keys[1].decode())] == ["9", "told", "told"]


async def test_an_offset_that_kafka_does_not_have_ends_the_tracker(settings: Settings) -> None:
    await send(settings, [punch("TST1", "7", 1)])
    group = group_of(settings.track, "punches")
    consumer = make_consumer(settings.kafka, group=settings.kafka.topic(group), client_id="test")
    await consumer.start()
    try:
        partitions = [TopicPartition(settings.kafka.topic("punches"), number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, 5))
    finally:
        await consumer.stop()
    with pytest.raises(OffsetLost, match=r"punches-\d at offset 5"):
        await asyncio.wait_for(run(settings, asyncio.Event()), 60)
    assert await last_punches(settings) == {}


async def test_offline_is_told_by_ticks_alone(settings: Settings) -> None:
    serials = [f"TST{number}" for number in range(20)]
    async with running(run, settings):
        await send(settings, [told(InputKind.PRESENCE, serial, T0) for serial in serials])
        await send_ticks(settings, T0 + 170_000)
        await finished(settings)
        assert {state.status for state in (await devices(settings)).values()} == {DeviceStatus.ONLINE}
        await send_ticks(settings, T0 + 185_000)
        await finished(settings)
    found = await devices(settings)
    assert len(found) == len(serials)
    assert {(state.status, state.status_since) for state in found.values()} == {(DeviceStatus.OFFLINE, T0 + 180_000)}


class Load:
    """Inputs whose outcome is known: the last stamp of each device, the greatest punch of each PIN."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = T0
        self.sent = 0

    async def send(self, rounds: int) -> None:
        events: list[DeviceInput | Punch] = []
        for number in range(self.sent, self.sent + rounds):
            self._clock += 1000
            for device in range(10):
                serial = f"TST{device}"
                events.append(told(InputKind.UPLOAD, serial, self._clock, table="ATTLOG", stamp=str(number), rows=1))
                events += [punch(serial, str(pin), number) for pin in range(1, 6)]
        self.sent += rounds
        await send(self._settings, events)

    async def verify(self) -> None:
        self._clock += 61_000  # fast fields are told after a minute
        await send_ticks(self._settings, self._clock)
        await finished(self._settings)
        newest = str(self.sent - 1)
        stamps = {serial: state.stamps["ATTLOG"] for serial, state in (await devices(self._settings)).items()}
        assert stamps == {f"TST{device}": newest for device in range(10)}
        texts = {key: last.local_text for key, last in (await last_punches(self._settings)).items()}
        assert texts == {f"TST{device}+{pin}": newest for device in range(10) for pin in range(1, 6)}


async def state_is_written(settings: Settings, more_than: int) -> int:
    """Wait until more records than that are in devices.state; returns how many."""
    async with KafkaReader(settings.kafka) as reader:

        async def count() -> int:
            return sum((await reader.end_offsets("devices.state")).values())

        async def grown() -> bool:
            return await count() > more_than

        await until(grown, "the tracker writes state", 60)
        return await count()


async def test_kill_9_in_the_middle_loses_no_state(settings: Settings) -> None:
    load = Load(settings)
    written = 0
    for _ in range(3):
        await load.send(60)
        worker = await Worker.start("track", settings, "track.instance_id=track-1")
        try:
            written = await state_is_written(settings, written)
        finally:
            await worker.kill()
    worker = await Worker.start("track", settings, "track.instance_id=track-1")
    try:
        await load.verify()
        worker.signal(signal.SIGTERM)
        assert await worker.ended() == 0
    finally:
        await worker.kill()


async def test_workers_that_join_and_leave_share_the_partitions(settings: Settings) -> None:
    load = Load(settings)
    await load.send(50)
    first = await Worker.start("track", settings)
    second = None
    try:
        written = await state_is_written(settings, 0)
        second = await Worker.start("track", settings)
        for _ in range(5):
            await load.send(20)
            written = await state_is_written(settings, written)
        await load.verify()
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
        await load.send(20)
        await load.verify()
        second.signal(signal.SIGTERM)
        assert await second.ended() == 0
    finally:
        await first.kill()
        if second is not None:
            await second.kill()


async def test_a_worker_that_was_frozen_cannot_write_over_its_heir(settings: Settings) -> None:
    load = Load(settings)
    await load.send(100)
    zombie = await Worker.start("track", settings)
    heir = None
    try:
        await state_is_written(settings, 0)
        zombie.signal(signal.SIGSTOP)
        heir = await Worker.start("track", settings)
        await load.send(20)
        await load.verify()
        zombie.signal(signal.SIGCONT)
        assert await zombie.ended() == 1  # fenced with a batch in hand
        await load.send(20)
        await load.verify()
    finally:
        await zombie.kill()
        if heir is not None:
            await heir.kill()
