"""ClickHouse on one machine: the genuine server code inside a shared library, over HTTP on loopback without a password.

For one machine, tests and demos. Limits (spec/clickhouse.md 2.2): no users made by SQL, no asynchronous inserts, no
ON CLUSTER.
"""

import http.client
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from xml.sax.saxutils import escape

from deploy.local.ports import HOST
from deploy.local.process import PidFile, ServerProcess

START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 20.0
ANSWER_DEADLINE_S = 2.0
SERVER = Path(__file__).parent / "clickhouse_server.py"

# Without a file of its own ClickHouse takes any config.xml of the working directory. Its caches default to several GB.
CONFIG = """\
<clickhouse>
  <logger>
    <level>warning</level>
    <log>{log}</log>
    <size>10M</size>
    <count>3</count>
  </logger>
  <max_server_memory_usage>{memory_bytes}</max_server_memory_usage>
  <mark_cache_size>268435456</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
</clickhouse>
"""


@dataclass(frozen=True)
class ClickHouse:
    """Where a ClickHouse lives and on which ports. Folders must exist; ports must be free when it starts."""

    library: Path
    home: Path
    logs: Path
    http_port: int
    tcp_port: int | None
    memory_bytes: int

    version: ClassVar[str] = "26.7.2.1"  # as it reports itself

    @property
    def process(self) -> ServerProcess:
        return clickhouse_process(self.home, self.logs)

    def wants_ports(self) -> list[tuple[int, str, str]]:
        """Port, what for, and the setting that chooses it."""
        http = (self.http_port, "ClickHouse over HTTP", "clickhouse_http_port")
        native = (
            [] if self.tcp_port is None else [(self.tcp_port, "ClickHouse's native protocol", "clickhouse_tcp_port")]
        )
        return [http, *native]

    def start(self) -> PidFile:
        """Write the settings and start. Returns before it is ready."""
        config = self.home / "config.xml"
        config.write_text(CONFIG.format(log=escape(str(self._log)), memory_bytes=self.memory_bytes))
        command = [sys.executable, str(SERVER), f"--library={self.library}", marker(self.home)]
        command += [f"--http-port={self.http_port}"]
        ports = {"http": self.http_port}
        if self.tcp_port is not None:
            command.append(f"--tcp-port={self.tcp_port}")
            ports["tcp"] = self.tcp_port
        return self.process.start(command, ports)

    def wait_ready(self, running: PidFile) -> None:
        """Return when it answers over HTTP. Raises StartFailed."""
        self.process.wait_ready(running, lambda: answers(self.http_port), START_DEADLINE_S, self._log)

    @property
    def _log(self) -> Path:
        return self.logs / "clickhouse.log"


def marker(home: Path) -> str:
    """The argument by which the ClickHouse of `home` is known among all processes."""
    return f"--config={home / 'config.xml'}"


def clickhouse_process(home: Path, logs: Path) -> ServerProcess:
    """The ClickHouse process of the data in `home`, running or not."""
    return ServerProcess("ClickHouse", home / "pid.json", marker(home), logs / "clickhouse.out")


def answers(http_port: int) -> bool:
    """True when ClickHouse on this port runs a query."""
    connection = http.client.HTTPConnection(HOST, http_port, timeout=ANSWER_DEADLINE_S)
    try:
        connection.request("GET", "/?query=SELECT+1")
        return connection.getresponse().read() == b"1\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
