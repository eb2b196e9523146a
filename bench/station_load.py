"""One process that polls many stations as a connectors' worker does, without Kafka: runners, readers, clients; rows and
state stay in memory. `python -m bench.station_load` prints one JSON object; `bench.stations` starts it.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import orjson
import uvloop
from prometheus_client import REGISTRY

from connectors.akuvox.source import make_source
from connectors.health import Health, Told
from connectors.runner import SourceRunner
from connectors.source import Json, Tools
from runtime.connector_sections import AkuvoxStation, ConnectorSettings
from schemas.polled import PolledTable


class _Kept:
    """connectors.source.State, as encoded as on the topic."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def get(self, name: str) -> Json | None:
        value = self.values.get(name)
        return None if value is None else orjson.loads(value)

    async def put(self, values: Mapping[str, Json | None]) -> None:
        self.values |= {name: orjson.dumps(value) for name, value in values.items()}


class _Counted:
    """connectors.source.Emit: bodies are made and counted."""

    def __init__(self) -> None:
        self.rows_out = 0

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        orjson.dumps(list(rows))
        self.rows_out += len(rows) if table is PolledTable.AKUVOX_DOORLOG else 0

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        orjson.dumps(body)

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        raise AssertionError("stations write no records")


class _NoCommands:
    def waiting(self) -> bool:
        return False


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("--warm-up", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--readers", default="doorlog,calllog,info,users,samples")
    parser.add_argument("--poll-seconds", type=float, default=5.0)
    chosen = parser.parse_args()
    entries = tomllib.loads(chosen.settings.read_text())["connectors"]["akuvox"]
    wanted = {"readers": tuple(chosen.readers.split(",")), "poll_seconds": chosen.poll_seconds}
    stations = [AkuvoxStation(**{**entry, **wanted}) for entry in entries]
    found = uvloop.run(_measure(stations, chosen.warm_up, chosen.seconds))
    sys.stdout.write(orjson.dumps(found).decode() + "\n")
    return 0


async def _measure(stations: list[AkuvoxStation], warm_up: float, seconds: float) -> dict[str, float]:
    emit = _Counted()
    runners = [_runner(station, emit) for station in stations]
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    await asyncio.sleep(warm_up)
    before, started = _reading(emit), time.monotonic()
    await asyncio.sleep(seconds)
    after, took = _reading(emit), time.monotonic() - started
    for runner in runners:
        runner.stop()
    await asyncio.gather(*tasks)
    moved = {name: after[name] - before[name] for name in after}
    return {**moved, "seconds": took, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _runner(station: AkuvoxStation, emit: _Counted) -> SourceRunner:
    health = Health((), worker="bench", now=time.time())
    tools = Tools(
        key=station.key, tenant="demo", emit=emit, state=_Kept(), tell=Told(health, time.time), clock=time.time,
        monotonic=time.monotonic, random=Random(station.key), secret=lambda: b"k" * 32,
    )  # fmt: skip
    settings = ConnectorSettings()
    commands: Any = _NoCommands()
    return SourceRunner(lambda given: make_source(station, settings, given), tools, health, commands, worker="bench")


def _reading(emit: _Counted) -> dict[str, float]:
    polls = trouble = 0.0
    for metric in REGISTRY.collect():
        if metric.name == "punchstream_connectors_runs":
            for sample in metric.samples:
                if sample.name.endswith("_total"):
                    polls += sample.value if sample.labels["job"] in ("doorlog", "calllog") else 0
                    trouble += sample.value if sample.labels["result"] != "ok" else 0
    return {"polls": polls, "trouble": trouble, "rows": emit.rows_out, "cpu_seconds": time.process_time()}


if __name__ == "__main__":
    sys.exit(main())
