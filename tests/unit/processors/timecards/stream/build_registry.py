"""A small registry and people for the tests of the stream."""

from __future__ import annotations

from datetime import date
from typing import Any

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.employee_facts import EmployeeFacts, EmploymentFacts
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from schemas.registry_timecards import (
    CalendarPeriod,
    CalendarRecord,
    PolicyPeriod,
    PolicyRecord,
    ScheduledShift,
    SchedulePeriod,
    ScheduleRecord,
)

DAY = ScheduledShift("08:00", "17:00", 30, "Day")
NIGHT = ScheduledShift("22:00", "06:00", 30, "Night")
RECORDS: tuple[Record, ...] = (
    SiteRecord("pune", (SitePeriod(zone="Asia/Kolkata"),)),
    SiteRecord("york", (SitePeriod(zone="America/New_York"),)),
    DeviceRecord("D1", (DevicePeriod(site="pune", zone="Asia/Kolkata", state_map={"7": 1}),)),
    DeviceRecord("D2", (DevicePeriod(site="pune", zone="Asia/Kolkata", direction="IN"),)),
    PolicyRecord("all", (PolicyPeriod(settings={"dup_window_s": 30}),)),
    CalendarRecord("world", (CalendarPeriod(holidays={date(2026, 1, 1): "New Year"}),)),
    CalendarRecord("india", (CalendarPeriod(holidays={date(2026, 1, 26): "Republic Day"}, sites=("pune",)),)),
    ScheduleRecord("week", (SchedulePeriod(days=((DAY,),) * 5 + ((), ()), free_on_holidays=True),)),
    ScheduleRecord("nights", (SchedulePeriod(anchor=date(2026, 1, 5), days=((NIGHT,), ())),)),
)


def registry(*more: Record, without: tuple[str, ...] = (), version: int = 100) -> CardRegistry:
    """Each record's version is its place."""
    records = [record for record in (*RECORDS, *more) if record.id not in without]
    return CardRegistry.of([(record, place) for place, record in enumerate(records, start=1)], version)


def employment(valid_from: str = "", valid_to: str = "", **more: Any) -> EmploymentFacts:
    names = {"site": "", "policy_group": "", "pay_group": "", "schedule": "", "employer": "", "payroll_number": ""}
    return EmploymentFacts(valid_from, valid_to, **{**names, **more})


def person(*employments: EmploymentFacts, site: str = "pune", **more: Any) -> EmployeeFacts:
    return EmployeeFacts(1, site, employment=employments, **more)
