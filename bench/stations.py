"""One process that polls 500 door stations every 5 s: what it takes of one core."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import orjson

from bench.place import Place
from bench.processes import pinned
from bench.report import Section, Table, Target
from bench.stats import Spread

STATIONS: Final = 500
_EVENTS_PER_SECOND: Final = 0.02  # of a station: 1,200 doors opened a minute, on all of them together
_WARM_UP_SECONDS: Final = 12.0
_SECONDS: Final = 20.0
_START_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 5.0
_HOW: Final = (
    f"{STATIONS} simulated stations in one process (Digest, ring of 1,000 rows, {_EVENTS_PER_SECOND} events a second "
    f"each), and one process that polls the door log and the call log of each every {_POLL_SECONDS:.0f} s, users, "
    "identity and samples as by default, with the worker's runners, readers and clients; its rows and its state stay "
    "in memory, so Kafka is not in it. Each process has a core for itself. Seconds of CPU of the polling process per "
    f"second, over {_SECONDS:.0f} s after {_WARM_UP_SECONDS:.0f} s in which all begin; median (least to greatest)."
)
_CASES: Final = {"door log": "doorlog", "all readers": "doorlog,calllog,info,users,samples"}


def run(place: Place, rounds: int) -> Section:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in _CASES}
    folder = place.folder / "stations"
    folder.mkdir()
    with pinned(place.client_core):
        stations, settings = _start(folder)
    try:
        for _ in range(rounds):
            for name, readers in _CASES.items():
                place.say(f"stations: {name}")
                with pinned(place.server_core):
                    runs[name].append(_load(settings, readers))
    finally:
        stations.terminate()
        stations.wait()
    return _section(runs)


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    settings = folder / "stations.toml"
    command = (
        sys.executable, "-m", "cli.main", "simulate", "akuvox", "--stations", str(STATIONS), "--first-port", "0",
        "--control-port", "0", "--rate", str(_EVENTS_PER_SECOND), "--ledger", str(folder / "ledger"),
        "--settings-out", str(settings),
    )  # fmt: skip
    with (folder / "stations.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own program
    deadline = time.monotonic() + _START_SECONDS
    while not settings.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the stations did not start: {folder / 'stations.log'} says why")
        time.sleep(0.1)
    return process, settings


def _load(settings: Path, readers: str) -> dict[str, float]:
    command = (
        sys.executable, "-m", "bench.station_load", str(settings), "--readers", readers,
        "--poll-seconds", str(_POLL_SECONDS), "--warm-up", str(_WARM_UP_SECONDS), "--seconds", str(_SECONDS),
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True, env=dict(os.environ))  # noqa: S603 - our own
    found: dict[str, float] = orjson.loads(done.stdout)
    return found


def _section(runs: dict[str, list[dict[str, float]]]) -> Section:
    def spread(name: str, value: str, *, per: str = "seconds") -> Spread:
        return Spread.of([found[value] / found[per] for found in runs[name]])

    rows = [
        (
            name,
            spread(name, "polls").text(0),
            spread(name, "rows").text(1),
            spread(name, "cpu_seconds").text(2),
            f"{1000 * spread(name, 'cpu_seconds', per='polls').median:.2f}",
            f"{max(found['memory_mb'] for found in runs[name]):.0f}",
            f"{sum(found['trouble'] for found in runs[name]):.0f}",
        )
        for name in runs
    ]
    share = spread("all readers", "cpu_seconds")
    polls = spread("all readers", "polls")
    wanted = 2 * STATIONS / _POLL_SECONDS
    targets = [
        Target(f"{STATIONS} stations: share of one core", "< 1", share.text(2), share.high < 1),
        Target("polls a second, door log and call log", f"{wanted:.0f}", polls.text(0), polls.low > 0.95 * wanted),
    ]
    headers = ("readers", "polls/s", "door rows/s", "CPU s/s", "CPU ms a poll", "MB", "failed")
    figures: dict[str, Any] = {"runs": runs}
    return Section("stations", _HOW, [Table(headers, rows)], targets, figures)
