"""The producer on a genuine Kafka: order, bounds, deadlines, and life after a failed batch."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.errors import BufferFull, DeliveryFailed, TopicMismatch
from runtime.producer import Producer
from runtime.settings import Settings, load_settings
from schemas.topics import MAX_BODY_BYTES, TOPICS
from tests.integration.helpers import make_settings, producer, until

TOPIC = "raw.attendance"


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix)
    await topics.apply(settings.kafka)
    return settings


async def values(settings: Settings, topic: str = TOPIC) -> list[tuple[int, bytes, bytes]]:
    async with KafkaReader(settings.kafka) as reader:
        return [(record.partition, record.key, record.value) async for record in reader.records(topic)]


async def test_records_of_one_source_stay_in_order_in_one_partition(settings: Settings) -> None:
    async with producer(settings, TOPIC) as sender:
        batches = {
            sender.append(TOPIC, b"key", b"%d" % number, partition_by=b"SN%d" % (number % 5)) for number in range(5000)
        }
        for batch in batches:
            await batch.acked()
        assert sender.pending_bytes == 0
        expected = {sender.partition(TOPIC, b"SN%d" % source) for source in range(5)}
    found = await values(settings)
    assert len(found) == 5000
    assert {partition for partition, _, _ in found} == expected
    for source in range(5):
        numbers = [int(value) for _, _, value in found if int(value) % 5 == source]
        assert numbers == sorted(numbers)


async def test_send_says_where_the_record_lies(settings: Settings) -> None:
    async with producer(settings, TOPIC) as sender:
        positions = await asyncio.gather(*(sender.send(TOPIC, b"k", b"%d" % n, partition_by=b"x") for n in range(50)))
    assert [position.offset for position in positions] == list(range(50))


async def test_a_body_of_the_greatest_size_passes(settings: Settings) -> None:
    body = os.urandom(MAX_BODY_BYTES)
    async with producer(settings, TOPIC) as sender:
        await sender.send(TOPIC, b"k", body, partition_by=b"k", headers=[("query", b"x" * 8000)])
    assert [value for _, _, value in await values(settings)] == [body]


async def test_a_refused_batch_fails_alone_and_the_producer_lives_on(settings: Settings) -> None:
    too_big = b"x" * (TOPICS["punches"].max_message_bytes + 1)
    async with producer(settings, TOPIC, "punches") as sender:
        with pytest.raises(DeliveryFailed, match="MessageSizeTooLarge"):
            await sender.send("punches", b"k", too_big, partition_by=b"k")
        await sender.send("punches", b"k", b"small", partition_by=b"k")
        await sender.send(TOPIC, b"k", b"small", partition_by=b"k")
        assert sender.rebuilds == 1
        assert sender.pending_bytes == 0


async def test_more_than_the_allowed_bytes_are_refused_and_not_taken(settings: Settings) -> None:
    sender = Producer(settings.kafka, client_id="test", max_pending_bytes=3000, deadline_seconds=10)
    await sender.start()
    try:
        await sender.prepare(TOPIC)
        sender.append(TOPIC, b"k", b"x" * 2500, partition_by=b"k")
        with pytest.raises(BufferFull, match="may"):
            sender.append(TOPIC, b"k", b"y" * 2500, partition_by=b"k")
        await sender.flush()
        await sender.send(TOPIC, b"k", b"z" * 2500, partition_by=b"k")
    finally:
        await sender.stop()
    assert [value[:1] for _, _, value in await values(settings)] == [b"x", b"z"]


async def test_a_frozen_broker_meets_the_deadline_and_the_record_arrives_later_once(
    settings: Settings, stack: LocalStack
) -> None:
    pid = stack.status().kafka.pid
    assert pid is not None
    async with producer(settings, TOPIC) as patient:  # the first record of a new topic may take its time
        await patient.send(TOPIC, b"k", b"before", partition_by=b"k")
    sender = Producer(settings.kafka, client_id="test", max_pending_bytes=1 << 20, deadline_seconds=1)
    await sender.start()
    try:
        await sender.prepare(TOPIC)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(DeliveryFailed, match="within 1 s"):
                await sender.send(TOPIC, b"k", b"during", partition_by=b"k")
            assert sender.pending_bytes > 0
        finally:
            os.kill(pid, signal.SIGCONT)
        await until(lambda: sender.pending_bytes == 0, "the broker took what waited")
    finally:
        await sender.stop()
    async with producer(settings, TOPIC) as patient:
        await patient.send(TOPIC, b"k", b"after", partition_by=b"k")
    assert [value for _, _, value in await values(settings)] == [b"before", b"during", b"after"]


async def test_one_waiter_that_gives_up_hurts_no_other(settings: Settings) -> None:
    async with producer(settings, TOPIC) as sender:
        batch = sender.append(TOPIC, b"k", b"1", partition_by=b"k")
        assert sender.append(TOPIC, b"k", b"2", partition_by=b"k") is batch
        impatient = batch.acked()
        impatient.cancel()
        assert await batch.acked() == 0
    assert len(await values(settings)) == 2


async def test_a_missing_topic_is_named_with_what_to_do(stack: LocalStack, topic_prefix: str) -> None:
    settings = make_settings(stack, topic_prefix, "kafka.request_timeout_seconds=2")
    sender = Producer(settings.kafka, client_id="test", max_pending_bytes=1 << 20, deadline_seconds=5)
    await sender.start()
    try:
        with pytest.raises(
            TopicMismatch, match=f"{topic_prefix}registry does not exist: run `punchstream topics apply`"
        ):
            await sender.prepare("registry")
    finally:
        await sender.stop()


async def test_no_kafka_is_said_at_the_start(topic_prefix: str) -> None:
    settings = load_settings(None, ("kafka.bootstrap=127.0.0.1:1", f"kafka.topic_prefix={topic_prefix}"))
    sender = Producer(settings.kafka, client_id="test", max_pending_bytes=1 << 20, deadline_seconds=5)
    with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1:1 cannot be reached"):
        await sender.start()
