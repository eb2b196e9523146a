"""A station's date and time in every spelling that was seen. Source: spec/connectors.md A5 (date/time), A02.

No zone and no fraction: it is the wall clock of the station.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?", re.ASCII)
_COMPACT_CLOCK = re.compile(r"(\d{2})(\d{2})(\d{2})()", re.ASCII)
_MONTHS: Final = 12
_NOON: Final = 12


def local_time(date: str, time: str) -> str:
    """`YYYY-MM-DDTHH:MM:SS`, empty when it cannot be read (`--`, 31 February).

    `06/11/2025` is 6 November: the day comes first unless the second number can be no month. A time without seconds
    has second 0.
    """
    day = _year_month_day(date.strip())
    clock = _hour_minute_second(time.strip())
    if day is None or clock is None:
        return ""
    try:
        return datetime(*day, *clock).isoformat()  # noqa: DTZ001 - a wall clock without a zone
    except ValueError:
        return ""


def _year_month_day(date: str) -> tuple[int, int, int] | None:
    if match := _YEAR_FIRST.fullmatch(date) or _COMPACT_DATE.fullmatch(date):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _YEAR_LAST.fullmatch(date):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        return (year, first, second) if second > _MONTHS else (year, second, first)
    return None


def _hour_minute_second(time: str) -> tuple[int, int, int] | None:
    match = _CLOCK.fullmatch(time) or _COMPACT_CLOCK.fullmatch(time)
    if match is None:
        return None
    hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), match[4]
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half.lower() == "pm" else 0)
    return hour, minute, second
