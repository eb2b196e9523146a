"""The edge, with the acknowledgement of a real Kafka awaited, against a bare aiohttp Application."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bench.place import Place, free_ports
from bench.processes import Measured, cpu_seconds, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread, ratios
from cli.parts import make_parts
from runtime import topics

CONNECTIONS: Final = 128
_SECONDS: Final = 3.0
_WARM_UP_SECONDS: Final = 1.0
# A new Kafka compiles itself for the first seconds of load, on the core of the load client.
_KAFKA_WARM_UP_SECONDS: Final = 8.0
_LEAST_RATIO: Final = 0.80
_LONGEST_P99_MS: Final = 50.0
_HOW = (
    f"Requests per second of the edge (Kafka's acknowledgement awaited) and of a bare aiohttp Application with uvloop "
    f"that reads the body and answers OK; the same load client ({CONNECTIONS} connections, plain sockets and epoll) on "
    f"both in turn, {_SECONDS:.0f} s each, median (least to greatest). The server has one core for itself; the client "
    "and Kafka share the other one. The ratio is taken round by round. CPU is milliseconds of the server process per "
    "1,000 requests."
)


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    rows: int
    fresh: bool


CASES: Final = (
    Case("1 row, kept connections", 1, fresh=False),
    Case("20 rows, kept connections", 20, fresh=False),
    Case("1 row, a connection per request", 1, fresh=True),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the load client. CPU is milliseconds per 1,000 requests; busy is the share of a core."""

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int
    client_busy: float
    server_cpu: float
    kafka_cpu: float


class LoadFailed(Exception):
    """The load client did not end as it should."""


def run(place: Place, rounds: int) -> Section:
    settings = place.settings("edge")
    asyncio.run(topics.apply(settings.kafka))
    folder = place.folder / "edge"
    part = next(part for part in make_parts(settings, folder) if part.name == "ingest")
    (bare_port,) = free_ports(1)
    marker = str(folder / "bare")
    edge = Measured("ingest", part.command[2:], part.marker, part.health_port, folder)
    bare = Measured("bare", ("bench.bare_edge", marker, str(bare_port)), marker, bare_port, folder)
    servers = {"edge": (edge, settings.ingest.port), "bare": (bare, bare_port)}
    runs: dict[str, dict[str, list[Run]]] = {}
    try:
        with pinned(place.server_core):
            edge.start()
            bare.start()
        with moved(place.kafka_pid, place.client_core):
            place.say("edge: warming Kafka up")
            _load(place, CASES[0], edge, settings.ingest.port, _KAFKA_WARM_UP_SECONDS)
            for case in CASES:
                place.say(f"edge: {case.name}")
                found = runs[case.name] = {name: [] for name in servers}
                for server, port in servers.values():
                    _load(place, case, server, port, _WARM_UP_SECONDS)
                for _ in range(rounds):
                    for name, (server, port) in servers.items():
                        found[name].append(_load(place, case, server, port, _SECONDS))
    finally:
        edge.stop()
        bare.stop()
    return _section(runs)


def _load(place: Place, case: Case, server: Measured, port: int, seconds: float) -> Run:
    command = [sys.executable, "-m", "bench.load", f"--port={port}", f"--connections={CONNECTIONS}"]
    command += [f"--rows={case.rows}", f"--seconds={seconds}", *(["--fresh"] if case.fresh else [])]
    server_before, kafka_before = server.cpu_seconds(), cpu_seconds(place.kafka_pid)
    with pinned(place.client_core):
        done = subprocess.run(  # noqa: S603 - our own fixed command, no shell
            command, capture_output=True, timeout=seconds + 60, check=False
        )
    if done.returncode != 0:
        raise LoadFailed(done.stderr.decode(errors="replace")[-2000:])
    result = orjson.loads(done.stdout)
    thousands = result["requests"] / 1000
    return Run(
        per_second=result["per_second"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
        errors=result["errors"],
        client_busy=result["busy"],
        server_cpu=(server.cpu_seconds() - server_before) * 1000 / thousands,
        kafka_cpu=(cpu_seconds(place.kafka_pid) - kafka_before) * 1000 / thousands,
    )


def _section(runs: dict[str, dict[str, list[Run]]]) -> Section:
    rows, compared, targets = [], [], []
    figures: dict[str, Any] = {}
    for case, found in runs.items():
        edge, bare = found["edge"], found["bare"]
        ratio = ratios([run.per_second for run in edge], [run.per_second for run in bare])
        cpu_ratio = ratios([run.server_cpu for run in bare], [run.server_cpu for run in edge])
        for name, ours in found.items():
            rows.append(_row(case, name, ours))
        compared.append((case, ratio.text(2), cpu_ratio.text(2)))
        p99 = Spread.of([run.p99_ms for run in edge])
        errors = sum(run.errors for run in (*edge, *bare))
        targets += [
            Target(
                f"{case}: edge / bare, requests/s", f">= {_LEAST_RATIO}", ratio.text(2), ratio.median >= _LEAST_RATIO
            ),
            Target(
                f"{case}: p99 of the edge, ms", f"< {_LONGEST_P99_MS:.0f}", p99.text(1), p99.median < _LONGEST_P99_MS
            ),
            Target(f"{case}: requests that failed", "0", str(errors), errors == 0),
        ]
        figures[case] = {"ratio": ratio, "cpu_ratio": cpu_ratio, **found}
    headers = ("case", "server", "requests/s", "p50 ms", "p99 ms", "CPU ms", "Kafka CPU ms", "client busy")
    ratio_headers = ("case", "edge / bare, requests/s", "bare / edge, CPU per request")
    return Section("edge", _HOW, [Table(headers, rows), Table(ratio_headers, compared)], targets, figures)


def _row(case: str, name: str, runs: list[Run]) -> list[str]:
    def spread(field: str, digits: int = 0) -> str:
        return Spread.of([getattr(run, field) for run in runs]).text(digits)

    busy = Spread.of([100 * run.client_busy for run in runs])
    return [
        case,
        name,
        spread("per_second"),
        spread("p50_ms", 1),
        spread("p99_ms", 1),
        spread("server_cpu"),
        spread("kafka_cpu") if name == "edge" else "-",
        f"{busy.median:.0f} %",
    ]
