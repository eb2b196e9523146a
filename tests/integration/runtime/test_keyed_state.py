"""Keyed state on a genuine Kafka: exact over owners, crashes and zombies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.errors import StateFenced, StateMisused, StateTooBig, StateUncertain, StateUnreadable
from runtime.keyed_state import KeyedState
from runtime.settings import Settings
from runtime.state_records import MAX_VALUE_BYTES
from tests.integration.helpers import make_settings

STATE = "devices.state"


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix, "kafka.partitions=4")
    await topics.apply(settings.kafka)
    return settings


@asynccontextmanager
async def owner(settings: Settings, *partitions: int, deadline_seconds: float = 20.0) -> AsyncIterator[KeyedState]:
    state = KeyedState(settings.kafka, STATE, client_id="test", deadline_seconds=deadline_seconds)
    try:
        await state.assigned(partitions)
        yield state
    finally:
        await state.stop()


async def test_the_next_owner_has_what_was_put_and_not_what_was_deleted(settings: Settings) -> None:
    async with owner(settings, 0, 1) as first:
        await first.put(0, {b"a": b"1", b"b": b"1"})
        await first.put(0, {b"a": b"2", b"b": None})
        await first.put(1, {b"c": b"3"})
        assert first.get(0, b"a") == b"2"
        assert first.get(0, b"b") is None
    async with owner(settings, 0, 1, 2) as second:
        assert [dict(second.items(partition)) for partition in (0, 1, 2)] == [{b"a": b"2"}, {b"c": b"3"}, {}]
        with pytest.raises(StateMisused, match="is not owned"):
            second.get(3, b"a")


async def test_outputs_are_in_the_same_partition_and_transaction(settings: Settings) -> None:
    async with owner(settings, 2) as state:
        await state.put(2, {b"a": b"1"}, [("devices", b"a", b"out"), ("devices", b"z", None)])
    async with KafkaReader(settings.kafka) as reader:
        found = [(record.partition, record.key, record.value) async for record in reader.records("devices")]
    assert found == [(2, b"a", b"out"), (2, b"z", None)]


async def test_a_zombie_is_fenced_and_writes_nothing(settings: Settings) -> None:
    async with owner(settings, 0) as zombie:
        await zombie.put(0, {b"a": b"1"})
        async with owner(settings, 0) as heir:
            await heir.put(0, {b"a": b"2"})
            with pytest.raises(StateFenced, match="taken over by another process"):
                await zombie.put(0, {b"a": b"zombie"}, [("devices", b"a", b"zombie")])
            assert zombie.get(0, b"a") == b"1"
            await heir.put(0, {b"b": b"3"})
    async with owner(settings, 0) as last:
        assert dict(last.items(0)) == {b"a": b"2", b"b": b"3"}
    async with KafkaReader(settings.kafka) as reader:
        assert [record async for record in reader.records("devices")] == []


async def test_a_zombie_that_is_found_out_between_two_topics_is_fenced_as_well(settings: Settings) -> None:
    async with owner(settings, 0) as zombie, owner(settings, 0):
        producer = zombie._owned[0].producer
        send = producer.send_batch

        async def send_and_wait(*arguments: Any, **options: Any) -> Any:
            delivery = await send(*arguments, **options)
            await asyncio.wait([delivery], timeout=10)
            return delivery

        producer.send_batch = send_and_wait
        with pytest.raises(StateFenced):
            await zombie.put(0, {b"a": b"zombie"}, [("devices", b"a", b"zombie")])


async def test_what_was_not_committed_is_never_seen(settings: Settings) -> None:
    async with owner(settings, 0) as crashed:
        await crashed.put(0, {b"a": b"1"})
        producer = crashed._owned[0].producer
        await producer.begin_transaction()
        await (await producer.send(settings.kafka.topic(STATE), b"torn", key=b"a", partition=0))
        async with owner(settings, 0) as heir:
            assert heir.get(0, b"a") == b"1"


async def test_an_assignment_is_taken_over_whole(settings: Settings) -> None:
    async with owner(settings, 0, 1) as mine:
        await mine.put(0, {b"a": b"1"})
        await mine.put(1, {b"b": b"1"})
        await mine.assigned([0])
        async with owner(settings, 1) as theirs:
            await theirs.put(1, {b"b": b"2", b"c": b"2"})
        await mine.assigned([0, 1])
        assert (mine.get(0, b"a"), mine.get(1, b"b"), mine.get(1, b"c")) == (b"1", b"2", b"2")
        await mine.put(0, {b"a": b"3"})
        await mine.assigned([0, 1])  # kept: read on from where it stood
        await mine.assigned([])
        assert mine.trouble == ""
    async with owner(settings, 0) as last:
        assert last.get(0, b"a") == b"3"


async def test_partitions_are_written_at_the_same_time_and_large_puts_are_whole(settings: Settings) -> None:
    values: dict[bytes, bytes | None] = {b"%d" % n: os.urandom(1000) for n in range(5000)}
    async with owner(settings, 0, 1, 2, 3) as state:
        await asyncio.gather(*(state.put(partition, values) for partition in range(4)))
    async with owner(settings, 0, 1, 2, 3) as state:
        assert all(dict(state.items(partition)) == values for partition in range(4))


async def test_a_value_that_is_too_big_is_named_and_nothing_is_written(settings: Settings) -> None:
    async with owner(settings, 0) as state:
        with pytest.raises(StateTooBig, match="b'huge'") as raised:
            await state.put(0, {b"a": b"1", b"huge": bytes(MAX_VALUE_BYTES + 1)})
        assert raised.value.key == b"huge"
        assert dict(state.items(0)) == {}
        await state.put(0, {b"a": bytes(MAX_VALUE_BYTES)})
        assert len(state.get(0, b"a") or b"") == MAX_VALUE_BYTES


async def test_only_transactional_topics_of_the_catalogue_hold_state(settings: Settings) -> None:
    for topic in ("punches", "nothing", "registry"):
        with pytest.raises(StateMisused, match=topic):
            KeyedState(settings.kafka, topic, client_id="test")
    async with owner(settings, 0) as state:
        with pytest.raises(StateMisused, match=r"device\.input"):
            await state.put(0, {}, [("device.input", b"k", b"v")])


async def test_a_broker_that_does_not_answer_in_time_is_fatal(settings: Settings, stack: LocalStack) -> None:
    pid = stack.status().kafka.pid
    assert pid is not None
    async with owner(settings, 0, deadline_seconds=3.0) as state:
        await state.put(0, {b"a": b"1"})
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(StateUncertain, match=r"within 3 s"):
                await state.put(0, {b"a": b"2"})
        finally:
            os.kill(pid, signal.SIGCONT)
        assert state.get(0, b"a") == b"1"
    async with owner(settings, 0) as heir:
        assert heir.get(0, b"a") in (b"1", b"2")


async def test_without_kafka_nothing_is_taken_over(settings: Settings) -> None:
    nowhere = settings.kafka.model_copy(update={"bootstrap": "127.0.0.1:1"})
    state = KeyedState(nowhere, STATE, client_id="test", catch_up_seconds=5)
    with pytest.raises(StateUnreadable, match=r"cannot take over the state"):
        await state.assigned([0])
    assert state.trouble
    await state.stop()
