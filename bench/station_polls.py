"""Hundreds of door stations that one worker polls: how late, how many missed, at what cost."""

from __future__ import annotations

import math
import time
import tomllib
from dataclasses import dataclass
from typing import Final

import orjson
import psutil

from bench.place import Place
from bench.polled import MiB, Simulator, make_worker
from bench.processes import pinned
from bench.timed_stations import ASKED, ENTRIES
from runtime.connector_sections import AkuvoxStation, ConnectorSettings

STATIONS: Final = 500
POLL_SECONDS: Final = 5.0
STATION_RATE: Final = 0.2
WARM_UP_SECONDS: Final = 25.0
_JITTER: Final = 1.1  # connectors/schedule.py spreads polls by a tenth either way
_WINDOW_SECONDS: Final = 6.0
_SAME_POLL_SECONDS: Final = 1.0  # a second page, or the answer to a stale nonce


@dataclass(frozen=True, slots=True)
class Polling:
    """share: of one core, in windows. late_ms: of each poll, 0 where it was in time."""

    polls: int
    wanted: int
    missed: int
    late_ms: list[float]
    share: list[float]
    rss: float


def poll(place: Place, seconds: float) -> Polling:
    folder = place.folder / "connectors-stations"
    folder.mkdir()
    place.say(f"connectors: {STATIONS} stations")
    simulator = Simulator(
        folder, "-m", "bench.timed_stations", str(folder), str(STATIONS), str(STATION_RATE), marker=str(folder)
    )
    with pinned(place.client_core), simulator.running():
        simulator.wait_for((folder / ENTRIES).exists, "the stations are ready")
        told = tomllib.loads((folder / ENTRIES).read_text())["connectors"]["akuvox"]
        entries = tuple(AkuvoxStation(**{**each, "tenant": "demo", "poll_seconds": POLL_SECONDS}) for each in told)
        worker = make_worker(place, "connectors_stations", ConnectorSettings(akuvox=entries), folder)
        try:
            with pinned(place.server_core):
                worker.start()
            time.sleep(WARM_UP_SECONDS)
            began = time.monotonic()
            share = []
            for _ in range(max(1, round(seconds / _WINDOW_SECONDS))):
                before, started = worker.cpu_seconds(), time.monotonic()
                time.sleep(_WINDOW_SECONDS)
                share.append((worker.cpu_seconds() - before) / (time.monotonic() - started))
            ended = time.monotonic()
            rss = psutil.Process(worker.pid).memory_info().rss / MiB
        finally:
            worker.stop()
    asked: list[list[float]] = orjson.loads((folder / ASKED).read_bytes())
    return polling_of(asked, began, ended, share, rss)


def polling_of(asked: list[list[float]], began: float, ended: float, share: list[float], rss: float) -> Polling:
    """asked: when each station was asked, in order. A poll counts where it ends an interval within the time measured; a
    station that is asked late for the first time, or no more, has missed what was due until then, or to the end."""
    allowed = POLL_SECONDS * _JITTER
    polls, missed, late = 0, 0, []
    for times in asked:
        last = times[0] if times and times[0] < began else began
        for at in (*times, math.inf):
            if at - last < _SAME_POLL_SECONDS:
                continue
            if began <= min(at, ended) and last < ended:
                distance = min(at, ended) - last
                missed += max(0, math.floor(distance / allowed) - (at <= ended))
                if at <= ended:
                    polls += 1
                    late.append(max(0.0, distance - allowed) * 1000)
            last = at
    return Polling(polls, round(len(asked) * (ended - began) / POLL_SECONDS), missed, late, share, rss)
