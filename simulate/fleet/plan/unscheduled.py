"""The dates of those without a schedule: who travels between sites, and whose day lies around the start of a run."""

import datetime as dt
import random

from simulate.fleet.plan.days import HOUR, MINUTE, again, punch
from simulate.fleet.plan.model import Person, PlannedDay, PlannedPunch, Role
from simulate.fleet.plan.places import BOSTON, instant, is_told_apart, wall, zone_of

_REST = 8 * HOUR
_SECONDS_LATER = 5

_AT_HOME: tuple[tuple[Role, int], ...] = (
    ("in", 8 * HOUR), ("break", 12 * HOUR), ("back", 13 * HOUR), ("out", 17 * HOUR),
)  # fmt: skip
_AWAY: tuple[tuple[Role, int], ...] = (
    ("in", 9 * HOUR), ("break", 12 * HOUR), ("back", 12 * HOUR + 30 * MINUTE), ("out", 17 * HOUR),
)  # fmt: skip
_LEAVES_AT, _LANDS_AT = 8 * HOUR, 14 * HOUR + 30 * MINUTE

_LIVE: tuple[tuple[str, tuple[tuple[Role, int], ...]], ...] = (
    ("arrives", (("in", 12), ("break", 3 * HOUR), ("back", 3 * HOUR + 25 * MINUTE), ("out", 8 * HOUR))),
    ("arrives, tapped twice", (("in", 21), ("break", 4 * HOUR), ("back", 4 * HOUR + 15 * MINUTE), ("out", 9 * HOUR))),
    ("on break", (("in", -3 * HOUR), ("break", 16), ("back", 48), ("out", 5 * HOUR))),
    ("comes back", (("in", -4 * HOUR), ("break", -25 * MINUTE), ("back", 18), ("out", 4 * HOUR))),
    ("leaves", (("in", -7 * HOUR), ("break", -4 * HOUR), ("back", -4 * HOUR + 15 * MINUTE), ("out", 30))),
    ("leaves from a break", (("in", -6 * HOUR), ("break", -25 * MINUTE), ("out", 40))),
)
"""Seconds after the start. All come to something within the first minute."""


def travelling_day(person: Person, date: dt.date, rng: random.Random) -> PlannedDay | None:
    """Monday and Tuesday at home, Wednesday on the way, Thursday and Friday in Boston; weekends free. Work dates are
    those of home: a day in Boston ends before midnight there."""
    if date.weekday() >= 5:
        return None
    home, away = zone_of(person.site), zone_of(BOSTON.id)
    here, there = person.serials

    def jitter() -> int:
        return rng.randint(-4 * MINUTE, 4 * MINUTE)

    if date.weekday() == 2:
        punches = [
            punch(person, "in", instant(date, _LEAVES_AT + jitter(), home), here),
            punch(person, "out", instant(date, _LANDS_AT + jitter(), away), there),
        ]
        return PlannedDay(person.employee, date, "travels", None, tuple(punches))
    steps, zone, serial = (_AT_HOME, home, here) if date.weekday() < 2 else (_AWAY, away, there)
    punches = [punch(person, role, instant(date, seconds + jitter(), zone), serial) for role, seconds in steps]
    return PlannedDay(person.employee, date, "ordinary" if serial == here else "away", None, tuple(punches))


def live_day(person: Person, number: int, start: int, last: int | None) -> PlannedDay | None:
    """The day of the live person with this number around a start (epoch seconds).

    None when the one before (its last punch is at `last`) is not over for long enough, and when part of it lies in an
    hour that the clock shows twice.
    """
    kind, steps = _LIVE[number % len(_LIVE)]
    zone = zone_of(person.site)
    if last is not None and start + steps[0][1] - last < _REST:
        return None
    if not all(is_told_apart(start + seconds, zone) for _, seconds in steps):
        return None
    punches: list[PlannedPunch] = []
    for role, seconds in steps:
        punches.append(punch(person, role, start + seconds))
        if kind.endswith("twice") and role == "in":
            punches.append(again(punches[-1], _SECONDS_LATER))
    return PlannedDay(person.employee, wall(punches[0].at, zone).date(), kind, None, tuple(punches))
