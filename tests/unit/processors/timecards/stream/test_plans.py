"""Planned shifts, pay periods and punches by what the registry says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from processors.timecards.stream.facts import facts_of
from processors.timecards.stream.kept import KeptPunch, Place
from processors.timecards.stream.plans import plans_of
from processors.timecards.stream.punches import punch_input
from schemas.timecards_input import PlannedShift
from tests.unit.processors.timecards.stream.build_registry import employment, person, registry

MONDAY = date(2026, 1, 19)


def starts(record: Any, roster: Any, first: date, days: int) -> list[tuple[int, str]]:
    facts = facts_of(registry(), "acme", "1", record)
    plans = plans_of(facts, roster, first, first + timedelta(days - 1))
    return [((plan.date - first).days, plan.start) for plan in plans]


def test_a_cycle_with_holidays_and_a_roster_over_it() -> None:
    week = person(employment(schedule="week"))
    assert starts(week, {}, MONDAY, 9) == [(number, "08:00") for number in (0, 1, 2, 3, 4, 8)]  # 26 January is free
    shift = PlannedShift(start="10:00", end="12:00", name="Extra")
    roster = {MONDAY: (), MONDAY + timedelta(1): None, MONDAY + timedelta(7): (shift, shift)}
    assert starts(week, roster, MONDAY, 9) == [
        (1, "08:00"), (2, "08:00"), (3, "08:00"), (4, "08:00"), (7, "10:00"), (7, "10:00"), (8, "08:00"),
    ]  # fmt: skip
    (plan, *_) = plans_of(facts_of(registry(), "acme", "1", week), {}, MONDAY, MONDAY)
    assert (plan.end, plan.rest, plan.name) == ("17:00", 30, "Day")


def test_a_cycle_counts_from_its_anchor_also_before_it() -> None:
    nights = person(employment(schedule="nights"))
    assert starts(nights, {}, date(2026, 1, 5), 4) == [(0, "22:00"), (2, "22:00")]
    assert starts(nights, {}, date(2026, 1, 1), 4) == [(0, "22:00"), (2, "22:00")]


def test_schedules_change_with_the_employment() -> None:
    changing = person(employment("", "2026-01-21", schedule="week"), employment("2026-01-21", schedule="nights"))
    assert starts(changing, {}, MONDAY, 4) == [(0, "08:00"), (1, "08:00"), (2, "22:00")]
    assert starts(person(employment(schedule="unknown")), {}, MONDAY, 7) == []
    assert starts(person(employment(schedule="week"), enable_attendance=False), {}, MONDAY, 7) == []


def kept(serial: str, state: int | None, source: str = "push", **more: Any) -> KeptPunch:
    return KeptPunch(1, 1, Place(serial, "5", "pune", "Asia/Kolkata", 19800, source), 1000, 3000, state, **more)


def test_a_punch_with_what_its_device_says() -> None:
    found = registry()
    one = punch_input(found, "p", kept("D1", 7, work_code="0", job_codes=("0", "4"), time_flags=("SKEW",)))
    assert (one.state, one.work_code, one.job_codes, one.received_ms, one.time_flags) == (
        1,
        "",
        ("", "4"),
        3000,
        ("SKEW",),
    )
    assert punch_input(found, "p", kept("D1", 7, "poll")).state == 7  # a server's codes are standard ones
    assert punch_input(found, "p", kept("D1", 3)).state == 3
    assert punch_input(found, "p", kept("D2", 1)).direction == "IN"
    assert punch_input(found, "p", kept("unknown", None)).state is None
    with pytest.raises(ValueError, match="mark"):
        punch_input(found, "p", KeptPunch(1, 1, None))
