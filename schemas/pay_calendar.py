"""The pay calendar: which pay period of a pay group a work date lies in. Pure. Source: spec/timecards.md B13, D.

Every date lies in exactly one period of a group: where its cycle changes (`valid_from`, `valid_to`), periods are cut
short, and where no record says anything the default holds (two weeks, counted from 2024-01-01).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from schemas.registry_timecards import PayCycle, PayGroupPeriod, PayGroupRecord

DEFAULT: Final = PayGroupPeriod()
LAST_FIRST_DAY: Final = 28  # of a month: the latest day that every month has
_DAY: Final = timedelta(days=1)
_WEEKS: Final[dict[PayCycle, int]] = {"week": 1, "two_weeks": 2}


def pay_group_at(record: PayGroupRecord | None, tenant: str, day: date) -> PayGroupPeriod:
    """What holds for a group of a tenant at a date; DEFAULT where nobody says anything."""
    return next((period for period in _of(record, tenant) if period.covers(day)), DEFAULT)


def pay_period_of(record: PayGroupRecord | None, tenant: str, day: date) -> tuple[date, date]:
    """First and last work date, both inclusive, of the period that contains `day`."""
    periods = _of(record, tenant)
    held = next((period for period in periods if period.covers(day)), None)
    first, last = _cycle_of(held or DEFAULT, day)
    # Every change of the cycle cuts, whichever side of it `day` is on.
    changes = {at for period in periods for at in (period.valid_from, period.valid_to) if at is not None}
    first = max((first, *(at for at in changes if at <= day)))
    last = min((last, *(at - _DAY for at in changes if at > day)))
    return first, last


def pay_periods_between(
    record: PayGroupRecord | None, tenant: str, first: date, last: date
) -> Iterator[tuple[date, date]]:
    """The periods that have a date of [first, last], in order."""
    day = first
    while day <= last:
        period = pay_period_of(record, tenant, day)
        yield period
        day = period[1] + _DAY


def _of(record: PayGroupRecord | None, tenant: str) -> tuple[PayGroupPeriod, ...]:
    return tuple(period for period in record.periods if period.tenant in ("", tenant)) if record else ()


def _cycle_of(group: PayGroupPeriod, day: date) -> tuple[date, date]:
    if group.cycle in _WEEKS:
        days = 7 * _WEEKS[group.cycle]
        first = day - timedelta(days=(day - group.anchor).days % days)
        return first, first + timedelta(days=days - 1)
    if group.cycle == "half_month":
        return (day.replace(day=1), day.replace(day=15)) if day.day <= 15 else (day.replace(day=16), _month_end(day))
    begins = min(group.anchor.day, LAST_FIRST_DAY)
    first = day.replace(day=begins) if day.day >= begins else (day.replace(day=1) - _DAY).replace(day=begins)
    return first, (_month_end(first) + _DAY).replace(day=begins) - _DAY


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
