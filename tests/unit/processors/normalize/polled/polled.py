"""Raw records as connectors make them, converted: what the tests of this folder share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from processors.normalize.polled.converters import convert_polled
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DevicePeriods, OnFailure, RawUpload
from schemas.headers import RawHeaders
from schemas.polled import PolledTable
from schemas.registry import DevicePeriod
from tests.unit.processors.normalize.raw import Found, fail

RECEIVED = 1_772_424_030_000  # 2026-03-02T04:00:30Z, 08:00:30 in Dubai
SERVER = "biotime:b1"
STATION = "akuvox:0C1105078B71"
UNKNOWN = DevicePeriods((), 0)


def polled(
    table: PolledTable,
    body: object,
    *,
    notes: Mapping[str, str] | None = None,
    source: str = "",
    devices: Mapping[str, DevicePeriods] | None = None,
    received_at: int = RECEIVED,
    on_failure: OnFailure = fail,
    unknown_zone: str = "UTC",
) -> Found:
    """`body` as JSON, or bytes as they are. Without notes of its own the source is in Dubai, epoch 1."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    query = urlencode({"epoch": "1", "zone": "Asia/Dubai", **(notes or {})})
    source = source or (SERVER if table is PolledTable.BIOTIME_TRANSACTIONS else STATION)
    headers = RawHeaders(source, "demo", table.value, received_at, "worker-1", "worker-1-41", "", query)
    record = PolledRecord(
        RawUpload(headers, raw, 3, 41), lambda device: (devices or {}).get(device, UNKNOWN), unknown_zone
    )
    return Found(list(convert_polled(record, on_failure)))


def transactions(*rows: Mapping[str, Any], **rest: Any) -> Found:
    return polled(PolledTable.BIOTIME_TRANSACTIONS, list(rows), **rest)


def doorlog(rows: Sequence[Mapping[str, Any]], **rest: Any) -> Found:
    """Oldest first."""
    return polled(PolledTable.AKUVOX_DOORLOG, list(rows), **rest)


def transaction(**changes: Any) -> dict[str, Any]:
    """F01 of spec/connectors.md, with changes."""
    return {
        "id": 501,
        "emp": None,
        "emp_code": "0123",
        "punch_time": "2026-03-02 08:00:05",
        "punch_state": "0",
        "verify_type": 1,
        "terminal_sn": "T1",
        "upload_time": "2026-03-02 08:00:07",
        **changes,
    }


def door_row(**changes: Any) -> dict[str, Any]:
    return {
        "ID": "42",
        "Date": "2026-03-02",
        "Time": "08:00:05",
        "Name": "Alice",
        "Code": "9f86d081884c7d65",
        "Type": "Card",
        "Relay": "1",
        "Status": "Succ",
        **changes,
    }


def in_zone(zone: str, site: str = "north", **period: Any) -> DevicePeriods:
    return DevicePeriods((DevicePeriod(site=site, tenant="demo", zone=zone, **period),), 7)
