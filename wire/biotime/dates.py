"""Dates and times of the family: wall times without a zone, in several spellings (spec/connectors.md A1)."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_WALL: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?", re.ASCII)
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_OTHER_DATE: Final = re.compile(r"(\d{2})-(\d{2})-(\d{4})", re.ASCII)
_SENTINEL_YEAR: Final = 1901  # a server's "never" in a field that it cannot leave empty
_EPOCH_LIMITS: Final = (0, 4_102_444_800)  # 1970 to 2100: what a wall time stamped as UTC may be
_RETRY_LIMIT: Final = 86_400.0


def local_seconds(text: str) -> str:
    """A wall time as `YYYY-MM-DDTHH:MM:SS`; fractions are cut, they are no part of a punch.

    A zone in the text is refused: no document has one, and guessing what it means would move the punch. Raises
    ValueError.
    """
    match = _WALL.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a wall time like YYYY-MM-DD HH:MM:SS")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    return datetime(year, month, day, hour, minute, second).isoformat()  # noqa: DTZ001 - a wall time has no zone


def local_or_none(value: object) -> str | None:
    """The same of a field that may be empty, unreadable, or hold the sentinel of 1901: None."""
    if not isinstance(value, str):
        return None
    try:
        found = local_seconds(value)
    except ValueError:
        return None
    return None if int(found[:4]) <= _SENTINEL_YEAR else found


def query_time(text: str) -> str:
    """As `start_time` and `end_time` want it: a blank between date and time. Raises ValueError."""
    return local_seconds(text).replace("T", " ")


def wall_from_epoch(seconds: int) -> str:
    """The mobile API's epoch numbers are wall times stamped as UTC (spec/connectors.md A3). Raises ValueError."""
    if not _EPOCH_LIMITS[0] <= seconds < _EPOCH_LIMITS[1]:
        raise ValueError("not an epoch second between 1970 and 2100")
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def report_date(text: str, weekday: str = "") -> str:
    """The day of a report's row as `YYYY-MM-DD`: printed as `DD-MM-YYYY` by one report, as ISO by the other.

    The row's own English weekday decides where the month might come first. Raises ValueError.
    """
    text = text.strip()
    if match := _ISO_DATE.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    match = _OTHER_DATE.fullmatch(text)
    if match is None:
        raise ValueError("not a date like DD-MM-YYYY or YYYY-MM-DD")
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    possible = [day for day in (_day(year, second, first), _day(year, first, second)) if day is not None]
    if not possible:
        raise ValueError("no such day")
    proved = [day for day in possible if f"{day:%A}".lower() == weekday.strip().lower()]
    return (proved or possible)[0].isoformat()


def retry_after(text: str | None, now: float) -> float | None:
    """Seconds from now that a Retry-After header asks for, number or date, at most a day; None for none or nonsense.

    now: seconds since the epoch.
    """
    if text is None:
        return None
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return min(float(text), _RETRY_LIMIT)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(max(0.0, when.timestamp() - now), _RETRY_LIMIT)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
