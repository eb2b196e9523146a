"""Local time of a zone: instants of local times, boundaries of days, the attendance date of an instant."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def offset_at(instant: int, zone: str) -> int:
    """Seconds that the wall clock of the zone is ahead of UTC at this instant."""
    offset = datetime.fromtimestamp(instant, ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def wall_date(instant: int, zone: str) -> date:
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).date()


@lru_cache(maxsize=100_000)
def instant_of(local: datetime, zone: str) -> int:
    """The instant of a zone-less local time that a plan, a night window or a day boundary names.

    B14: at a repeated local time the earlier instant, at a skipped one B3.2 (the offset in force before the gap).
    """
    as_if_utc = int(local.replace(tzinfo=UTC).timestamp())
    # All offsets that could be meant: those in force around that time.
    offsets = {offset_at(as_if_utc + hours * 3600, zone) for hours in range(-30, 31)}
    candidates = [as_if_utc - offset for offset in offsets if offset_at(as_if_utc - offset, zone) == offset]
    if candidates:
        return min(candidates)
    before_the_gap = offset_at(as_if_utc - max(offsets), zone)
    return as_if_utc - before_the_gap


def on_date(day: date, minutes: int) -> datetime:
    """The local time so many wall-clock minutes after (or, negative, before) 00:00 of a date."""
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def day_start(day: date, zone: str, day_cut_min: int) -> int:
    """B6: a date begins at local 00:00 + day_cut_min."""
    return instant_of(on_date(day, day_cut_min), zone)


@lru_cache(maxsize=200_000)
def attendance_date(instant: int, zone: str, day_cut_min: int) -> date:
    """B6: the date whose span [its start, the next date's start) holds the instant."""
    near = wall_date(instant, zone)
    days = [near + timedelta(days=n) for n in range(-3, 4)]
    return max(day for day in days if day_start(day, zone, day_cut_min) <= instant)


def minutes_of(text: str) -> int:
    """Minutes after 00:00 of "HH:MM"."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def span_on(day: date, start: str, end: str, zone: str) -> tuple[int, int]:
    """The instants of a local window that begins on a date; end <= start is the next day."""
    first, last = minutes_of(start), minutes_of(end)
    if last <= first:
        last += 24 * 60
    return instant_of(on_date(day, first), zone), instant_of(on_date(day, last), zone)
