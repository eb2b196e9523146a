"""One Kafka and one ClickHouse for the whole run, on free ports; a topic prefix and a database for each test.

Nothing here skips: where the servers cannot be started, the tests fail and say why.
"""

import logging
import os
import shutil
import signal
import socket
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import clickhouse_connect
import pytest

from deploy.local.stack import LocalStack

log = logging.getLogger(__name__)


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
def topic_prefix() -> str:
    """What the names of this test's topics, groups and transactional ids start with."""
    return f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}."


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
