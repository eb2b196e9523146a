"""Resolve on a genuine Kafka: identities, areas, punches in; whose they are out, whatever happens to the process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from dataclasses import replace

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.partition_model import Later
from processors.resolve_main import group_of, run
from processors.sender import Sender
from runtime import topics
from runtime.settings import Settings
from schemas.codec import decode_event, encode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.employees import Identity, identity_key, identity_partition_by
from schemas.events import Punch
from schemas.registry import AreaRecord, DevicePeriod, DeviceRecord, GroupPeriod, Record, encode_record, record_key
from schemas.resolver_input import punch_input, tick_input, watermark_input
from schemas.timecards_input import TimecardInput, TimecardInputKind
from tests.integration.helpers import make_settings, producer, until
from tests.integration.processors.keyed_part import Worker, running
from tests.unit.processors.resolve.worlds import HOUR, T0, owned, punch

INPUTS = ("resolver.input", "identities", "registry")
PARTITIONS = 4


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix, "resolve.health_port=0", f"kafka.partitions={PARTITIONS}")
    await topics.apply(settings.kafka)
    return settings


def known(pin: str, employee: str, scope: str = "device:D1") -> Identity:
    return Identity(tenant="demo", scope=scope, pin=pin, employee=employee, rank=1, source="operator")


async def write(settings: Settings, *told: Punch | Identity | Record) -> None:
    async with producer(settings, *INPUTS) as sender:
        batches = set()
        for one in told:
            if isinstance(one, Punch):
                by = one.device.encode()
                batches.add(sender.append("resolver.input", by, punch_input(encode_event(one)), partition_by=by))
            elif isinstance(one, Identity):
                by = identity_partition_by(one)
                batches.add(sender.append("identities", identity_key(one), encode_event(one), partition_by=by))
            else:
                batches.add(sender.append("registry", record_key(one), encode_record(one), partition_by=b"registry"))
        for batch in batches:
            await batch.acked()


async def write_watermarks(settings: Settings, devices: Iterable[str], at: int) -> None:
    async with producer(settings, *INPUTS) as sender:
        for device in devices:
            by = device.encode()
            await sender.send("resolver.input", by, watermark_input(device, "", at, at), partition_by=by)


async def finished(settings: Settings, seconds: float = 90) -> None:
    """All that is told, and what the fan-out made of it."""
    async with KafkaReader(settings.kafka) as reader:

        async def dry() -> bool:
            # In this order: what the fan-out has committed, it has written.
            return not any([await reader.lag(group_of(settings.resolve, topic), topic) for topic in reversed(INPUTS)])

        await until(dry, "resolve has committed every input", seconds)


async def records(settings: Settings) -> list[tuple[int, Later]]:
    """Partition and record, in the order of each partition."""
    async with KafkaReader(settings.kafka) as reader:
        return [
            (record.partition, Later(record.key, record.value, None))
            async for record in reader.records("timecards.input")
        ]


async def owners(settings: Settings) -> dict[str, set[str]]:
    return owned(record for _, record in await records(settings))


async def test_a_late_identity_is_given_the_waiting_punches_and_a_corrected_one_takes_them_away(
    settings: Settings,
) -> None:
    first, second = punch("D1", "7"), punch("D1", "7", T0 + HOUR)
    await write(settings, first, second)
    async with running(run, settings):
        await finished(settings)
        assert await records(settings) == []
        await write(settings, known("7", "ann"))
        await finished(settings)
        assert await owners(settings) == {first.event_id: {"ann"}, second.event_id: {"ann"}}
        await write(settings, replace(known("7", "ann"), valid_to=T0 + 1), known("7", "bob", "device:D2"))
        await write(settings, replace(known("7", "bob"), valid_from=T0 + 1))
        await finished(settings)
    assert await owners(settings) == {first.event_id: {"ann"}, second.event_id: {"bob"}}
    told = [decode_event(TimecardInput, record.value) for _, record in await records(settings)]
    assert [one.punch_id for one in told if one.kind is TimecardInputKind.RETRACT] == [second.event_id]


async def test_areas_are_fanned_out_whether_they_or_their_people_come_first(settings: Settings) -> None:
    one, other = punch("D1", "7"), punch("D9", "7", T0 + HOUR)
    await write(settings, known("7", "ann", "area:x"), one, other)
    async with running(run, settings):
        await finished(settings)
        assert await owners(settings) == {}
        await write(settings, AreaRecord("x", (GroupPeriod(devices=("D1",)),)))
        await finished(settings)
        assert await owners(settings) == {one.event_id: {"ann"}}
        await write(settings, AreaRecord("x", (GroupPeriod(devices=("D9",)),)))
        await finished(settings)
        assert await owners(settings) == {other.event_id: {"ann"}}
        await write(settings, known("8", "bob", "area:x"), third := punch("D9", "8"))
        await finished(settings)
    assert await owners(settings) == {other.event_id: {"ann"}, third.event_id: {"bob"}}


async def test_a_watermark_reaches_every_partition_after_the_punches_before_it(settings: Settings) -> None:
    period = DevicePeriod(tenant="demo")
    await write(
        settings, known("7", "ann"), DeviceRecord("D1", (period,)), DeviceRecord("D2", (period,)), punch("D1", "7")
    )
    await write_watermarks(settings, ["D1", "D2"], T0)
    async with running(run, settings):
        await finished(settings)
    found = [(partition, decode_event(TimecardInput, record.value)) for partition, record in await records(settings)]
    async with producer(settings, *INPUTS) as sender:
        places = {sender.partition("resolver.input", device) for device in (b"D1", b"D2")}
    for number in range(PARTITIONS):
        here = [one for partition, one in found if partition == number]
        marks = {one.resolver_partition: one for one in here if one.kind is TimecardInputKind.WATERMARK}
        assert {partition: mark.watermark for partition, mark in marks.items()} == dict.fromkeys(places, T0)
        assert {tuple(mark.resolver_partitions) for mark in marks.values()} == {tuple(sorted(places))}
    assert sum(one.kind is TimecardInputKind.ASSIGN for _, one in found) == 1


async def test_rubbish_is_put_aside(settings: Settings) -> None:
    async with producer(settings, *INPUTS) as sender:
        for topic in INPUTS:
            await sender.send(topic, b"area+x", b"rubbish", partition_by=b"D1")
    await write(settings, known("7", "ann"), told := punch("D1", "7"))
    async with running(run, settings):
        await finished(settings)
    assert await owners(settings) == {told.event_id: {"ann"}}
    async with KafkaReader(settings.kafka) as reader:
        dead = [DeadLetter.decode(record.headers) async for record in reader.records("deadletters")]
    assert sorted((letter.topic, letter.reason, letter.stage) for letter in dead) == [
        (topic, Reason.NOT_AN_EVENT, "resolve") for topic in sorted(INPUTS)
    ]


async def test_a_process_that_ends_between_the_state_and_the_sending_loses_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(Exception):
        pass

    async def die(*_: object) -> None:
        raise Died

    told = punch("D1", "7")
    await write(settings, known("7", "ann"), told)
    async with running(run, settings):
        await finished(settings)
    await write(settings, replace(known("7", "bob"), rank=2))
    with monkeypatch.context() as patch:
        patch.setattr(Sender, "send", die)
        with pytest.raises(Died):
            await asyncio.wait_for(run(settings, asyncio.Event()), 60)
    assert await owners(settings) == {told.event_id: {"ann"}}
    async with running(run, settings):
        await finished(settings)
    assert await owners(settings) == {told.event_id: {"bob"}}


class Load:
    """Punches whose owner is known in the end: the identity of each PIN is told anew in every round."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rounds = 0
        self._ids: list[tuple[str, int]] = []

    async def send(self, rounds: int) -> None:
        told: list[Punch | Identity] = []
        for number in range(self._rounds, self._rounds + rounds):
            for pin in range(1, 6):
                for device in ("D1", "D2", "D3"):
                    one = punch(device, str(pin), T0 + number * 1000)
                    self._ids.append((one.event_id, pin))
                    told += [one, replace(known(str(pin), f"e{pin}-{number}", f"device:{device}"), rank=number)]
        self._rounds += rounds
        await write(self._settings, *told)

    async def verify(self) -> None:
        await finished(self._settings)
        found = await owners(self._settings)
        assert found == {one: {f"e{pin}-{self._rounds - 1}"} for one, pin in self._ids}


async def written(settings: Settings, topic: str, more_than: int) -> int:
    """Wait until more records than that are in it; returns how many."""
    async with KafkaReader(settings.kafka) as reader:

        async def count() -> int:
            return sum((await reader.end_offsets(topic)).values())

        async def grown() -> bool:
            return await count() > more_than

        await until(grown, f"resolve writes {topic}", 60)
        return await count()


async def test_kill_9_in_the_middle_loses_no_owner(settings: Settings) -> None:
    load, counts = Load(settings), {"resolve.state": 0, "timecards.input": 0}
    for topic in ("resolve.state", "timecards.input", "resolve.state"):
        await load.send(20)
        worker = await Worker.start("resolve", settings, "resolve.instance_id=resolve-1")
        try:
            counts[topic] = await written(settings, topic, counts[topic])
        finally:
            await worker.kill()
    worker = await Worker.start("resolve", settings, "resolve.instance_id=resolve-1")
    try:
        await load.verify()
        worker.signal(signal.SIGTERM)
        assert await worker.ended() == 0
    finally:
        await worker.kill()


async def test_workers_that_join_leave_and_freeze_share_the_work(settings: Settings) -> None:
    load = Load(settings)
    await load.send(15)
    first = await Worker.start("resolve", settings)
    second = None
    try:
        count = await written(settings, "resolve.state", 0)
        second = await Worker.start("resolve", settings)
        for _ in range(3):
            await load.send(5)
            count = await written(settings, "resolve.state", count)
        await load.verify()
        await load.send(5)
        first.signal(signal.SIGSTOP)
        await load.send(5)
        await load.verify()
        first.signal(signal.SIGCONT)
        await load.send(5)
        await load.verify()
        second.signal(signal.SIGTERM)
        assert await second.ended() == 0
    finally:
        await first.kill()
        if second is not None:
            await second.kill()


async def test_ticks_alone_let_a_silent_device_go(settings: Settings) -> None:
    await write(settings, DeviceRecord("D1", (DevicePeriod(tenant="demo", site="pune"),)))
    async with running(run, settings), producer(settings, *INPUTS) as sender:
        for at in (T0, T0 + 100 * HOUR):
            await sender.send("resolver.input", b"edge:e", tick_input("edge:e", at), partition_by=b"D1")
            await finished(settings)
    told = [decode_event(TimecardInput, record.value) for _, record in await records(settings)]
    assert {(one.site, one.watermark, str(one.silent)) for one in told} == {("pune", T0 + 28 * HOUR, "{'D1': None}")}
