"""Policies to begin with, each with the law it is made for. Source: spec/timecards.md B2, E.

They are a start, not legal advice: an agreement, a waiver or a state's own rule changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.policies import Policy, PolicyError, load_policy

PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    # 29 CFR 778.101 (40 hours a week), 785.18 (breaks up to 20 minutes are paid, also those punched as OUT and IN).
    "us_flsa": {
        "ot": {"weekly": [{"after": 2400, "bucket": "ot1"}]},
        "paid_break_max_min": 20,
        "paid_gap": True,
    },
    # California Labor Code 500, 510 (workday of 24 hours, 8, 12 and 40 hours, seventh day), 512 (meals); no rounding.
    "us_ca": {
        "assign": "split",
        "ot": {
            "daily": [{"after": 480, "bucket": "ot1"}, {"after": 720, "bucket": "ot2"}],
            "weekly": [{"after": 2400, "bucket": "ot1"}],
            "seventh_day": {"first": 480, "bucket1": "ot1", "bucket2": "ot2"},
        },
        "meal_check": [{"min": 30, "by": 300, "if_over": 300}, {"min": 30, "by": 600, "if_over": 600}],
    },
    # ArbZG 4 (30 minutes over 6 hours, 45 over 9), 2 (night 23 to 6), 5 (11 hours of rest).
    "de": {
        "meal": {"tiers": [{"after": 360, "min": 30}, {"after": 540, "min": 45}]},
        "night": {"start": "23:00", "end": "06:00"},
        "min_rest_min": 660,
    },
    # As ZKTime.Net counts without attendance states: odd and even punches of a day, three overtime levels.
    "zk_classic": {
        "direction": "alternate",
        "grouping": "day",
        "day_cut_min": 0,
        "ot": {
            "daily": [
                {"after": 480, "bucket": "ot1"}, {"after": 600, "bucket": "ot2"}, {"after": 720, "bucket": "ot3"},
            ]
        },
        "weekend_days": [5, 6],
        "weekend_bucket": "wkd",
        "holiday_bucket": "hol",
    },
}  # fmt: skip


def preset(name: str, **changes: Any) -> Policy:
    """A preset with some keys of its own. Raises PolicyError for an unknown name or keys that contradict it."""
    if name not in PRESETS:
        raise PolicyError(f"preset {name!r} is none of {', '.join(PRESETS)}")
    return load_policy({**PRESETS[name], **changes})
