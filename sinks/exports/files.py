"""A period and a map become files: bytes, name, control totals. Pure, and always the same bytes. Source: spec D."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Final

from sinks.errors import ExportRefused
from sinks.exports.data import LockedPeriod, require_complete
from sinks.exports.maps import ColumnMap, fill
from sinks.exports.rows import Row, rows_of

NEUTRAL_COLUMNS: Final = (
    "employee", "payroll_number", "employer", "period", "week_start", "work_date", "site", "work_code", "bucket",
    "minutes", "hours", "version", "adjustment_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What the file adds up to, for whoever loads it. minutes, hours: by bucket, adjustments included; ignored: minutes
    of buckets that the map leaves out; adjustments: how many are in it."""

    rows: int
    employees: int
    minutes: Mapping[str, int]
    hours: Mapping[str, Decimal]
    ignored: Mapping[str, int]
    adjustments: int


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of one employer."""

    name: str
    content: bytes
    employer: str
    totals: ControlTotals

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def make_files(period: LockedPeriod, column_map: ColumnMap) -> list[ExportFile]:
    """One file for each employer; raises ExportRefused when cards are missing, or minutes would get lost."""
    require_complete(period)
    rows = rows_of(period)
    employers = sorted({row.employer for row in rows}) or [""]
    files = [
        _file(period, column_map, employer, [row for row in rows if row.employer == employer]) for employer in employers
    ]
    if len({file.name for file in files}) < len(files):
        raise ExportRefused(
            f"period {period.first} of {period.pay_group} has several employers ({', '.join(employers)}): "
            f"file_name {column_map.file_name!r} must name {{employer}}"
        )
    return files


def _file(period: LockedPeriod, column_map: ColumnMap, employer: str, rows: Sequence[Row]) -> ExportFile:
    lines, counted = _neutral(period, rows) if column_map.layout == "neutral" else _mapped(period, column_map, rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=column_map.delimiter, lineterminator="\r\n")
    if column_map.header:
        writer.writerow(NEUTRAL_COLUMNS if column_map.layout == "neutral" else [c.name for c in column_map.columns])
    writer.writerows(lines)
    left_out = [row for row in rows if row.bucket in column_map.ignore]
    totals = ControlTotals(
        rows=len(lines),
        employees=len({row.employee for row in counted}),
        minutes=_sums(counted),
        hours={bucket: sum((row.hours for row in group), Decimal(0)) for bucket, group in _by_bucket(counted)},
        ignored=_sums(left_out),
        adjustments=len({row.adjustment_id for row in counted} - {""}),
    )
    name = fill(column_map.file_name, {**_of_period(period), "employer": employer})
    return ExportFile(name, text.getvalue().encode("utf-8"), employer, totals)


def _neutral(period: LockedPeriod, rows: Sequence[Row]) -> tuple[list[list[str]], Sequence[Row]]:
    name = f"{period.first}/{period.last}"
    lines = [
        [
            row.employee, row.payroll_number, row.employer, name, str(row.week_start), str(row.work_date), row.site,
            row.work_code, row.bucket, str(row.minutes), str(row.hours), str(row.version), row.adjustment_id,
        ]
        for row in rows
    ]  # fmt: skip
    return lines, rows


def _mapped(period: LockedPeriod, column_map: ColumnMap, rows: Sequence[Row]) -> tuple[list[list[str]], Sequence[Row]]:
    """One or more lines for each employee, week, and whether it is an adjustment."""
    counted = [row for row in rows if row.bucket not in column_map.ignore]
    known = {*column_map.direct, *column_map.codes}
    if missing := sorted({row.bucket for row in counted} - known):
        raise ExportRefused(
            f"map {column_map.title!r} has no column and no code for {', '.join(missing)}: add one, or name the bucket "
            "in `ignore`"
        )
    lines: list[list[str]] = []
    for (_, is_adjustment, week_start), group in groupby(sorted(counted, key=_group), key=_group):
        own = list(group)
        values = {**_of_period(period), **_of_group(own[0], week_start, is_adjustment)}
        sums = {bucket: (_minutes(some), _hours(some)) for bucket, some in _by_bucket(own)}
        sums = {bucket: both for bucket, both in sums.items() if both[0]}
        lines += (_long if column_map.layout == "long" else _wide)(column_map, values, sums)
    return lines, counted


def _long(
    column_map: ColumnMap, values: Mapping[str, str | date], sums: Mapping[str, tuple[int, Decimal]]
) -> list[list[str]]:
    lines = []
    for bucket, (minutes, hours) in sums.items():
        of_code = {"bucket": bucket, "code": column_map.codes[bucket], "minutes": str(minutes), "hours": str(hours)}
        lines.append([fill(column.text or "", {**values, **of_code}) for column in column_map.columns])
    return lines


def _wide(
    column_map: ColumnMap, values: Mapping[str, str | date], sums: Mapping[str, tuple[int, Decimal]]
) -> list[list[str]]:
    """Buckets with a column stand in the first line; those with a code only fill the slots of as many as it takes."""
    coded = [bucket for bucket in sums if bucket not in column_map.direct]
    slots = column_map.slots
    if coded and not slots:
        raise ExportRefused(f"map {column_map.title!r} has codes for {', '.join(coded)}, but no column with a slot")
    size = len(slots) or 1
    chunks = [coded[start : start + size] for start in range(0, len(coded), size)] or [[]]
    lines = []
    for number, chunk in enumerate(chunks):
        at = dict(zip(slots, chunk, strict=False))
        direct = sums if number == 0 else {}
        line = []
        for column in column_map.columns:
            if column.text is not None:
                line.append(fill(column.text, values))
            elif column.slot is not None:
                line.append(_of_slot(column_map, column.part, at.get(column.slot), sums))
            elif column.hours is not None:
                found = [direct[bucket][1] for bucket in column.hours if bucket in direct]
                line.append(str(sum(found, Decimal(0))) if found else "")
            else:
                whole = [direct[bucket][0] for bucket in column.minutes or () if bucket in direct]
                line.append(str(sum(whole)) if whole else "")
        lines.append(line)
    return lines


def _of_slot(
    column_map: ColumnMap, part: str | None, bucket: str | None, sums: Mapping[str, tuple[int, Decimal]]
) -> str:
    if bucket is None:
        return ""
    if part == "code":
        return column_map.codes[bucket]
    return str(sums[bucket][1] if part == "hours" else sums[bucket][0])


def _group(row: Row) -> tuple[str, bool, date]:
    return row.employee, row.adjustment_id != "", row.week_start


def _of_period(period: LockedPeriod) -> dict[str, str | date]:
    return {
        "company_code": period.company_code, "pay_group": period.pay_group, "first": period.first, "last": period.last,
    }  # fmt: skip


def _of_group(row: Row, week_start: date, is_adjustment: bool) -> dict[str, str | date]:
    return {
        "employee": row.employee,
        "payroll_number": row.payroll_number or row.employee,
        "employer": row.employer,
        "week_start": week_start,
        "week_end": week_start + timedelta(days=6),
        "adjustment": "A" if is_adjustment else "",
    }


def _by_bucket(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.bucket, []).append(row)
    return sorted(groups.items())


def _minutes(rows: Iterable[Row]) -> int:
    return sum(row.minutes for row in rows)


def _hours(rows: Iterable[Row]) -> Decimal:
    return sum((row.hours for row in rows), Decimal(0))


def _sums(rows: Iterable[Row]) -> dict[str, int]:
    return {bucket: _minutes(group) for bucket, group in _by_bucket(rows)}
