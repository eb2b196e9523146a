"""What a server makes of somebody's day (BIOTIME/TIMECARDS) as `timecards.vendor`: kept beside ours, never counted.

Rows are rewritten at the server's will: the latest read of a row counts. Sources: spec/connectors.md A3; errata B5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from processors.normalize.context import clean
from processors.normalize.inventory.inputs import MAX_TEXT
from processors.normalize.polled.record import PolledRecord
from processors.normalize.published import published
from processors.normalize.records import PARSER_VERSION, DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from schemas.identity import event_id, latest_rank
from schemas.vendor_timecards import VendorTimecard
from wire.biotime.errors import RowUnreadable
from wire.biotime.reports import TimeCardRow, parse_time_card

NOTE_REPORT: Final = "report"
_DEFAULT_REPORT: Final = "totalTimeCardReport"
_MAX_REPORT: Final = 64


def convert_timecards(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    report = record.context(record.source).params.get(NOTE_REPORT, "")[:_MAX_REPORT] or _DEFAULT_REPORT

    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        try:
            row = parse_time_card(raw)
        except RowUnreadable as error:
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), str(error))]
        return [Derived("timecards.vendor", _card(record, report, line, row), None, line)]

    return record.convert(rows, convert_row, on_failure)


def _card(record: PolledRecord, report: str, line: int, row: TimeCardRow) -> VendorTimecard:
    upload = record.upload
    headers = upload.headers
    return VendorTimecard(
        event_id=event_id(headers.tenant, record.source, "timecard", report, row.row_id),
        rank=latest_rank(headers.received_at, PARSER_VERSION, line),
        tenant=clean(headers.tenant),
        source=record.source,
        report=report,
        employee=row.emp_code,
        work_date=row.work_date,
        check_in=row.check_in[:MAX_TEXT],
        check_out=row.check_out[:MAX_TEXT],
        minutes=row.minutes,
        paycodes=row.paycodes,
        values=published(row.values),
        received_at=headers.received_at,
        raw_topic=upload.topic,
        raw_partition=upload.partition,
        raw_offset=upload.offset,
        raw_line=line,
        parser_version=PARSER_VERSION,
    )
