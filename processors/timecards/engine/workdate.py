"""Which date a shift belongs to, and which plan it fulfils. Always by raw times. Source: B6, B10, B14."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from processors.timecards.engine.effective_terms import terms_on
from processors.timecards.engine.inputs import Inputs
from processors.timecards.engine.shift import PlannedTime, Shift
from processors.timecards.engine.zones import DAY, day_number, minutes_of, zone_of


def planned_times(inputs: Inputs) -> list[PlannedTime]:
    """The plans with their instants, by start; wall times are those of the home zone."""
    planned = []
    for plan in inputs.plans:
        day = day_number(plan.date)
        zone = zone_of(terms_on(inputs.terms, day).zone)
        start, end = minutes_of(plan.start), minutes_of(plan.end)
        end += 1440 if end <= start else 0
        planned.append(PlannedTime(plan, day, zone.instant(day * DAY + start * 60), zone.instant(day * DAY + end * 60)))
    return sorted(planned, key=lambda one: (one.start, one.end, one.plan.rest, one.plan.name))


def assign_days(shifts: Iterable[Shift], planned: Sequence[PlannedTime]) -> None:
    """Sets `day` of every shift (under assign=split the date it starts on), and `planned` under assign=schedule."""
    for shift in shifts:
        shift.day = _day(shift, planned)


def assign_plans(shifts: Iterable[Shift], planned: Sequence[PlannedTime]) -> None:
    """The n-th shift of a date takes the n-th plan, unless a plan gave its date (assign=schedule)."""
    by_day: dict[int, list[PlannedTime]] = {}
    for one in planned:
        by_day.setdefault(one.day, []).append(one)
    counts: dict[int, int] = {}
    for shift in shifts:
        index = counts.get(shift.day, 0)
        counts[shift.day] = index + 1
        if shift.planned is None:
            plans = by_day.get(shift.day, ())
            shift.planned = plans[index] if index < len(plans) else None


def _day(shift: Shift, planned: Sequence[PlannedTime]) -> int:
    policy, zone = shift.terms.policy, shift.zone
    if policy.assign == "schedule" and (fitting := _fitting(shift, planned)) is not None:
        shift.planned = fitting
        return fitting.day
    if policy.assign == "end":
        worked = [segment for segment in shift.segments if segment.end.at > segment.start.at]
        if worked:
            return zone.day(worked[-1].end.at - 1, policy.day_cut_min)
    if policy.assign == "majority" and (most := _majority(shift)) is not None:
        return most
    first = shift.first_in
    return zone.day(first.at if first else shift.kept[0].at, policy.day_cut_min)


def _fitting(shift: Shift, planned: Sequence[PlannedTime]) -> PlannedTime | None:
    """The plan around the first IN whose start is nearest to it, the earlier one of two."""
    first = shift.first_in
    if first is None:
        return None
    before = shift.terms.policy.sched_before_min * 60
    around = [one for one in planned if one.start - before <= first.at < one.end]
    return min(around, key=lambda one: abs(one.start - first.at), default=None)


def _majority(shift: Shift) -> int | None:
    seconds: dict[int, int] = {}
    zone, cut = shift.zone, shift.terms.policy.day_cut_min
    for segment in shift.segments:
        at, end = segment.start.at, segment.end.at
        while at < end:
            day = zone.day(at, cut)
            until = min(end, zone.day_start(day + 1, cut))
            seconds[day] = seconds.get(day, 0) + until - at
            at = until
    return max(seconds, key=lambda day: (seconds[day], -day), default=None)
