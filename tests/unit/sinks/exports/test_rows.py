"""Neutral rows: every minute once, hours that add up."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.exports.rows import hours_of, rows_of, split
from tests.unit.sinks.exports.periods import adjustment, card, period


def test_five_days_of_7_hours_20_are_36_67_hours() -> None:
    rows = rows_of(period(*(card(day=day, reg=440) for day in range(5))))
    assert [row.minutes for row in rows] == [440] * 5
    assert [str(row.hours) for row in rows] == ["7.33", "7.34", "7.33", "7.33", "7.34"]
    assert sum(row.hours for row in rows) == Decimal("36.67")


def test_each_week_is_converted_for_itself() -> None:
    rows = rows_of(period(card(day=0, reg=10), card(day=7, reg=10)))
    assert [str(row.hours) for row in rows] == ["0.17", "0.17"]


@pytest.mark.parametrize(("minutes", "hours"), [(0, "0.00"), (3, "0.05"), (9, "0.15"), (-9, "-0.15"), (2, "0.03")])
def test_half_a_hundredth_goes_up(minutes: int, hours: str) -> None:
    assert str(hours_of(minutes)) == hours


def test_buckets_are_split_by_site_and_work_code() -> None:
    found = rows_of(period(card(reg=480, ot1=60, places={("s1", "10"): 7200, ("s1", "20"): 3600, ("s2", ""): 21600})))
    assert [(row.bucket, row.site, row.work_code, row.minutes) for row in found] == [
        ("reg", "s1", "10", 107),
        ("reg", "s1", "20", 53),
        ("reg", "s2", "", 320),
        ("ot1", "s1", "10", 13),
        ("ot1", "s1", "20", 7),
        ("ot1", "s2", "", 40),
    ]


def test_leave_stands_by_its_code_and_night_beside() -> None:
    rows = rows_of(period(card(reg=60, night=30, leave=120, leave_codes={"sick": 90})))
    assert [(row.bucket, row.minutes) for row in rows] == [
        ("reg", 60),
        ("leave", 30),
        ("leave:sick", 90),
        ("night", 30),
    ]


def test_adjustments_follow_with_their_sign_and_week() -> None:
    rows = rows_of(period(card(reg=60), adjustments=(adjustment(worked=-15, reg=-30, ot1=15),)))
    assert [(row.bucket, row.minutes, str(row.hours), str(row.week_start), row.adjustment_id[:1]) for row in rows] == [
        ("reg", 60, "1.00", "2026-03-02", ""),
        ("reg", -30, "-0.50", "2026-02-16", "b"),
        ("ot1", 15, "0.25", "2026-02-16", "b"),
    ]


@given(
    st.integers(0, 3000),
    st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("123")), st.integers(1, 90_000), min_size=1),
)
def test_a_split_gives_away_every_minute_and_none_twice(minutes: int, weights: dict[tuple[str, str], int]) -> None:
    shares = split(minutes, weights)
    assert sum(shares.values()) == minutes
    total = sum(weights.values())
    assert all(abs(shares[place] - minutes * weight / total) < 1 for place, weight in weights.items())


@given(st.lists(st.tuples(st.integers(0, 13), st.integers(0, 900), st.integers(0, 300)), max_size=20))
def test_rows_add_up_to_the_cards_in_minutes_and_to_the_week_in_hours(days: list[tuple[int, int, int]]) -> None:
    by_day = {day: (reg, ot1) for day, reg, ot1 in days}
    rows = rows_of(period(*(card(day=day, reg=reg, ot1=ot1) for day, (reg, ot1) in by_day.items())))
    assert sum(row.minutes for row in rows) == sum(reg + ot1 for reg, ot1 in by_day.values())
    minutes: Counter[tuple[object, str]] = Counter()
    hours: dict[tuple[object, str], Decimal] = {}
    for row in rows:
        key = (row.week_start, row.bucket)
        minutes[key] += row.minutes
        hours[key] = hours.get(key, Decimal(0)) + row.hours
    assert hours == {key: hours_of(sum_) for key, sum_ in minutes.items()}
