"""Runs of the polls benchmark's load client, and how they stand in a table."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bench.edge import LoadFailed
from bench.place import Place
from bench.processes import Measured, pinned
from bench.stats import Spread

LONGEST_P99_MS: Final = 250.0
_MOST_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the load client. cpu: milliseconds of the server per 1,000 polls; busy: share of the client's core."""

    rate: int
    done: int
    errors: int
    commands: int
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    last_seconds: float
    sent_late_p99_ms: float
    busy: float
    cpu: float

    @property
    def is_in_time(self) -> bool:
        return self.p99_ms < LONGEST_P99_MS and self.errors == 0


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    process: Measured
    port: int


def run_load(place: Place, server: Server, rate: int, devices: int, patience: float, options: Sequence[str]) -> Run:
    """One run of `bench.poll_load` with these options against the server. Raises LoadFailed."""
    command = [sys.executable, "-m", "bench.poll_load", f"--port={server.port}", f"--devices={devices}"]
    command += [f"--patience={patience}", *options]
    before = server.process.cpu_seconds()
    with pinned(place.client_core):
        done = subprocess.run(  # noqa: S603 - our own fixed command, no shell
            command, capture_output=True, timeout=patience + _MOST_SECONDS, check=False
        )
    if done.returncode != 0:
        raise LoadFailed(done.stderr.decode(errors="replace")[-2000:])
    result = orjson.loads(done.stdout)
    return Run(**result, rate=rate, cpu=(server.process.cpu_seconds() - before) * 1e6 / result["done"])


def steady_row(name: str, runs: list[Run]) -> list[str]:
    def spread(field: str, digits: int) -> str:
        return Spread.of([getattr(run, field) for run in runs]).text(digits)

    fields = (("per_second", 0), ("p50_ms", 1), ("p99_ms", 1), ("max_ms", 0))
    busy = Spread.of([100 * run.busy for run in runs])
    failed = sum(run.errors for run in runs)
    return [
        name,
        *(spread(field, digits) for field, digits in fields),
        str(failed),
        spread("cpu", 0),
        spread("sent_late_p99_ms", 1),
        f"{busy.median:.0f} %",
    ]


def step_row(name: str, run: Run) -> list[str]:
    return [
        name,
        f"{run.rate:,}",
        f"{run.per_second:,.0f}",
        f"{run.p50_ms:,.1f}",
        f"{run.p99_ms:,.1f}",
        f"{run.max_ms:,.0f}",
        str(run.errors),
        f"{run.cpu:,.0f}",
        f"{run.sent_late_p99_ms:,.1f}",
    ]


def together_row(runs: list[Run]) -> tuple[str, ...]:
    half = Spread.of([run.p50_ms / 1000 for run in runs]).text(1)
    last = Spread.of([run.last_seconds for run in runs]).text(1)
    refused = Spread.of([run.errors for run in runs]).text()
    return half, last, refused, Spread.of([run.cpu for run in runs]).text()
