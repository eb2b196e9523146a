"""Wall times as operators say them, and the instants they mean. Pure. Source: spec/timecards.md B3.

Nobody is there to guess from, as with a clock that has just sent something: a time that occurred twice or never is told
to whoever asks, who then says the offset, or the instant itself.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ingest.control.errors import RequestInvalid
from runtime.local_time import Clock, ClockError, wall_offsets

_LOCAL: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)
_EARLIEST: Final = date(1970, 1, 2)


def zone_of(text: str) -> ZoneInfo:
    """Raises RequestInvalid."""
    try:
        Clock.parse(text[:80], "zone")
    except ClockError as error:
        raise RequestInvalid(str(error)) from None
    return ZoneInfo(text)


def date_of(text: str, what: str) -> date:
    """Of `YYYY-MM-DD`. Raises RequestInvalid that names `what`."""
    try:
        found = date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else None
    except ValueError:
        found = None
    if found is None or found < _EARLIEST:
        raise RequestInvalid(f"{what} {text[:40]!r} is no date such as 2026-11-20")
    return found


def wall_of(text: str) -> datetime:
    """Of `YYYY-MM-DD HH:MM` with or without seconds, also with T; without a zone. Raises RequestInvalid."""
    found = _LOCAL.fullmatch(text.strip())
    try:
        wall = datetime.fromisoformat(f"{found[1]}T{found[2]}") if found else None
    except ValueError:
        wall = None
    if wall is None or wall.date() < _EARLIEST:
        raise RequestInvalid(f"{text[:40]!r} is no wall time such as 2026-11-20 08:00")
    return wall


def instant_of(local: str, zone: str, offset: str = "") -> int:
    """Epoch ms UTC. `offset` (`+HH:MM`) settles a time that occurred twice or never. Raises RequestInvalid that says
    what would settle it."""
    wall, place = wall_of(local), zone_of(zone)
    first, second = wall_offsets(wall, place)
    if offset:
        said = _seconds_of(offset)
        if said not in (first, second):
            raise RequestInvalid(f"{wall} in {zone} is at {offset_text(first)}, not at {offset}")
        return _instant(wall, said)
    if first == second:
        return _instant(wall, first)
    ways = f"offset {offset_text(first)} or {offset_text(second)}, or the instant"
    if first > second:
        raise RequestInvalid(f"{wall} occurred twice in {zone}, when the clocks went back: say which by {ways}")
    raise RequestInvalid(f"{wall} never occurred in {zone}, the clocks went forward: say what is meant by {ways}")


def local_text(at_ms: int, zone: str) -> str:
    """What a wall clock showed, `YYYY-MM-DDTHH:MM:SS`."""
    return f"{datetime.fromtimestamp(at_ms // 1000, zone_of(zone)):%Y-%m-%dT%H:%M:%S}"


def offset_text(seconds: int) -> str:
    sign, minutes = ("-" if seconds < 0 else "+"), abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _seconds_of(offset: str) -> int:
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise RequestInvalid(f"{offset[:40]!r} is no offset such as +02:00")
    seconds = int(found[2]) * 3600 + int(found[3]) * 60
    return -seconds if found[1] == "-" else seconds


def _instant(wall: datetime, offset_s: int) -> int:
    return int((wall.replace(tzinfo=UTC) - timedelta(seconds=offset_s)).timestamp()) * 1000
