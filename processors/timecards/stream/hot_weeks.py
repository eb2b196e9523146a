"""Which weeks of an employee there are to look at: those with anything in state, and those that only have a plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from processors.timecards.engine.zones import date_of
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.plans import plans_of
from processors.timecards.stream.state_keys import dates_of
from processors.timecards.stream.week import buckets_of_window, week_of_date
from processors.timecards.stream.working_copy import WorkingCopy

_DAY_MS: Final = 86_400_000
_LONG_AGO_MS: Final = 60 * _DAY_MS
_WEEK: Final = timedelta(7)
# A schedule that is free for longer is looked at again then.
LOOK_AHEAD: Final = 8


def hot_weeks(copy: WorkingCopy, facts: Facts) -> set[date]:
    """Weeks with a date in a bucket in state; not those whose window reaches into the archive."""
    weeks: set[date] = set()
    for number in copy.header.hot:
        days = dates_of(number)
        weeks |= {week_of_date(facts, days[0]), week_of_date(facts, days[6])}
        bucket = copy.bucket(number)
        weeks.update(bucket.weeks if bucket is not None else ())  # of another week start, once
    return {week for week in weeks if copy.is_hot(buckets_of_window(facts, week))}


def first_planned_week(copy: WorkingCopy, facts: Facts, clock: int) -> date | None:
    """Where somebody's schedule begins to count: with the first punch (before any: now), not before it is valid, not
    long ago: who is told of years later was not absent all the time. clock: epoch ms, 0 when nothing is known."""
    if not facts.schedules or not facts.punches_count:
        return None
    first = copy.header.first_place
    at = max(first.punch_at if first is not None else clock, clock - _LONG_AGO_MS)
    begin = date_of(at // _DAY_MS)
    valid = min(one.valid_from or date.min for one in facts.schedules)
    if not at and valid == date.min:
        return None
    return week_of_date(facts, max(begin, valid) if at else valid)


def planned_weeks(facts: Facts, first: date, last: date) -> Iterator[date]:
    """Weeks with a plan of the schedule, from `first` to `last` (week starts)."""
    week = first
    while week <= last:
        if plans_of(facts, {}, week, week + timedelta(6)):
            yield week
        week = week_of_date(facts, week + _WEEK)


def next_planned_week(facts: Facts, after: date) -> tuple[date, bool]:
    """The first week after `after` with a plan, and whether there is one; else the one at which to look again."""
    week = after
    for _ in range(LOOK_AHEAD):
        week = week_of_date(facts, week + _WEEK)
        if plans_of(facts, {}, week, week + timedelta(6)):
            return week, True
    return week, False
