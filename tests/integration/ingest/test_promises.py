"""What the edge promises: acknowledged means durable, Kafka down means send again, nothing is lost at the end."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from runtime.errors import TopicMismatch
from runtime.registry_writer import compare_records, write_changes
from schemas.registry import DevicePeriod, DeviceRecord
from tests.integration.helpers import until
from tests.integration.ingest.running import (
    RunningEdge,
    body_of,
    edge_settings,
    running_edge,
    starting_edge,
    status_of,
)


def row(number: int) -> bytes:
    return b"%d\t2026-03-01 09:00:00\t0\t1\t0\n" % number


@contextmanager
def kafka_stopped(stack: LocalStack) -> Iterator[None]:
    pid = stack.status().kafka.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def attendance(edge: RunningEdge) -> list[bytes]:
    return [record.value for record in await edge.stored() if record.topic == "raw.attendance"]


async def test_every_acknowledged_body_is_in_kafka_once(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    async with running_edge(edge_settings(stack, topic_prefix, tmp_path)) as edge:
        bodies = [row(number) * (1 + number % 20) for number in range(600)]
        gate = asyncio.Semaphore(64)

        async def post(number: int, body: bytes) -> bytes:
            async with gate:
                return body_of(await edge.post(f"SN{number % 37}", body))

        answers = await asyncio.gather(*(post(number, body) for number, body in enumerate(bodies)))
        assert answers == [b"OK: %d\n" % (1 + number % 20) for number in range(600)]
        assert sorted(await attendance(edge)) == sorted(bodies)
        async with KafkaReader(edge.settings.kafka) as reader:
            assert sum((await reader.end_offsets("raw.attendance")).values()) == 600


async def test_while_kafka_stands_still_devices_are_told_to_wait(
    stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    """C30, and a full budget."""
    settings = edge_settings(
        stack, topic_prefix, tmp_path, "ingest.ack_deadline_seconds=3", f"ingest.in_flight_bytes={16 * 1024 * 1024}"
    )
    async with running_edge(settings) as edge:
        assert body_of(await edge.post("WARM", row(1))) == b"OK: 1\n"
        big = row(7) * (3 * 1024 * 1024 // len(row(7)))
        with kafka_stopped(stack):
            started = time.monotonic()
            assert status_of(await edge.post("SLOW", row(2))) == 503
            assert 2.5 < time.monotonic() - started < 6.0, "at the ack deadline"
            assert await edge.ready() == "Kafka does not acknowledge"
            started = time.monotonic()
            poll = b"GET /iclock/getrequest?SN=POLLER HTTP/1.0\r\n\r\n"
            assert body_of(await edge.send(poll)) == b"OK"
            handshake = b"GET /iclock/cdata?SN=POLLER&options=all HTTP/1.0\r\n\r\n"
            assert b"Delay=" in body_of(await edge.send(handshake))
            assert time.monotonic() - started < 1.0, "what brings nothing does not wait for Kafka"
            filled = await asyncio.gather(*(edge.post(f"BIG{number}", big) for number in range(8)))
            # 0: refused while it was still sending, and closed before it had sent all.
            assert {status_of(answer) for answer in filled} <= {503, 0}
            started = time.monotonic()
            assert status_of(await edge.post("MORE", big)) in (503, 0)
            assert time.monotonic() - started < 2.0, "at once: the budget is full"
        await until(edge.is_ready, "Kafka acknowledges again, or the failure is old", 60)
        await until(lambda: _served(edge, "SLOW", row(2)), "the same upload is taken", 60)
        stored = await attendance(edge)
        assert stored.count(row(2)) >= 1
        assert b"".join(stored).count(row(1)) == 1


async def _served(edge: RunningEdge, serial: str, body: bytes) -> bool:
    return status_of(await edge.post(serial, body)) == 200


async def test_the_end_loses_nothing_that_was_acknowledged(
    stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    settings = edge_settings(stack, topic_prefix, tmp_path)
    acknowledged: list[bytes] = []
    answered = 0
    async with running_edge(settings) as edge:
        stopped = random.Random(3).uniform(0.3, 1.0)

        async def device(serial: int) -> None:
            nonlocal answered
            for number in range(10_000):
                body = row(serial * 100_000 + number)
                answer = await edge.post(f"SN{serial}", body)
                if not answer:
                    return
                answered += 1
                assert body_of(answer) == b"OK: 1\n", answer
                acknowledged.append(body)

        devices = [asyncio.create_task(device(serial)) for serial in range(16)]
        await asyncio.sleep(stopped)
        edge.stop.set()
        assert await asyncio.wait_for(edge.task, 30) == 0
        await asyncio.wait_for(asyncio.gather(*devices), 30)
        assert await edge.send(b"GET /iclock/ping?SN=SN1 HTTP/1.0\r\n\r\n") == b"", "nobody listens any more"
        stored = await attendance(edge)
        assert answered == len(acknowledged) > 16
        assert set(acknowledged) <= set(stored)
        assert len(stored) == len(set(stored))


async def test_a_device_added_to_the_registry_is_served_within_a_second(
    stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    settings = edge_settings(
        stack, topic_prefix, tmp_path, "ingest.unknown_devices=pending", "ingest.default_tenant=house"
    )
    async with running_edge(settings) as edge:
        assert status_of(await edge.post("NEWCOMER", row(1))) == 503
        assert status_of(await edge.send(b"GET /iclock/cdata?SN=NEWCOMER&options=all HTTP/1.0\r\n\r\n")) == 403
        record = DeviceRecord("NEWCOMER", (DevicePeriod(tenant="acme", zone="Asia/Kolkata", ack_profile="plain"),))
        assert await write_changes(settings.kafka, compare_records([], [record])) == 1
        await until(lambda: _served(edge, "newcomer", row(2)), "the device is served", 1.0)
        assert body_of(await edge.post("NEWCOMER", row(3))) == b"OK"
        handshake = await edge.send(b"GET /iclock/cdata?SN=NEWCOMER&options=all HTTP/1.0\r\n\r\n")
        assert b"\nTimeZone=330\n" in body_of(handshake)
        stored = await edge.stored()
        strange = [record for record in stored if record.raw.tenant == "house"]
        assert {(record.topic, record.raw.table) for record in strange} == {("raw.device", "STRANGER")}
        assert {record.value for record in stored if record.topic == "raw.attendance"} == {row(2), row(3)}


async def test_without_kafka_it_waits_and_can_be_stopped(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    settings = edge_settings(stack, topic_prefix, tmp_path, "kafka.bootstrap=127.0.0.1:1")
    async with starting_edge(settings) as edge:
        await until(lambda: _says(edge, "waiting for Kafka"), "readiness says what is missing")
        assert await edge.send(b"GET /iclock/ping?SN=A HTTP/1.0\r\n\r\n") == b""
        edge.stop.set()
        assert await asyncio.wait_for(edge.task, 30) == 0


async def _says(edge: RunningEdge, what: str) -> bool:
    return await edge.ready() == what


async def test_without_topics_it_says_what_to_run(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> None:
    settings = edge_settings(stack, topic_prefix, tmp_path, "kafka.request_timeout_seconds=3")
    async with starting_edge(settings) as edge:
        with pytest.raises(TopicMismatch, match="punchstream topics apply"):
            await asyncio.wait_for(asyncio.shield(edge.task), 60)
