"""Rows that have no event type of their own as `operations` of kind record, their table as code: departments, areas,
positions, schedules, mobile punches, requests for corrections.

What the same row says again is the same event. A mobile punch is a punch only by its transaction (source 3), and a
manual log a correction only by `corrections`: here both are kept to look at. Source: errata B4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from processors.normalize.inventory.inputs import plain_texts
from processors.normalize.operations import of_record
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from wire.akuvox.errors import RowUnreadable as KeyUnreadable
from wire.akuvox.keys import parse_key
from wire.biotime.errors import RowUnreadable
from wire.biotime.manual_logs import parse_manual_log
from wire.biotime.mobile import parse_mobile_transaction
from wire.biotime.personnel import GroupRow, parse_area, parse_department, parse_position

# A row's wall time ("" where it has none) and its fields; `pin` is whom it is about.
Read = Callable[[Any], tuple[str, dict[str, object]]]


def convert_departments(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, lambda raw: _group(parse_department(raw)), on_failure)


def convert_areas(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, lambda raw: _group(parse_area(raw)), on_failure)


def convert_positions(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, lambda raw: _group(parse_position(raw)), on_failure)


def convert_schedules(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, _schedule, on_failure)


def convert_mobile(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, _mobile, on_failure)


def convert_manual_logs(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, _manual_log, on_failure)


def _convert(record: PolledRecord, rows: list[Any], read: Read, on_failure: OnFailure) -> Iterator[Piece]:
    context = record.context(record.source)

    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        try:
            text, fields = read(raw)
        except (RowUnreadable, KeyUnreadable) as error:
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), str(error))]
        (time,) = context.times([text])
        return of_record(context, line, context.table, plain_texts(fields), time, {})

    return record.convert(rows, convert_row, on_failure)


def _group(row: GroupRow) -> tuple[str, dict[str, object]]:
    parent = row.parent.code or row.parent.id if row.parent else ""
    own = {"id": row.id, "code": row.code, "name": row.name, "parent": parent, "company": row.company}
    return "", {**row.extra, **own}


def _schedule(raw: Any) -> tuple[str, dict[str, object]]:
    """The weekdays and hours in which a card or a door code of a station opens; not the code."""
    row = parse_key(raw)
    return "", {
        "id": row.id,
        "kind": raw.get("@kind"),
        "name": row.name,
        "doors": ",".join(map(str, row.doors)),
        "days": ",".join(row.days),
        "start": row.start,
        "end": row.end,
        "tag": row.tag,
        "frequency": row.frequency,
    }


def _mobile(raw: Any) -> tuple[str, dict[str, object]]:
    row = parse_mobile_transaction(raw)
    state = row.state_text if row.state is None else row.state
    own = {"pin": row.emp_code, "punch_time": row.punch_time, "state": state, "source": row.source}
    return row.punch_time, {**row.extra, **own, "terminal_sn": row.terminal_sn}


def _manual_log(raw: Any) -> tuple[str, dict[str, object]]:
    row = parse_manual_log(raw)
    return row.punch_time, {
        **row.extra,
        "pin": row.emp_code or (row.employee.code if row.employee else ""),
        "id": row.id,
        "employee": row.employee.id if row.employee else "",
        "status": row.status.value,
        "audit_status": row.audit_status,
        "punch_time": row.punch_time,
        "state": row.state_text if row.state is None else row.state,
        "work_code": row.work_code,
        "apply_reason": row.apply_reason,
        "apply_time": row.apply_time,
        "audit_reason": row.audit_reason,
        "audit_time": row.audit_time,
        "revoke_reason": row.revoke_reason,
        "approver": row.approver,
        "company": row.company,
    }
