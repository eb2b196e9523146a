"""The local stack is a genuine Kafka and a genuine ClickHouse, and survives what a user's machine does to it."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from deploy.local.errors import AlreadyUp, PortTaken
from deploy.local.stack import LocalStack
from tests.integration.conftest import new_stack

MIB = 1024 * 1024


def silent(_line: str) -> None:
    """For the steps of `up` and `down` that a test does not look at."""


async def create_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_request_size=18 * MIB
    )
    await producer.start()
    try:
        for sent in [await producer.send(topic, value) for value in values]:
            await asyncio.wait_for(sent, 30)
    finally:
        await producer.stop()


async def consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", max_partition_fetch_bytes=18 * MIB
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        return [(await asyncio.wait_for(consumer.getone(), 30)).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_kafka_keeps_records_of_an_idempotent_producer_in_order(stack: LocalStack, topic_prefix: str) -> None:
    topic = f"{topic_prefix}order"
    values = [b"%d" % n for n in range(200)]
    await create_topic(stack.bootstrap, topic)
    await produce(stack.bootstrap, topic, values)
    assert await consume(stack.bootstrap, topic, len(values)) == values


async def test_kafka_takes_a_record_of_17_mib(stack: LocalStack, topic_prefix: str) -> None:
    topic = f"{topic_prefix}large"
    value = os.urandom(17 * MIB)
    await create_topic(stack.bootstrap, topic)
    await produce(stack.bootstrap, topic, [value])
    assert await consume(stack.bootstrap, topic, 1) == [value]


async def test_kafka_makes_no_topic_by_itself(stack: LocalStack, topic_prefix: str) -> None:
    topic = f"{topic_prefix}never-made"
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, request_timeout_ms=2000)
    await producer.start()
    try:
        with pytest.raises(KafkaError):
            await producer.send_and_wait(topic, b"lost?")
    finally:
        await producer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        assert topic not in await admin.list_topics()
    finally:
        await admin.close()


def test_clickhouse_stores_a_batch_once_per_token(stack: LocalStack, database: str) -> None:
    client = clickhouse_connect.get_client(dsn=stack.clickhouse_url, database=database)
    client.command("CREATE TABLE t (n Int64) ORDER BY n SETTINGS non_replicated_deduplication_window = 100")
    for token, rows in (("a:0:0-1", b"1\n2\n"), ("a:0:0-1", b"1\n2\n"), ("a:0:2-3", b"1\n2\n")):
        client.raw_insert("t", ["n"], rows, fmt="TSV", settings={"insert_deduplication_token": token})
    assert client.query("SELECT count() FROM t").first_row == (4,)
    client.close()


def test_clickhouse_holds_itself_to_its_memory(stack: LocalStack) -> None:
    client = clickhouse_connect.get_client(dsn=stack.clickhouse_url)
    found = client.query("SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage'").first_row
    client.close()
    assert found == (str(4 * 1024**3),)


def test_a_second_up_says_that_one_is_up(stack: LocalStack) -> None:
    before = stack.status()
    with pytest.raises(AlreadyUp, match=rf"up already: Kafka pid {before.kafka.pid} on {stack.bootstrap}"):
        new_stack(stack.data_dir).up(silent)
    new_stack(stack.data_dir).ensure(silent)  # content, and changes nothing
    assert [(s.pid, s.state) for s in stack.status().servers] == [(s.pid, "up") for s in before.servers]


def test_a_taken_port_is_named_with_its_holder(stack: LocalStack, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        other = new_stack(tmp_path / "other")
        other.clickhouse_http_port = port
        with pytest.raises(PortTaken, match=rf"port {port}, wanted for ClickHouse.*pid {os.getpid()}\b"):
            other.up(silent)
    assert [s.state for s in other.status().servers] == ["down", "down"]


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[LocalStack]:
    """A started stack that the test may treat as it likes."""
    own = new_stack(tmp_path / "own")
    try:
        own.up(silent)
        yield own
    finally:
        own.wipe(silent)


def pids(stack: LocalStack) -> list[int]:
    return [s.pid for s in stack.status().servers if s.pid is not None]


def wait_until_down(stack: LocalStack) -> None:
    """The kernel takes a moment to end a killed process of many threads."""
    deadline = time.monotonic() + 30
    while [server.state for server in stack.status().servers] != ["down", "down"]:
        assert time.monotonic() < deadline, stack.status()
        time.sleep(0.05)


def test_data_survives_kill_and_wipe_removes_it(own_stack: LocalStack) -> None:
    asyncio.run(create_topic(own_stack.bootstrap, "kept"))
    asyncio.run(produce(own_stack.bootstrap, "kept", [b"before"]))
    with clickhouse_connect.get_client(dsn=own_stack.clickhouse_url) as client:
        client.command("CREATE DATABASE kept")
        client.command("CREATE TABLE kept.t (n Int64) ORDER BY n")
        client.raw_insert("kept.t", ["n"], b"7\n", fmt="TSV")

    killed = pids(own_stack)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until_down(own_stack)

    own_stack.up(silent)
    assert asyncio.run(consume(own_stack.bootstrap, "kept", 1)) == [b"before"]
    with clickhouse_connect.get_client(dsn=own_stack.clickhouse_url) as client:
        assert client.query("SELECT n FROM kept.t").first_row == (7,)

    running, said = pids(own_stack), list[str]()
    assert len(running) == 2
    assert own_stack.wipe(said.append)
    assert said == ["ClickHouse stopped", "Kafka stopped", f"removed {own_stack.data_dir}"]  # neither had to be killed
    assert not own_stack.data_dir.exists()
    assert not any(psutil.pid_exists(pid) for pid in running)
    assert not own_stack.down(silent)
