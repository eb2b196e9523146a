"""The sink process: wires consumer, writer, dead letters, health and metrics, and runs until told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from clickhouse_connect.driver.client import Client

from runtime.kafka import make_admin, make_consumer
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.settings import Settings
from sinks.clickhouse import Database, make_client
from sinks.dead_letters import DeadLetters
from sinks.errors import PartitionLost
from sinks.offsets import GroupOffsets
from sinks.range_writer import RangeWriter
from sinks.recovery import Recovery
from sinks.retry import until_done
from sinks.tables import TABLES
from sinks.windows import check_tables
from sinks.worker import Worker

log = logging.getLogger(__name__)

WRITERS = 4
_SILENT_SECONDS = 60.0
# Records live for a second, by the hundred thousand, and never in cycles: looking for cycles among them at Python's
# usual pace costs a quarter of the process's time (4.4 against 3.1 CPU-seconds a million rows, 2 cores, 2026-11-21).
_GC_THRESHOLDS = (200_000, 100, 100)
_FETCH_MIN_BYTES = 256 * 1024
_FETCH_MAX_WAIT_MS = 100
_DEAD_LETTER_BYTES = 64 * 1024 * 1024
_DEAD_LETTER_DEADLINE_SECONDS = 30.0


async def run(settings: Settings, stop: asyncio.Event) -> int:
    """Write all topics of the table map until `stop` is set; returns the exit code.

    Raises Fatal errors (of this package and of the runtime) whose message says what to do. ClickHouse being away at
    the start or later is waited for.
    """
    gc.set_threshold(*_GC_THRESHOLDS)
    async with AsyncExitStack() as stack:
        threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="insert")
        stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        worker: Worker | None = None

        def live() -> str:
            silent = time.monotonic() - worker.polled_at if worker else 0.0
            return f"Kafka was not polled for {silent:.0f} s" if silent > _SILENT_SECONDS else ""

        def ready() -> str:
            return "" if worker is not None and worker.ready else "no partitions yet"

        probe = ProbeServer(settings.health_host, settings.sink.health_port, ready=ready, live=live)
        await probe.start()
        stack.push_async_callback(probe.stop)
        try:
            database = await _open_database(settings, threads, stop)
        except PartitionLost:  # told to stop while waiting
            return 0
        stack.callback(database.close)
        worker = await _make_worker(settings, database, threads, stack)
        log.info("writing %s to ClickHouse", ", ".join(table.topic for table in TABLES))
        await worker.run(stop)
    return 0


async def _open_database(settings: Settings, threads: ThreadPoolExecutor, stop: asyncio.Event) -> Database:
    loop = asyncio.get_running_loop()

    def connect() -> Database:
        client: Client = make_client(settings.clickhouse)
        database = Database(client, settings.clickhouse.database)
        check_tables(database)
        return database

    return await until_done(lambda: loop.run_in_executor(threads, connect), "clickhouse", stop)


async def _make_worker(
    settings: Settings, database: Database, threads: ThreadPoolExecutor, stack: AsyncExitStack
) -> Worker:
    name = settings.sink.instance_id or f"{socket.gethostname()}-{os.getpid()}"
    client_id = f"punchstream-sink-{name}"

    def now_ms() -> int:
        return int(time.time() * 1000)

    producer = Producer(
        settings.kafka,
        client_id=client_id,
        max_pending_bytes=_DEAD_LETTER_BYTES,
        deadline_seconds=_DEAD_LETTER_DEADLINE_SECONDS,
    )
    await producer.start()
    stack.push_async_callback(producer.stop)
    await producer.prepare("deadletters", *(table.topic for table in TABLES))
    admin = make_admin(settings.kafka)
    stack.push_async_callback(admin.close)
    await admin.start()
    group = settings.kafka.topic(settings.sink.group)
    consumer = make_consumer(
        settings.kafka,
        group=group,
        instance_id=settings.sink.instance_id,
        client_id=client_id,
        # Few large answers instead of many small ones; a tenth of a second is little against the flush time.
        fetch_min_bytes=_FETCH_MIN_BYTES,
        fetch_max_wait_ms=_FETCH_MAX_WAIT_MS,
    )
    stack.push_async_callback(consumer.stop)
    offsets = GroupOffsets(consumer, admin, group)
    writer = RangeWriter(database, offsets, DeadLetters(producer, now_ms), threads, worker=name, now_ms=now_ms)
    recovery = Recovery(offsets, database, threads, settings.kafka.topic_prefix)
    worker = Worker(settings, consumer, writer, recovery, WRITERS)
    consumer.subscribe([settings.kafka.topic(table.topic) for table in TABLES], listener=worker)
    await consumer.start()
    return worker
