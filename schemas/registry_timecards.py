"""The registry's records that hours depend on: policies, holiday calendars, schedules, pay groups.

Source: spec/timecards.md B2. They are effective-dated by work dates of the employee's home zone: `valid_from` and
`valid_to` (exclusive) are `YYYY-MM-DD`, None is without end. Periods of a record do not overlap and are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from pydantic import ConfigDict

_CLOSED: Final = ConfigDict(extra="forbid")
RecordSource = Literal["operator", "connector"]


@dataclass(frozen=True, slots=True)
class DatedPeriod:
    """When something holds, in work dates."""

    __pydantic_config__ = _CLOSED

    valid_from: date | None = None
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class PolicyPeriod(DatedPeriod):
    """Rules and for whom: preset (schemas/policy_presets.py) or "" for the defaults, `settings` over it
    (schemas/policies.py `load_policy`). tenant: of groups and employees, "" for all. Without sites, groups and
    employees it is the policy of everybody (of the tenant) who has no other; the most specific wins: employee, group,
    site, everybody."""

    preset: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    tenant: str = ""
    sites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    employees: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """One policy; its key on the topic is `policy+<id>`."""

    id: str
    periods: tuple[PolicyPeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = _CLOSED
    kind = "policy"


@dataclass(frozen=True, slots=True)
class CalendarPeriod(DatedPeriod):
    """Holidays, date to name, of these sites; of all sites when none is named."""

    holidays: dict[date, str] = field(default_factory=dict)
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarRecord:
    """One holiday calendar; its key on the topic is `calendar+<id>`."""

    id: str
    periods: tuple[CalendarPeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = _CLOSED
    kind = "calendar"


@dataclass(frozen=True, slots=True)
class ScheduledShift:
    """Wall times "HH:MM" of the home zone; an end that is not after the start is on the next day; rest: unpaid planned
    minutes."""

    start: str
    end: str
    rest: int = 0
    name: str = ""

    __pydantic_config__ = _CLOSED


@dataclass(frozen=True, slots=True)
class SchedulePeriod(DatedPeriod):
    """A cycle of days that begins anew for ever: on `anchor` it is at days[0], a week later at days[7 % len(days)].
    Each day has its shifts, none on a free day. With `free_on_holidays` a holiday at home has no plan."""

    anchor: date = date(2024, 1, 1)  # a Monday
    days: tuple[tuple[ScheduledShift, ...], ...] = ()
    free_on_holidays: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """One schedule; its key on the topic is `schedule+<id>`."""

    id: str
    periods: tuple[SchedulePeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = _CLOSED
    kind = "schedule"


PayCycle = Literal["week", "two_weeks", "half_month", "month"]


@dataclass(frozen=True, slots=True)
class PayGroupPeriod(DatedPeriod):
    """How a pay group is paid. anchor: a date on which a period begins (week, two_weeks); half_month begins on the 1st
    and the 16th, month on the day of the month of `anchor` (at most the 28th). tenant: whose group. needs_approval:
    every card must be approved before the lock. company_code, reason codes: for exports and corrections."""

    tenant: str = ""
    name: str = ""
    cycle: PayCycle = "two_weeks"
    anchor: date = date(2024, 1, 1)
    needs_approval: bool = False
    company_code: str = ""


@dataclass(frozen=True, slots=True)
class PayGroupRecord:
    """One pay group; its key on the topic is `paygroup+<id>`. Without a record: two weeks, counted from 2024-01-01."""

    id: str
    periods: tuple[PayGroupPeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = _CLOSED
    kind = "paygroup"


TimecardRecord = PolicyRecord | CalendarRecord | ScheduleRecord | PayGroupRecord
