"""The whole derivation in the order of B4: a pure function, whatever the order in which its inputs arrived."""

from __future__ import annotations

from collections.abc import Sequence

from processors.timecards.engine.breaks import pay_breaks
from processors.timecards.engine.buckets import WorkedDay, fill_buckets
from processors.timecards.engine.card import Card
from processors.timecards.engine.collect import collect
from processors.timecards.engine.day import Day
from processors.timecards.engine.duplicates import drop_duplicates
from processors.timecards.engine.inputs import Inputs
from processors.timecards.engine.meals import check_meals, deduct_meal
from processors.timecards.engine.metrics import has_passed, measure_absence, measure_shifts
from processors.timecards.engine.pairing import group_and_pair
from processors.timecards.engine.rounding import set_paid_times
from processors.timecards.engine.select import select
from processors.timecards.engine.shift import OFF, ON, Finding, Shift
from processors.timecards.engine.summary import card_of, has_content, minutes_of_day
from processors.timecards.engine.workdate import assign_days, assign_plans, planned_times


def derive(inputs: Inputs) -> list[Card]:
    """The cards with content, by work date.

    Give whole workweeks, and enough days before them that no shift is seen only in part; cards of those days are by the
    way. Raises ValueError without terms, ZoneInfoNotFoundError for a zone that does not exist.
    """
    punches, loose = select(inputs)
    shifts = group_and_pair(drop_duplicates(punches, loose))
    planned = planned_times(inputs)
    assign_days(shifts, planned)
    assign_plans(shifts, planned)
    _close(shifts, inputs.event_time_ms)
    for shift in shifts:
        set_paid_times(shift)
        pay_breaks(shift)
        deduct_meal(shift)
        check_meals(shift)
    days = collect(inputs, shifts, planned, loose)
    measure_shifts(shifts, days, inputs.event_time_ms)
    for day in days.values():
        measure_absence(day, inputs.event_time_ms)
    with_content = [day for _, day in sorted(days.items()) if has_content(day)]
    return _cards(with_content, inputs)


def _close(shifts: Sequence[Shift], event_time_ms: int | None) -> None:
    """A partner is missing only once it cannot come any more: a later shift began, or event time passed (B5)."""
    for index, shift in enumerate(shifts):
        if shift.state == OFF:
            continue
        assert shift.open is not None
        longest = shift.terms.policy.max_open_min * 60
        if index + 1 == len(shifts) and not has_passed(event_time_ms, shift.open.at + longest):
            shift.is_open = True
            continue
        code = "MISSING_OUT" if shift.state == ON else "MISSING_BREAK_IN"
        shift.findings.append(Finding(code, shift.open.at, (shift.open.punch.punch_id,)))


def _cards(days: list[Day], inputs: Inputs) -> list[Card]:
    minutes = [minutes_of_day(day) for day in days]
    worked = [WorkedDay(day.day, its["worked"], day.terms, []) for day, its in zip(days, minutes, strict=True)]
    fill_buckets(worked)
    return [card_of(day, its, one.lines, inputs) for day, its, one in zip(days, minutes, worked, strict=True)]
