"""The connectors' worker: a backfill at its server's speed, and hundreds of stations polled by one core."""

from __future__ import annotations

import math
from typing import Final

from bench.backfill import SLICE_ROWS, Backfill, backfill
from bench.place import Place
from bench.processes import moved
from bench.report import Section, Table, Target
from bench.station_polls import POLL_SECONDS, STATION_RATE, STATIONS, WARM_UP_SECONDS, Polling, poll
from bench.stats import Spread, percentile

_ROWS_A_ROUND: Final = 200_000
_SECONDS_A_ROUND: Final = 12.0
_ASKED_RATE: Final = 5_000
_MOST_SHARE: Final = 0.20
_MOST_GROWTH: Final = 1.10
_MOST_LATE_MS: Final = 1_000.0
_HOW: Final = (
    "First the backfill of a simulated BioTime server (a process of its own, pages of 200 rows over HTTP, one after "
    "the other) that one worker reads into Kafka as fast as the server answers, its ledger of days and its cursor "
    f"saved on the way; CPU is of the worker for each row, over slices of {SLICE_ROWS:,} rows, and the share of a core "
    f"is what that makes at {_ASKED_RATE:,} rows/s. Then {STATIONS} simulated door stations (Digest, one connection "
    f"for each request, an event every {1 / STATION_RATE:.0f} s), whose door log and call log one worker polls every "
    f"{POLL_SECONDS:.0f} s, its slower readers beside; {WARM_UP_SECONDS:.0f} s are let pass first. The stations note "
    "when they are asked: a poll is late by what its distance from the one before exceeds the period and its jitter of "
    "a tenth, and missed where a whole period passed without one. The worker has one core for itself; simulators and "
    "Kafka share the other one. Rounds make the run longer: 200,000 rows and 12 s each."
)  # fmt: skip


def run(place: Place, rounds: int) -> Section:
    with moved(place.kafka_pid, place.client_core):
        return _section(backfill(place, rounds * _ROWS_A_ROUND), poll(place, rounds * _SECONDS_A_ROUND))


def _section(filled: Backfill, polling: Polling) -> Section:
    cpu, share = Spread.of(filled.cpu_us), Spread.of([100 * each for each in polling.share])
    late = polling.late_ms or [math.inf]
    p99 = percentile(late, 0.99)
    core = cpu.median * _ASKED_RATE / 1e4
    tables = [
        Table(
            ("backfill", "rows/s", "CPU us per row", f"share of a core at {_ASKED_RATE:,} rows/s", "RSS MiB", "growth"),
            [
                (
                    f"{filled.rows:,} rows",
                    f"{filled.rows / filled.seconds:,.0f}",
                    cpu.text(1),
                    f"{core:.1f} %",
                    Spread.of(filled.rss).text(),
                    f"{filled.growth:.2f}",
                )
            ],
        ),
        Table(
            ("stations", "polls", "wanted", "missed", "late p50 ms", "late p99 ms", "late max ms", "CPU %", "RSS MiB"),
            [
                (
                    f"{STATIONS}",
                    f"{polling.polls:,}",
                    f"{polling.wanted:,}",
                    f"{polling.missed}",
                    f"{percentile(late, 0.5):.0f}",
                    f"{p99:.0f}",
                    f"{max(late):.0f}",
                    share.text(),
                    f"{polling.rss:.0f}",
                )
            ],
        ),
    ]
    targets = [
        Target(
            f"backfill: share of a core at {_ASKED_RATE:,} rows/s, %",
            f"< {_MOST_SHARE:.0%}",
            f"{core:.1f}",
            core < 100 * _MOST_SHARE,
        ),
        Target(
            "backfill: memory of the last third over the one before",
            f"<= {_MOST_GROWTH:.2f}",
            f"{filled.growth:.2f}",
            filled.growth <= _MOST_GROWTH,
        ),
        Target(f"{STATIONS} stations: polls missed", "0", f"{polling.missed}", polling.missed == 0),
        Target(
            f"{STATIONS} stations: p99 of how late, ms", f"< {_MOST_LATE_MS:.0f}", f"{p99:.0f}", p99 < _MOST_LATE_MS
        ),
        Target(f"{STATIONS} stations: share of one core, %", "< 100", share.text(), share.high < 100),
    ]
    return Section("connectors", _HOW, tables, targets, {"backfill": filled, "polling": polling})
