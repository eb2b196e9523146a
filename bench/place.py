"""Where benchmarks run: a Kafka and a ClickHouse of their own, on free ports, in a folder that is removed."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.stack import LocalStack
from runtime.key_files import new_key
from runtime.settings import Settings, load_settings

Say = Callable[[str], None]

CORES = 2


@dataclass(frozen=True, slots=True)
class Place:
    """`server_core` and `client_core` are the two cores that everything runs on."""

    stack: LocalStack
    folder: Path
    server_core: int
    client_core: int
    say: Say

    def settings(self, name: str, *overrides: str) -> Settings:
        """Settings for one benchmark: topics and database of its own, free ports."""
        edge, ingest, normalize, track, resolve, derive, sink = free_ports(7)
        return load_settings(
            None,
            (
                f"kafka.bootstrap={self.stack.bootstrap}",
                f"kafka.topic_prefix=bench-{name}.",
                f"clickhouse.url={self.stack.clickhouse_url}",
                f"clickhouse.database=bench_{name}",
                "ingest.host=127.0.0.1",
                f"ingest.port={edge}",
                f"ingest.health_port={ingest}",
                f"keys.folder={self.folder / 'keys'}",
                f"store.folder={self.folder / 'objects'}",
                "ingest.unknown_devices=accept",
                "ingest.default_tenant=demo",
                f"normalize.health_port={normalize}",
                f"track.health_port={track}",
                f"resolve.health_port={resolve}",
                f"derive.health_port={derive}",
                f"sink.health_port={sink}",
                "log_level=WARNING",
                *overrides,
            ),
        )

    @property
    def kafka_pid(self) -> int:
        return _running(self.stack.status().kafka.pid)

    @property
    def clickhouse_pid(self) -> int:
        return _running(self.stack.status().clickhouse.pid)


@contextmanager
def open_place(say: Say) -> Iterator[Place]:
    """On the first two cores that this process may use; all that it starts inherits them."""
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)
    # The parts run in folders of their own and must find `bench` beside the installed packages.
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    folder = Path(tempfile.mkdtemp(prefix="punchstream-bench-"))
    kafka, controller, http = free_ports(3)
    stack = LocalStack(folder / "stack", kafka_port=kafka, kafka_controller_port=controller, clickhouse_http_port=http)
    try:
        new_key(folder / "keys", "demo")
        stack.up(say)
        yield Place(stack, folder, cores[0], cores[-1], say)
    finally:
        stack.wipe(say)
        shutil.rmtree(folder)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _running(pid: int | None) -> int:
    if pid is None:
        raise RuntimeError("a server of the bench's stack has ended: its folder's logs say why")
    return pid
