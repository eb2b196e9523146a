"""Runs stations: their ports, the people at their doors, the account on disk. For tests and for the command line."""

import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from types import TracebackType
from zoneinfo import ZoneInfo

import orjson
from aiohttp import web

from simulate.akuvox.control import Control
from simulate.akuvox.earlier import Earlier
from simulate.akuvox.errors import FatalError
from simulate.akuvox.hints import Hints
from simulate.akuvox.identity import identity
from simulate.akuvox.ledger import LedgerWriter
from simulate.akuvox.life import Life, happen
from simulate.akuvox.quirks import varied
from simulate.akuvox.server import Handler, StationServer, http_server
from simulate.akuvox.settings import AkuvoxSettings, numbers_of
from simulate.akuvox.station import Station
from simulate.akuvox.steering import changed_auth, changed_quirks
from simulate.fleet.clock import Bell, Clock, SystemClock

STATUS = "status.json"
_STATUS_SECONDS = 0.5
_LOOK_SECONDS = 0.1


class AkuvoxStations(Sequence[Station]):
    """`async with AkuvoxStations(settings) as stations: stations[0].url`. Station number N is stations[N - 1].

    Entering raises FatalError when a port or the ledger is not to be had. Leaving closes all ports and the ledger, and
    raises what ended the stations' own tasks, if anything did.
    """

    def __init__(self, settings: AkuvoxSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.control_url = ""
        self._clock = clock
        self._stations: list[Station] = []
        self._servers: list[asyncio.Server] = []
        self._protocols: list[web.Server] = []
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._stations)

    def __getitem__(self, at: int) -> Station:  # type: ignore[override]  # nobody needs slices of stations
        return self._stations[at]

    def __iter__(self) -> Iterator[Station]:
        return iter(self._stations)

    @property
    def counts(self) -> dict[str, int]:
        """What this run has done: rows made, served, gone, gone without having been served, writes, hints."""
        return dict(self._ledger.counts)

    async def __aenter__(self) -> "AkuvoxStations":
        settings = self.settings
        clock = self._clock or SystemClock()
        self._ledger = LedgerWriter(settings.ledger)
        try:
            earlier = Earlier(settings.ledger)
            hints = Hints(self._ledger)
            for number in range(1, settings.stations + 1):
                station = _station(number, settings, clock, self._ledger, hints)
                earlier.restore(station)
                for _ in range(settings.rows_at_start - len(station.logs["door"])):
                    station.door_event()
                self._stations.append(station)
            await self._listen()
        except BaseException:
            await self._close()
            raise
        jobs = [hints.run(), Life(self, settings, clock).run(), happen(self, settings, clock), self._report(clock)]
        self._tasks = [asyncio.create_task(job) for job in jobs]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close()
        for end in ends:
            if isinstance(end, Exception) and error is None:
                raise end

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, or until the time to linger after the duration is over. Raises what ended a task of theirs."""
        clock, settings = self._clock or SystemClock(), self.settings
        end = None if settings.duration is None else clock.monotonic() + settings.duration + settings.linger_seconds
        bell = Bell(clock)
        while not stop.is_set() and (end is None or clock.monotonic() < end):
            for task in self._tasks:
                if task.done():
                    task.result()
            await bell.sleep(_LOOK_SECONDS)

    async def _listen(self) -> None:
        settings = self.settings
        for station in self._stations:
            port = settings.first_port and settings.first_port + station.number - 1
            bound = await self._serve(StationServer(station, self._ledger).handle, settings.host, port)
            station.url = f"http://{settings.host}:{bound}"
        if settings.control_port is not None:
            port = await self._serve(Control(self, self._ledger).handle, "127.0.0.1", settings.control_port)
            self.control_url = f"http://127.0.0.1:{port}"

    async def _serve(self, handler: Handler, host: str, port: int) -> int:
        protocols = http_server(handler)
        try:
            server = await asyncio.get_running_loop().create_server(protocols, host, port)
        except OSError as error:
            raise FatalError(
                f"simulate akuvox: cannot listen at {host}:{port} ({error}); choose other ports"
            ) from error
        self._servers.append(server)
        self._protocols.append(protocols)
        return int(server.sockets[0].getsockname()[1])

    async def _report(self, clock: Clock) -> None:
        bell = Bell(clock)
        while True:
            self._ledger.flush()
            self._write_status("running")
            await bell.sleep(_STATUS_SECONDS)

    def _write_status(self, state: str) -> None:
        path = self.settings.ledger / STATUS
        temporary = path.with_suffix(".new")
        value = {"state": state, "stations": len(self), "control": self.control_url, **self._ledger.counts}
        temporary.write_bytes(orjson.dumps(value) + b"\n")
        os.replace(temporary, path)

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for protocols in self._protocols:
            await protocols.shutdown(0.1)
        self._write_status("done")
        self._ledger.close()


def _station(number: int, settings: AkuvoxSettings, clock: Clock, ledger: LedgerWriter, hints: Hints) -> Station:
    rng = random.Random(f"{settings.seed}:akuvox:{number}:variant")
    quirks, auth = settings.quirks, settings.auth
    if rng.random() < settings.variant_share:
        quirks = varied(quirks, rng)
    mine = [other for other in settings.overrides if number in numbers_of(other.numbers, settings.stations)]
    for other in mine:
        quirks, auth = changed_quirks(quirks, other.quirks), changed_auth(auth, other.auth)
    station = Station(number, identity(number), settings, auth, quirks, clock, ledger, hints)
    station.set_hint_url(settings.hint_url(station.mac))
    for other in mine:
        station.rate = station.rate if other.rate is None else other.rate
        station.zone = station.zone if other.zone is None else ZoneInfo(other.zone)
        station.clock_error += other.clock_error
        if other.hint_url is not None:
            station.set_hint_url(other.hint_url)
    return station
