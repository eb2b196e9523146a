"""Online but silent: a device that polls, but brings no punches in hours in which it usually does.

What is learned is one bit for each hour of its wall clock: somebody punched. Counts would be doubled by a second upload
of the same rows; bits are not. Hours are numbered from 1970-01-01T00 local time, weeks are 168 of them.

The rule. An hour is *busy* when at least 4 weeks are known before its week and, of the last 8 (or as many as are
known), three quarters and not fewer than 3 had a punch in the same hour of the week. A device is silent when at least 4
busy hours, on at least 2 local dates, have passed whole without an upload of punches, it being online all the while.
So there is no alarm while it learns, none for hours that are only sometimes busy, none for a single holiday, none after
a stretch offline until the backlog had its time; a broken reader shows on the second working day. Judged only for
devices that upload in real time: one that uploads at set times brings its punches hours later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from runtime.local_time import Clock, ClockError
from schemas.devices import DeviceInput, InputKind

WEEKS = 8
WEEKS_KNOWN = 4
WEEKS_HIT = 3
HOURS_MISSED = 4
DATES_MISSED = 2
_WEEK_HOURS = 168
_MOST_HOURS_AT_ONCE = 3 * _WEEK_HOURS  # what passed in one step of the clock beyond this is not looked at
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """weeks: week number to its 168 bits in hexadecimal, at most WEEKS + 1; next_hour: the hour to be judged next, None
    when not online; missed, dates, last_date: of the present spell; since: when it was found silent, epoch ms."""

    weeks: dict[str, str] = field(default_factory=dict)
    next_hour: int | None = None
    missed: int = 0
    dates: int = 0
    last_date: int = -1
    since: int | None = None


def local_hour(at_ms: int, zone: str, clock: str) -> int:
    """Number of the hour on a device's wall clock."""
    parsed = _clock(zone, clock)
    offset = parsed.fixed_offset_s
    if offset is None:
        delta = datetime.fromtimestamp(at_ms / 1000, tz=ZoneInfo(parsed.zone)).utcoffset()
        offset = int(delta.total_seconds()) if delta else 0
    return (at_ms + offset * 1000) // _HOUR_MS


def with_upload(silence: Silence, event: DeviceInput, now_hour: int) -> Silence:
    """After an upload: one that brings punches is learned from and ends a spell of silence."""
    if event.kind is not InputKind.UPLOAD or not event.punches_by_hour:
        return silence
    return Silence(weeks=_learned(silence.weeks, event.punches_by_hour, now_hour), next_hour=now_hour + 1)


def came_online(silence: Silence, now_hour: int) -> Silence:
    return _spell_from(silence, now_hour)


def went_offline(silence: Silence) -> Silence:
    return Silence(weeks=silence.weeks)


def watched(silence: Silence, now_hour: int, clock: int) -> Silence:
    """The hours that are over since it was watched last, judged; the present one is not over."""
    if silence.next_hour is None or now_hour <= silence.next_hour:
        return silence
    missed, dates, last_date = silence.missed, silence.dates, silence.last_date
    for hour in range(max(silence.next_hour, now_hour - _MOST_HOURS_AT_ONCE), now_hour):
        if is_busy(silence.weeks, hour):
            missed += 1
            if hour // 24 != last_date:
                dates, last_date = dates + 1, hour // 24
    since = silence.since
    if since is None and missed >= HOURS_MISSED and dates >= DATES_MISSED:
        since = clock
    return replace(silence, next_hour=now_hour, missed=missed, dates=dates, last_date=last_date, since=since)


def is_busy(weeks: Mapping[str, str], hour: int) -> bool:
    """Whether punches are to be expected in this hour."""
    week, bit = hour // _WEEK_HOURS, 1 << hour % _WEEK_HOURS
    before = {number: bits for text, bits in weeks.items() if week - WEEKS <= (number := int(text)) < week}
    if not before:
        return False
    known = week - min(before)
    hits = sum(1 for bits in before.values() if int(bits, 16) & bit)
    return known >= WEEKS_KNOWN and hits >= WEEKS_HIT and 4 * hits >= 3 * known


def _spell_from(silence: Silence, now_hour: int) -> Silence:
    return Silence(weeks=silence.weeks, next_hour=now_hour + 1)


def _learned(weeks: Mapping[str, str], punches_by_hour: Mapping[str, int], now_hour: int) -> dict[str, str]:
    """Hours that are not over by the device's own clock yet, or too old to matter, teach nothing."""
    oldest = now_hour // _WEEK_HOURS - WEEKS
    bits = {int(week): int(text, 16) for week, text in weeks.items() if int(week) >= oldest}
    for text, count in punches_by_hour.items():
        hour = _hour_number(text)
        if count > 0 and hour is not None and oldest * _WEEK_HOURS <= hour <= now_hour:
            week = hour // _WEEK_HOURS
            bits[week] = bits.get(week, 0) | 1 << hour % _WEEK_HOURS
    return {str(week): f"{bits[week]:x}" for week in sorted(bits)}


@lru_cache(maxsize=4096)  # the hours of the present weeks come again and again
def _hour_number(text: str) -> int | None:
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC).timestamp()) // 3600
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _clock(zone: str, clock: str) -> Clock:
    """A zone that does not exist is told by the normalizer, loudly; a pattern of hours is one in UTC as well."""
    try:
        return Clock.parse(zone, clock)
    except ClockError:
        return Clock("UTC", 0)
