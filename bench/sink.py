"""The sink on a filled `punches`, into Null and into MergeTree, against bare inserts of the same rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import lz4.frame  # type: ignore[import-untyped]  # publishes no types
from clickhouse_connect.driver.client import Client

from bench.bodies import open_producer
from bench.place import Place
from bench.processes import Measured, cpu_seconds
from bench.punches import COLUMN_NAMES, as_columns, as_row, fill, make_punches, spread_evenly
from bench.report import Section, Table, Target
from bench.stats import Spread, ratios
from cli.parts import make_parts
from runtime import topics
from runtime.settings import Settings
from sinks.clickhouse import INSERT_SETTINGS, make_client
from sinks.main import WRITERS
from sinks.migrations import runner

_METRIC: Final = "punchstream_sink_rows/punches"
_BATCH_ROWS: Final = 50_000
_BATCHES: Final = 12
_BARE_BATCHES: Final = 4
_DEVICES_PER_PARTITION: Final = 25
# The last rows of a topic that ends wait for their flush time, which says nothing of speed.
_TIMED_SHARE: Final = 0.9
_FLUSH_RECORDS: Final = 20_000
_DEADLINE_SECONDS: Final = 180.0
_MOST_CPU: Final = 5.0
_LEAST_ROWS: Final = {"Null": 150_000, "MergeTree": 50_000}
_HOW = (
    f"Rows per second that the sink moves from a `punches` topic that is full at its start ({_BATCHES * _BATCH_ROWS:,} "
    f"punches) into a table of engine Null, and into the real table (ReplacingMergeTree), from its first poll until "
    f"{_TIMED_SHARE:.0%} are stored; and bare inserts of {_BARE_BATCHES * _BATCH_ROWS:,} of the same punches by "
    f"clickhouse-connect, prepared in memory, {_BATCH_ROWS:,} a batch, {WRITERS} at a time as the sink does: "
    "`insert` of lists by column, and `raw_insert` of the sink's own bytes (LZ4 as the sink does). In turn, on two "
    "cores shared with Kafka and ClickHouse. CPU is of the process that inserts, and of ClickHouse."
)


@dataclass(frozen=True, slots=True)
class Run:
    """Rows per second of wall time; CPU seconds per million rows of the inserting process and of ClickHouse."""

    per_second: float
    cpu_per_million: float
    server_cpu_per_million: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """The same batches, as columns and as bytes."""

    columns: Sequence[list[list[Any]]]
    rows: Sequence[Sequence[bytes]]


def run(place: Place, rounds: int) -> Section:
    settings = place.settings("sink")
    place.say(f"sink: filling the topic with {_BATCHES * _BATCH_ROWS:,} punches")
    prepared = _prepare(asyncio.run(_fill(settings)))
    runs: dict[str, dict[str, list[Run]]] = {}
    for engine in _LEAST_ROWS:
        place.say(f"sink: into {engine}")
        found = runs[engine] = {"sink": [], "insert": [], "raw_insert": []}
        for number in range(rounds):
            mine = _new_database(settings, engine, f"{engine.lower()}_{number}")
            found["sink"].append(_measure_sink(place, mine, engine))
            found["insert"].append(_measure_bare(place, mine, _insert, prepared.columns))
            found["raw_insert"].append(_measure_bare(place, mine, _raw_insert, prepared.rows))
            _command(mine, f"DROP DATABASE {mine.clickhouse.database}")
    return _section(runs)


async def _fill(settings: Settings) -> list[bytes]:
    await topics.apply(settings.kafka)
    producer = open_producer(settings.kafka)
    await producer.start()
    try:
        await producer.prepare("punches")
        partitions = settings.kafka.partitions
        devices = spread_evenly(
            lambda serial: producer.partition("punches", serial.encode()), partitions, _DEVICES_PER_PARTITION
        )
        punches = make_punches(devices, _BATCHES * _BATCH_ROWS // len(devices))
        return await fill(producer, punches, _FLUSH_RECORDS)
    finally:
        await producer.stop()


def _prepare(values: list[bytes]) -> Prepared:
    batches = [values[start : start + _BATCH_ROWS] for start in range(0, _BARE_BATCHES * _BATCH_ROWS, _BATCH_ROWS)]
    return Prepared(
        [as_columns(batch, 0) for batch in batches],
        [[as_row(value, offset) for offset, value in enumerate(batch)] for batch in batches],
    )


def _new_database(settings: Settings, engine: str, name: str) -> Settings:
    """Tables as the migrations make them, `punches` of this engine, and beside it an empty copy for the baselines."""
    database = f"{settings.clickhouse.database}_{name}"
    mine = settings.model_copy(
        update={
            "clickhouse": settings.clickhouse.model_copy(update={"database": database}),
            "sink": settings.sink.model_copy(update={"group": f"sink-{name}"}),
        }
    )
    runner.apply(mine.clickhouse)
    if engine == "Null":
        _command(mine, "RENAME TABLE punches TO punches_real")
        for table in ("punches", "bare"):
            _command(mine, f"CREATE TABLE {table} ENGINE = Null EMPTY AS SELECT * FROM punches_real")  # noqa: S608 - fixed
    else:
        _command(mine, "CREATE TABLE bare AS punches")
    return mine


def _command(settings: Settings, statement: str) -> None:
    client = make_client(settings.clickhouse)
    try:
        client.command(statement, settings={"database": settings.clickhouse.database})
    finally:
        client.close()


def _measure_sink(place: Place, settings: Settings, engine: str) -> Run:
    folder = place.folder / settings.clickhouse.database
    part = next(part for part in make_parts(settings, folder) if part.name == "sink")
    null = ("bench.null_sink", part.marker)
    process = Measured("sink", null if engine == "Null" else part.command[2:], part.marker, part.health_port, folder)
    rows = _BATCHES * _BATCH_ROWS
    server_before = cpu_seconds(place.clickhouse_pid)
    try:
        process.start()
        first = process.read(_METRIC)
        most = process.wait_for(_METRIC, _TIMED_SHARE * rows, _DEADLINE_SECONDS)
        last = process.wait_for(_METRIC, rows, _DEADLINE_SECONDS)
        server = cpu_seconds(place.clickhouse_pid) - server_before
    finally:
        process.stop()
    millions = (rows - first.count) / 1e6
    return Run(
        (most.count - first.count) / (most.at - first.at),
        (last.cpu_seconds - first.cpu_seconds) / millions,
        server / millions,
    )


def _measure_bare(place: Place, settings: Settings, insert: Callable[..., None], batches: Sequence[Any]) -> Run:
    client = make_client(settings.clickhouse)
    target = f"{settings.clickhouse.database}.bare"
    server_before = cpu_seconds(place.clickhouse_pid)
    cpu, started = time.process_time(), time.monotonic()
    with ThreadPoolExecutor(WRITERS) as threads:
        for _ in threads.map(partial(insert, client, target), batches):
            pass
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    server = cpu_seconds(place.clickhouse_pid) - server_before
    client.close()
    rows = _BARE_BATCHES * _BATCH_ROWS
    return Run(rows / seconds, cpu / rows * 1e6, server / rows * 1e6)


# Into one table one token only counts once: the baselines send none, and the database is a new one each round.
def _insert(client: Client, target: str, columns: list[list[Any]]) -> None:
    client.insert(target, columns, column_names=COLUMN_NAMES, column_oriented=True)


def _raw_insert(client: Client, target: str, rows: Sequence[bytes]) -> None:
    block = lz4.frame.compress(b"\n".join(rows))
    client.raw_insert(target, insert_block=block, settings=INSERT_SETTINGS, fmt="JSONEachRow", compression="lz4")


def _section(runs: dict[str, dict[str, list[Run]]]) -> Section:
    rows, targets = [], []
    figures: dict[str, Any] = {}
    for engine, found in runs.items():
        for name, measured in found.items():
            ratio = ratios([run.per_second for run in found["sink"]], [run.per_second for run in measured])
            per_second = Spread.of([run.per_second for run in measured]).text()
            cpu = Spread.of([run.cpu_per_million for run in measured]).text(1)
            server = Spread.of([run.server_cpu_per_million for run in measured]).text(1)
            rows.append([engine, name, per_second, cpu, server, "1" if name == "sink" else ratio.text(2)])
        ours = Spread.of([run.per_second for run in found["sink"]])
        cpu_ours = Spread.of([run.cpu_per_million for run in found["sink"]])
        least = _LEAST_ROWS[engine]
        targets += [
            Target(f"{engine}: rows/s of the sink", f">= {least:,}", ours.text(), ours.median >= least),
            Target(
                f"{engine}: CPU seconds of the sink per million rows",
                f"<= {_MOST_CPU:.0f}",
                cpu_ours.text(1),
                cpu_ours.median <= _MOST_CPU,
            ),
        ]
        figures[engine] = found
    headers = ("engine", "by", "rows/s", "CPU s per million", "ClickHouse CPU s per million", "sink's rows/s / this")
    return Section("sink", _HOW, [Table(headers, rows)], targets, figures)
