"""The call log of Akuvox stations as `access` events of kind call. Source: spec/connectors.md A5, B-3.11, A10.

A call and the door event that it ended in are two rows of two logs: nothing here joins them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from processors.normalize.polled.record import PolledRecord
from processors.normalize.polled.stations import LogRow, access_event, read_log
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.device_events import AccessKind
from wire.akuvox.logs import CallRow, parse_call_row

_LOG: Final = "call"


def convert_calllog(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    read = read_log(record, _LOG, rows, parse_call_row, on_failure)

    def convert_row(line: int, raw: Any) -> list[Derived | DeadRow]:
        found = read[line - 1]
        return [found if isinstance(found, DeadRow) else _event(record, found)]

    return record.convert(rows, convert_row, on_failure)


def _event(record: PolledRecord, found: LogRow[CallRow]) -> Derived:
    line, row, time, ref, source_ref = found
    extra = {
        **row.extra,
        "source_ref": source_ref,
        "peer": row.peer,
        "number": row.number,
        "local_identity": row.local_identity,
        "name": row.name,
        "type": row.type,
    }
    return access_event(record, line, time, AccessKind.CALL, (_LOG, ref), extra, word=row.word, index=ref)
