"""Kafka and ClickHouse of one data directory as one thing: up, down, status, wipe."""

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.local import clickhouse, kafka, tools
from deploy.local.clickhouse import ClickHouse
from deploy.local.download import folder_bytes
from deploy.local.errors import AlreadyUp, NotOurs
from deploy.local.fetch import clickhouse_folder, default_cache_dir, fetch_clickhouse, fetch_kafka, kafka_folder
from deploy.local.kafka import Kafka
from deploy.local.lock import exclusive
from deploy.local.ports import HOST, accepts, require_free
from deploy.local.process import ServerProcess

LOCK_DEADLINE_S = 120.0
README = "Data of a local punchstream stack: Kafka and ClickHouse. `punchstream stack wipe` removes it.\n"

Say = Callable[[str], None]
State = Literal["up", "not answering", "down"]


@dataclass(frozen=True)
class ServerStatus:
    """One server as seen now. `ports`, by purpose, are those it was started with; `pid` is None when it is down."""

    name: str
    version: str
    state: State
    pid: int | None
    ports: Mapping[str, int]


@dataclass(frozen=True)
class StackStatus:
    """Both servers, where their data lies, and how many bytes of disk it takes."""

    kafka: ServerStatus
    clickhouse: ServerStatus
    data_dir: Path
    data_bytes: int

    @property
    def servers(self) -> tuple[ServerStatus, ServerStatus]:
        return self.kafka, self.clickhouse


class LocalStack:
    """Kafka and ClickHouse with their data in `data_dir`, on loopback.

    All methods block, within deadlines (downloads: half an hour each); where an event loop is running, call them in a
    thread. The servers outlive the caller and take no notice of its terminal: a supervisor looks at `status()`, calls
    `ensure()` when one is down, and ends with `down()`.
    """

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path | None = None,
        *,
        kafka_port: int = 19092,
        kafka_controller_port: int = 19093,
        clickhouse_http_port: int = 18123,
        clickhouse_tcp_port: int | None = None,
        kafka_heap_mb: int = 512,
        clickhouse_memory_bytes: int = 4 * 1024**3,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.cache_dir = (cache_dir or default_cache_dir()).absolute()
        self.kafka_port = kafka_port
        self.kafka_controller_port = kafka_controller_port
        self.clickhouse_http_port = clickhouse_http_port
        self.clickhouse_tcp_port = clickhouse_tcp_port
        self.kafka_heap_mb = kafka_heap_mb
        self.clickhouse_memory_bytes = clickhouse_memory_bytes

    @property
    def bootstrap(self) -> str:
        """What Kafka clients take as bootstrap servers."""
        return f"{HOST}:{self.kafka_port}"

    @property
    def clickhouse_url(self) -> str:
        """Where ClickHouse answers over HTTP."""
        return f"http://{HOST}:{self.clickhouse_http_port}"

    def up(self, say: Say) -> None:
        """Fetch what is missing, start both servers, return when both answer; `say` gets a line for every step.

        When one of them is running (the other crashed), only the other is started. Raises AlreadyUp when both are, and
        ToolMissing, FetchFailed, PortTaken, StartFailed, Busy, NotOurs; whatever is raised, Ctrl-C too, what this call
        started is stopped again.
        """
        with self._alone(say):
            if self._kafka_process.find() and self._clickhouse_process.find():
                status = self.status()
                where = ", ".join(f"{s.name} pid {s.pid} on {_address(s.ports)}" for s in status.servers)
                raise AlreadyUp(
                    f"the local stack in {self.data_dir} is up already: {where}; stop it with `punchstream stack down`"
                )
            self._start_missing(say)

    def ensure(self, say: Say) -> None:
        """As `up`, but content when both are running: what a supervisor calls after it saw a server down."""
        with self._alone(say):
            self._start_missing(say)

    def down(self, say: Say) -> bool:
        """Stop both servers, gracefully first. False when none was running. Raises StopFailed, Busy."""
        if not self.data_dir.exists():
            return False
        with self._alone(say):
            return self._stop(say)

    def status(self) -> StackStatus:
        """What runs now. Changes nothing; may be asked at any time."""
        return StackStatus(
            kafka=_look("Kafka", Kafka.version, self._kafka_process, "client", accepts),
            clickhouse=_look("ClickHouse", ClickHouse.version, self._clickhouse_process, "http", clickhouse.answers),
            data_dir=self.data_dir,
            data_bytes=folder_bytes(self.data_dir),
        )

    def wipe(self, say: Say) -> bool:
        """Stop both servers and remove the data directory. False when there was none. Raises as `down`, and NotOurs."""
        if not self.data_dir.exists():
            return False
        with self._alone(say):
            self._stop(say)
            shutil.rmtree(self.data_dir)
        say(f"removed {self.data_dir}")
        return True

    def _start_missing(self, say: Say) -> None:
        servers = self._fetch_missing(say)
        for server in servers:
            for port, purpose, setting in server.wants_ports():
                require_free(port, purpose, setting)
        try:
            started = [(server, server.start()) for server in servers]
            for server, running in started:
                server.wait_ready(running)
                say(f"{server.process.name} {server.version} answers on {_address(running.ports)} (pid {running.pid})")
        except BaseException:
            for server in servers:
                server.process.stop(deadline_s=5.0)
            raise

    def _fetch_missing(self, say: Say) -> list[Kafka | ClickHouse]:
        """The servers that do not run, with their files fetched; all missing programs are named before that."""
        kafka_down, clickhouse_down = not self._kafka_process.find(), not self._clickhouse_process.find()
        needed = {"java"} if kafka_down else set()
        needed |= {"mvn"} if kafka_down and not kafka_folder(self.cache_dir).exists() else set()
        needed |= {"npm"} if clickhouse_down and not clickhouse_folder(self.cache_dir).exists() else set()
        tools.require(*sorted(needed))
        servers: list[Kafka | ClickHouse] = []
        logs = self._home("logs")
        if kafka_down:
            jars, home = fetch_kafka(self.cache_dir, say), self._home("kafka")
            servers.append(Kafka(jars, home, logs, self.kafka_port, self.kafka_controller_port, self.kafka_heap_mb))
        if clickhouse_down:
            library, home = fetch_clickhouse(self.cache_dir, say), self._home("clickhouse")
            ports = (self.clickhouse_http_port, self.clickhouse_tcp_port)
            servers.append(ClickHouse(library, home, logs, *ports, memory_bytes=self.clickhouse_memory_bytes))
        return servers

    def _stop(self, say: Say) -> bool:
        stopped = False
        for process, deadline_s in (
            (self._clickhouse_process, clickhouse.STOP_DEADLINE_S),
            (self._kafka_process, kafka.STOP_DEADLINE_S),
        ):
            ended_by = process.stop(deadline_s)
            if ended_by is signal.SIGTERM:
                say(f"{process.name} stopped")
            elif ended_by is signal.SIGKILL:
                say(f"{process.name} killed: it did not stop within {deadline_s:.0f} s")
            stopped = stopped or ended_by is not None
        return stopped

    @contextmanager
    def _alone(self, say: Say) -> Iterator[None]:
        readme = self.data_dir / "README"
        if self.data_dir.exists() and not readme.exists() and any(self.data_dir.iterdir()):
            raise NotOurs(f"{self.data_dir} holds files but no local stack; choose an empty or a new directory")
        self.data_dir.mkdir(parents=True, exist_ok=True)
        readme.write_text(README)
        what = f"starting or stopping the stack in {self.data_dir}"
        with exclusive(self.data_dir / "lock", deadline_s=LOCK_DEADLINE_S, what=what, say=say):
            yield

    def _home(self, name: str) -> Path:
        home = self.data_dir / name
        home.mkdir(parents=True, exist_ok=True)
        return home

    @property
    def _kafka_process(self) -> ServerProcess:
        return kafka.kafka_process(self.data_dir / "kafka", self.data_dir / "logs")

    @property
    def _clickhouse_process(self) -> ServerProcess:
        return clickhouse.clickhouse_process(self.data_dir / "clickhouse", self.data_dir / "logs")


def _address(ports: Mapping[str, int]) -> str:
    """Where clients go: the first port is the one for them."""
    return f"{HOST}:{next(iter(ports.values()), '?')}"


def _look(
    name: str, version: str, process: ServerProcess, port_name: str, answers: Callable[[int], bool]
) -> ServerStatus:
    running = process.find()
    if running is None:
        return ServerStatus(name, version, "down", None, {})
    port = running.ports.get(port_name)
    state: State = "up" if port is not None and answers(port) else "not answering"
    return ServerStatus(name, version, state, running.pid, dict(running.ports))
