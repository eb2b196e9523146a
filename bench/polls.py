"""Polls at the rate of a big fleet, and a fleet that comes back all at once; the edge against a bare Application."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from bench.bodies import serials
from bench.place import Place, free_ports
from bench.poll_runs import LONGEST_P99_MS, Run, Server, run_load, steady_row, step_row, together_row
from bench.processes import Measured, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread
from bench.waiting import ask_for_commands
from cli.parts import make_parts
from runtime import topics
from runtime.registry_writer import RecordChange, write_changes
from runtime.settings import Settings
from schemas.registry import DevicePeriod, DeviceRecord

TERMINALS: Final = 20_000
_RATE: Final = 2_000  # each of them every 10 s
_SECONDS: Final = 10.0
_WARM_UP_SECONDS: Final = 5.0
_STEP_RATES: Final = range(3_000, 13_000, 1_000)
_TRIES: Final = 2
_PATIENCE_SECONDS: Final = 20.0
_INFO_SHARE: Final = 0.01
_WAITING_EVERY: Final = 1_000  # of a thousand terminals, one has a command waiting
_TOGETHER: Final = 5_000
_TOGETHER_SECONDS: Final = 60.0
_HOW: Final = (
    f"{TERMINALS:,} registered terminals, each polling every {TERMINALS / _RATE:.0f} s with a new connection "
    f"(HTTP/1.0), {_INFO_SHARE:.0%} of the polls with INFO; before each run of the edge one of {_WAITING_EVERY:,} "
    "terminals gets a command, which it takes and answers. The same load client on the edge and on a bare aiohttp "
    f"Application with uvloop that answers OK, in turn, {_SECONDS:.0f} s each, median (least to greatest). The times "
    "of the polls are fixed beforehand, at a seeded phase for each terminal, and latency counts from them, not from "
    "when the client came to send (open loop): `sent late` is how far behind its own times the client was, and is part "
    "of the latency. The server has one core for itself; the client and Kafka share the other one. CPU is milliseconds "
    "of the server process per 1,000 polls. Once a minute the edge writes that a terminal is present; as all began "
    "together, that comes due for all of them within some of the runs, so it is the greatest p99 that counts. Then the "
    f"same terminals more often, until p99 is {LONGEST_P99_MS:.0f} ms or a poll fails, twice at the same rate. Last, "
    f"{_TOGETHER:,} terminals that all connect at the same moment: handshake, time and a poll with INFO each, every "
    "request with a new connection, again a second later when refused."
)


def run(place: Place, rounds: int) -> Section:
    settings = place.settings("polls")
    asyncio.run(topics.apply(settings.kafka))
    place.say(f"polls: registering {TERMINALS:,} terminals")
    asyncio.run(_register(settings))
    folder = place.folder / "polls"
    part = next(part for part in make_parts(settings, folder) if part.name == "ingest")
    (bare_port,) = free_ports(1)
    marker = str(folder / "bare")
    bare = Server(
        "bare", Measured("bare", ("bench.bare_edge", marker, str(bare_port)), marker, bare_port, folder), bare_port
    )
    ingest = Measured("ingest", part.command[2:], part.marker, part.health_port, folder)
    edge = Server("edge", ingest, settings.ingest.port)
    steady: dict[str, list[Run]] = {"edge": [], "bare": []}
    try:
        with pinned(place.server_core):
            edge.process.start()
            bare.process.start()
        with moved(place.kafka_pid, place.client_core):
            place.say("polls: warming up")
            for server in (edge, bare):
                _poll(place, server, _RATE, _WARM_UP_SECONDS)
            place.say(f"polls: {_RATE:,} a second")
            for _ in range(rounds):
                for server in (edge, bare):
                    if server is edge:
                        asyncio.run(ask_for_commands(settings, _waiting()))
                    steady[server.name].append(_poll(place, server, _RATE, _SECONDS))
            steps = _climb(place, (edge, bare))
            place.say(f"polls: {_TOGETHER:,} terminals at once")
            together = [_together(place, edge) for _ in range(rounds)]
    finally:
        edge.process.stop()
        bare.process.stop()
    return _section(steady, steps, together)


async def _register(settings: Settings) -> None:
    period = DevicePeriod(tenant=settings.ingest.default_tenant, zone="Europe/Berlin")
    records = [DeviceRecord(serial, (period,)) for serial in serials(TERMINALS)]
    await write_changes(settings.kafka, [RecordChange(record, None, "new") for record in records])


def _waiting() -> list[str]:
    return serials(TERMINALS)[::_WAITING_EVERY]


def _climb(place: Place, servers: Sequence[Server]) -> dict[str, list[Run]]:
    """Each server at higher and higher rates, up to one that it does not manage in two tries."""
    steps: dict[str, list[Run]] = {server.name: [] for server in servers}
    for rate in _STEP_RATES:
        for server in servers:
            found = steps[server.name]
            if found and not found[-1].is_in_time:
                continue
            for _ in range(_TRIES):
                place.say(f"polls: {server.name}, {rate:,} a second")
                found.append(_poll(place, server, rate, _SECONDS))
                if found[-1].is_in_time:
                    break
    return steps


def _poll(place: Place, server: Server, rate: int, seconds: float) -> Run:
    options = (f"--rate={rate}", f"--seconds={seconds}", f"--info-share={_INFO_SHARE}")
    return run_load(place, server, rate, TERMINALS, _PATIENCE_SECONDS, options)


def _together(place: Place, server: Server) -> Run:
    return run_load(place, server, 0, _TOGETHER, _TOGETHER_SECONDS, ("--together",))


def _section(steady: dict[str, list[Run]], steps: dict[str, list[Run]], together: list[Run]) -> Section:
    edge = steady["edge"]
    waiting = len(_waiting())
    p99 = Spread.of([run.p99_ms for run in edge])
    last = Spread.of([run.last_seconds for run in together])
    errors = sum(run.errors for run in edge)
    answered = min(run.commands for run in edge)
    served = min(run.done for run in together)
    highest = {name: max((r.rate for r in runs if r.is_in_time), default=_RATE) for name, runs in steps.items()}
    targets = [
        Target(
            f"{_RATE:,} polls/s: greatest p99 of the edge, ms",
            f"< {LONGEST_P99_MS:.0f}",
            p99.text(1),
            p99.high < LONGEST_P99_MS,
        ),
        Target(f"{_RATE:,} polls/s: polls that failed", "0", str(errors), errors == 0),
        Target(
            f"commands taken and answered, of {waiting} in each run", str(waiting), str(answered), answered == waiting
        ),
        Target(
            f"{_TOGETHER:,} at once: seconds until the last is served",
            f"< {_TOGETHER_SECONDS:.0f}",
            last.text(1),
            last.high < _TOGETHER_SECONDS and served == _TOGETHER,
        ),
    ]
    tables = [
        Table(
            ("server", "polls/s", "p50 ms", "p99 ms", "max ms", "failed", "CPU ms", "sent late p99 ms", "client busy"),
            [steady_row(name, runs) for name, runs in steady.items()],
        ),
        Table(
            (
                "server",
                "polls/s wanted",
                "polls/s",
                "p50 ms",
                "p99 ms",
                "max ms",
                "failed",
                "CPU ms",
                "sent late p99 ms",
            ),
            [step_row(name, run) for name, runs in steps.items() for run in runs],
        ),
        Table(
            ("server", f"highest polls/s with p99 < {LONGEST_P99_MS:.0f} ms"),
            [(n, f"{r:,}") for n, r in highest.items()],
        ),
        Table(
            ("terminals at once", "served", "first half after, s", "last after, s", "refused and came again", "CPU ms"),
            [(f"{_TOGETHER:,}", f"{served:,}", *together_row(together))],
        ),
    ]
    figures: dict[str, Any] = {"steady": steady, "steps": steps, "together": together, "highest": highest}
    return Section("polls", _HOW, tables, targets, figures)
