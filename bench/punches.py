"""Punches as the normalizer writes them: into the topic for the sink, as rows and as columns for its baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import orjson

from bench.bodies import serials, uploads
from processors.normalize.convert import PunchRecord, convert_attendance
from processors.normalize.records import DevicePeriods, RawUpload
from runtime.producer import Producer
from schemas.events import Punch
from schemas.registry import DevicePeriod
from sinks.tables import BY_TOPIC

_ROWS_PER_BODY = 20
_FACTS = DevicePeriods((DevicePeriod(site="berlin", tenant="demo", zone="Europe/Berlin"),), 1)


def spread_evenly(partition_of: Callable[[str], int], partitions: int, each: int) -> list[str]:
    """Devices, `each` of them in every partition: then all partitions end at the same time."""
    chosen: dict[int, list[str]] = {number: [] for number in range(partitions)}
    for serial in serials(1000 * partitions):
        devices = chosen[partition_of(serial)]
        if len(devices) < each:
            devices.append(serial)
    return [serial for devices in zip(*chosen.values(), strict=True) for serial in devices]


def make_punches(devices: Sequence[str], each: int) -> Iterator[tuple[str, PunchRecord]]:
    """`each` punches of every device, as the normalizer makes them of bodies of 20 rows."""
    for offset, (serial, headers, body) in enumerate(uploads(devices, _ROWS_PER_BODY, each)):
        for converted in convert_attendance(RawUpload(headers, body, 0, offset), _FACTS, "UTC", _fail):
            for punch in converted.punches:
                yield serial, punch


async def fill(producer: Producer, punches: Iterator[tuple[str, PunchRecord]], flush_records: int) -> list[bytes]:
    """Write them to `punches`; returns their values in the order of writing."""
    values = []
    for number, (serial, punch) in enumerate(punches):
        producer.append("punches", punch.key, punch.value, partition_by=serial.encode(), headers=[])
        values.append(punch.value)
        if number % flush_records == 0:
            await producer.flush()
    await producer.flush()
    return values


def as_row(value: bytes, offset: int) -> bytes:
    """The row that the sink makes of a record."""
    return b'{"topic":"punches","partition":0,"offset":%d,%b' % (offset, value[1:])


def as_columns(values: Sequence[bytes], first_offset: int) -> list[list[Any]]:
    """One list for each of the table's columns that the sink fills, in their order."""
    names = [field.name for field in fields(Punch)]
    events = [orjson.loads(value) for value in values]
    columns: list[list[Any]] = [[event[name] for event in events] for name in names]
    count = len(values)
    return [*columns, ["punches"] * count, [0] * count, list(range(first_offset, first_offset + count))]


COLUMN_NAMES = BY_TOPIC["punches"].columns


def _fail(error: BaseException) -> None:
    raise error
