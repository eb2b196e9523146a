"""The door log of Akuvox stations as `access` events, and as punches where a reader's setting says so.

Source: spec/connectors.md A5, B-3.4, A01, A02, A07.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from processors.normalize.polled.record import PolledRecord
from processors.normalize.polled.stations import LogRow, access_event, door_punch, found_of, read_log
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.device_events import AccessKind
from schemas.events import Punch
from wire.akuvox.logs import DoorRow, parse_door_row

_LOG: Final = "door"
_WORDS: Final = {True: "granted", False: "denied", None: ""}


def convert_doorlog(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    """One `access` event a row, and behind it the punch that it also is."""
    read = read_log(record, _LOG, rows, parse_door_row, on_failure)

    def convert_row(line: int, raw: Any) -> list[Derived | DeadRow]:
        found = read[line - 1]
        return [found] if isinstance(found, DeadRow) else _events(record, found, raw)

    return record.convert(rows, convert_row, on_failure)


def _events(record: PolledRecord, found: LogRow[DoorRow], raw: Any) -> list[Derived | DeadRow]:
    line, row, time, ref, source_ref = found
    punch = None
    if row.granted and row.user:
        punch = door_punch(
            record, line, raw, time, user=row.user, reader=row.relay, log=_LOG, ref=ref, method=row.method
        )
    extra = {
        **row.extra,
        "source_ref": source_ref,
        "name": row.name,
        "code_hash": row.code,
        "status": row.status,
        "access_mode": row.access_mode,
    }
    event = access_event(
        record,
        line,
        time,
        AccessKind.EVENT,
        (_LOG, ref),
        extra,
        pin=row.user,
        has_card=row.method == "card" and bool(row.code),
        word=_WORDS[row.granted],
        door=row.relay,
        verify=row.type,
        verify_word=row.method,
        index=ref,
        granted=row.granted,
        punch_id=punch.event_id if isinstance(punch, Punch) else "",
    )
    return found_of(line, event, punch)
