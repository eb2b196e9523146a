"""One workweek of one employee: from what it is derived, and when it must be derived again.

A workweek is seven dates from `week_start` of the policy in force on each of them; where that changes, weeks are
shorter. It is derived from its window alone: everything whose instant lies from 48 hours before its first date begins
to 36 hours after its last one ends (at home, with day_cut). So its cards depend on nothing else, whatever else state
holds, and an input touches the weeks whose window it falls into. Under direction=alternate the window begins 9 days
before: only a rest long enough to end every shift says what the next punch is, and a crew of 12-hour shifts has none
in 48 hours.

Deriving from the window gives what deriving from everything gives, as long as
- no shift of the week reaches beyond the window, and no rest that is tested began before it;
- nobody is on the clock at its beginning without a direction to tell: under `alternate` (or state 255) the first punch
  of the window would be taken for an IN. A rest that ends every shift (longer than max_open and new_shift_gap) makes
  that certain; without one the first rest of 13 hours before the week counts as the end of a shift, and what lies
  before it is left out. Crews who alternate without rests of that length before the week begins should have
  grouping=day, where parity starts anew with each date;
- event time has passed an open shift at the window's end that only a punch after the window would close.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive_days
from processors.timecards.engine.effective_terms import terms_at
from processors.timecards.engine.inputs import Inputs, Leave, Plan, PunchInput, Terms
from processors.timecards.engine.select import effective_punches
from processors.timecards.engine.zones import date_of, day_number, week_of, zone_of
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.state_keys import bucket_of_date, bucket_of_ms
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus

BEFORE_S: Final = 48 * 3600
BEFORE_ALTERNATE_S: Final = 9 * 86_400
AFTER_S: Final = 36 * 3600
_PLANS_BEFORE: Final = timedelta(3)
_PLANS_AFTER: Final = timedelta(8)
_LONG_REST_MS: Final = 13 * 3_600_000
_NO_STATE: Final = (None, 255)
_NEVER_TOLD: Final = -(1 << 62)


class Window(NamedTuple):
    """Instants, epoch ms, both inclusive; `covers` says whether one lies in it."""

    from_ms: int
    to_ms: int

    def covers(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms <= self.to_ms


@dataclass(frozen=True, slots=True)
class WeekResult:
    """dates: of the week; cards: of those that have content; due_ms: the least event time (epoch ms) at which they may
    become others by that alone, None when they are settled for ever: until just before it they stay as they are."""

    week_start: date
    dates: tuple[date, ...]
    cards: tuple[Card, ...]
    due_ms: int | None


def week_of_date(facts: Facts, day: date) -> date:
    """The first date of the workweek that a date is in."""
    return date_of(week_of(day_number(day), facts.terms_on(day).policy.week_start))


def week_dates(facts: Facts, week_start: date) -> tuple[date, ...]:
    """Seven; fewer where `week_start` of the policy changes within them."""
    days = (week_start + timedelta(number) for number in range(7))
    return tuple(day for day in days if week_of_date(facts, day) == week_start)


@lru_cache(maxsize=4096)
def window_of(facts: Facts, week_start: date) -> Window:
    first, after = day_number(week_start), day_number(week_start) + 7
    begins, ends = facts.terms_on(week_start), facts.terms_on(date_of(after))
    alternates = begins.policy.direction == "alternate" and begins.policy.grouping == "gap"
    from_s = _start(begins, first) - (BEFORE_ALTERNATE_S if alternates else BEFORE_S)
    return Window(from_s * 1000, (_start(ends, after) + AFTER_S) * 1000)


@lru_cache(maxsize=16_384)
def _weeks_around(facts: Facts, day: int) -> tuple[tuple[date, Window], ...]:
    """Those with a date near a UTC day: day cuts, zones and windows together reach less far."""
    starts = {week_of_date(facts, date_of(day + number)) for number in range(-5, 13)}
    return tuple((start, window_of(facts, start)) for start in sorted(starts))


def touched_weeks(facts: Facts, at_ms: int) -> tuple[date, ...]:
    """First dates of the weeks whose window an instant falls into: one or two, up to three under alternate, more where
    `week_start` changes."""
    return tuple(start for start, window in _weeks_around(facts, at_ms // 86_400_000) if window.covers(at_ms))


def weeks_by_plan(facts: Facts, day: date) -> tuple[date, ...]:
    """First dates of the weeks whose derivation sees the plans of a date. (Leave touches only the week of its date.)"""
    starts = {week_of_date(facts, day + timedelta(number)) for number in range(-9, 10)}
    return tuple(sorted(start for start in starts if start - _PLANS_BEFORE <= day <= start + _PLANS_AFTER))


def plan_span(week_start: date) -> tuple[date, date]:
    """First and last date (inclusive) of which derive_week is given plans."""
    return week_start - _PLANS_BEFORE, week_start + _PLANS_AFTER


def buckets_of_window(facts: Facts, week_start: date) -> range:
    """Numbers of the buckets that hold what a week is derived from, its dates included."""
    window, (first, last) = window_of(facts, week_start), plan_span(week_start)
    least = min(bucket_of_ms(window.from_ms), bucket_of_date(first))
    return range(least, max(bucket_of_ms(window.to_ms), bucket_of_date(last)) + 1)


def targets_outside(corrections: Iterable[Correction], window: Window) -> dict[str, int]:
    """Punch id to the instant it was punched at: targets of approved edits into the window that lie outside. They, and
    the corrections of their bucket, must be given to derive_week too."""
    return {
        one.target: one.target_at
        for one in corrections
        if one.operation is CorrectionOperation.EDIT
        and one.status is CorrectionStatus.APPROVED
        and one.punch_at is not None
        and window.covers(one.punch_at)
        and one.target_at is not None
        and not window.covers(one.target_at)
    }


def derive_week(
    week_start: date,
    facts: Facts,
    *,
    employee: str,
    tenant: str = "",
    plans: Sequence[Plan] = (),
    punches: Sequence[PunchInput] = (),
    corrections: Sequence[Correction] = (),
    leaves: Sequence[Leave] = (),
    event_time_ms: int | None = None,
    silent: Mapping[str, int | None] | None = None,
    surplus: Mapping[date, int] | None = None,
) -> WeekResult:
    """The cards of a week's dates. More than the window may be given: corrections are applied first, then what lies
    outside is left out. event_time_ms None: everything is closed. silent: serials of devices that are not waited for,
    and up to when they told everything (None: never)."""
    dates, window = week_dates(facts, week_start), window_of(facts, week_start)
    inputs = Inputs(
        employee=employee,
        terms=facts.terms,
        punches=tuple(punches) if facts.punches_count else (),
        corrections=tuple(corrections),
        plans=_within(plans, *plan_span(week_start)),
        leaves=tuple(leave for leave in leaves if leave.date in dates),
        event_time_ms=event_time_ms,
        tenant=tenant,
        silent={serial: _NEVER_TOLD if told is None else told for serial, told in (silent or {}).items()},
        surplus={day: count for day, count in (surplus or {}).items() if day in dates},
        overtime_allowed=facts.overtime_allowed,
        known=facts.known,
    )
    effective = [one for one in effective_punches(inputs) if window.covers(one.at_ms)]
    begins_ms = _start(facts.terms_on(week_start), day_number(week_start)) * 1000
    inputs = replace(
        inputs, punches=tuple(_from_a_rest(effective, facts.terms, window.from_ms, begins_ms)), corrections=()
    )
    derived = derive_days(inputs, _numbers(dates))
    return WeekResult(week_start, dates, tuple(derived.cards), derived.due_ms)


def _from_a_rest(punches: list[PunchInput], terms: tuple[Terms, ...], from_ms: int, begins_ms: int) -> list[PunchInput]:
    """Without what lies before the first certain or else long rest ahead of the week, when the window's first punch
    does not say whether somebody comes or goes. from_ms, begins_ms: where the window and the week begin."""
    early = sorted((one.at_ms, one.punch_id) for one in punches if one.at_ms < begins_ms)
    if len(early) < 2:
        return punches
    first = next(one for one in punches if one.punch_id == early[0][1])
    policy = terms_at(terms, first.at_ms // 1000).policy
    tells = first.direction or first.state not in _NO_STATE
    if policy.grouping == "day" or (policy.direction == "state" and tells):
        return punches
    certain_ms = (max(policy.max_open_min, policy.new_shift_gap_min) + 1) * 60_000  # one more: seconds are cut
    rests = [(at, at - before) for before, at in pairwise([from_ms, *(at for at, _ in early)])]
    begins = next((at for at, rest in rests if rest > certain_ms), None)
    if begins is None:
        begins = next((at for at, rest in rests[1:] if rest >= _LONG_REST_MS), early[0][0])
    return [one for one in punches if one.at_ms >= begins]


def _within(plans: Iterable[Plan], first: date, last: date) -> tuple[Plan, ...]:
    return tuple(plan for plan in plans if first <= plan.date <= last)


def _numbers(dates: Sequence[date]) -> range | frozenset[int]:
    numbers = [day_number(day) for day in dates]
    if len(numbers) == 7:
        return range(numbers[0], numbers[0] + 7)
    return frozenset(numbers)


def _start(terms: Terms, day: int) -> int:
    return zone_of(terms.zone).day_start(day, terms.policy.day_cut_min)
