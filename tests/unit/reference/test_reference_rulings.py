"""The re-computation against answers computed by hand, a few minutes of thought each, mostly for the rulings of B14."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.reference.timecards.reference import Days, Result, reference

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "timecard_cases.json").read_text(encoding="utf-8"))
CODES = {"IN": 0, "OUT": 1, "BO": 2, "BI": 3, "MO": 4, "MI": 5, "?": 255, "X": 77}
STATE_MAP = {
    "0": "IN",
    "1": "OUT",
    "2": "BREAK_OUT",
    "3": "BREAK_IN",
    "4": "MEAL_OUT",
    "5": "MEAL_IN",
    "255": "UNKNOWN",
}
MON, TUE, WED = "2025-06-09", "2025-06-10", "2025-06-11"


def punches(text: str, zone: str) -> list[dict[str, Any]]:
    """Words like "9T08:00:IN" or "9T08:00:30:OUT/101" (day of June 2025, local time, key, work code)."""
    events = []
    for number, word in enumerate(text.split()):
        when, _, key = word.rpartition(":")
        key, _, code = key.partition("/")
        day, _, clock = when.partition("T")
        local = datetime.fromisoformat(f"2025-06-{int(day):02}T{clock}").replace(tzinfo=ZoneInfo(zone))
        event = {"t": "punch", "id": f"p{number}", "ts": local.isoformat(), "state": CODES[key], "sn": "A1"}
        events.append({**event, "wc": code} if code else event)
    return events


def run(text: str, zone: str = "America/New_York", more: list[dict[str, Any]] | None = None, **case: Any) -> Result:
    policy = {"state_map": STATE_MAP, **case.pop("policy", {})}
    events = punches(text, zone) + (more or [])
    whole = {"id": "hand", "kind": "timecard", "zone": zone, "policy": policy, "events": events, **case}
    return reference(whole, VECTORS["default_policy"], VECTORS["state_maps"])


def worked(gross: int, **others: Any) -> dict[str, Any]:
    """A card of regular minutes without paid breaks and meals."""
    return {"gross": gross, "worked": gross, "reg": gross, **others}


DAY_PLAN = [{"date": MON, "start": "09:00", "end": "17:00"}]
SPLIT = {"assign": "split"}
ROUND_15 = {"round_in": {"mode": "nearest", "q": 15}, "round_out": {"mode": "nearest", "q": 15}}

RULINGS: dict[str, tuple[str, dict[str, Any], Days]] = {
    "break out while off starts nothing": (
        "9T08:00:BO 9T08:10:BI 9T12:00:OUT",
        {},
        {MON: worked(230, exceptions=["MISSING_BREAK_OUT", "MISSING_IN"])},
    ),
    "a double out does not move the start of the gap": (
        "9T08:00:IN 9T12:00:OUT 9T12:20:OUT 9T13:00:IN 9T17:00:OUT",
        {},
        {MON: worked(480, unpaid_break=60, exceptions=["DOUBLE_OUT"])},
    ),
    "an orphan out is an out, its gap is a gap": (
        "9T07:00:OUT 9T07:30:IN 9T12:00:OUT",
        {},
        {MON: worked(270, unpaid_break=30, exceptions=["MISSING_IN"])},
    ),
    "out on break: the time since the break's start counts for nothing": (
        "9T08:00:IN 9T12:00:BO 9T12:30:OUT 9T13:00:IN 9T17:00:OUT",
        {},
        {MON: worked(480, unpaid_break=30, exceptions=["MISSING_BREAK_IN"])},
    ),
    "repeated in within the grace, inclusive": (
        "9T08:00:IN 9T08:05:IN 9T12:00:OUT",
        {},
        {MON: worked(240, exceptions=["DOUBLE_IN"])},
    ),
    "repeated in beyond the grace reopens; nothing is invented": (
        "9T08:00:IN 9T08:06:IN 9T12:00:OUT",
        {},
        {MON: worked(234, exceptions=["MISSING_OUT"])},
    ),
    "repeated in a shift later: two shifts on two dates": (
        "9T22:00:IN 10T04:00:IN 10T08:00:OUT",
        {},
        {MON: {"exceptions": ["MISSING_OUT"]}, TUE: worked(240)},
    ),
    "max_open splits strictly beyond it": (
        "9T06:00:IN 9T22:01:OUT",
        {},
        {MON: {"exceptions": ["MISSING_IN", "MISSING_OUT"]}},
    ),
    "at max_open exactly it is one shift": ("9T06:00:IN 9T22:00:OUT", {}, {MON: worked(960)}),
    "the punch that starts a break decides its kind": (
        "9T08:00:IN 9T10:00:MO 9T10:10:BI 9T12:00:BO 9T12:10:MI 9T16:00:OUT",
        {"paid_break_max_min": 15},
        {MON: {"gross": 460, "paid_break": 10, "unpaid_break": 10, "worked": 470, "reg": 470}},
    ),
    "a break end without a code keeps the code before the break": (
        "9T08:00:IN/101 9T10:00:BO 9T10:30:BI 9T11:00:OUT 9T11:30:IN 9T12:30:OUT",
        {},
        {MON: worked(210, unpaid_break=60, labor={"101": 150})},
    ),
    "transfer comes before the grace, and needs a code": (
        "9T08:00:IN/101 9T08:02:IN/202 9T08:04:IN 9T09:00:OUT",
        {"transfer": True},
        {MON: worked(60, exceptions=["DOUBLE_IN"], labor={"101": 2, "202": 58})},
    ),
    "a transfer instant is never rounded": (
        "9T08:00:IN/101 9T09:08:IN/202 9T10:00:OUT",
        {"transfer": True, "round_scope": "all", **ROUND_15},
        {MON: worked(120, labor={"101": 68, "202": 52})},
    ),
    "excess of a break unpaid": (
        "9T08:00:IN 9T10:00:BO 9T10:25:BI 9T12:00:OUT",
        {"paid_break_max_min": 20},
        {MON: {"gross": 215, "paid_break": 20, "unpaid_break": 5, "worked": 235, "reg": 235}},
    ),
    "all of a longer break unpaid": (
        "9T08:00:IN 9T10:00:BO 9T10:25:BI 9T12:00:OUT",
        {"paid_break_max_min": 20, "paid_break_excess": "all_unpaid"},
        {MON: worked(215, unpaid_break=25)},
    ),
    "a paid gap": (
        "9T08:00:IN 9T10:00:OUT 9T10:15:IN 9T12:00:OUT",
        {"paid_break_max_min": 20, "paid_gap": True},
        {MON: {"gross": 225, "paid_break": 15, "worked": 240, "reg": 240}},
    ),
    "auto meal with credit for what was taken": (
        "9T08:00:IN 9T12:00:OUT 9T12:10:IN 9T16:00:OUT",
        {"meal": {"tiers": [{"after": 360, "min": 30}]}},
        {MON: {"gross": 470, "unpaid_break": 10, "meal_auto": 20, "worked": 450, "reg": 450}},
    ),
    "auto meal capped at the threshold": (
        "9T08:00:IN 9T14:10:OUT",
        {"meal": {"tiers": [{"after": 360, "min": 30}], "cap_at_threshold": True}},
        {MON: {"gross": 370, "meal_auto": 10, "worked": 360, "reg": 360}},
    ),
    "the auto meal is cut at work-elapsed min(after, time - deduct): here the last 30 of 370": (
        "9T20:00:IN 10T02:10:OUT",
        {"meal": {"tiers": [{"after": 360, "min": 30}]}, "night": {"start": "01:40", "end": "02:10"}},
        {MON: {"gross": 370, "meal_auto": 30, "worked": 340, "reg": 340}},
    ),
    "split cuts rounded intervals, the exception stays on the punch's date": (
        "9T22:08:IN 10T06:00:OUT 10T06:20:OUT",
        {**SPLIT, **ROUND_15},
        {MON: worked(105), TUE: worked(360, exceptions=["DOUBLE_OUT"])},
    ),
    "day change at 23:00": ("9T23:00:IN 10T07:00:OUT", {"day_cut_min": -60}, {TUE: worked(480)}),
    "date of the end": ("9T22:00:IN 10T06:00:OUT", {"assign": "end"}, {TUE: worked(480)}),
    "the last worked minute before midnight is of the day before": (
        "9T16:00:IN 10T00:00:OUT",
        {"assign": "end"},
        {MON: worked(480)},
    ),
    "majority, ties earlier": ("9T20:00:IN 10T04:00:OUT", {"assign": "majority"}, {MON: worked(480)}),
    "an open shift has no last out to round": (
        "9T08:00:IN 9T12:08:OUT 9T13:00:IN",
        ROUND_15,
        {MON: worked(248, unpaid_break=52, exceptions=["MISSING_OUT"])},
    ),
    "a rounded time stops at the neighbouring punch": (
        "9T08:08:IN 9T08:10:OUT",
        ROUND_15,
        {MON: worked(5)},  # 08:10 (not 08:15) to 08:15
    ),
    "keep: floored per card": (
        "9T08:00:30:IN 9T12:00:10:OUT 9T13:00:00:IN 9T17:00:40:OUT",
        {"seconds": "keep"},  # 3:59:40 + 4:00:40 = 8:00:20, gap 0:59:50
        {MON: worked(480, unpaid_break=59)},
    ),
    "unmapped state": (
        "9T08:00:X 9T12:00:X",
        {},
        {MON: worked(240, exceptions=["UNMAPPED_STATE"])},
    ),
    "first_last by state: an out before the first in is ignored": (
        "9T07:00:OUT 9T08:00:IN 9T12:00:OUT 9T13:00:IN 9T17:00:OUT",
        {"grouping": "day", "span": "first_last"},
        {MON: worked(540)},
    ),
    "short rest, before a shift of another date": (
        "9T14:00:IN 9T22:00:OUT 10T06:00:IN 10T14:00:OUT",
        {"min_rest_min": 660},
        {MON: worked(480), TUE: worked(480, exceptions=["SHORT_REST"])},
    ),
    "throttle: one reference whatever its direction": (
        "9T08:00:00:IN 9T08:00:20:OUT 9T08:00:40:IN 9T12:00:00:OUT",
        {},  # each differs in direction from the one before: none is a duplicate
        {MON: worked(240)},
    ),
    "meal_check counts every break with an unpaid minute": (
        "9T08:00:IN 9T10:00:BO 9T10:15:BI 9T13:30:OUT 9T14:00:IN 9T18:00:OUT",
        {"meal_check": [{"min": 30, "by": 300, "if_over": 300}, {"min": 30, "by": 300, "if_over": 480}]},
        {MON: worked(555, unpaid_break=45, exceptions=["MEAL_LATE", "MEAL_SHORT"])},
    ),
}


@pytest.mark.parametrize("name", RULINGS)
def test_ruling(name: str) -> None:
    text, policy, expected = RULINGS[name]
    days = run(text, policy=policy).days
    if not any("labor" in card for card in expected.values()):
        for card in days.values():
            card.pop("labor", None)
    assert days == expected


def test_early_is_measured_to_the_out_on_break_and_on_raw_times() -> None:
    days = run("9T09:04:IN 9T12:00:BO 9T16:50:OUT", policy=ROUND_15, schedule=DAY_PLAN).days
    assert (days[MON]["late"], days[MON]["early"]) == (4, 10)
    assert days[MON]["exceptions"] == ["EARLY_LEAVE", "LATE", "MISSING_BREAK_IN"]


def test_a_group_without_a_pair_prevents_absence() -> None:
    assert run("9T17:00:OUT", schedule=DAY_PLAN).days == {MON: {"exceptions": ["MISSING_IN"]}}


def test_event_time_limits_are_strict() -> None:
    def status(watermark: str) -> dict[str, Any]:
        check = {"t": "check", "watermark": watermark, "days": {}}
        return run("9T08:00:IN", more=[check]).checks[0][MON]

    assert status("2025-06-10T00:00:00-04:00") == {"status": "OPEN"}
    assert status("2025-06-10T00:00:01-04:00") == {"exceptions": ["MISSING_OUT"]}


def test_absence_waits_for_the_end_of_the_plan() -> None:
    checks = [
        {"t": "check", "watermark": "2025-06-09T17:00:00-04:00", "days": {}},
        {"t": "check", "watermark": "2025-06-09T17:00:01-04:00", "days": {}},
    ]
    assert run("", more=checks, schedule=DAY_PLAN).checks == [{}, {MON: {"absent": 480, "exceptions": ["ABSENT"]}}]


def test_the_spring_night_has_seven_hours_and_its_window_too() -> None:
    case = {
        "id": "spring",
        "kind": "timecard",
        "zone": "America/New_York",
        "policy": {"night": {"start": "22:00", "end": "06:00"}, "assign": "split"},
        "events": [
            {"t": "punch", "id": "a", "ts": "2025-03-08T22:00:00-05:00", "state": 0, "sn": "A1"},
            {"t": "punch", "id": "b", "ts": "2025-03-09T06:00:00-04:00", "state": 1, "sn": "A1"},
        ],
    }
    days = reference(case, VECTORS["default_policy"], VECTORS["state_maps"]).days
    assert days == {"2025-03-08": worked(120, night=120), "2025-03-09": worked(300, night=300)}


def test_corrections_in_array_order_and_the_last_statement_holds() -> None:
    def manual(op: str, name: str, **more: Any) -> dict[str, Any]:
        return {"t": "manual", "op": op, "id": name, **more}

    edits = [
        manual("edit", "m1", target="p0", ts="2025-06-09T07:00:00-04:00"),
        manual("edit", "m2", target="p0", ts="2025-06-09T07:30:00-04:00"),
        manual("void", "m3", target="p2", audit_status=1),
        manual("add", "m4", ts="2025-06-09T06:00:00-04:00", state=0),  # needs audit_status 2
    ]
    assert run("9T08:00:IN 9T12:00:OUT", more=edits).days == {MON: worked(270)}
    again = manual("edit", "m1", target="p0", ts="2025-06-09T07:00:00-04:00")
    assert run("9T08:00:IN 9T12:00:OUT", more=[*edits, again]).days == {MON: worked(300)}


def test_leave_of_the_date_is_taken_from_the_sum_of_missed_duties() -> None:
    schedule = [{"date": MON, "start": "06:00", "end": "10:00"}, {"date": MON, "start": "16:00", "end": "20:00"}]
    leave = {"t": "leave", "id": "l1", "date": MON, "minutes": 60}
    assert run("", more=[leave], schedule=schedule).days[MON]["absent"] == 420
    days = run("9T06:00:IN 9T10:00:OUT", more=[leave], schedule=schedule).days
    assert days == {MON: worked(240, absent=180, leave=60, exceptions=["ABSENT"])}
