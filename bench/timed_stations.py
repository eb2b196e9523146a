"""Simulated door stations that note when each one's door log is asked for.

`python -m bench.timed_stations FOLDER STATIONS RATE`; the benchmark starts it.
Writes the entries of the connectors' settings to FOLDER/stations.toml when it answers; at SIGTERM, the times of the
requests of each station (monotonic seconds, one clock for all processes of the machine) to FOLDER/asked.json.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Final

import orjson
import uvloop
from aiohttp import web

from simulate.akuvox.gate import Auth
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.server import Handler
from simulate.akuvox.settings import AkuvoxSettings
from simulate.akuvox.settings_file import write_connector_entries

ENTRIES: Final = "stations.toml"
ASKED: Final = "asked.json"
_DOOR_LOG: Final = "/api/doorlog/"


class TimedStations(AkuvoxStations):
    """`asked`: for each station, in order of their numbers, when a request with credentials for its door log came."""

    def __init__(self, settings: AkuvoxSettings) -> None:
        super().__init__(settings)
        self.asked: list[list[float]] = []

    async def _serve(self, handler: Handler, host: str, port: int) -> int:
        times: list[float] = []
        self.asked.append(times)

        async def timed(request: web.BaseRequest) -> web.StreamResponse:
            if request.path.startswith(_DOOR_LOG) and "Authorization" in request.headers:
                times.append(time.monotonic())
            return await handler(request)

        return await super()._serve(timed, host, port)


async def _run(folder: Path, stations: int, rate: float) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = AkuvoxSettings(ledger=folder / "ledger", stations=stations, rate=rate, auth=Auth(mode="digest"))
    running = TimedStations(settings)
    async with running:
        draft = folder / "draft.toml"
        write_connector_entries(draft, running)
        draft.rename(folder / ENTRIES)  # who waits for it finds it whole
        await running.run(stop)
        (folder / ASKED).write_bytes(orjson.dumps(running.asked))


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(_run(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
