"""The stations as a process: event loop, signals, file limit, what is printed, exit code."""

import asyncio
import resource
import signal
import sys
from pathlib import Path

import orjson
import uvloop

from simulate.akuvox.control import shown
from simulate.akuvox.errors import FatalError
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.settings import AkuvoxSettings
from simulate.akuvox.settings_file import write_connector_entries

_FILES_PER_STATION = 4  # the port, and connections of readers
_OTHER_FILES = 128


def main(settings: AkuvoxSettings, *, settings_out: Path | None = None, as_json: bool = False) -> int:
    """Run the stations until SIGINT, SIGTERM or the end of their duration.

    Returns 0 after a stop of any kind, 2 when they could not start or go on (the reason goes to standard error).
    """
    try:
        _allow_files(settings.stations * _FILES_PER_STATION + _OTHER_FILES)
        uvloop.run(_run(settings, settings_out, as_json))
    except FatalError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _run(settings: AkuvoxSettings, settings_out: Path | None, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AkuvoxStations(settings) as stations:
        if settings_out is not None:
            write_connector_entries(settings_out, stations)
        _tell(_started(stations, settings_out, as_json))
        await stations.run(stop)
        counts = stations.counts
    if as_json:
        _tell(orjson.dumps({"ended": counts}).decode())
    else:
        _tell(
            f"{counts['made']} rows made, {counts['served']} read by somebody, {counts['gone']} gone "
            f"({counts['gone_unserved']} that nobody had read); {counts['writes']} calls that write, "
            f"{counts['hints']} action URLs called"
        )


def _started(stations: AkuvoxStations, settings_out: Path | None, as_json: bool) -> str:
    if as_json:
        told = [{name: shown(station)[name] for name in ("number", "mac", "url")} for station in stations]
        return orjson.dumps({"started": {"stations": told, "control": stations.control_url}}).decode()
    first, last = stations[0], stations[len(stations) - 1]
    lines = [f"{len(stations)} stations answer at {first.url}" + (f" to {last.url}" if last is not first else "")]
    if stations.control_url:
        lines.append(f"control port: {stations.control_url}/_simulator/stations")
    if settings_out is not None:
        lines.append(f"entries for the settings of connectors: {settings_out}")
    return "\n".join(lines)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _allow_files(needed: int) -> None:
    """Every station has a port and connections: raise the limit of open files as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise FatalError(f"simulate akuvox: needs {needed} open files, the limit is {hard}; raise it with ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
