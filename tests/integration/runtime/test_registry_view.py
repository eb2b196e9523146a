"""The registry view on the genuine Kafka: complete at its start, live afterwards."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.stack import LocalStack
from runtime import topics
from runtime.errors import ViewUnreadable
from runtime.kafka import client_options
from runtime.registry_view import RegistryView
from runtime.registry_writer import compare_records, write_changes
from runtime.sections import KafkaSettings
from schemas.registry import (
    AreaRecord,
    DepartmentRecord,
    DevicePeriod,
    DeviceRecord,
    GroupPeriod,
    PositionRecord,
    Record,
    SitePeriod,
    SiteRecord,
    encode_record,
    record_key,
)
from tests.integration.helpers import make_settings, until

SITE = SiteRecord("berlin", (SitePeriod(name="Berlin plant", zone="Europe/Berlin"),))


def device(serial: str, zone: str = "Europe/Berlin") -> DeviceRecord:
    return DeviceRecord(serial, (DevicePeriod(site="berlin", tenant="demo", zone=zone),))


@pytest.fixture
async def kafka(stack: LocalStack, topic_prefix: str) -> KafkaSettings:
    settings = make_settings(stack, topic_prefix).kafka
    await topics.apply(settings)
    return settings


async def write(kafka: KafkaSettings, *records: Record) -> None:
    assert await write_changes(kafka, compare_records([], records)) == len(records)


@asynccontextmanager
async def started(kafka: KafkaSettings) -> AsyncIterator[RegistryView]:
    view = RegistryView(kafka, deadline_seconds=30)
    await view.start()
    try:
        yield view
    finally:
        await view.stop()


async def test_an_empty_registry_is_read_at_once(kafka: KafkaSettings) -> None:
    async with started(kafka) as view:
        assert (view.version, view.failed, view.records()) == (0, "", [])


async def test_all_that_was_there_is_known_when_start_returns(kafka: KafkaSettings) -> None:
    many = [device(f"SIM{number:05d}") for number in range(5000)]
    await write(kafka, SITE, *many)
    async with started(kafka) as view:
        assert view.version == 5001
        assert view.records() == [*many, SITE]
        last = view.device("SIM04999")
        assert last is not None
        assert last.registry_version == 5001
        assert view.site("berlin") == SITE


async def test_departments_positions_and_areas_are_found_by_their_ids(kafka: KafkaSettings) -> None:
    department = DepartmentRecord("biotime:b1/1", (GroupPeriod(name="Assembly"),), "connector")
    position = PositionRecord("biotime:b1/1", (GroupPeriod(name="Welder"),), "connector")
    area = AreaRecord("biotime:b1/1", (GroupPeriod(name="Hall", devices=("T1",)),), "connector")
    await write(kafka, department, position, area)
    async with started(kafka) as view:
        assert view.department("biotime:b1/1") == department
        assert view.position("biotime:b1/1") == position
        assert view.area("biotime:b1/1") == area
        assert (view.area("biotime:b1/2"), view.site("biotime:b1/1")) == (None, None)


async def test_what_comes_later_is_followed(kafka: KafkaSettings) -> None:
    await write(kafka, device("SIM1"), device("SIM2"))
    async with started(kafka) as view:
        called: list[str] = []
        view.on_change = called.append
        await write(kafka, device("SIM1", "Asia/Kolkata"))
        await until(lambda: called == ["device+SIM1"], "the change is called out")
        known = view.device("SIM1")
        assert known is not None
        assert (known.periods[0].zone, known.registry_version) == ("Asia/Kolkata", 3)
        await until(lambda: view.version == 3, "the view is at the end")
        assert view.failed == ""


async def test_bad_records_do_not_stop_the_view(kafka: KafkaSettings) -> None:
    producer = AIOKafkaProducer(**client_options(kafka))
    await producer.start()
    try:
        for value in (b"nonsense", b"[]", None):
            await producer.send_and_wait(kafka.topic("registry"), value, key=b"device+SIM1")
        async with started(kafka) as view:
            assert (view.version, view.records()) == (3, [])
            await producer.send_and_wait(kafka.topic("registry"), b"\xff", key=b"site+x")
            await producer.send_and_wait(
                kafka.topic("registry"), encode_record(device("SIM1")), key=record_key(device("SIM1"))
            )
            await until(lambda: view.device("SIM1") is not None, "the good record behind a bad one is seen")
            assert view.failed == ""
    finally:
        await producer.stop()


async def test_records_of_a_transaction_count_when_it_commits_and_its_marker_is_no_obstacle(
    kafka: KafkaSettings,
) -> None:
    producer = AIOKafkaProducer(transactional_id=f"{kafka.topic_prefix}writer", **client_options(kafka))
    await producer.start()
    try:
        for serial, commit in (("SIM1", True), ("SIM2", False)):
            await producer.begin_transaction()
            await producer.send_and_wait(
                kafka.topic("registry"), encode_record(device(serial)), key=record_key(device(serial))
            )
            await (producer.commit_transaction() if commit else producer.abort_transaction())
        # the log ends with a marker: there is no record at the last offset to wait for
        async with started(kafka) as view:
            assert view.version == 4
            assert view.records() == [device("SIM1")]
    finally:
        await producer.stop()


async def test_a_caller_that_raises_stops_the_view_loudly(kafka: KafkaSettings) -> None:
    def broken(key: str) -> None:
        raise RuntimeError(f"no room for {key}")

    async with started(kafka) as view:
        view.on_change = broken
        await write(kafka, device("SIM1"))
        await until(lambda: view.failed != "", "the failure is said")
        assert "no room for device+SIM1" in view.failed


async def test_no_topic_is_an_error_that_says_what_to_do(stack: LocalStack, topic_prefix: str) -> None:
    kafka = make_settings(stack, topic_prefix).kafka
    with pytest.raises(ViewUnreadable, match=r"does not exist .* run `punchstream topics apply` first"):
        await RegistryView(kafka).start()
    assert "create" in {change.action for change in await topics.plan(kafka)}  # looking did not make it


async def test_no_kafka_is_an_error_that_names_the_address() -> None:
    with pytest.raises(ViewUnreadable, match=r"127\.0\.0\.1:1"):
        await RegistryView(KafkaSettings(bootstrap="127.0.0.1:1")).start()


async def test_a_kafka_that_does_not_answer_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        kafka = KafkaSettings(bootstrap=f"127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ViewUnreadable, match=r"not reached within 0\.5 s"):
            await RegistryView(kafka, deadline_seconds=0.5).start()
