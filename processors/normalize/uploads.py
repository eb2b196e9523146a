"""Uploads told to the device processor: one UPLOAD record a device and table for all that was taken together.

It runs for every body of attendance, so its JSON is put together from a dict and not from the type (a test compares
them). Source: schemas/devices.py; DESIGN 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from processors.normalize.context import clean
from processors.normalize.records import DevicePeriods, RawUpload, UploadPart
from schemas.devices import DEVICE_INPUT_VERSION, InputKind
from wire.zkpush.target import parse_target

# Real time: a body of few rows, none older than this. A backlog comes in bodies of many rows, or of old ones.
_FEW_ROWS: Final = 10
_REAL_TIME_MS: Final = 300_000
# Punches of which hours are counted: what the usual pattern of a weekday is told by, and a bound on the record.
_HOURS_BACK: Final = 60 * 24
_HOURS_AHEAD: Final = 24
_HOUR_MS: Final = 3_600_000
_MAX_STAMP: Final = 64
_STAMP = re.compile(r"(?:^|&)(?:op|photo)?stamp=([^&]*)", re.IGNORECASE)
_EMPTY: Final[dict[str, Any]] = {
    "query": {}, "info": "", "options": {}, "word": "", "via": "", "since": None, "seen_at": None, "lag_s": None,
    "errors": 0, "skew_s": None, "uptime_s": None, "utc_offset_s": None, "tz_conflict": False, "watermark": None,
}  # fmt: skip


class UploadRecord(NamedTuple):
    """One record for the `device.input` topic; `device` is its key."""

    device: bytes
    value: bytes


class _Sum:
    __slots__ = ("device", "hours", "last", "newest_at", "real_time", "rows", "stamp")

    def __init__(self) -> None:
        self.rows = 0
        self.stamp = ""
        self.newest_at: int | None = None
        self.real_time = True
        self.hours: dict[int, int] = {}
        self.last: RawUpload
        self.device: DevicePeriods


class UploadSums:
    """Sums by (device, table) over the records of one batch."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], _Sum] = {}

    def add(self, upload: RawUpload, device: DevicePeriods, parts: list[UploadPart]) -> None:
        """One body, converted in `parts`."""
        headers = upload.headers
        key = (headers.source, headers.table)
        total = self._sums.get(key)
        if total is None:
            total = self._sums[key] = _Sum()
        total.last, total.device = upload, device
        found = _STAMP.search(headers.query)
        if found is not None and found[1]:
            total.stamp = found[1]
        rows = 0
        for part in parts:
            if not part.rows:
                continue
            rows += part.rows
            if part.newest_at is not None and (total.newest_at is None or part.newest_at > total.newest_at):
                total.newest_at = part.newest_at
            if part.oldest_at is None or part.oldest_at < headers.received_at - _REAL_TIME_MS:
                total.real_time = False
            if not total.hours:
                total.hours = part.hours
            else:
                for hour, count in part.hours.items():
                    total.hours[hour] = total.hours.get(hour, 0) + count
        total.rows += rows
        if rows > _FEW_ROWS or not rows:
            total.real_time = False

    def records(self) -> Iterator[UploadRecord]:
        for (device, table), total in self._sums.items():
            yield UploadRecord(device.encode(), _encode(device, table, total))


def _encode(device: str, table: str, total: _Sum) -> bytes:
    upload = total.last
    headers = upload.headers
    period = total.device.at(headers.received_at)
    fields = {
        "v": DEVICE_INPUT_VERSION,
        "kind": InputKind.UPLOAD.value,
        "tenant": headers.tenant,
        "device": device,
        "site": period.site if period else "",
        "zone": period.zone if period else "",
        "clock": period.clock if period else "",
        "at": headers.received_at,
        "edge": clean(headers.edge),
        "raw_topic": upload.topic,
        "raw_partition": upload.partition,
        "raw_offset": upload.offset,
        "table": clean(table),
        "stamp": _stamp(total.stamp),
        "rows": total.rows,
        "newest_at": total.newest_at,
        "real_time": total.real_time,
        "punches_by_hour": punches_by_hour(total.hours, headers.received_at),
        **_EMPTY,
    }
    return orjson.dumps(fields)


def punches_by_hour(hours: Mapping[int, int], received_at: int) -> dict[str, int]:
    """`hours` (UploadPart) as DeviceInput has them; those too far from the receipt are left out."""
    hour_now = received_at // _HOUR_MS
    return {_hour_text(hour): count for hour, count in hours.items() if -_HOURS_BACK <= hour - hour_now <= _HOURS_AHEAD}


def _stamp(coded: str) -> str:
    """The stamp as the device wrote it: opaque text."""
    if "%" in coded or "+" in coded:
        coded = parse_target(f"?stamp={coded}").params.get("stamp", "")
    return clean(coded.strip())[:_MAX_STAMP]


@lru_cache(maxsize=4096)
def _hour_text(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).strftime("%Y-%m-%dT%H")
