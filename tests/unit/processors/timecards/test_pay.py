"""Breaks, meals, buckets, plans: spec/timecards.md B8, B9, B10 and B14."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import Leave
from tests.unit.processors.timecards.build import cards, day_of, inputs, ms, plan, punch

DAILY = {"daily": [{"after": 480, "bucket": "ot1"}, {"after": 720, "bucket": "ot2"}]}
WEEKLY = {"weekly": [{"after": 2400, "bucket": "ot1"}, {"after": 3000, "bucket": "ot2"}]}


@pytest.mark.parametrize(
    ("policy", "minutes", "paid"),
    [
        ({}, 10, 0),
        ({"paid_break_max_min": 20}, 20, 20),
        ({"paid_break_max_min": 20}, 21, 20),
        ({"paid_break_max_min": 20, "paid_break_excess": "all_unpaid"}, 20, 20),
        ({"paid_break_max_min": 20, "paid_break_excess": "all_unpaid"}, 21, 0),
    ],
)
def test_paid_breaks(policy: dict[str, Any], minutes: int, paid: int) -> None:
    found = day_of(policy, "08:00 IN", "10:00 B", f"10:{minutes} E", "12:00 OUT")
    assert (found.get("paid_break", 0), found.get("unpaid_break", 0)) == (paid, minutes - paid)
    assert found["worked"] == 240 - minutes + paid


def test_paid_gaps_and_meals() -> None:
    punches = ("08:00 IN", "10:00 OUT", "10:10 IN", "12:00 OUT")
    assert day_of({"paid_break_max_min": 20}, *punches)["worked"] == 230
    assert day_of({"paid_break_max_min": 20, "paid_gap": True}, *punches)["worked"] == 240
    meal = {"paid_break_max_min": 20, "state_map": {"0": "IN", "1": "OUT", "2": "MEAL_OUT", "3": "MEAL_IN"}}
    assert day_of(meal, "08:00 IN", "10:00 B", "10:10 E", "12:00 OUT")["worked"] == 230


def meal(**more: Any) -> dict[str, Any]:
    return {"meal": {"tiers": [{"after": 540, "min": 45}, {"after": 360, "min": 30}], **more}}


@pytest.mark.parametrize(
    ("policy", "punches", "deducted"),
    [
        (meal(), ("08:00 IN", "14:00 OUT"), 0),
        (meal(), ("08:00 IN", "14:01 OUT"), 30),
        (meal(cap_at_threshold=True), ("08:00 IN", "14:01 OUT"), 1),
        (meal(), ("08:00 IN", "17:01 OUT"), 45),
        (meal(), ("08:00 IN", "12:00 B", "12:20 E", "16:00 OUT"), 10),
        (meal(credit_taken=False), ("08:00 IN", "12:00 B", "12:20 E", "16:00 OUT"), 30),
        (meal(), ("08:00 IN", "12:00 OUT", "12:50 IN", "16:00 OUT"), 0),
        ({"meal": {"tiers": [{"after": 0, "min": 60}]}}, ("08:00 IN", "08:20 OUT"), 20),
    ],
)
def test_deducted_meals(policy: dict[str, Any], punches: tuple[str, ...], deducted: int) -> None:
    assert day_of(policy, *punches).get("meal_auto", 0) == deducted


def check(**more: Any) -> dict[str, Any]:
    return {"meal_check": [{"min": 30, "by": 300, "if_over": 300, **more}]}


@pytest.mark.parametrize(
    ("policy", "punches", "codes"),
    [
        (check(), ("08:00 IN", "13:00 OUT"), []),
        (check(), ("08:00 IN", "13:01 OUT"), ["MEAL_MISSED"]),
        (check(waived=True, waive_le=360), ("08:00 IN", "14:00 OUT"), []),
        (check(waived=True, waive_le=360), ("08:00 IN", "14:01 OUT"), ["MEAL_MISSED"]),
        (check(), ("08:00 IN", "13:00 OUT", "13:30 IN", "17:00 OUT"), []),
        (check(), ("08:00 IN", "13:01 OUT", "13:30 IN", "17:00 OUT"), ["MEAL_LATE", "MEAL_SHORT"]),
        # A break that is paid whole is no meal; one that is paid in part counts by its whole length.
        ({**check(), "paid_break_max_min": 20}, ("08:00 IN", "10:00 B", "10:20 E", "17:00 OUT"), ["MEAL_MISSED"]),
        ({**check(), "paid_break_max_min": 20}, ("08:00 IN", "10:00 B", "10:30 E", "17:00 OUT"), []),
    ],
)
def test_meal_checks(policy: dict[str, Any], punches: tuple[str, ...], codes: list[str]) -> None:
    assert day_of(policy, *punches).get("exceptions", []) == codes


def test_an_open_shift_is_not_tested_for_meals() -> None:
    punches = ("08:00 IN", "14:00 B")
    assert day_of(check(), *punches, event_time_ms=ms("2025-06-09 15:00"))["status"] == "OPEN"
    assert "exceptions" not in day_of(check(), *punches, event_time_ms=ms("2025-06-09 15:00"))
    assert day_of(check(), *punches)["exceptions"] == ["MEAL_MISSED", "MISSING_BREAK_IN"]


def week(policy: dict[str, Any], *hours: int, start: str = "2025-06-09") -> dict[str, dict[str, int]]:
    """Buckets of days with so many hours from 08:00 on, by date; 0 is a day off."""
    punches = []
    for day, count in enumerate(hours):
        if count:
            punches += [punch(f"+{day} 08:00 IN", start), punch(f"+{day} {8 + count:02}:00 OUT", start)]
    buckets = ("reg", "ot1", "ot2", "ot3", "hol", "wkd")
    return {day: {key: card[key] for key in buckets if key in card} for day, card in cards(policy, *punches).items()}


def test_daily_tiers_and_their_minimum() -> None:
    assert week({"ot": DAILY}, 14) == {"2025-06-09": {"reg": 480, "ot1": 240, "ot2": 120}}
    assert week({"ot": {**DAILY, "min_min": 120}}, 9, 10) == {
        "2025-06-09": {"reg": 540},
        "2025-06-10": {"reg": 480, "ot1": 120},
    }


def test_weekly_tiers_take_what_is_still_regular() -> None:
    found = week({"ot": WEEKLY}, 10, 10, 10, 10, 12)
    assert found["2025-06-13"] == {"ot1": 600, "ot2": 120}
    found = week({"ot": {**DAILY, **WEEKLY}}, 10, 10, 10, 10, 10, 10)
    assert found["2025-06-14"] == {"ot1": 600}
    # A week from Wednesday on cuts the same days in two.
    found = week({"ot": WEEKLY, "week_start": 2}, 14, 14, 14, 14, 14)
    assert all(set(day) == {"reg"} for day in list(found.values())[:4])
    assert found["2025-06-13"] == {"reg": 720, "ot1": 120}


def test_the_seventh_day_of_a_workweek() -> None:
    seventh = {"ot": {"seventh_day": {"first": 480, "bucket1": "ot1", "bucket2": "ot2"}}}
    assert week(seventh, 1, 1, 1, 1, 1, 1, 9)["2025-06-15"] == {"ot1": 480, "ot2": 60}
    assert week(seventh, 1, 1, 0, 1, 1, 1, 9)["2025-06-15"] == {"reg": 540}
    assert week({**seventh, "week_start": 6}, 1, 1, 1, 1, 1, 1, 9)["2025-06-15"] == {"reg": 540}
    holiday = {**seventh, "holidays": ["2025-06-11"], "holiday_bucket": "hol"}
    assert week(holiday, 1, 1, 1, 1, 1, 1, 9)["2025-06-15"] == {"ot1": 480, "ot2": 60}


def test_holidays_and_weekends() -> None:
    policy = {
        "ot": WEEKLY, "holidays": ["2025-06-10", "2025-06-15"], "holiday_bucket": "hol", "weekend_days": [5, 6],
        "weekend_bucket": "wkd",
    }  # fmt: skip
    found = week(policy, 10, 10, 10, 10, 10, 10, 10)
    assert found["2025-06-10"] == {"hol": 600}
    assert found["2025-06-13"] == {"ot1": 600}
    assert (found["2025-06-14"], found["2025-06-15"]) == ({"wkd": 600}, {"hol": 600})
    found = week({**policy, "holiday_counts_weekly": False}, 10, 10, 10, 10, 10)
    assert found["2025-06-13"] == {"reg": 600}
    mondays = {"ot": WEEKLY, "weekend_days": [0], "weekend_bucket": "wkd"}
    assert week(mondays, 10, 10, 10, 10, 10)["2025-06-13"] == {"ot1": 600}
    assert week({**mondays, "weekend_counts_weekly": False}, 10, 10, 10, 10, 10)["2025-06-13"] == {"reg": 600}
    assert week({**policy, "holiday_bucket": None}, 10, 10)["2025-06-10"] == {"reg": 600}


def test_late_and_early() -> None:
    plans = (plan("08:00", "12:00"),)
    policy = {"late_grace_min": 5, "early_grace_min": 5}
    assert day_of(policy, "08:05 IN", "11:55 OUT", plans=plans) == {"gross": 230, "worked": 230, "reg": 230}
    found = day_of(policy, "08:06 IN", "11:54 OUT", plans=plans)
    assert (found["late"], found["early"], found["exceptions"]) == (6, 6, ["EARLY_LEAVE", "LATE"])
    # Early is known once the plan's end has passed; late at once.
    found = day_of(policy, "08:06 IN", "11:54 OUT", plans=plans, event_time_ms=ms("2025-06-09 12:00"))
    assert found["exceptions"] == ["LATE"]
    # From the OUT on break, never from a second OUT, not while the OUT is missing.
    assert day_of({}, "08:00 IN", "10:00 B", "11:00 OUT", plans=plans)["early"] == 60
    assert day_of({}, "08:00 IN", "11:00 OUT", "11:30 OUT", plans=plans)["early"] == 60
    assert "early" not in day_of({}, "08:00 IN", "09:00 OUT", "09:30 IN", plans=plans)


def test_the_nth_shift_takes_the_nth_plan() -> None:
    plans = (plan("17:00", "20:00"), plan("08:00", "10:00"))
    found = day_of({}, "08:10 IN", "10:00 OUT", "17:20 IN", "20:00 OUT", plans=plans)
    assert (found["late"], found["exceptions"]) == (30, ["LATE"])
    found = day_of({}, "08:10 IN", "10:00 OUT", plans=plans)
    assert (found["late"], found["absent"]) == (10, 180)


def test_absence() -> None:
    plans = (plan("08:00", "12:00", rest=30), plan("17:00", "20:00"))
    leave = (Leave("l", date(2025, 6, 9), 100),)
    assert day_of({}, plans=plans) == {"absent": 390, "exceptions": ["ABSENT"]}
    assert day_of({}, plans=plans, leaves=leave) == {"absent": 290, "leave": 100, "exceptions": ["ABSENT"]}
    # One plan is over, the other is not; at its very end it is not over yet.
    assert day_of({}, plans=plans, event_time_ms=ms("2025-06-09 20:00"))["absent"] == 210
    assert cards({}, plans=plans, event_time_ms=ms("2025-06-09 12:00")) == {}
    assert "absent" not in day_of({}, "07:00 OUT", plans=plans[:1])  # a shift without a pair is a shift
    over_night = (plan("22:00", "06:00", "2025-11-01"),)
    assert day_of({}, plans=over_night)["absent"] == 540


def test_rest() -> None:
    policy = {"min_rest_min": 660}
    found = cards(policy, "14:00 IN", "22:00 OUT", "+1 08:59 IN", "+1 12:00 OUT")
    assert found["2025-06-10"]["exceptions"] == ["SHORT_REST"]
    assert "exceptions" not in cards(policy, "14:00 IN", "22:00 OUT", "+1 09:00 IN", "+1 12:00 OUT")["2025-06-10"]
    assert "exceptions" not in day_of(policy, "02:00 IN", "04:00 OUT", "12:00 IN", "14:00 OUT")
    missing = cards(policy, "14:00 IN", "+1 08:00 IN", "+1 12:00 OUT")
    assert "exceptions" not in missing["2025-06-10"]


def test_job_codes_sites_and_tips() -> None:
    first = punch("08:00 IN", job_codes=("a", "", "", "", "", "f"), site="s1", tips=("1.50", "", "2"))
    second = punch("10:00 IN", job_codes=("b",), site="s2")
    last = punch("11:00 OUT", tips=("0.10", "x"))
    (card,) = derive(inputs({}, first, "09:00 OUT", second, last))
    assert card.jobs == {"1": {"a": 60, "b": 60}, "6": {"f": 60}}
    assert card.sites == {"s1": 60, "s2": 60}
    assert card.tips == {"1": "1.60", "3": "2"}
    assert {one.code for one in card.exceptions} == {"MULTI_SITE", "UNREADABLE_TIP"}
