"""Rows of a log that nobody could see, as an `access` event of kind gap. Source: spec/connectors.md B-3.2.

The same gap told twice (a worker that was killed in between) is one event: its id and its time are those of the last
row that was known before it. When the rows after that one were lost nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from processors.normalize.polled.record import PolledRecord
from processors.normalize.polled.stations import access_event
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from schemas.device_events import AccessKind
from wire.akuvox.times import local_time

_FIELDS: Final = ("log", "last_known", "oldest_available", "num", "why")
_MAX_TEXT: Final = 1000


def convert_gap(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    """One event a gap; the time of one whose last known row has none is that of its receipt."""

    def convert_row(line: int, raw: Any) -> list[Derived | DeadRow]:
        if not isinstance(raw, dict):
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), "a gap that is no object")]
        said = {name: _text(raw.get(name)) for name in _FIELDS}
        (time,) = record.context(record.source).times([_time_of(raw.get("last_known"))])
        identity = ("gap", said["log"], said["last_known"] or f"before {said['oldest_available']}")
        return [access_event(record, line, time, AccessKind.GAP, identity, said, index=said["log"])]

    return record.convert(rows, convert_row, on_failure)


def _time_of(row: object) -> str:
    """Of a station's row as polled; empty where it has none."""
    return local_time(str(row.get("Date", "")), str(row.get("Time", ""))) if isinstance(row, dict) else ""


def _text(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return text[:_MAX_TEXT]
