"""Wall clocks of a zone and back, fast: offsets are remembered per day. Source: spec/timecards.md B3.2, B14.

A wall time is seconds since 1970-01-01T00:00 as if it were UTC; a day its number since then.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_MAX_DAYS: Final = 4096  # remembered per zone and direction, about 0.5 MB each; then it starts anew


ZONE_ERRORS: Final = (ZoneInfoNotFoundError, ValueError, OSError)  # of a name that is no zone


class Zone:
    """One IANA zone. Raises ZoneInfoNotFoundError when there is none of that name."""

    __slots__ = ("_info", "_instants", "_offsets", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = ZoneInfo(name)
        self._offsets: dict[int, int | None] = {}
        self._instants: dict[int, int] = {}

    def offset(self, at: int) -> int:
        """Seconds east of UTC at an instant."""
        day = at // DAY
        try:
            known = self._offsets[day]
        except KeyError:
            first, last = self._ask(day * DAY), self._ask(day * DAY + DAY)
            known = first if first == last else None
            if len(self._offsets) >= _MAX_DAYS:
                self._offsets.clear()
            self._offsets[day] = known
        return self._ask(at) if known is None else known

    def wall(self, at: int) -> int:
        return at + self.offset(at)

    def instant(self, wall: int) -> int:
        """A repeated wall time is its earlier instant; a skipped one has the offset before the gap (B3.2)."""
        known = self._instants.get(wall)
        if known is None:
            local = datetime.fromtimestamp(wall, tz=UTC).replace(tzinfo=self._info, fold=0)
            known = wall - _seconds(local.utcoffset())
            if len(self._instants) >= _MAX_DAYS:
                self._instants.clear()
            self._instants[wall] = known
        return known

    def day(self, at: int, cut_min: int = 0) -> int:
        """The attendance date of an instant (B6): the day of its wall time less the day cut, where the clocks change
        at the boundary itself as the boundary's one instant says (B14)."""
        day = (at + self.offset(at) - cut_min * 60) // DAY
        if at < self.day_start(day, cut_min):
            return day - 1
        return day + 1 if at >= self.day_start(day + 1, cut_min) else day

    def day_start(self, day: int, cut_min: int = 0) -> int:
        """The instant at which an attendance date begins."""
        return self.instant(day * DAY + cut_min * 60)

    def _ask(self, at: int) -> int:
        return _seconds(datetime.fromtimestamp(at, tz=self._info).utcoffset())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> Zone:
    return Zone(name)


def day_number(of: date) -> int:
    return (of - _EPOCH).days


@lru_cache(maxsize=4096)
def date_of(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def weekday(day: int) -> int:
    """Monday is 0."""
    return (day + 3) % 7


def week_of(day: int, week_start: int) -> int:
    """The first day of the workweek that a day is in."""
    return day - (weekday(day) - week_start) % 7


@lru_cache(maxsize=2048)
def minutes_of(time_of_day: str) -> int:
    """Minutes after midnight of "HH:MM"."""
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None  # every IANA zone has one
    return int(offset.total_seconds())
