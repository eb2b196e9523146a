"""The punches of one date: wall times around the plan, a few minutes to either side.

No wall time lies between 01:00 and 03:30, so none of them is repeated or skipped when the clocks change.
"""

import datetime as dt
import random
from dataclasses import dataclass

from simulate.fleet.plan.model import Person, PlannedDay, PlannedPunch, PlannedShift, Role, Schedule
from simulate.fleet.plan.places import instant, local_text, zone_of
from simulate.fleet.plan.special import Kind

MINUTE, HOUR, DAY = 60, 3600, 86_400
STATES: dict[Role, int] = {"in": 0, "out": 1, "break": 2, "back": 3}
NO_KEY = 255


@dataclass(frozen=True, slots=True)
class Hours:
    """Planned wall times of a shift: start, end, unpaid rest (minutes), and breaks from second to second of the day."""

    start: str
    end: str
    rest: int
    breaks: tuple[tuple[int, int], ...]


HOURS: dict[Schedule, Hours] = {
    "crew-day": Hours("08:00", "17:00", 60, ((12 * HOUR, 13 * HOUR),)),
    "crew-late": Hours("14:00", "22:30", 30, ((18 * HOUR, 18 * HOUR + 30 * MINUTE),)),
    "crew-night": Hours(
        "22:00", "06:00", 10, ((DAY + 30 * MINUTE, DAY + 45 * MINUTE), (DAY + 4 * HOUR, DAY + 4 * HOUR + 30 * MINUTE))
    ),
    "crew-short": Hours("08:00", "16:30", 30, ((12 * HOUR, 12 * HOUR + 40 * MINUTE),)),
}

Step = tuple[Role, int]


def scheduled_day(person: Person, date: dt.date, kind: Kind, rng: random.Random) -> PlannedDay:
    """A date of somebody with a schedule. On weekends and holidays nothing is planned, whoever comes."""
    hours, zone = HOURS[person.schedule], zone_of(person.site)
    start, end = bounds(hours)
    shift = PlannedShift(instant(date, start, zone), instant(date, end, zone), hours.rest)
    steps = [] if kind == "absent" else _steps(person, hours, kind, rng)
    punches = [punch(person, role, instant(date, seconds, zone)) for role, seconds in steps]
    if kind in ("tapped twice", "tapped out twice"):
        place = len(punches) - 1 if kind == "tapped out twice" else 0
        punches.insert(place + 1, again(punches[place], rng.randint(3, 40)))
    planned = None if kind in ("weekend", "holiday work") else shift
    return PlannedDay(person.employee, date, kind, planned, tuple(punches))


def bounds(hours: Hours) -> tuple[int, int]:
    """Start and end, seconds since the date's midnight on the wall."""
    start, end = (int(text[:2]) * HOUR + int(text[3:]) * MINUTE for text in (hours.start, hours.end))
    return start, end if end > start else end + DAY


def punch(person: Person, role: Role, at: int, serial: str = "") -> PlannedPunch:
    """At an instant, at the person's first terminal unless another is given."""
    serial = serial or person.serials[0]
    state = NO_KEY if person.group == "crew-alternate" else STATES[role]
    return PlannedPunch(at, local_text(serial, at), serial, role, state)


def again(first: PlannedPunch, seconds: int) -> PlannedPunch:
    """The same once more, so many seconds later."""
    at = first.at + seconds
    return PlannedPunch(at, local_text(first.serial, at), first.serial, first.role, first.state, again=True)


def _steps(person: Person, hours: Hours, kind: Kind, rng: random.Random) -> list[Step]:
    start, end = bounds(hours)
    come = start + (rng.randint(12 * MINUTE, 55 * MINUTE) if kind == "late" else rng.randint(-9 * MINUTE, 4 * MINUTE))
    go = end + rng.randint(-4 * MINUTE, 9 * MINUTE)
    if kind == "early":
        go = end - rng.randint(12 * MINUTE, 55 * MINUTE)
    elif kind == "overtime":
        go += 2 * HOUR
    steps: list[Step] = [("in", come)]
    roles: tuple[Role, Role] = ("out", "in") if person.group == "crew-alternate" else ("break", "back")
    for begin, finish in () if kind == "no meal" else hours.breaks:
        length = rng.randint(12 * MINUTE, 25 * MINUTE) if kind == "short meal" else finish - begin
        away = begin + rng.randint(-3 * MINUTE, 3 * MINUTE)
        steps += [(roles[0], away), (roles[1], away + length + rng.randint(-2 * MINUTE, 3 * MINUTE))]
    if kind == "forgets to come back":
        del steps[-1]
    if kind != "forgets to clock out":
        steps.append(("out", go))
    return steps
