"""What the tests of the readers share: a worker's tools in memory, simulated stations, and what went out of whom."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import orjson

from connectors.akuvox.source import AkuvoxSource, make_source
from connectors.source import Job, Json, Outcome, Tools
from runtime.connector_sections import AkuvoxStation, ConnectorSettings
from schemas.polled import PolledTable, SourceStatus
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.settings import AkuvoxSettings
from simulate.akuvox.station import Station
from simulate.fleet.clock import Timer

SLOW = 0.001
LOGS = {PolledTable.AKUVOX_DOORLOG: "door", PolledTable.AKUVOX_CALLLOG: "call"}


class Crash(Exception):
    """The process dies here."""


@dataclass
class TurnedClock:
    """The stations' clock and the worker's: it moves only when a test says so."""

    seconds: float = 1_790_000_000.0
    meanwhile: Callable[[], None] | None = None  # while a station with slow_seconds SLOW has not answered yet

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def call_later(self, seconds: float, callback: Any) -> Timer:
        if seconds != SLOW:
            return _Never()
        if self.meanwhile is not None:
            self.meanwhile()
        return asyncio.get_running_loop().call_soon(callback)


class _Never:
    def cancel(self) -> None: ...


@dataclass
class Written:
    table: PolledTable
    body: Any
    notes: dict[str, str]
    redacted: str


class Emitted:
    """connectors.source.Emit: all that went out, in order."""

    def __init__(self) -> None:
        self.written: list[Written] = []

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        if rows:
            self.written.append(Written(table, orjson.loads(orjson.dumps(list(rows))), dict(notes or {}), redacted))

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        self.written.append(Written(table, orjson.loads(orjson.dumps(body)), dict(notes or {}), ""))

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        raise AssertionError(topic)

    def of(self, table: PolledTable) -> list[Written]:
        return [each for each in self.written if each.table is table]

    def rows_of(self, table: PolledTable = PolledTable.AKUVOX_DOORLOG) -> list[Json]:
        return [row for each in self.of(table) for row in each.body]

    def ids(self, table: PolledTable = PolledTable.AKUVOX_DOORLOG) -> list[int]:
        return [int(row["ID"]) for row in self.rows_of(table)]

    def refs(self, table: PolledTable) -> Counter[tuple[str, str]]:
        """(epoch, ID) of every row, how often it went out."""
        return Counter((each.notes["epoch"], row["ID"]) for each in self.of(table) for row in each.body)

    def gaps(self, log: str = "door") -> list[Json]:
        return [each.body for each in self.of(PolledTable.GAP) if each.body["log"] == log]


class MemoryState:
    """connectors.source.State: JSON in, JSON out; `crash`: the first put after something went out is not done."""

    def __init__(self, out: Emitted) -> None:
        self._out = out
        self.kept: dict[str, bytes] = {}
        self.puts: list[set[str]] = []
        self._crash_above: int | None = None

    def crash(self) -> None:
        self._crash_above = len(self._out.written)

    def safe(self) -> None:
        self._crash_above = None

    def get(self, name: str) -> Json | None:
        value = self.kept.get(name)
        return None if value is None else orjson.loads(value)

    async def put(self, values: Mapping[str, Json | None]) -> None:
        if self._crash_above is not None and len(self._out.written) > self._crash_above:
            raise Crash
        assert values, "a put of nothing"
        self.puts.append(set(values))
        for name, value in values.items():
            if value is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = orjson.dumps(value)
                assert len(self.kept[name]) < 512 * 1024, name


@dataclass
class Told:
    """connectors.source.Tell."""

    statuses: list[tuple[SourceStatus, str]] = field(default_factory=list)
    skews: list[float] = field(default_factory=list)

    def status(self, status: SourceStatus, why: str) -> None:
        self.statuses.append((status, why))

    def skew(self, seconds: float) -> None:
        self.skews.append(seconds)


class Worker:
    """One worker's view of one station; `restart`: another worker goes on from what was saved."""

    def __init__(self, settings: AkuvoxStation, clock: TurnedClock) -> None:
        self.settings = settings
        self.clock = clock
        self.out = Emitted()
        self.state = MemoryState(self.out)
        self.told = Told()
        self.source = self._made()

    def _made(self) -> AkuvoxSource:
        tools = Tools(
            key=self.settings.key, tenant="demo", emit=self.out, state=self.state, tell=self.told,
            clock=self.clock.now, monotonic=self.clock.monotonic, random=Random(1), secret=lambda: b"k" * 32,
        )  # fmt: skip
        return make_source(self.settings, ConnectorSettings(), tools)

    async def restart(self) -> None:
        await self.source.close()
        self.state.safe()
        self.source = self._made()
        await self.source.open()

    def job(self, name: str) -> Job:
        return next(job for job in self.source.jobs if job.name == name)

    async def run(self, *names: str) -> Outcome:
        """The jobs once each, those that go on at once until they do not; the last outcome, all rows in it."""
        rows = 0
        for name in names:
            again = True
            while again:
                outcome = await self.job(name).run()
                rows, again = rows + outcome.rows, outcome.again
        return Outcome(rows)

    async def poll(self) -> int:
        return (await self.run("doorlog")).rows

    def order(self, **orders: Any) -> None:
        self.state.kept["control"] = orjson.dumps({**(self.state.get("control") or {}), **orders})


def settings_of(station: Station, folder: Path, **more: Any) -> AkuvoxStation:
    password = folder / "password"
    password.write_text("httpapi")
    settings = {
        "mac": station.mac, "url": station.url, "zone": "Asia/Dubai", "username": "admin", "password_file": password,
        "auth": station.gate.auth.mode if station.gate.auth.mode in ("basic", "digest") else "none",
    }  # fmt: skip
    return AkuvoxStation(**{**settings, **more})


@asynccontextmanager
async def stations(folder: Path, clock: TurnedClock, count: int = 1, **settings: Any) -> AsyncIterator[AkuvoxStations]:
    """Simulated stations on which nothing happens by itself."""
    async with AkuvoxStations(
        AkuvoxSettings(ledger=folder / "ledger", stations=count, rate=0, **settings), clock
    ) as found:
        yield found


@asynccontextmanager
async def working(found: AkuvoxStations, folder: Path, clock: TurnedClock, **more: Any) -> AsyncIterator[Worker]:
    """A worker for the first of the stations."""
    worker = Worker(settings_of(found[0], folder, **more), clock)
    await worker.source.open()
    try:
        yield worker
    finally:
        await worker.source.close()


def quirk(station: Station, **changes: Any) -> None:
    station.quirks = replace(station.quirks, **changes)


__all__ = ["LOGS", "SLOW", "Crash", "Quirks", "TurnedClock", "Worker", "quirk", "settings_of", "stations", "working"]
