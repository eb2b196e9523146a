"""A day's sums as its card: seconds to whole minutes once per date and metric (B7), status (B13), content hash."""

from __future__ import annotations

from dataclasses import replace

from processors.timecards.engine.buckets import BucketLine
from processors.timecards.engine.card import (
    BUCKET_KEYS,
    MINUTE_KEYS,
    Card,
    CardBreak,
    CardPlan,
    CardSegment,
    CardShift,
    DerivedStatus,
    hash_of,
)
from processors.timecards.engine.day import Day
from processors.timecards.engine.effective_terms import holidays_of
from processors.timecards.engine.event_time import EventTime
from processors.timecards.engine.inputs import Inputs
from processors.timecards.engine.labor import whole_minutes
from processors.timecards.engine.overlays import NIGHT
from processors.timecards.engine.shift import OFF, Shift
from processors.timecards.engine.zones import date_of, zone_of


def has_content(day: Day) -> bool:
    """A day with nothing but a plan that is still to come is no card."""
    return bool(day.shifts or day.parts or day.exceptions or day.leave or day.absent or day.is_open)


def minutes_of_day(day: Day) -> dict[str, int]:
    """All minutes but the buckets; a deducted meal never takes more than there is."""
    minutes = dict.fromkeys((*MINUTE_KEYS, "duty"), 0)
    minutes["gross"] = sum(part.gross_s for part in day.parts) // 60
    minutes["paid_break"] = sum(part.paid_break_s for part in day.parts) // 60
    minutes["unpaid_break"] = sum(part.unpaid_break_s for part in day.parts) // 60
    present = minutes["gross"] + minutes["paid_break"]
    minutes["meal_auto"] = min(present, sum(part.meal_s for part in day.parts) // 60)
    minutes["worked"] = present - minutes["meal_auto"]
    minutes["duty"] = sum(max(0, plan.duty_s) for plan in day.plans) // 60
    minutes.update(late=day.late, early=day.early, absent=day.absent, leave=day.leave)
    return minutes


def card_of(day: Day, minutes: dict[str, int], lines: list[BucketLine], inputs: Inputs, event_time: EventTime) -> Card:
    for line in lines:
        minutes[line.bucket] += line.minutes
    overlays = _overlays(day, minutes["worked"])
    minutes["night"] = overlays.get(NIGHT, 0)
    _find_of_card(day, minutes, inputs)
    card = Card(
        date_of(day.day),
        _status(day, event_time),
        minutes,
        overlays,
        whole_minutes(day.labor.work_codes),
        {place: whole_minutes(by_code) for place, by_code in day.labor.jobs.items()},
        whole_minutes(day.labor.sites),
        {place: str(amount) for place, amount in day.labor.tips.items()},
        tuple([CardPlan(one.plan.name, one.start, one.end, max(0, one.duty_s)) for one in day.plans]),
        tuple([_shift(shift) for shift in day.shifts]),
        _segments(day),
        _breaks(day),
        tuple(sorted(day.exceptions)),
        tuple(lines),
        day.terms.zone,
    )
    return replace(card, content_hash=hash_of(card.record()))


def _overlays(day: Day, worked: int) -> dict[str, int]:
    minutes = {name: min(worked, seconds // 60) for name, seconds in day.overlays.items()}
    return {name: value for name, value in minutes.items() if value and value >= day.minimums[name]}


def _find_of_card(day: Day, minutes: dict[str, int], inputs: Inputs) -> None:
    if minutes["worked"] and day.day in holidays_of(day.terms):
        day.find("HOLIDAY_WORK", ())
    if not inputs.known:
        day.find("UNKNOWN_EMPLOYEE", ())
    if not inputs.overtime_allowed and any(minutes[key] for key in BUCKET_KEYS if key.startswith("ot")):
        day.find("OVERTIME_NOT_ALLOWED", ())


def _status(day: Day, event_time: EventTime) -> DerivedStatus:
    if day.is_open:
        return DerivedStatus.OPEN
    if event_time.at_ms is None:
        return DerivedStatus.COMPLETE
    until = zone_of(day.terms.zone).day_start(day.day + 1, day.terms.policy.day_cut_min)
    until = max([until, *(plan.end for plan in day.plans), *(_may_grow_until(shift) for shift in day.shifts)])
    return DerivedStatus.COMPLETE if event_time.has_passed(until) else DerivedStatus.PROVISIONAL


def _may_grow_until(shift: Shift) -> int:
    """The last instant at which a punch could still join the shift."""
    policy, last = shift.terms.policy, shift.kept[-1].at
    if policy.grouping == "day":
        return last
    if shift.state == OFF or shift.open is None:
        return last + policy.new_shift_gap_min * 60
    return shift.open.at + policy.max_open_min * 60


def _shift(shift: Shift) -> CardShift:
    first, last, planned = shift.first_in, shift.last_out, shift.planned
    return CardShift(
        first.punch.at_ms // 1000 if first else None,
        last.punch.at_ms // 1000 if last else None,
        planned.plan.name if planned else "",
        planned.start if planned else None,
        planned.end if planned else None,
        shift.terms.policy.assign,
        shift.zone.name,
        shift.is_open,
        shift.meal_s,
        shift.meal_at_s,
        shift.meal_after_min,
        tuple([one.punch.punch_id for one in shift.kept]),
    )


def _segments(day: Day) -> tuple[CardSegment, ...]:
    segments = []
    for part in day.parts:
        for segment, paid_start, paid_end in part.pieces:
            start, end = segment.start.punch, segment.end.punch
            segments.append(
                CardSegment(
                    start.punch_id, end.punch_id, start.at_ms // 1000, end.at_ms // 1000, paid_start, paid_end,
                    start.offset_s, end.offset_s, start.site, segment.work_code, start.job_codes,
                )
            )  # fmt: skip
    return tuple(segments)


def _breaks(day: Day) -> tuple[CardBreak, ...]:
    breaks = []
    for part in day.parts:
        for pause, paid_start, paid_end in part.pauses:
            start, end = pause.start.punch, pause.end.punch
            breaks.append(
                CardBreak(
                    pause.kind, start.punch_id, end.punch_id, start.at_ms // 1000, end.at_ms // 1000,
                    paid_start, paid_end, pause.paid_s,
                )
            )  # fmt: skip
    return tuple(breaks)
