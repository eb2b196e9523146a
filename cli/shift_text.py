"""Planned shifts as text: `08:00-16:30/30 early` is start, end, rest in minutes and name. For registry files, rosters.

Pure. Times are wall times of the home zone; an end that is not after its start is on the next day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from schemas.registry_timecards import ScheduledShift

MINUTES_OF_A_DAY: Final = 1440
MAX_NAME_CHARACTERS: Final = 80
MAX_SHIFTS_OF_A_DAY: Final = 10
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_SHIFT: Final = re.compile(r"(?P<start>[0-9:]+)-(?P<end>[0-9:]+)(/(?P<rest>[0-9]{1,4}))?( +(?P<name>.*))?")


def parse_shift(text: str) -> ScheduledShift:
    """Raises ValueError that says what is wrong with it."""
    found = _SHIFT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text[:80]!r} is no shift such as 08:00-16:30/30 early (start, end, rest in minutes, name)")
    return checked(ScheduledShift(found["start"], found["end"], int(found["rest"] or 0), (found["name"] or "").strip()))


def checked(shift: ScheduledShift) -> ScheduledShift:
    """The shift itself. Raises ValueError: times that are none, a rest as long as the shift, a name too long."""
    for time in (shift.start, shift.end):
        if not _TIME.fullmatch(time):
            raise ValueError(f"{time[:80]!r} is no time of day from 00:00 to 23:59")
    if not 0 <= shift.rest < length(shift):
        raise ValueError(f"a rest of {shift.rest} minutes leaves nothing of {shift.start}-{shift.end}")
    if len(shift.name) > MAX_NAME_CHARACTERS or not shift.name.isprintable():
        raise ValueError(f"the name {shift.name[:80]!r} has no {MAX_NAME_CHARACTERS} characters at most on one line")
    return shift


def shift_text(shift: ScheduledShift) -> str:
    """What `parse_shift` reads back to the same."""
    rest = f"/{shift.rest}" if shift.rest else ""
    return f"{shift.start}-{shift.end}{rest}{f' {shift.name}' if shift.name else ''}"


def day_text(shifts: Iterable[ScheduledShift]) -> str:
    return ", ".join(map(shift_text, shifts)) or "free"


def length(shift: ScheduledShift) -> int:
    """Minutes on the wall clock, rest included."""
    return (minute(shift.end) - minute(shift.start) - 1) % MINUTES_OF_A_DAY + 1


def minute(time: str) -> int:
    """Minutes since midnight of "HH:MM"."""
    return int(time[:2]) * 60 + int(time[3:])


def overlapping(days: Sequence[Sequence[ScheduledShift]], *, begins_anew: bool) -> str:
    """Two shifts of consecutive days that overlap or stand in the wrong order, in words; "" when none do.

    begins_anew: the first day follows the last one.
    """
    spans = [
        (number * MINUTES_OF_A_DAY + minute(shift.start), length(shift), f"{shift_text(shift)} of day {number + 1}")
        for number, shifts in enumerate(days)
        for shift in shifts
    ]
    if begins_anew and spans:
        start, minutes, text = spans[0]
        spans.append((start + len(days) * MINUTES_OF_A_DAY, minutes, text))
    for (start, minutes, text), (following, _, other) in pairwise(spans):
        if following < start + minutes:
            return f"{text} and {other} overlap or stand in the wrong order"
    return ""
