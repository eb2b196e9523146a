"""The whole derivation in the order of B4: a pure function, whatever the order in which its inputs arrived."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from processors.timecards.engine.breaks import pay_breaks
from processors.timecards.engine.buckets import WorkedDay, fill_buckets
from processors.timecards.engine.card import Card
from processors.timecards.engine.collect import collect, find_of_day
from processors.timecards.engine.day import Day
from processors.timecards.engine.duplicates import drop_duplicates
from processors.timecards.engine.event_time import EventTime
from processors.timecards.engine.inputs import Inputs
from processors.timecards.engine.meals import check_meals, deduct_meal
from processors.timecards.engine.metrics import measure_absence, measure_shifts
from processors.timecards.engine.pairing import group_and_pair
from processors.timecards.engine.rounding import set_paid_times
from processors.timecards.engine.select import select
from processors.timecards.engine.shift import OFF, ON, Finding, Shift
from processors.timecards.engine.summary import card_of, has_content, minutes_of_day
from processors.timecards.engine.workdate import assign_days, assign_plans, planned_times

_EVERY_DAY: Final = range(-(10**9), 10**9)


class Derived(NamedTuple):
    """cards: with content, by work date; due_ms: the least event time (epoch ms) at which they may become others by
    that alone, None when they are settled for ever."""

    cards: list[Card]
    due_ms: int | None


def derive(inputs: Inputs) -> list[Card]:
    """The cards with content, by work date.

    Give whole workweeks, and enough days before them that no shift is seen only in part; cards of those days are by the
    way. Raises ValueError without terms, ZoneInfoNotFoundError for a zone that does not exist.
    """
    return derive_days(inputs, _EVERY_DAY).cards


def derive_days(inputs: Inputs, wanted: Container[int]) -> Derived:
    """As `derive`, of these days (numbers since 1970-01-01) alone, which must be whole workweeks."""
    event_time = EventTime(inputs.event_time_ms)
    punches, loose = select(inputs)
    shifts = group_and_pair(drop_duplicates(punches, loose))
    planned = planned_times(inputs)
    assign_days(shifts, planned)
    assign_plans(shifts, planned)
    _close(shifts, wanted, event_time)
    for shift in shifts:
        set_paid_times(shift)
        pay_breaks(shift)
        deduct_meal(shift)
        check_meals(shift)
    days = collect(inputs, shifts, planned, loose)
    measure_shifts(shifts, days, wanted, event_time)
    found = [day for number, day in sorted(days.items()) if number in wanted]
    for day in found:
        find_of_day(day, inputs, event_time)
        measure_absence(day, event_time)
    cards = _cards([day for day in found if has_content(day)], inputs, event_time)
    return Derived(cards, event_time.due_ms)


def _close(shifts: Sequence[Shift], wanted: Container[int], event_time: EventTime) -> None:
    """A partner is missing only once it cannot come any more: a later shift began, or event time passed (B5)."""
    for index, shift in enumerate(shifts):
        if shift.state == OFF:
            continue
        assert shift.open is not None
        until = shift.open.at + shift.terms.policy.max_open_min * 60
        if index + 1 == len(shifts) and not event_time.has_passed(until, matters=_reaches(shift, wanted)):
            shift.is_open = True
            continue
        code = "MISSING_OUT" if shift.state == ON else "MISSING_BREAK_IN"
        shift.findings.append(Finding(code, shift.open.at, (shift.open.punch.punch_id,)))


def _reaches(shift: Shift, wanted: Container[int]) -> bool:
    """Whether one of the days that it may say something about is wanted."""
    cut = shift.terms.policy.day_cut_min
    last = max(shift.day, shift.zone.day(shift.kept[-1].at, cut))
    return any(day in wanted for day in range(min(shift.day, shift.zone.day(shift.kept[0].at, cut)), last + 1))


def _cards(days: list[Day], inputs: Inputs, event_time: EventTime) -> list[Card]:
    minutes = [minutes_of_day(day) for day in days]
    worked = [WorkedDay(day.day, its["worked"], day.terms, []) for day, its in zip(days, minutes, strict=True)]
    fill_buckets(worked)
    return [
        card_of(day, its, one.lines, inputs, event_time) for day, its, one in zip(days, minutes, worked, strict=True)
    ]
