"""How punches become hours: the policy of a timecard. Source: spec/timecards.md B2, shapes and defaults B14.

Keys are those of the case files (section 0). Everything is in whole minutes unless the name says otherwise; weekdays
count from Monday = 0; times of day are "HH:MM" on the wall clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from schemas.policy_checks import contradictions

BUCKETS: Final = ("reg", "ot1", "ot2", "ot3", "hol", "wkd")
DIRECTIONS: Final = frozenset({"IN", "OUT", "BREAK_OUT", "BREAK_IN", "MEAL_OUT", "MEAL_IN", "UNKNOWN"})
STATE_MAPS: Final[Mapping[str, Mapping[str, str]]] = {
    "zk_standard": {
        "0": "IN", "1": "OUT", "2": "BREAK_OUT", "3": "BREAK_IN", "4": "IN", "5": "OUT", "255": "UNKNOWN",
    },
    "tft_dcs": {
        "0": "IN", "1": "OUT", "2": "MEAL_IN", "3": "MEAL_OUT", "4": "BREAK_IN", "5": "BREAK_OUT", "255": "UNKNOWN",
    },
}  # fmt: skip
_OVERTIME_STATES: Final = {"OT_IN": "IN", "OT_OUT": "OUT"}  # B5: they behave as IN and OUT

Bucket = Literal["reg", "ot1", "ot2", "ot3", "hol", "wkd"]
Severity = Literal["off", "warning", "blocking"]
Minutes = Annotated[int, Field(strict=True, ge=0)]
Weekday = Annotated[int, Field(strict=True, ge=0, le=6)]
TimeOfDay = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
IsoDate = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
_CLOSED: Final = ConfigDict(extra="forbid")


class PolicyError(ValueError):
    """A policy that cannot be read or contradicts itself; the message names every reason."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Rounding:
    """To multiples of `q` minutes of the wall clock; nearest: less than `split` goes down (None: half, rounded up)."""

    mode: Literal["nearest", "up", "down"]
    q: Annotated[int, Field(strict=True, ge=1, le=60)]
    split: Minutes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Snap:
    """How far around its planned time the first IN and the last OUT are taken for the planned time."""

    in_early: Minutes = 0
    in_late: Minutes = 0
    out_early: Minutes = 0
    out_late: Minutes = 0


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class MealTier:
    """More than `after` minutes of work ask for a break of `min` minutes."""

    after: Minutes
    min: Minutes


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Meal:
    """The meal that is deducted. credit_taken: unpaid breaks count against it; cap_at_threshold: never below it."""

    tiers: tuple[MealTier, ...]
    credit_taken: bool = True
    cap_at_threshold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class MealCheck:
    """The i-th rule tests the i-th unpaid break of a shift of more than `if_over` minutes: at least `min` minutes,
    begun at most `by` minutes after the first IN. `waived` up to `waive_le` minutes of work (None: always)."""

    min: Minutes
    by: Minutes
    if_over: Minutes
    waived: bool = False
    waive_le: Minutes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Tier:
    """Minutes beyond `after`, up to the next tier, go to `bucket`."""

    after: Minutes
    bucket: Bucket


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class SeventhDay:
    """The last date of a workweek of which all seven were worked: the first minutes, and the rest."""

    first: Minutes
    bucket1: Bucket
    bucket2: Bucket


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Overtime:
    """min_min: less than this in the daily tiers together is none."""

    daily: tuple[Tier, ...] = ()
    weekly: tuple[Tier, ...] = ()
    seventh_day: SeventhDay | None = None
    min_min: Minutes = 0


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Window:
    """[start, end) on the wall clock; end <= start is the next day."""

    start: TimeOfDay
    end: TimeOfDay


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Overlay:
    """Paid minutes inside a local window, counted beside the buckets under a name of their own.

    weekdays: on which the window begins (None: all). holidays: windows that begin on a holiday count like others
    ("include"), alone ("only") or never ("exclude"). minimum: less than this on a card is none.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    start: TimeOfDay
    end: TimeOfDay
    weekdays: tuple[Weekday, ...] | None = None
    holidays: Literal["include", "only", "exclude"] = "include"
    minimum: Minutes = 0


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class Policy:
    """All keys of B2. `state_map` is a name of STATE_MAPS or (code, direction) pairs; None in a bucket of holidays or
    weekends makes them ordinary days. The keys after `transfer` are settings of exceptions and off by default."""

    direction: Literal["state", "alternate"] = "state"
    span: Literal["pairs", "first_last"] = "pairs"
    state_map: str | tuple[tuple[str, str], ...] = "zk_standard"
    dup_window_s: Minutes = 60
    dup_mode: Literal["throttle", "debounce"] = "throttle"
    grouping: Literal["gap", "day"] = "gap"
    new_shift_gap_min: Minutes = 240
    max_open_min: Minutes = 960
    max_open_over_a_day: bool = False  # says that max_open_min above 1440 is meant
    day_cut_min: Annotated[int, Field(strict=True, gt=-1440, lt=1440)] = 0
    day_zone: Literal["home", "first_in"] = "home"
    assign: Literal["start", "end", "majority", "split", "schedule"] = "start"
    sched_before_min: Minutes = 120
    repeat_in: Literal["missing_out", "keep_first"] = "missing_out"
    repeat_in_grace_min: Minutes = 5
    seconds: Literal["truncate", "keep"] = "truncate"
    round_in: Rounding | None = None
    round_out: Rounding | None = None
    round_scope: Literal["shift_ends", "all"] = "shift_ends"
    snap: Snap | None = None
    paid_break_max_min: Minutes = 0
    paid_break_excess: Literal["excess_unpaid", "all_unpaid"] = "excess_unpaid"
    paid_gap: bool = False
    meal: Meal | None = None
    meal_check: tuple[MealCheck, ...] = ()
    ot: Overtime = Overtime()
    week_start: Weekday = 0
    night: Window | None = None
    overlays: tuple[Overlay, ...] = ()
    late_grace_min: Minutes = 0
    early_grace_min: Minutes = 0
    holidays: tuple[IsoDate, ...] = ()
    holiday_bucket: Bucket | None = None
    holiday_counts_weekly: bool = True
    weekend_days: tuple[Weekday, ...] = ()
    weekend_bucket: Bucket | None = None
    weekend_counts_weekly: bool = True
    min_rest_min: Minutes = 0
    transfer: bool = False
    long_shift_min: Minutes | None = None  # LONG_SHIFT above this
    late_arriving_min: Minutes = 1440  # LATE_ARRIVING when a punch took longer to come
    max_punches_per_day: Annotated[int, Field(strict=True, ge=1)] | None = None  # TOO_MANY_PUNCHES above this
    unverified: Severity = "off"
    possibly_manual: bool = False
    device_offline: bool = False


_POLICY: Final = TypeAdapter(Policy)


def load_policy(data: Mapping[str, Any], state_maps: Mapping[str, Mapping[str, str]] = STATE_MAPS) -> Policy:
    """A policy from its keys, those left out at their defaults; `state_map` is a name in `state_maps` or a map itself.

    Raises PolicyError that names every unknown key, wrong value or contradiction.
    """
    values = dict(data)
    if isinstance(named := values.get("state_map"), Mapping):
        values["state_map"] = state_map_pairs(named)
    elif named is not None and named not in STATE_MAPS:
        if named not in state_maps:
            raise PolicyError(f"state_map {named!r} is none of {', '.join(sorted(state_maps))} and no map")
        values["state_map"] = state_map_pairs(state_maps[named])
    try:
        policy = _POLICY.validate_python(values)
    except ValidationError as error:
        reasons = (f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
        raise PolicyError("; ".join(reasons)) from error
    if reasons_against := contradictions(policy):
        raise PolicyError("; ".join(reasons_against))
    return policy


def state_map_pairs(codes: Mapping[Any, Any]) -> tuple[tuple[str, str], ...]:
    """A custom state map, code to direction, as a policy keeps it. Raises PolicyError on an unknown direction."""
    pairs = {str(code): _OVERTIME_STATES.get(str(word), str(word)) for code, word in codes.items()}
    for code, direction in pairs.items():
        if direction not in DIRECTIONS:
            raise PolicyError(f"state_map: {direction!r} of code {code} is none of {', '.join(sorted(DIRECTIONS))}")
    return tuple(sorted(pairs.items()))
