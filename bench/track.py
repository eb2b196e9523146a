"""The tracker on filled topics, against a plain loop that reads the same records and only commits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bench.bodies import open_producer, serials
from bench.place import Place
from bench.processes import Measured, moved, pinned
from bench.punches import fill, make_punches
from bench.report import Section, Table, Target
from bench.stats import Spread, ratios
from cli.parts import make_parts
from processors.normalize.convert import PunchRecord
from runtime import topics
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.devices import DeviceInput, InputKind
from schemas.registry import DevicePeriod, DeviceRecord

_RECORDS: Final = "punchstream_process_records"
_PLAIN: Final = "bench_plain_records"
_PUNCHING: Final = 100
_PUNCHES_EACH: Final = 4_000
_TALKING: Final = 500
_INPUTS_EACH: Final = 120
_INPUT_EVERY_MS: Final = 30_000  # of one device
_OPTIONS: Final = 60
_FLUSH_RECORDS: Final = 5_000
_DEADLINE_SECONDS: Final = 180.0
_TOTALS: Final = {"punches": _PUNCHING * _PUNCHES_EACH, "device.input": _TALKING * (1 + _INPUTS_EACH)}
_LABELS: Final = {"punches": "lastpunch", "device.input": "devices"}
_LEAST_PUNCHES: Final = 40_000
_MOST_INPUT_US: Final = 80
_HOW = (
    f"Punches per second of the last-punch half of the tracker on a `punches` topic that is full at its start "
    f"({_PUNCHING * _PUNCHES_EACH:,} punches of {_PUNCHING} devices with 1,000 people each, so that nearly every punch "
    f"of a batch is a key of its own that is written), and inputs per second of its devices half on a full "
    f"`device.input` ({_TALKING * _INPUTS_EACH:,} inputs of {_TALKING} devices with {_OPTIONS} options each: polls "
    "with another INFO and uploads in turn, every 30 s of the stream's time, so that every second input is told to "
    "readers as well). State and what is told are written in transactions. The plain loop reads the same records as "
    "JSON and commits its offset, no more. In turn, each as a process of its own on one core, Kafka on the other one; "
    "from the first records done to the last. CPU is microseconds of the process for each record."
)


@dataclass(frozen=True, slots=True)
class Run:
    """Records per second of wall time, CPU microseconds of the process for each."""

    per_second: float
    cpu_us: float


def run(place: Place, rounds: int) -> Section:
    runs: dict[str, dict[str, list[Run]]] = {topic: {"tracker": [], "plain loop": []} for topic in _TOTALS}
    punches = list(make_punches(serials(_PUNCHING), _PUNCHES_EACH))
    with moved(place.kafka_pid, place.client_core):
        for number in range(rounds):
            place.say(f"track: round {number + 1} of {rounds}")
            settings = place.settings(f"track_{number}")
            asyncio.run(fill_punches(settings, punches))
            for name, measured in runs["punches"].items():
                measured.append(measure(place, settings, name, "punches"))
            asyncio.run(fill_inputs(settings))
            for name, measured in runs["device.input"].items():
                measured.append(measure(place, settings, name, "device.input"))
    return _section(runs)


async def fill_punches(settings: Settings, punches: list[tuple[str, PunchRecord]]) -> None:
    await topics.apply(settings.kafka)
    facts = (DevicePeriod(site="berlin", tenant="demo", zone="Europe/Berlin"),)
    await write_changes(
        settings.kafka, compare_records([], [DeviceRecord(serial, facts) for serial in serials(_TALKING)])
    )
    producer = open_producer(settings.kafka)
    await producer.start()
    await producer.prepare("punches")
    await fill(producer, iter(punches), _FLUSH_RECORDS)
    await producer.stop()


async def fill_inputs(settings: Settings) -> None:
    producer = open_producer(settings.kafka)
    await producer.start()
    await producer.prepare("device.input")
    for number, event in enumerate(_inputs()):
        key = event.device.encode()
        producer.append("device.input", key, encode_event(event), partition_by=key, headers=[])
        if number % _FLUSH_RECORDS == 0:
            await producer.flush()
    await producer.stop()


def _inputs() -> Iterator[DeviceInput]:
    start = 1_772_355_600_000
    options = {f"~Option{number}": f"value {number}" for number in range(_OPTIONS)}
    for serial in serials(_TALKING):
        yield DeviceInput(kind=InputKind.OPTIONS, tenant="demo", device=serial, at=start, options=options)
    for number in range(_INPUTS_EACH):
        at = start + (number + 1) * _INPUT_EVERY_MS
        for serial in serials(_TALKING):
            told: dict[str, Any] = {"tenant": "demo", "device": serial, "at": at, "edge": "edge-1"}
            if number % 2:
                yield DeviceInput(kind=InputKind.PRESENCE, info=f"Ver 6.60,20,30,{number},10.0.0.1", **told)
            else:
                hours = {f"2026-03-01T{9 + number * _INPUT_EVERY_MS // 3_600_000:02d}": 20}
                yield DeviceInput(
                    kind=InputKind.UPLOAD, table="ATTLOG", stamp=str(number), rows=20, newest_at=at - 1_000,
                    real_time=True, punches_by_hour=hours, **told,
                )  # fmt: skip


def measure(place: Place, settings: Settings, name: str, topic: str) -> Run:
    plain = name == "plain loop"
    group = topic if plain else "tracker"
    settings = settings.model_copy(update={"track": settings.track.model_copy(update={"group": group})})
    folder = place.folder / settings.kafka.topic(f"{group}-{topic}")
    part = next(part for part in make_parts(settings, folder) if part.name == "track")
    arguments = ("bench.plain_tracker", part.marker) if plain else part.command[2:]
    metric = _PLAIN if plain else f"{_RECORDS}/{_LABELS[topic]}"
    process = Measured("track", arguments, part.marker, part.health_port, folder)
    try:
        with pinned(place.server_core):
            process.start()
        first = process.wait_for(metric, 1, _DEADLINE_SECONDS)
        last = process.wait_for(metric, _TOTALS[topic], _DEADLINE_SECONDS)
    finally:
        process.stop()
    records = last.count - first.count
    return Run(records / (last.at - first.at), (last.cpu_seconds - first.cpu_seconds) / records * 1e6)


def _section(runs: dict[str, dict[str, list[Run]]]) -> Section:
    rows = []
    for topic, found in runs.items():
        ratio = ratios(*([run.cpu_us for run in found[name]] for name in ("tracker", "plain loop")))
        for name, measured in found.items():
            rows.append(
                [
                    topic,
                    name,
                    Spread.of([run.per_second for run in measured]).text(),
                    Spread.of([run.cpu_us for run in measured]).text(1),
                    ratio.text(1) if name == "tracker" else "1",
                ]
            )
    punches = Spread.of([run.per_second for run in runs["punches"]["tracker"]])
    inputs = Spread.of([run.cpu_us for run in runs["device.input"]["tracker"]])
    targets = [
        Target(
            "last punches, on one core: punches/s",
            f">= {_LEAST_PUNCHES:,}",
            punches.text(),
            punches.median >= _LEAST_PUNCHES,
        ),
        Target("devices: CPU us per input", f"<= {_MOST_INPUT_US}", inputs.text(1), inputs.median <= _MOST_INPUT_US),
    ]
    headers = ("topic", "process", "records/s", "CPU us per record", "CPU, times plain")
    return Section("track", _HOW, [Table(headers, rows)], targets, dict(runs))
