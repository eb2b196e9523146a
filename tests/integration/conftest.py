"""One Kafka and one ClickHouse for the whole run, on free ports; a topic prefix and a database for each test.

Nothing here skips: where the servers cannot be started, the tests fail and say why.
"""

import asyncio
import logging
import os
import shutil
import signal
import socket
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

import clickhouse_connect
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.stack import LocalStack

log = logging.getLogger(__name__)

_DELETE_SECONDS = 60.0


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def new_stack(data_dir: Path) -> LocalStack:
    """A stack on free ports, not started."""
    kafka, controller, http = free_ports(3)
    return LocalStack(data_dir, kafka_port=kafka, kafka_controller_port=controller, clickhouse_http_port=http)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # a cancelled run ends as with Ctrl-C: pytest tears the fixtures down


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """Kafka at `.bootstrap` ("127.0.0.1:port") and ClickHouse at `.clickhouse_url` ("http://127.0.0.1:port")."""
    former = signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="punchstream-test-"))
    stack = new_stack(folder / "stack")
    try:
        stack.up(log.info)
        yield stack
    finally:
        stack.wipe(log.info)
        shutil.rmtree(folder)
        signal.signal(signal.SIGTERM, former)


@pytest.fixture
def topic_prefix(stack: LocalStack) -> Iterator[str]:
    """What the names of this test's topics, groups and transactional ids start with. Its topics are deleted after it:
    else Kafka has some 20,000 partitions at the end of a run, and cannot map the files of so many when it starts again.
    """
    prefix = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}."
    yield prefix
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, whatever the test did with its
        thread.submit(asyncio.run, _delete_topics(stack.bootstrap, prefix)).result()


async def _delete_topics(bootstrap: str, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    async with asyncio.timeout(_DELETE_SECONDS):
        await admin.start()
        try:
            if topics := [topic for topic in await admin.list_topics() if topic.startswith(prefix)]:
                await admin.delete_topics(topics)
        finally:
            await admin.close()


@pytest.fixture
def database(stack: LocalStack) -> Iterator[str]:
    """The name of an empty ClickHouse database of this test's own, dropped after it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    client = clickhouse_connect.get_client(dsn=stack.clickhouse_url)
    try:
        client.command(f"CREATE DATABASE {name}")
        yield name
        # SYNC: else the files stay for minutes, and all of them are left to the end of the run.
        client.command(f"DROP DATABASE {name} SYNC")
    finally:
        client.close()
