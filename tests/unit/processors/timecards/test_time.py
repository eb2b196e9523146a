"""Work dates, seconds, snapping and rounding, splitting, night, DST: spec/timecards.md B6, B7, B9 and B14."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import PunchInput
from tests.unit.processors.timecards.build import NEW_YORK, cards, day_of, in_words, inputs, plan, punch

NIGHT = {"night": {"start": "22:00", "end": "06:00"}}
NEAREST = {"mode": "nearest", "q": 15}


def worked(minutes: int, **more: Any) -> dict[str, Any]:
    return {"gross": minutes, "worked": minutes, "reg": minutes, **more}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"assign": "start"}, {"2025-06-09": 480}),
        ({"assign": "end"}, {"2025-06-10": 480}),
        ({"assign": "majority"}, {"2025-06-10": 480}),
        ({"assign": "split"}, {"2025-06-09": 60, "2025-06-10": 420}),
        ({"assign": "start", "day_cut_min": -60}, {"2025-06-10": 480}),
        ({"assign": "start", "day_cut_min": 720}, {"2025-06-09": 480}),
        ({"assign": "split", "day_cut_min": 120}, {"2025-06-09": 180, "2025-06-10": 300}),
    ],
)
def test_work_dates(policy: dict[str, Any], expected: dict[str, int]) -> None:
    found = cards(policy, "23:00 IN", "+1 07:00 OUT")
    assert found == {day: worked(minutes) for day, minutes in expected.items()}


def test_the_last_worked_minute_and_ties() -> None:
    assert list(cards({"assign": "end"}, "20:00 IN", "+1 00:00 OUT")) == ["2025-06-09"]
    assert list(cards({"assign": "majority"}, "22:00 IN", "+1 02:00 OUT")) == ["2025-06-09"]


def test_assign_schedule_takes_the_nearest_plan_around_the_first_in() -> None:
    plans = (plan("00:30", "08:00", "2025-06-10"), plan("20:00", "23:59", "2025-06-09"))
    policy = {"assign": "schedule"}
    found = cards(policy, "23:00 IN", "+1 08:00 OUT", plans=plans)
    assert found["2025-06-10"] == worked(540)
    assert found["2025-06-09"] == {"absent": 239, "exceptions": ["ABSENT"]}
    found = cards(policy, "22:29 IN", "+1 08:00 OUT", plans=plans)  # before the window of the later plan
    assert found["2025-06-09"]["late"] == 149
    assert cards(policy, "12:00 IN", "13:00 OUT", plans=plans)["2025-06-09"]["worked"] == 60
    # Where no plan gave the date, the n-th shift takes the n-th plan: without an IN it still prevents ABSENT.
    assert cards(policy, "12:00 OUT", plans=plans[1:]) == {"2025-06-09": {"exceptions": ["MISSING_IN"]}}
    early = (plan("02:00", "08:00", "2025-06-10"),)
    assert list(cards(policy, "+1 00:00 IN", "+1 07:00 OUT", plans=early)) == ["2025-06-10"]
    over_midnight = (plan("01:59", "08:00", "2025-06-10"),)
    assert list(cards(policy, "23:59 IN", "+1 08:00 OUT", plans=over_midnight)) == ["2025-06-10"]


def test_exceptions_of_a_split_shift_stay_on_their_punches_date() -> None:
    found = cards({"assign": "split"}, "23:00 IN", "+1 01:00 B")
    assert found == {"2025-06-09": worked(60), "2025-06-10": worked(60, exceptions=["MISSING_BREAK_IN"])}
    found = cards({"assign": "split"}, "23:50 OUT", "+1 00:20 IN")
    assert found["2025-06-09"] == {"unpaid_break": 10, "exceptions": ["MISSING_IN"]}
    assert found["2025-06-10"] == {"unpaid_break": 20, "exceptions": ["MISSING_OUT"]}
    found = cards({"assign": "split"}, "22:00 IN", "23:30 B", "+1 00:30 OUT")
    assert found == {"2025-06-09": worked(90, exceptions=["MISSING_BREAK_IN"])}
    found = cards({"assign": "split"}, "22:00 IN", "+1 01:00 X", "+1 02:00 IN")
    assert found["2025-06-09"] == worked(120)
    assert found["2025-06-10"] == worked(60, unpaid_break=60, exceptions=["MISSING_OUT", "UNMAPPED_STATE"])


def test_the_meal_of_a_split_shift_lies_where_the_work_has_reached_its_threshold() -> None:
    policy = {"assign": "split", "meal": {"tiers": [{"after": 360, "min": 30}]}, **NIGHT}
    assert day_of(policy, "17:00 IN", "23:10 OUT")["meal_auto"] == 30  # from 22:40 on, not from 23:00
    assert cards(policy, "17:45 IN", "+1 02:00 OUT") == {
        "2025-06-09": {"gross": 375, "meal_auto": 15, "worked": 360, "reg": 360, "night": 105},
        "2025-06-10": {"gross": 120, "meal_auto": 15, "worked": 105, "reg": 105, "night": 105},
    }


@pytest.mark.parametrize(
    ("rounding", "came", "paid_from"),
    [
        (NEAREST, "08:07", "08:00"),
        (NEAREST, "08:08", "08:15"),
        ({**NEAREST, "split": 5}, "08:05", "08:15"),
        ({"mode": "nearest", "q": 6}, "08:03", "08:06"),
        ({"mode": "nearest", "q": 5}, "08:02", "08:00"),
        ({"mode": "up", "q": 15}, "08:00", "08:00"),
        ({"mode": "up", "q": 15}, "08:01", "08:15"),
        ({"mode": "down", "q": 15}, "08:14", "08:00"),
    ],
)
def test_rounding_of_the_first_in(rounding: dict[str, Any], came: str, paid_from: str) -> None:
    hours, minutes = paid_from.split(":")
    assert day_of({"round_in": rounding}, f"{came} IN", "10:00 OUT") == worked(600 - int(hours) * 60 - int(minutes))


def test_rounding_is_on_the_wall_clock_of_the_punch() -> None:
    policy = {"round_in": {"mode": "down", "q": 60}}
    assert day_of(policy, "08:50 IN", "09:00 OUT", zone="Asia/Kathmandu") == worked(60)


def test_round_scopes() -> None:
    punches = ("08:00 IN", "10:04 OUT", "10:20 IN", "11:02 B", "11:13 E", "12:04 OUT")
    up = {"round_in": {"mode": "up", "q": 15}, "round_out": {"mode": "up", "q": 15}}
    assert day_of(up, *punches) == worked(124 + 42 + 62, unpaid_break=27)
    assert day_of({**up, "round_scope": "all"}, *punches) == worked(135 + 32 + 62, unpaid_break=26)


def test_a_moved_time_stops_at_its_neighbour() -> None:
    up, down = {"mode": "up", "q": 15}, {"mode": "down", "q": 15}
    assert day_of({"round_in": up, "round_out": down}, "08:01 IN", "08:12 OUT") == {}
    assert day_of({"round_in": {"mode": "up", "q": 60}}, "08:01 IN", "08:30 B", "08:40 E", "10:00 OUT") == worked(
        80, unpaid_break=10
    )
    crossing = {"round_scope": "all", "round_in": down, "round_out": up}
    assert day_of(crossing, "08:00 IN", "09:02 OUT", "09:10 IN", "10:00 OUT") == worked(120)


def test_no_last_out_while_on_the_clock_or_on_break() -> None:
    policy = {"round_out": {"mode": "up", "q": 60}}
    assert day_of(policy, "08:00 IN", "08:10 OUT", "08:20 IN")["gross"] == 10
    assert day_of(policy, "08:00 IN", "08:10 B")["gross"] == 10
    assert day_of(policy, "08:00 IN", "08:10 B", "08:20 OUT")["gross"] == 10


def test_snap_is_inclusive_and_not_rounded_again() -> None:
    policy = {"snap": {"in_early": 10, "in_late": 5, "out_early": 5, "out_late": 10}, "round_in": NEAREST}
    plans = (plan("08:05", "16:05"),)
    assert day_of(policy, "07:55 IN", "16:15 OUT", plans=plans) == worked(480)
    assert day_of(policy, "08:10 IN", "16:00 OUT", plans=plans) == worked(
        480, late=5, early=5, exceptions=["EARLY_LEAVE", "LATE"]
    )
    assert day_of(policy, "07:54 IN", "16:16 OUT", plans=plans) == worked(496)  # 07:54 is rounded to 08:00


def test_seconds_are_kept_and_floored_once() -> None:
    punches = ("08:00:30 IN", "09:00:00 B", "09:10:30 E", "10:00:20 OUT", "10:30:00 IN", "11:00:30 OUT")
    policy = {"seconds": "keep", "paid_break_max_min": 20}
    # 59:30 + 49:50 + 30:30 = 139:50; paid break 10:30; gap 29:40
    assert day_of(policy, *punches) == {
        "gross": 139, "paid_break": 10, "unpaid_break": 29, "worked": 149, "reg": 149,
    }  # fmt: skip
    assert day_of({"paid_break_max_min": 20}, *punches)["gross"] == 60 + 50 + 30


def test_a_day_boundary_at_a_skipped_or_repeated_time_is_one_instant() -> None:
    skipped = {"day_cut_min": 150}  # 02:30 does not exist on 2025-03-09: 03:30 by the offset before it
    assert list(cards(skipped, punch("03:29 OUT", "2025-03-09"))) == ["2025-03-08"]
    assert list(cards(skipped, punch("03:30 OUT", "2025-03-09"))) == ["2025-03-09"]
    repeated = {"day_cut_min": 90}  # 01:30 occurs twice on 2025-11-02: the first one
    second_pass = PunchInput("p", 1_762_064_100_000, -18_000, NEW_YORK, 1)  # 01:15 EST, after 01:30 EDT
    assert list(cards(repeated, second_pass)) == ["2025-11-02"]
    assert list(cards(repeated, punch("01:29 OUT", "2025-11-02"))) == ["2025-11-01"]


def test_night_boundaries_are_instants_of_the_date() -> None:
    spring = [punch(text, "2025-03-08") for text in ("22:00 IN", "+1 06:00 OUT")]
    assert day_of(NIGHT, *spring) == worked(420, night=420)
    autumn = [punch(text, "2025-11-01") for text in ("20:00 IN", "+1 08:00 OUT")]
    assert day_of(NIGHT, *autumn) == worked(780, night=540)


def test_night_is_net_of_breaks_and_of_the_deducted_meal() -> None:
    policy = {**NIGHT, "paid_break_max_min": 15, "meal": {"tiers": [{"after": 360, "min": 60}], "credit_taken": False}}
    found = day_of(policy, "21:00 IN", "23:00 B", "23:30 E", "+1 05:00 OUT")
    # 450 on the clock + 15 paid; 60 off; in the window 21:00 to 22:00 is missing
    assert found == {
        "gross": 450, "paid_break": 15, "unpaid_break": 15, "meal_auto": 60, "worked": 405, "reg": 405, "night": 345,
    }  # fmt: skip


def test_a_deducted_meal_is_cut_once() -> None:
    meal = {"tiers": [{"after": 60, "min": 30}], "credit_taken": False}
    policy = {"night": {"start": "16:00", "end": "24:00"}, "meal": meal}
    found = day_of(policy, "16:00 IN", "18:00 OUT", "18:30 IN", "20:00 OUT")
    assert (found["worked"], found["night"]) == (180, 180)


def test_floored_numbers_still_add_up() -> None:
    policy = {"seconds": "keep", "paid_break_max_min": 20, "night": {"start": "00:00", "end": "24:00"}}
    punches = ("08:00:00 IN", "08:00:59 B", "08:01:58 E", "08:01:58 OUT")
    assert day_of(policy, *punches) == {}  # 59 s of work, 59 s of paid break, 118 s inside the window
    assert day_of({**policy, "meal": {"tiers": [{"after": 0, "min": 2}]}}, *punches) == {}


def test_overlays_by_weekday_holiday_and_minimum() -> None:
    def overlay(**more: Any) -> dict[str, Any]:
        return {"overlays": [{"name": "late", "start": "18:00", "end": "24:00", **more}], "holidays": ["2025-06-09"]}

    punches = ("16:00 IN", "20:00 OUT")  # a Monday
    for more, minutes in (
        ({}, 120), ({"weekdays": [0]}, 120), ({"weekdays": [1]}, 0), ({"holidays": "only"}, 120),
        ({"holidays": "exclude"}, 0), ({"minimum": 120}, 120), ({"minimum": 121}, 0),
    ):  # fmt: skip
        (card,) = derive(inputs(overlay(**more), *punches))
        assert card.overlays.get("late", 0) == minutes, more


def test_travel_between_zones_does_not_move_the_date_unless_asked() -> None:
    west = punch("22:30 IN", zone="America/Los_Angeles"), punch("+1 02:00 OUT", zone="America/Los_Angeles")
    assert cards({}, *west) == {"2025-06-10": worked(210)}
    found = derive(inputs({"day_zone": "first_in"}, *west, zone=NEW_YORK))
    assert in_words(found) == {"2025-06-09": worked(210)}
    home_again = punch("08:00 IN", zone="America/Los_Angeles"), punch("20:00 OUT", zone=NEW_YORK)
    assert day_of({}, *home_again) == worked(540)


ZONES = (
    "America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Havana", "America/Santiago",
    "America/Asuncion", "Atlantic/Azores", "Europe/London", "Europe/Berlin", "Europe/Lisbon", "Europe/Helsinki",
    "Europe/Chisinau", "Asia/Beirut", "Asia/Jerusalem", "Africa/Cairo", "Australia/Sydney", "Australia/Lord_Howe",
    "Pacific/Auckland", "Pacific/Chatham", "America/Sao_Paulo",
)  # fmt: skip


def changes(zone: str) -> list[date]:
    """Dates of 2017 (all of these zones had daylight saving) that are not 24 hours long, by the zone's own rules."""
    info, found = ZoneInfo(zone), []
    for day in (date(2017, 1, 1) + timedelta(days) for days in range(365)):
        if length(day, info) != 1440:
            found.append(day)
    return found


def length(day: date, info: ZoneInfo) -> int:
    start, end = (datetime(one.year, one.month, one.day, tzinfo=info) for one in (day, day + timedelta(1)))
    return int(end.timestamp() - start.timestamp()) // 60


@pytest.mark.parametrize("zone", ZONES)
def test_the_day_of_a_change_of_the_clocks(zone: str) -> None:
    info = ZoneInfo(zone)
    dates = [day for day in changes(zone) if zone != "Africa/Cairo"] or [date(2023, 10, 26), date(2023, 10, 27)]
    assert len(dates) >= 2
    for day in dates:
        noons = [datetime(one.year, one.month, one.day, 12, tzinfo=info) for one in (day - timedelta(1), day)]
        noons.append(datetime(day.year, day.month, day.day, 12, tzinfo=info) + timedelta(1))
        starts = [int(noon.timestamp()) for noon in noons]
        around = [
            PunchInput(str(n), at * 1000, 0, zone, state, serial="A", pin="1")
            for n, (at, state) in enumerate(zip((starts[0], starts[2] - 60), (0, 1), strict=True))
        ]
        whole = derive(
            inputs({"assign": "split", "max_open_min": 4000, "max_open_over_a_day": True}, *around, zone=zone)
        )
        by_date = {card.work_date: card.minutes["worked"] for card in whole}
        assert by_date[day] == length(day, info)
        assert sum(by_date.values()) == (starts[2] - starts[0]) // 60 - 1
        night = {"night": {"start": "00:00", "end": "00:00"}, "max_open_min": 4000, "max_open_over_a_day": True}
        (card,) = derive(inputs(night, *around, zone=zone))
        assert card.minutes["night"] == card.minutes["worked"]
