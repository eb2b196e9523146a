"""Planned shifts of a range of dates: the roster's where it says something, else the schedule's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from processors.timecards.engine.effective_terms import holidays_of
from processors.timecards.engine.inputs import Plan
from processors.timecards.engine.zones import day_number
from processors.timecards.stream.facts import Facts, ScheduleSpan
from schemas.registry_timecards import ScheduledShift
from schemas.timecards_input import PlannedShift


def plans_of(
    facts: Facts, roster: Mapping[date, Sequence[PlannedShift] | None], first: date, last: date
) -> tuple[Plan, ...]:
    """By date, both ends included. A roster's date without shifts is free; None there, or no entry, leaves the date to
    the schedule."""
    if not facts.punches_count or not (facts.schedules or roster):
        return ()
    plans: list[Plan] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(number)
        rostered = roster.get(day)
        shifts: Iterable[PlannedShift | ScheduledShift] = _scheduled(facts, day) if rostered is None else rostered
        plans += [Plan(day, one.start, one.end, one.rest, one.name) for one in shifts]
    return tuple(plans)


def _scheduled(facts: Facts, day: date) -> tuple[ScheduledShift, ...]:
    span = next((one for one in facts.schedules if one.covers(day)), None)
    if span is None or (span.free_on_holidays and _is_holiday(facts, day)):
        return ()
    return _in_cycle(span, day)


def _in_cycle(span: ScheduleSpan, day: date) -> tuple[ScheduledShift, ...]:
    return span.days[(day - span.anchor).days % len(span.days)]


def _is_holiday(facts: Facts, day: date) -> bool:
    return day_number(day) in holidays_of(facts.terms_on(day))
