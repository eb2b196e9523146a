"""Kafka on one machine: KRaft, one node that is broker and controller, on loopback only.

Source of the settings: the Apache Kafka 4.3 broker reference; tried as in spec/local-stack.md.
Data survives the end of the process in any way. It does not promise to survive a power cut: one copy, written back by
the operating system. Where that matters, run a cluster.
"""

import asyncio
import base64
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.errors import StartFailed
from deploy.local.fetch import KAFKA_VERSION
from deploy.local.ports import HOST, accepts
from deploy.local.process import PidFile, ServerProcess

START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 30.0
ANSWER_DEADLINE_S = 5.0
LOGGING = Path(__file__).parent / "kafka" / "log4j2.xml"

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller_port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
# relative to the working directory, so that a path with a comma is no list
log.dirs=data
# topics are made by `punchstream topics apply` alone
auto.create.topics.enable=false
# a body of 16 MiB, its headers and the batch around it
message.max.bytes=18874368
replica.fetch.max.bytes=18874368
# one node: one copy, few partitions
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# a part that was off for long still knows where it was: as long as raw records are kept, 400 days
offsets.retention.minutes=576000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# a start after a crash waits until the controller gave up the crashed broker: 9 s by default
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=1000
# the default of 128 MB is a quarter of our heap
log.cleaner.dedupe.buffer.size=33554432
"""


@dataclass(frozen=True)
class Kafka:
    """Where a Kafka lives and on which ports. Folders must exist; ports must be free when it starts."""

    jars: Path
    home: Path
    logs: Path
    port: int
    controller_port: int
    heap_mb: int

    version: ClassVar[str] = KAFKA_VERSION

    @property
    def process(self) -> ServerProcess:
        return kafka_process(self.home, self.logs)

    def wants_ports(self) -> list[tuple[int, str, str]]:
        """Port, what for, and the setting that chooses it."""
        return [
            (self.port, "Kafka", "kafka_port"),
            (self.controller_port, "Kafka's controller", "kafka_controller_port"),
        ]

    def start(self) -> PidFile:
        """Write the settings, format the storage the first time, start; do not wait. Raises StartFailed."""
        config = self.home / "server.properties"
        data = self.home / "data"
        config.write_text(SETTINGS.format(host=HOST, port=self.port, controller_port=self.controller_port))
        self._format_once(config, data)
        log = self.logs / "kafka.log"
        java = [
            "java",
            f"-Xmx{self.heap_mb}m",
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={self.logs}/kafka-jvm-crash.log",
        ]
        options = [
            marker(self.home),
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={LOGGING}",
            f"-Dkafka.log={log}",
        ]
        command = [*java, *options, "-cp", f"{self.jars}/*", "kafka.Kafka", str(config)]
        return self.process.start(command, {"client": self.port, "controller": self.controller_port})

    def wait_ready(self, running: PidFile) -> None:
        """Return when a client gets metadata that holds the broker. Raises StartFailed."""
        self.process.wait_ready(running, self._answers, START_DEADLINE_S, self.logs / "kafka.log")

    def _answers(self) -> bool:
        # the plain connection first: a client that finds nobody listening logs an error at every try
        return accepts(self.port) and asyncio.run(_has_broker(f"{HOST}:{self.port}"))

    def _format_once(self, config: Path, data: Path) -> None:
        formatted = self.home / "formatted"
        if formatted.exists():
            return
        shutil.rmtree(data, ignore_errors=True)  # a first start that died half way: no record can have been stored
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        command = ["java", "-Xmx128m", f"-Dlog4j2.configurationFile={LOGGING}", f"-Dkafka.log={self.logs}/kafka.log"]
        command += ["-cp", f"{self.jars}/*", "kafka.tools.StorageTool", "format", "--standalone"]
        command += ["--cluster-id", cluster_id, "--config", str(config)]
        try:
            subprocess.run(  # noqa: S603 - our own fixed command, no shell
                command, capture_output=True, text=True, timeout=START_DEADLINE_S, check=True, cwd=self.home
            )
        except subprocess.CalledProcessError as failed:
            reason = (failed.stderr or failed.stdout).strip()[-1000:]
            raise StartFailed(f"formatting Kafka's storage in {data} failed: {reason}") from failed
        except subprocess.TimeoutExpired as late:
            raise StartFailed(f"formatting Kafka's storage in {data} took over {START_DEADLINE_S:.0f} s") from late
        formatted.write_text(cluster_id + "\n")


def marker(home: Path) -> str:
    """The argument by which the Kafka of `home` is known among all processes."""
    return f"-Dpunchstream.kafka={home}"


def kafka_process(home: Path, logs: Path) -> ServerProcess:
    """The Kafka process of the data in `home`, running or not."""
    return ServerProcess("Kafka", home / "pid.json", marker(home), logs / "kafka.out")


async def _has_broker(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(ANSWER_DEADLINE_S * 1000))
    try:
        await asyncio.wait_for(admin.start(), ANSWER_DEADLINE_S)
        cluster = await asyncio.wait_for(admin.describe_cluster(), ANSWER_DEADLINE_S)
        return bool(cluster["brokers"])
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
