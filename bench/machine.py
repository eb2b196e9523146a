"""Where and when a measurement was made: what has to stand beside every figure."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from deploy.local.clickhouse import ClickHouse
from deploy.local.fetch import KAFKA_VERSION

_LIBRARIES = ("aiohttp", "uvloop", "aiokafka", "faust-streaming", "clickhouse-connect")


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine at one time. load: over the last minute, before anything of ours ran."""

    date: str
    processor: str
    cores: int
    memory_gb: int
    system: str
    versions: str
    load: float

    def text(self) -> str:
        return (
            f"{self.date}, {self.processor}, {self.cores} cores used, {self.memory_gb} GB, {self.system}; "
            f"{self.versions}; load average before the run {self.load:.1f}"
        )


def look_around() -> Machine:
    """This machine now, with the cores that this process may use."""
    versions = [f"Python {platform.python_version()}", f"Kafka {KAFKA_VERSION}", f"ClickHouse {ClickHouse.version}"]
    versions += [f"{name} {version(name)}" for name in _LIBRARIES]
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(psutil.virtual_memory().total / 1024**3),
        system=f"Linux {platform.release().split('-')[0]}",
        versions=", ".join(versions),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
