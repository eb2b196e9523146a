"""Which terms hold: for an instant, and for a day. Policies and calendars are effective-dated (B2)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from processors.timecards.engine.inputs import Terms
from processors.timecards.engine.zones import DAY, date_of, day_number, zone_of


def terms_on(terms: tuple[Terms, ...], day: int) -> Terms:
    """Those of a day; outside all periods those nearest to it, so that no punch is without a policy.

    Raises ValueError when there are none at all.
    """
    if len(terms) == 1:
        return terms[0]
    if not terms:
        raise ValueError("no terms: an employee needs at least one period with a policy and a zone")
    on = date_of(day)
    for period in terms:
        if (period.valid_from is None or period.valid_from <= on) and (period.valid_to is None or on < period.valid_to):
            return period
    return min(terms, key=lambda period: _distance(period, day))


def terms_at(terms: tuple[Terms, ...], at: int) -> Terms:
    """Those of an instant (epoch seconds): of the date that it has in the period's own zone."""
    if len(terms) == 1:
        return terms[0]
    at_noon_utc = terms_on(terms, at // DAY)
    return terms_on(terms, zone_of(at_noon_utc.zone).day(at))


def holidays_of(terms: Terms) -> frozenset[int]:
    """Day numbers of the policy's holidays and of the home site's calendar."""
    return _holidays(terms.holidays, terms.policy.holidays)


@lru_cache(maxsize=1024)
def _holidays(calendar: frozenset[date], of_policy: tuple[str, ...]) -> frozenset[int]:
    return frozenset(day_number(day) for day in (*calendar, *(date.fromisoformat(text) for text in of_policy)))


def _distance(period: Terms, day: int) -> int:
    before = day_number(period.valid_from) - day if period.valid_from else 0
    after = day - day_number(period.valid_to) + 1 if period.valid_to else 0
    return max(before, after)
