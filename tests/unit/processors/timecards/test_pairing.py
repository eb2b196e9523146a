"""Grouping and pairing: spec/timecards.md B4, B5 and their rulings in B14."""

from __future__ import annotations

from typing import Any

import pytest

from processors.timecards.engine.derive import derive
from tests.unit.processors.timecards.build import cards, day_of, inputs, ms, punch

ALTERNATE = {"direction": "alternate"}
FIRST_LAST = {"span": "first_last", "grouping": "day"}
HOUR = {"gross": 60, "worked": 60, "reg": 60}


def worked(minutes: int, *codes: str, **more: int) -> dict[str, Any]:
    day: dict[str, Any] = {**({"gross": minutes, "worked": minutes, "reg": minutes} if minutes else {}), **more}
    return {**day, "exceptions": sorted(codes)} if codes else day


@pytest.mark.parametrize(
    ("punches", "expected"),
    [
        (["08:00 IN", "09:00 OUT"], worked(60)),
        (["08:00 OUT"], worked(0, "MISSING_IN")),
        (["08:00 OUT", "08:30 OUT"], worked(0, "DOUBLE_OUT", "MISSING_IN")),
        # An orphan OUT is an OUT: its gap to the next opening counts.
        (["08:00 OUT", "09:00 IN", "10:00 OUT"], worked(60, "MISSING_IN", unpaid_break=60)),
        # A second OUT does not move the start of the gap.
        (["07:00 IN", "08:00 OUT", "08:30 OUT", "09:00 IN", "10:00 OUT"], worked(120, "DOUBLE_OUT", unpaid_break=60)),
        (["08:00 B"], worked(0, "MISSING_IN")),
        (["08:00 E", "09:00 OUT"], worked(60, "MISSING_BREAK_OUT")),
        (["07:00 IN", "08:00 OUT", "09:00 E", "10:00 OUT"], worked(120, "MISSING_BREAK_OUT", unpaid_break=60)),
        (["08:00 IN", "08:30 E", "09:00 OUT"], worked(60, "MISSING_BREAK_OUT")),
        (["08:00 IN", "08:05 IN", "09:00 OUT"], worked(60, "DOUBLE_IN")),
        (["08:00 IN", "08:06 IN", "09:06 OUT"], worked(60, "MISSING_OUT")),
        (["08:00 IN", "09:00 B", "10:00 OUT"], worked(60, "MISSING_BREAK_IN")),
        (
            ["08:00 IN", "09:00 B", "10:00 OUT", "10:30 IN", "11:00 OUT"],
            worked(90, "MISSING_BREAK_IN", unpaid_break=30),
        ),
        (["08:00 IN", "09:00 B", "09:10 B", "09:30 IN", "10:00 OUT"], worked(90, "DOUBLE_OUT", unpaid_break=30)),
        (["08:00 IN", "09:00 B"], worked(60, "MISSING_BREAK_IN")),
        (["08:00 IN"], worked(0, "MISSING_OUT")),
        (["08:00 ?", "09:00 ?", "09:30 ?"], worked(60, "MISSING_OUT", unpaid_break=30)),
        (["08:00 IN", "09:00 B", "09:20 ?", "10:00 ?"], worked(100, unpaid_break=20)),
        (["08:00 X", "09:00 OUT"], worked(60, "UNMAPPED_STATE")),
    ],
)
def test_states(punches: list[str], expected: dict[str, Any]) -> None:
    assert day_of({}, *punches) == expected


def test_a_repeated_in_after_the_gap_is_a_new_shift_and_never_under_grouping_day() -> None:
    punches = ("08:00 IN", "12:00 IN", "13:00 OUT")
    assert day_of({}, *punches) == worked(60, "MISSING_OUT")
    assert day_of({"grouping": "day"}, *punches) == worked(60, "MISSING_OUT")
    assert [len(derive(inputs(policy, *punches))[0].shifts) for policy in ({}, {"grouping": "day"})] == [2, 1]


def test_open_longer_than_max_open_starts_a_new_shift() -> None:
    assert cards({}, "08:00 IN", "+1 00:00 OUT") == {"2025-06-09": worked(960)}
    assert cards({}, "08:00 IN", "+1 00:01 OUT") == {
        "2025-06-09": worked(0, "MISSING_OUT"),
        "2025-06-10": worked(0, "MISSING_IN"),
    }
    # From the punch that put the employee on the clock: the end of the break.
    assert cards({}, "08:00 IN", "12:00 B", "12:30 E", "+1 04:00 OUT") == {"2025-06-09": worked(1170, unpaid_break=30)}


def test_off_for_the_gap_starts_a_new_shift_from_any_kept_punch() -> None:
    assert day_of({}, "08:00 IN", "09:00 OUT", "13:00 IN", "14:00 OUT") == worked(120)
    assert day_of({}, "08:00 IN", "09:00 OUT", "12:59 IN", "14:00 OUT") == worked(121, unpaid_break=239)
    kept = day_of({}, "08:00 IN", "09:00 OUT", "10:00 OUT", "13:00 IN", "14:00 OUT")
    assert kept == worked(120, "DOUBLE_OUT", unpaid_break=240)


def test_alternation_restarts_with_the_date_under_grouping_day() -> None:
    policy = {**ALTERNATE, "grouping": "day"}
    assert cards(policy, "08:00 ?", "09:00 ?", "10:00 ?", "+1 08:00 ?", "+1 09:00 ?") == {
        "2025-06-09": worked(60, "MISSING_OUT", unpaid_break=60),
        "2025-06-10": worked(60),
    }
    assert cards({**policy, "day_cut_min": 720}, "20:00 ?", "+1 04:00 ?") == {"2025-06-09": worked(480)}


def test_first_last() -> None:
    assert day_of({**FIRST_LAST, **ALTERNATE}, "08:00 ?") == worked(0, "MISSING_OUT")
    assert day_of(FIRST_LAST, "07:00 OUT", "08:00 IN", "08:10 OUT", "08:20 IN", "09:00 OUT", "09:10 IN") == worked(60)
    assert day_of(FIRST_LAST, "08:00 ?", "08:30 B", "09:00 ?") == worked(60)
    assert day_of(FIRST_LAST, "08:00 OUT") == worked(0, "MISSING_IN")
    assert day_of(FIRST_LAST, "08:00 IN", "09:00 IN") == worked(0, "MISSING_OUT")


def test_transfers() -> None:
    policy = {"transfer": True, "round_scope": "all", "round_in": {"mode": "down", "q": 60}}
    first, second = punch("08:00 IN", work_code="1"), punch("08:03 IN", work_code="2")
    assert day_of(policy, first, second, "09:00 OUT") == {**HOUR, "labor": {"1": 3, "2": 57}}
    assert day_of({}, first, second, "09:00 OUT") == {**worked(60, "DOUBLE_IN"), "labor": {"1": 60}}
    without = punch("08:03 IN")
    assert day_of(policy, first, without, "09:00 OUT") == {**worked(60, "DOUBLE_IN"), "labor": {"1": 60}}


def test_a_break_end_without_a_code_keeps_the_one_before_and_an_in_does_not() -> None:
    coded = punch("08:00 IN", work_code="1")
    assert day_of({}, coded, "08:30 B", "08:40 E", "09:00 OUT")["labor"] == {"1": 50}
    assert day_of({}, coded, "08:30 OUT", "08:40 IN", "09:00 OUT")["labor"] == {"1": 30}


@pytest.mark.parametrize(
    ("mode", "second", "third", "dropped"),
    [("throttle", "08:00:59 ?", "08:01:00 ?", 1), ("debounce", "08:00:59 ?", "08:01:58 ?", 2)],
)
def test_duplicates_against_the_last_kept_or_seen(mode: str, second: str, third: str, dropped: int) -> None:
    (card,) = derive(inputs({"dup_mode": mode, **ALTERNATE}, "08:00:00 ?", second, third))
    assert sum(one.code == "DUPLICATE_PUNCH" for one in card.exceptions) == dropped


def test_duplicates_only_of_equal_directions_and_never_manual() -> None:
    assert day_of({}, "08:00:00 IN", "08:00:30 OUT") == {}
    assert day_of({}, "08:00:00 IN", "08:00:30 ?", "09:00 OUT") == {**HOUR, "exceptions": ["DUPLICATE_PUNCH"]}
    by_hand = punch("08:00:30 IN", manual=True)
    assert day_of({}, "08:00:00 IN", by_hand, "09:00 OUT") == worked(60, "DOUBLE_IN")
    # Its date is that of the dropped punch, with the day cut, whatever the shift's.
    assert cards({"day_cut_min": -60}, "20:00 IN", "23:30:00 OUT", "23:30:10 OUT") == {
        "2025-06-09": worked(210),
        "2025-06-10": {"exceptions": ["DUPLICATE_PUNCH"]},
    }


def test_the_same_instant_is_ordered_by_serial_and_manual_last() -> None:
    in_first = [punch("08:00 IN", serial="A"), punch("08:00 OUT", serial="B", punch_id="b")]
    assert day_of({}, *in_first, "09:00 IN", "10:00 OUT") == worked(60, unpaid_break=60)
    out_first = [punch("08:00 IN", manual=True), punch("08:00 OUT", serial="B", punch_id="b")]
    assert day_of({}, *out_first, "09:00 OUT") == worked(60, "MISSING_IN")


def test_a_missing_partner_waits_for_event_time_or_a_later_shift() -> None:
    until = ms("2025-06-10 00:00")
    assert day_of({}, "08:00 IN", event_time_ms=until) == {"status": "OPEN"}
    assert day_of({}, "08:00 IN", event_time_ms=until + 1) == worked(0, "MISSING_OUT")
    later = cards({}, "08:00 IN", "+1 01:00 IN", event_time_ms=until + 3_600_000)
    assert later == {"2025-06-09": worked(0, "MISSING_OUT"), "2025-06-10": {"status": "OPEN"}}
    soon = day_of({}, "08:00 IN", "12:00 IN", event_time_ms=ms("2025-06-09 12:01"))
    assert soon == {**worked(0, "MISSING_OUT"), "status": "OPEN"}
    assert day_of({}, "08:00 IN", "08:01 IN", "09:00 B", event_time_ms=until) == {
        **worked(60, "DOUBLE_IN"), "status": "OPEN",
    }  # fmt: skip
