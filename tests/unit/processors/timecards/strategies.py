"""Random weeks of one employee: policies that may be loaded, punches that come too often, too seldom and too late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from processors.timecards.engine.inputs import Inputs, Leave, Plan, PunchInput, Terms
from processors.timecards.engine.zones import zone_of
from schemas.policies import Policy, PolicyError, load_policy

ZONES = ("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
FIRST_DAYS = (date(2025, 3, 3), date(2025, 6, 9), date(2025, 10, 27))
STATES = (0, 1, 2, 3, 255, 9, None)
_BUCKET = st.sampled_from(("reg", "ot1", "ot2", "hol", "wkd"))
_ROUNDING = st.none() | st.fixed_dictionaries(
    {"mode": st.sampled_from(("nearest", "up", "down")), "q": st.sampled_from((5, 6, 15, 60))}
)
_TIERS = st.lists(
    st.fixed_dictionaries({"after": st.sampled_from((60, 480, 720, 2400)), "bucket": _BUCKET}),
    max_size=2,
    unique_by=lambda tier: tier["after"],
)


def _minutes(*values: int) -> st.SearchStrategy[int]:
    return st.sampled_from(values)


POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "direction": st.sampled_from(("state", "alternate")),
        "span": st.sampled_from(("pairs", "first_last")),
        "dup_window_s": _minutes(0, 60, 600),
        "dup_mode": st.sampled_from(("throttle", "debounce")),
        "grouping": st.sampled_from(("gap", "day")),
        "new_shift_gap_min": _minutes(30, 240),
        "max_open_min": _minutes(60, 960),
        "day_cut_min": st.sampled_from((0, -60, 720)),
        "day_zone": st.sampled_from(("home", "first_in")),
        "assign": st.sampled_from(("start", "end", "majority", "split", "schedule")),
        "repeat_in": st.sampled_from(("missing_out", "keep_first")),
        "seconds": st.sampled_from(("truncate", "keep")),
        "round_in": _ROUNDING,
        "round_out": _ROUNDING,
        "round_scope": st.sampled_from(("shift_ends", "all")),
        "snap": st.none() | st.just({"in_early": 60, "in_late": 15, "out_early": 15, "out_late": 60}),
        "paid_break_max_min": _minutes(0, 20),
        "paid_break_excess": st.sampled_from(("excess_unpaid", "all_unpaid")),
        "paid_gap": st.booleans(),
        "meal": st.none()
        | st.fixed_dictionaries(
            {"tiers": st.just([{"after": 60, "min": 30}, {"after": 0, "min": 10}])},
            optional={"credit_taken": st.booleans(), "cap_at_threshold": st.booleans()},
        ),
        "meal_check": st.just([{"min": 30, "by": 60, "if_over": 60}]),
        "ot": st.fixed_dictionaries(
            {},
            optional={
                "daily": _TIERS,
                "weekly": _TIERS,
                "seventh_day": st.just({"first": 480, "bucket1": "ot1", "bucket2": "ot2"}),
                "min_min": _minutes(0, 30),
            },
        ),
        "week_start": _minutes(0, 3),
        "night": st.just({"start": "22:00", "end": "06:00"}),
        "holidays": st.just(["2025-06-10", "2025-10-28"]),
        "holiday_bucket": _BUCKET,
        "weekend_days": st.just([5, 6]),
        "weekend_bucket": _BUCKET,
        "min_rest_min": _minutes(0, 660),
        "transfer": st.booleans(),
    },
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    keys: dict[str, Any] = draw(POLICIES)
    if keys.get("span") == "first_last":
        keys["grouping"] = "day"
    if keys.get("grouping") == "day":
        keys.pop("day_zone", None)
    try:
        return load_policy(keys)
    except PolicyError as error:
        raise AssertionError(f"the strategy makes policies that are refused: {error}") from error


@st.composite
def weeks(draw: st.DrawFn) -> Inputs:
    """One employee's week around a day of DST change or an ordinary one."""
    zone, first = draw(st.sampled_from(ZONES)), draw(st.sampled_from(FIRST_DAYS))
    start = zone_of(zone).day_start((first - date(1970, 1, 1)).days)
    times = draw(st.lists(st.integers(0, 8 * 24 * 60), max_size=24, unique=True))
    punches = []
    for number, minute in enumerate(times):
        at = start + minute * 60 + draw(st.sampled_from((0, 0, 29)))
        place = draw(st.sampled_from((zone, zone, zone, "Europe/London")))
        code = draw(st.sampled_from(("", "", "1", "2")))
        punches.append(
            PunchInput(
                f"p{number}", at * 1000, zone_of(place).offset(at), place, draw(st.sampled_from(STATES)),
                serial=draw(st.sampled_from(("A", "B"))), pin="1", work_code=code, site=place,
            )
        )  # fmt: skip
    days = [first + timedelta(number) for number in range(7)]
    plans = [Plan(day, "22:00", "06:00") for day in days[::3]] + [Plan(day, "08:00", "17:00", 30) for day in days[::2]]
    leaves = [Leave("l", days[2], 60)]
    hours = draw(st.none() | st.integers(0, 9 * 24))
    event_time_ms = None if hours is None else (start + hours * 3600) * 1000
    return Inputs(
        "E1", (Terms(draw(policies()), zone),), tuple(punches), (), tuple(plans), tuple(leaves), event_time_ms
    )
