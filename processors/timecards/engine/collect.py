"""From shifts to days: time, labor and findings go to the date that they belong to. Source: B6, B11, B14."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from processors.timecards.engine.day import Day, Days
from processors.timecards.engine.event_time import EventTime
from processors.timecards.engine.exceptions import Loose
from processors.timecards.engine.inputs import Inputs
from processors.timecards.engine.overlays import overlays_of, seconds_inside
from processors.timecards.engine.shift import Kept, PlannedTime, Shift
from processors.timecards.engine.split import parts_of
from processors.timecards.engine.zones import day_number, zone_of


def collect(inputs: Inputs, shifts: Sequence[Shift], planned: Sequence[PlannedTime], loose: Iterable[Loose]) -> Days:
    """The days that have anything at all, without buckets and metrics."""
    days = Days(inputs.terms)
    for shift in shifts:
        days[shift.day].shifts.append(shift)
        _add_time(shift, days)
        _add_findings(shift, days)
    for one in planned:
        days[one.day].plans.append(one)
    for leave in inputs.leaves:
        days[day_number(leave.date)].leave += leave.minutes
    for finding in loose:
        days[finding.day].find(finding.code, finding.punches)
    for date, count in inputs.surplus.items():
        if count > 0:
            days[day_number(date)].find("TOO_MANY_PUNCHES", (), detail=str(count))
    return days


def _add_time(shift: Shift, days: Days) -> None:
    overlays = overlays_of(shift.terms.policy)
    for part in parts_of(shift, with_net=bool(overlays)):
        day = days[part.day]
        day.parts.append(part)
        for segment, start, end in part.pieces:
            day.labor.add(segment, end - start)
        for overlay in overlays:
            day.overlays[overlay.name] += seconds_inside(overlay, part.net, shift.zone, shift.terms)
            day.minimums[overlay.name] = overlay.minimum


def _add_findings(shift: Shift, days: Days) -> None:
    for finding in shift.findings:
        _day_of(shift, finding.at, days).find(finding.code, finding.punches)
    if shift.is_open:
        assert shift.open is not None
        _day_of(shift, shift.open.at, days).is_open = True
    longest = shift.terms.policy.long_shift_min
    if longest is not None and shift.gross_s + shift.paid_break_s > longest * 60:
        days[shift.day].find("LONG_SHIFT", (shift.kept[0].punch.punch_id, shift.kept[-1].punch.punch_id))
    for one in shift.kept:
        _add_punch(one, _day_of(shift, one.at, days))


def _add_punch(one: Kept, day: Day) -> None:
    punch, policy = one.punch, one.terms.policy
    ids = (punch.punch_id,)
    if one.unmapped:
        day.find("UNMAPPED_STATE", ids)
    if punch.manual:
        day.find("MANUAL_PUNCH", ids)
    for flag in punch.time_flags:
        if flag in ("AMBIGUOUS_LOCAL_TIME", "NONEXISTENT_LOCAL_TIME"):
            day.find(flag, ids)
    if punch.received_ms is not None and punch.received_ms - punch.at_ms > policy.late_arriving_min * 60_000:
        day.find("LATE_ARRIVING", ids)
    if punch.unverified and policy.unverified != "off":
        day.find("UNVERIFIED", ids, always_blocking=policy.unverified == "blocking")
    if punch.possibly_manual and policy.possibly_manual:
        day.find("POSSIBLY_MANUAL", ids)
    if punch.tips and not day.labor.add_tips(punch):
        day.find("UNREADABLE_TIP", ids)


def find_of_day(day: Day, inputs: Inputs, event_time: EventTime) -> None:
    """What is odd about a date as a whole. A silent device is named on dates that event time went into without it."""
    if len(day.labor.sites) > 1:
        day.find("MULTI_SITE", ())
    if inputs.silent and day.terms.policy.device_offline:
        end_ms = zone_of(day.terms.zone).day_start(day.day + 1, day.terms.policy.day_cut_min) * 1000
        silent = sorted(serial for serial, told_until in inputs.silent.items() if told_until < end_ms)
        start = zone_of(day.terms.zone).day_start(day.day, day.terms.policy.day_cut_min)
        if silent and event_time.has_passed(start):
            day.find("DEVICE_OFFLINE", (), detail=", ".join(silent))


def _day_of(shift: Shift, at: int, days: Days) -> Day:
    if shift.terms.policy.assign != "split":
        return days[shift.day]
    return days[shift.zone.day(at, shift.terms.policy.day_cut_min)]
