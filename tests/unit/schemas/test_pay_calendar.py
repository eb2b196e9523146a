"""The pay calendar: every date in exactly one period, whatever the cycle and however it changes."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.pay_calendar import DEFAULT, pay_group_at, pay_period_of, pay_periods_between
from schemas.registry_timecards import PayCycle, PayGroupPeriod, PayGroupRecord

DAY = timedelta(days=1)
DATES = st.dates(date(2015, 1, 1), date(2040, 12, 31))


def group(*periods: PayGroupPeriod) -> PayGroupRecord:
    return PayGroupRecord("office", periods)


def of(cycle: PayCycle, anchor: date, day: date) -> tuple[str, str]:
    first, last = pay_period_of(group(PayGroupPeriod(cycle=cycle, anchor=anchor)), "acme", day)
    return first.isoformat(), last.isoformat()


@pytest.mark.parametrize(
    ("cycle", "anchor", "day", "first", "last"),
    [
        ("week", date(2024, 1, 3), date(2026, 3, 4), "2026-03-04", "2026-03-10"),
        ("week", date(2024, 1, 3), date(2026, 3, 3), "2026-02-25", "2026-03-03"),
        ("week", date(2026, 3, 4), date(2015, 1, 1), "2014-12-31", "2015-01-06"),
        ("two_weeks", date(2024, 1, 1), date(2024, 1, 14), "2024-01-01", "2024-01-14"),
        ("two_weeks", date(2024, 1, 1), date(2024, 1, 15), "2024-01-15", "2024-01-28"),
        ("half_month", date(2024, 1, 1), date(2026, 2, 15), "2026-02-01", "2026-02-15"),
        ("half_month", date(2024, 1, 1), date(2024, 2, 16), "2024-02-16", "2024-02-29"),
        ("month", date(2024, 1, 1), date(2026, 12, 31), "2026-12-01", "2026-12-31"),
        ("month", date(2024, 1, 26), date(2026, 1, 25), "2025-12-26", "2026-01-25"),
        ("month", date(2024, 1, 26), date(2026, 2, 26), "2026-02-26", "2026-03-25"),
        ("month", date(2024, 1, 31), date(2026, 3, 1), "2026-02-28", "2026-03-27"),
    ],
)
def test_first_and_last_date(cycle: PayCycle, anchor: date, day: date, first: str, last: str) -> None:
    assert of(cycle, anchor, day) == (first, last)


def test_without_a_record_and_for_another_tenant_the_default_holds() -> None:
    day = date(2026, 3, 4)
    theirs = group(PayGroupPeriod(tenant="other", cycle="month"))
    assert (
        pay_period_of(None, "acme", day) == pay_period_of(theirs, "acme", day) == (date(2026, 2, 23), date(2026, 3, 8))
    )
    assert pay_group_at(theirs, "acme", day) == DEFAULT
    assert pay_period_of(theirs, "other", day) == (date(2026, 3, 1), date(2026, 3, 31))


def test_a_change_of_the_cycle_cuts_periods_short() -> None:
    change = date(2026, 3, 4)
    record = group(
        PayGroupPeriod(valid_to=change, cycle="week", anchor=date(2024, 1, 1)),
        PayGroupPeriod(valid_from=change, cycle="month"),
    )
    assert pay_period_of(record, "acme", date(2026, 3, 3)) == (date(2026, 3, 2), date(2026, 3, 3))
    assert pay_period_of(record, "acme", change) == (change, date(2026, 3, 31))


@settings(max_examples=150, deadline=None)
@given(
    day=DATES,
    cycles=st.lists(st.sampled_from(["week", "two_weeks", "half_month", "month"]), min_size=1, max_size=3),
    changes=st.lists(DATES, min_size=4, max_size=4, unique=True),
    anchor=DATES,
)
def test_periods_follow_each_other_without_gap_or_overlap(
    day: date, cycles: list[PayCycle], changes: list[date], anchor: date
) -> None:
    bounds = sorted(changes)
    record = group(
        *(
            PayGroupPeriod(valid_from=bounds[n], valid_to=bounds[n + 1], cycle=cycle, anchor=anchor)
            for n, cycle in enumerate(cycles)
        )
    )
    first, last = pay_period_of(record, "acme", day)
    assert first <= day <= last <= first + timedelta(days=30)
    assert all(pay_period_of(record, "acme", one) == (first, last) for one in (first, last))
    assert pay_period_of(record, "acme", last + DAY)[0] == last + DAY
    assert pay_period_of(record, "acme", first - DAY)[1] == first - DAY
    found = list(pay_periods_between(record, "acme", day, day + timedelta(days=90)))
    assert found[0] == (first, last)
    assert all(later[0] == earlier[1] + DAY for earlier, later in itertools.pairwise(found))
