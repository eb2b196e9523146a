"""Neutral rows: each locked minute once, long. Pure. Source: spec/timecards.md D.

A day's bucket is split by site and work code in proportion to the time on the clock there, in whole minutes, the
largest remainders first. Decimal hours are made once for each employee, period, week and code: a row's hours are what
the sum so far grows by, so rows add up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from schemas.timecards import BUCKETS
from sinks.exports.data import LockedCard, LockedPeriod, PaidAdjustment

# Beside worked time: an overlay of it, and what is paid without being worked.
NIGHT: Final = "night"
LEAVE: Final = "leave"
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Row:
    """bucket: BUCKETS, `night` (of these minutes, beside the buckets), `leave` or `leave:<code>`. adjustment_id empty:
    of the period itself; else signed minutes of an earlier week."""

    employee: str
    payroll_number: str
    employer: str
    week_start: date
    work_date: date
    site: str
    work_code: str
    bucket: str
    minutes: int
    version: int
    adjustment_id: str = ""
    hours: Decimal = Decimal("0.00")


def rows_of(period: LockedPeriod) -> list[Row]:
    """In order of employee, adjustment, date, bucket, site, work code; rows of 0 minutes are left out."""
    rows = [row for card in period.cards for row in _of_card(card)]
    rows += [row for adjustment in period.adjustments for row in _of_adjustment(adjustment)]
    return list(_with_hours(sorted(rows, key=_order)))


def hours_of(minutes: int) -> Decimal:
    """Half up, away from zero for what is taken back: -7.5 h and 7.5 h cancel."""
    return (Decimal(minutes) / 60).quantize(_CENT, ROUND_HALF_UP)


def split(minutes: int, weights: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Whole minutes in proportion; they add up to `minutes`."""
    total = sum(weights.values())
    shares = {place: divmod(minutes * weight, total) for place, weight in weights.items()}
    left = minutes - sum(whole for whole, _ in shares.values())
    most = sorted(shares, key=lambda place: (-shares[place][1], place))[:left]
    return {place: whole + (place in most) for place, (whole, _) in shares.items()}


def _of_card(card: LockedCard) -> Iterator[Row]:
    places = {place: seconds for place, seconds in card.places.items() if seconds > 0} or {(card.site, ""): 1}
    plain = Row(
        card.employee, card.payroll_number, card.employer, card.week_start, card.work_date, "", "", "", 0, card.version
    )
    for bucket in (*BUCKETS, NIGHT):
        for (site, work_code), minutes in split(card.minutes[bucket], places).items():
            if minutes:
                yield replace(plain, site=site, work_code=work_code, bucket=bucket, minutes=minutes)
    for code, minutes in {**card.leave_codes, "": card.minutes[LEAVE] - sum(card.leave_codes.values())}.items():
        if minutes:
            yield replace(plain, site=card.site, bucket=f"{LEAVE}:{code}" if code else LEAVE, minutes=minutes)


def _of_adjustment(one: PaidAdjustment) -> Iterator[Row]:
    plain = Row(
        one.employee, one.payroll_number, one.employer, one.week_start, one.work_date, one.site, "", "", 0,
        one.new_version, one.adjustment_id,
    )  # fmt: skip
    for bucket in BUCKETS:
        if minutes := one.minutes.get(bucket, 0):
            yield replace(plain, bucket=bucket, minutes=minutes)


def _order(row: Row) -> tuple[str, bool, date, int, str, str, str, str]:
    place = BUCKETS.index(row.bucket) if row.bucket in BUCKETS else len(BUCKETS)
    return (
        row.employee, row.adjustment_id != "", row.work_date, place, row.bucket, row.site, row.work_code,
        row.adjustment_id,
    )  # fmt: skip


def _with_hours(rows: Iterable[Row]) -> Iterator[Row]:
    so_far: dict[tuple[str, str, date, str, bool], int] = {}
    for row in rows:
        key = (row.employee, row.employer, row.week_start, row.bucket, row.adjustment_id != "")
        before = so_far.get(key, 0)
        so_far[key] = before + row.minutes
        yield replace(row, hours=hours_of(before + row.minutes) - hours_of(before))
