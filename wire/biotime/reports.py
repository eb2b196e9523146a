"""A row of a time-card report: what the server itself makes of a day (spec/connectors.md A3, errata B5).

Derived and rewritten at the server's will: the latest read counts. `-1` asks for all employees or departments.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from wire.biotime.dates import report_date
from wire.biotime.errors import RowUnreadable
from wire.biotime.secrets import SECRET_FIELDS
from wire.biotime.values import Json, as_row, extras, needed_text, text_of

_CLOCK_TIMES: Final = ("check_in", "check_out", "clock_in", "clock_out", "break_out", "break_in")
_DURATION: Final = re.compile(r"(-?)(\d{1,4}):([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_HOURS: Final = re.compile(r"-?\d{1,4}(\.\d{1,4})?", re.ASCII)
_PAYCODE: Final = re.compile(r"paycode_\d{1,4}", re.ASCII)
_NAMED: Final = frozenset(("uuid", "id", "emp_code", "att_date", "check_in", "check_out", *SECRET_FIELDS))
_PERSONAL: Final = frozenset(("first_name", "last_name", "nick_name", "nickname", "gender"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCardRow:
    """`work_date`: `YYYY-MM-DD`, or as sent where it is no date. `minutes`: every duration `HH:MM` of the row by its
    name, seconds cut; times of day are none. `paycodes`: every paycode_N as minutes, from `HH:MM` or hours with a
    fraction. `values`: every other field as sent, and a paycode that is neither; names of people are left out."""

    row_id: str
    emp_code: str
    work_date: str
    check_in: str
    check_out: str
    minutes: dict[str, int]
    paycodes: dict[str, int]
    values: dict[str, str]


def parse_time_card(row: Json) -> TimeCardRow:
    """Raises RowUnreadable, naming the field: uuid, emp_code or att_date."""
    row = as_row(row)
    row_id = text_of(row.get("uuid")) or text_of(row.get("id"))
    if not row_id:
        raise RowUnreadable("uuid", "neither uuid nor id is there")
    day = needed_text(row, "att_date")
    minutes: dict[str, int] = {}
    paycodes: dict[str, int] = {}
    values: dict[str, str] = {}
    for name, text in extras(row, _NAMED | _PERSONAL).items():
        if _PAYCODE.fullmatch(name):
            found = _duration(text) if ":" in text else _decimal_hours(text)
            into = paycodes
        else:
            found = None if name in _CLOCK_TIMES else _duration(text)
            into = minutes
        if found is None:
            values[name] = text
        else:
            into[name] = found
    return TimeCardRow(
        row_id=row_id,
        emp_code=needed_text(row, "emp_code"),
        work_date=_day(day, text_of(row.get("weekday"))),
        check_in=text_of(row.get("check_in")),
        check_out=text_of(row.get("check_out")),
        minutes=minutes,
        paycodes=paycodes,
        values=values,
    )


def _day(text: str, weekday: str) -> str:
    try:
        return report_date(text, weekday)
    except ValueError:
        return text


def _duration(text: str) -> int | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return -minutes if match[1] else minutes


def _decimal_hours(text: str) -> int | None:
    """No document names the unit of `0.0`; hours is what its neighbours on the card are."""
    if not _HOURS.fullmatch(text.strip()):
        return None
    return int((Decimal(text.strip()) * 60).to_integral_value(rounding=ROUND_HALF_UP))
