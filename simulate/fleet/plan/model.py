"""The shape of a plan. Dates are work dates of a person's home zone; `at` is epoch seconds UTC."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Role = Literal["in", "break", "back", "out"]
Schedule = Literal["crew-day", "crew-late", "crew-night", "crew-short", ""]
Group = Literal["crew-unpaid", "crew-paid", "crew-alternate"]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """One of the crew. PINs are plain numbers; schedule "" is nobody's plan; serials: terminals with this PIN."""

    employee: str
    pin: str
    first_name: str
    last_name: str
    site: str
    group: Group
    schedule: Schedule
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedPunch:
    """A finger on a clock. local: the clock's second, `YYYY-MM-DDTHH:MM:SS`; state: the key that is pressed.

    again: a second touch within a minute of the one before, by mistake.
    """

    at: int
    local: str
    serial: str
    role: Role
    state: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class PlannedShift:
    """From start to end, epoch seconds; rest: unpaid minutes of it."""

    start: int
    end: int
    rest: int


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """What somebody does on a work date: kind in one word, punches in order of time. What is forgotten is not there."""

    employee: str
    date: dt.date
    kind: str
    shift: PlannedShift | None
    punches: tuple[PlannedPunch, ...]


@dataclass(frozen=True, slots=True)
class PlannedCorrection:
    """A forgotten clock-out as the foreman adds it, some time after: wall time, zone and site."""

    employee: str
    date: dt.date
    at: int
    local: str
    zone: str
    site: str
    state: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. first: a Monday; two whole workweeks lie between it and the week of the making. until: the first date
    not planned yet. holiday: at all sites. corrections: of the first week, all that keeps it from being locked."""

    seed: int
    tenant: str
    first: dt.date
    holiday: dt.date
    until: dt.date
    people: tuple[Person, ...]
    days: tuple[PlannedDay, ...] = ()
    corrections: tuple[PlannedCorrection, ...] = ()


def key_of(person: Person, punch: PlannedPunch) -> Key:
    """As the ledger has it: serial, PIN, local second."""
    return punch.serial, person.pin, punch.local
