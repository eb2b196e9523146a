"""The normalizer (Faust) on a filled raw.attendance, against a plain aiokafka loop around the same conversion."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from bench.bodies import open_producer, serials, uploads
from bench.place import Place
from bench.processes import Measured, moved, pinned
from bench.report import Section, Table, Target
from bench.stats import Spread, ratios
from cli.parts import make_parts
from runtime import topics
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.registry import DevicePeriod, DeviceRecord

_METRIC: Final = "punchstream_normalize_punches"
_DEVICES: Final = 100
# Rows of a body, and punches of each device: enough for seconds of work.
_SIZES: Final = {1: 400, 20: 2_000, 100: 2_000}
_FLUSH_RECORDS: Final = 5_000
_DEADLINE_SECONDS: Final = 120.0
_LEAST_PER_CORE: Final = 50_000
_HOW = (
    "Punches per second that the normalizer (a Faust worker) makes of a raw.attendance that is full at its start, and "
    "a plain aiokafka loop around the same conversion and the same producer; in turn, each as a process of its own on "
    "one core, Kafka on the other one. From the first punches acknowledged by Kafka to the last. Per core: one million "
    "divided by the CPU seconds that a million punches take."
)


@dataclass(frozen=True, slots=True)
class Run:
    """Punches per second of wall time, CPU seconds per million punches, punches per CPU second."""

    per_second: float
    cpu_per_million: float
    per_core: float


def run(place: Place, rounds: int) -> Section:
    runs: dict[int, dict[str, list[Run]]] = {}
    with moved(place.kafka_pid, place.client_core):
        for rows, each in _SIZES.items():
            place.say(f"normalize: bodies of {rows} rows, {_DEVICES * each:,} punches")
            settings = place.settings(f"normalize_{rows}")
            asyncio.run(_fill(settings, rows, each))
            found = runs[rows] = {"normalizer": [], "plain loop": []}
            for number in range(rounds):
                for name, measured in found.items():
                    measured.append(_measure(place, settings, name, number, _DEVICES * each))
    return _section(runs)


async def _fill(settings: Settings, rows: int, each: int) -> None:
    await topics.apply(settings.kafka)
    devices = serials(_DEVICES)
    facts = (DevicePeriod(site="berlin", tenant="demo", zone="Europe/Berlin"),)
    await write_changes(settings.kafka, compare_records([], [DeviceRecord(serial, facts) for serial in devices]))
    producer = open_producer(settings.kafka)
    await producer.start()
    await producer.prepare("raw.attendance")
    for number, (serial, headers, body) in enumerate(uploads(devices, rows, each)):
        key = serial.encode()
        producer.append("raw.attendance", key, body, partition_by=key, headers=headers.encode())
        if number % _FLUSH_RECORDS == 0:
            await producer.flush()
    await producer.stop()


def _measure(place: Place, settings: Settings, name: str, number: int, total: int) -> Run:
    group = f"{name.split()[0]}-{number}"
    settings = settings.model_copy(update={"normalize": settings.normalize.model_copy(update={"group": group})})
    folder = place.folder / settings.kafka.topic(group)
    part = next(part for part in make_parts(settings, folder) if part.name == "normalize")
    plain = ("bench.plain_normalizer", part.marker)
    process = Measured(
        "normalize", part.command[2:] if name == "normalizer" else plain, part.marker, part.health_port, folder
    )
    try:
        with pinned(place.server_core):
            process.start()
        first = process.wait_for(_METRIC, 1, _DEADLINE_SECONDS)
        last = process.wait_for(_METRIC, total, _DEADLINE_SECONDS)
    finally:
        process.stop()
    punches, cpu = last.count - first.count, last.cpu_seconds - first.cpu_seconds
    return Run(punches / (last.at - first.at), cpu / punches * 1e6, punches / cpu)


def _section(runs: dict[int, dict[str, list[Run]]]) -> Section:
    rows, targets = [], []
    figures: dict[str, Any] = {}
    for size, found in runs.items():
        ratio = ratios(*([run.per_core for run in found[name]] for name in ("normalizer", "plain loop")))
        for name, measured in found.items():
            per_second = Spread.of([run.per_second for run in measured]).text()
            cpu = Spread.of([run.cpu_per_million for run in measured]).text(1)
            per_core = Spread.of([run.per_core for run in measured]).text()
            share = ratio.text(2) if name == "normalizer" else "1"
            rows.append([str(size), name, per_second, cpu, per_core, share])
        if size >= 20:
            ours = Spread.of([run.per_core for run in found["normalizer"]])
            wanted = f">= {_LEAST_PER_CORE:,}"
            what = f"bodies of {size} rows: punches/s per core"
            targets.append(Target(what, wanted, ours.text(), ours.median >= _LEAST_PER_CORE))
        figures[str(size)] = {"ratio_per_core": ratio, **found}
    headers = ("rows/body", "process", "punches/s", "CPU s per million", "punches/s per core", "per core / plain")
    return Section("normalize", _HOW, [Table(headers, rows)], targets, figures)
