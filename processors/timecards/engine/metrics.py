"""Shifts against plans: late, early, absent, rest. Always by raw times. Source: B10, B14."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise

from processors.timecards.engine.day import Day, Days
from processors.timecards.engine.event_time import EventTime
from processors.timecards.engine.shift import OFF, Shift


def measure_shifts(shifts: Sequence[Shift], days: Days, wanted: Container[int], event_time: EventTime) -> None:
    """LATE, EARLY_LEAVE and SHORT_REST on the shift's work date (under assign=split the date it starts on)."""
    for shift in shifts:
        if shift.planned is not None and shift.day in wanted:
            _against_plan(shift, days[shift.day], event_time)
    for before, shift in pairwise(shifts):
        _rest(before, shift, days[shift.day])


def measure_absence(day: Day, event_time: EventTime) -> None:
    """Every plan without a shift whose end event time has passed counts as absent, less the leave of the date."""
    taken = {id(shift.planned) for shift in day.shifts}
    duty = sum(
        max(0, plan.duty_s) // 60 for plan in day.plans if id(plan) not in taken and event_time.has_passed(plan.end)
    )
    day.absent = max(0, duty - day.leave)
    if day.absent:
        day.find("ABSENT", ())


def _against_plan(shift: Shift, day: Day, event_time: EventTime) -> None:
    assert shift.planned is not None
    policy, plan, first = shift.terms.policy, shift.planned, shift.first_in
    if first is not None:
        late = (first.at - plan.start) // 60
        if late > policy.late_grace_min:
            day.late += late
            day.find("LATE", (first.punch.punch_id,))
    last = shift.last_out
    if shift.state == OFF and shift.segments and last is not None and event_time.has_passed(plan.end):
        early = (plan.end - last.at) // 60
        if early > policy.early_grace_min:
            day.early += early
            day.find("EARLY_LEAVE", (last.punch.punch_id,))


def _rest(before: Shift, shift: Shift, day: Day) -> None:
    first, last = shift.first_in, before.last_out
    if before.state != OFF or last is None or first is None or before.day == shift.day:
        return
    if first.at - last.at < shift.terms.policy.min_rest_min * 60:
        day.find("SHORT_REST", (last.punch.punch_id, first.punch.punch_id))
