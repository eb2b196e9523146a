"""Polled bodies as connectors write them, converted: what the tests of this folder share."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson

from processors.normalize.inventory.converters import convert_inventory
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DevicePeriods, OnFailure, RawUpload
from schemas.headers import RawHeaders
from schemas.polled import PolledTable
from schemas.registry import DevicePeriod
from tests.unit.processors.normalize.raw import RECEIVED, Found, fail

SERVER, STATION = "biotime:b1", "akuvox:0C1105078B71"
KNOWN = DevicePeriods((DevicePeriod(site="north", tenant="demo", zone="Asia/Dubai"),), 7)
UNKNOWN = DevicePeriods((), 0)


def polled(
    table: PolledTable,
    body: Any,
    *,
    source: str = SERVER,
    received_at: int = RECEIVED,
    on_failure: OnFailure = fail,
    **notes: str,
) -> Found:
    """One body (JSON, or bytes as they are) of `table`. The registry names the terminal T9 alone."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    query = urlencode({"zone": "Asia/Dubai", **notes})
    headers = RawHeaders(source, "demo", table.value, received_at, "w1", "w1-1", "", query)
    record = PolledRecord(
        RawUpload(headers, raw, 3, 41, table.topic), lambda device: KNOWN if device == "T9" else UNKNOWN, "UTC"
    )
    return Found(list(convert_inventory(record, on_failure)))
