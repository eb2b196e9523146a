"""Worked minutes into buckets, workweek by workweek, without pyramiding. Source: B9, B14."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from processors.timecards.engine.effective_terms import holidays_of
from processors.timecards.engine.inputs import Terms
from processors.timecards.engine.zones import week_of, weekday
from schemas.policies import Policy, Tier


@dataclass(frozen=True, slots=True)
class BucketLine:
    """Why minutes are in a bucket: the rule, and after how many minutes of the day or week they begin."""

    rule: str
    bucket: str
    minutes: int
    after: int = 0


@dataclass(slots=True, eq=False)
class WorkedDay:
    """Minutes worked on a day; `lines` is filled in."""

    day: int
    worked: int
    terms: Terms
    lines: list[BucketLine]


def fill_buckets(days: Iterable[WorkedDay]) -> None:
    """Fills the lines of all days with worked minutes. Whole workweeks must be given."""
    weeks: dict[int, list[WorkedDay]] = {}
    for one in days:
        if one.worked:
            weeks.setdefault(week_of(one.day, one.terms.policy.week_start), []).append(one)
    for week_start, week in weeks.items():
        _fill_week(week_start, sorted(week, key=lambda one: one.day))


def _fill_week(week_start: int, week: Sequence[WorkedDay]) -> None:
    counter = 0  # minutes that count toward the weekly tiers
    all_seven = len(week) == 7
    for one in week:
        policy = one.terms.policy
        if policy.holiday_bucket is not None and one.day in holidays_of(one.terms):
            one.lines.append(BucketLine("holiday", policy.holiday_bucket, one.worked))
            counter += one.worked if policy.holiday_counts_weekly else 0
        elif policy.weekend_bucket is not None and weekday(one.day) in policy.weekend_days:
            one.lines.append(BucketLine("weekend", policy.weekend_bucket, one.worked))
            counter += one.worked if policy.weekend_counts_weekly else 0
        elif policy.ot.seventh_day is not None and all_seven and one.day == week_start + 6:
            seventh = policy.ot.seventh_day
            tiers = (Tier(after=0, bucket=seventh.bucket1), Tier(after=seventh.first, bucket=seventh.bucket2))
            one.lines += _lines("seventh_day", tiers, 0, one.worked)
        else:
            regular = _daily(one, policy)
            one.lines += _weekly(policy, counter, regular)
            counter += regular


def _daily(one: WorkedDay, policy: Policy) -> int:
    """Adds the daily overtime; what is left is regular."""
    lines = _lines("daily", policy.ot.daily, 0, one.worked)
    overtime = sum(line.minutes for line in lines)
    if overtime == 0 or overtime < policy.ot.min_min:
        return one.worked
    one.lines += lines
    return one.worked - overtime


def _weekly(policy: Policy, counter: int, regular: int) -> list[BucketLine]:
    lines = _lines("weekly", policy.ot.weekly, counter, counter + regular)
    left = regular - sum(line.minutes for line in lines)
    return [BucketLine("regular", "reg", left, counter), *lines] if left else lines


def _lines(rule: str, tiers: Sequence[Tier], start: int, end: int) -> list[BucketLine]:
    """The part of [start, end) that lies beyond each tier, up to the next one."""
    if not tiers:
        return []
    ordered = sorted(tiers, key=lambda tier: tier.after)
    lines = []
    for index, tier in enumerate(ordered):
        upper = ordered[index + 1].after if index + 1 < len(ordered) else end
        minutes = min(end, upper) - max(start, tier.after)
        if minutes > 0:
            lines.append(BucketLine(rule, tier.bucket, minutes, tier.after))
    return lines
