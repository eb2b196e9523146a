"""A backfill: one worker reads all transactions of a server, at the server's speed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import psutil

from bench.place import Place, free_ports
from bench.polled import START_SECONDS, MiB, Simulator, make_worker
from bench.processes import Measured, TooSlow, pinned
from bench.stats import Spread
from runtime.connector_sections import BioTimeServer, ConnectorSettings
from simulate.biotime.settings import BioTimeSettings

SLICE_ROWS: Final = 100_000
_ROWS: Final = "punchstream_connectors_rows/BIOTIME/TRANSACTIONS"
_LEAST_ROWS_PER_SECOND: Final = 1_000  # a backfill slower than this is given up
_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Backfill:
    """cpu_us: of the worker for each row, of each slice. rss: resident MiB, once a second."""

    rows: int
    seconds: float
    cpu_us: list[float]
    rss: list[float]

    @property
    def growth(self) -> float:
        """Of the last third over the second one: in the first one buffers fill."""
        third = len(self.rss) // 3
        return Spread.of(self.rss[-third:]).median / Spread.of(self.rss[third:-third]).median


def backfill(place: Place, rows: int) -> Backfill:
    folder = place.folder / "connectors-backfill"
    folder.mkdir()
    place.say(f"connectors: a server with {rows:,} transactions")
    ledger, port = folder / "ledger", free_ports(1)[0]
    simulator = Simulator(
        folder, "-m", "cli.main", "simulate", "biotime", "--port", str(port), "--ledger", str(ledger),
        "--preload", str(rows), "--employees", "1000", "--terminals", "50", "--json", marker=str(ledger),
    )  # fmt: skip
    password = folder / "password"
    password.write_text(BioTimeSettings(ledger=ledger).password)
    server = BioTimeServer(
        name="bench", url=f"http://127.0.0.1:{port}", tenant="demo", username="admin", password_file=password,
        zone="Asia/Dubai", readers=("transactions",),
    )  # fmt: skip
    worker = make_worker(place, "connectors_backfill", ConnectorSettings(biotime=(server,)), folder)
    with pinned(place.client_core), simulator.running():
        simulator.wait_for(lambda: "\n" in simulator.said(), "the server is ready")
        place.say("connectors: the backfill")
        try:
            with pinned(place.server_core):
                worker.start()
            return _watch(worker, rows)
        finally:
            worker.stop()


def _watch(worker: Measured, rows: int) -> Backfill:
    """From the first rows to the last."""
    watched = psutil.Process(worker.pid)
    first = worker.wait_for(_ROWS, 1, START_SECONDS)
    marks, rss = [first], []
    deadline = first.at + rows / _LEAST_ROWS_PER_SECOND
    while True:
        time.sleep(_LOOK_SECONDS)
        now = worker.read(_ROWS)
        rss.append(watched.memory_info().rss / MiB)
        if now.count >= rows or now.count - marks[-1].count >= SLICE_ROWS:
            marks.append(now)
        if now.count >= rows:
            break
        if now.at > deadline:
            raise TooSlow(f"{now.count:,.0f} of {rows:,} rows were read in {now.at - first.at:.0f} s")
    cpu = [
        (after.cpu_seconds - before.cpu_seconds) / (after.count - before.count) * 1e6
        for before, after in pairwise(marks)
        if after.count - before.count >= SLICE_ROWS / 2
    ]
    return Backfill(int(marks[-1].count - first.count), marks[-1].at - first.at, cpu, rss)
