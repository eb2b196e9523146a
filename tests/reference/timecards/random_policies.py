"""Random policies over every key of B2, valid combinations only (what B2 refuses at load time never comes out)."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
Policy = dict[str, Any]

QUANTA = (5, 6, 10, 12, 15, 20, 30)
CUSTOM_STATE_MAP = {
    "0": "IN",
    "1": "OUT",
    "2": "BREAK_OUT",
    "3": "BREAK_IN",
    "4": "MEAL_OUT",
    "5": "MEAL_IN",
    "255": "UNKNOWN",
}


def chance(random: Random, probability: float) -> bool:
    return random.random() < probability


def random_policy(random: Random, days: Sequence[date]) -> Policy:
    """The keys that differ from the default policy; about half of the rules are at their default in any one policy."""
    policy: Policy = {"week_start": random.choice((0, 0, 6, random.randrange(7)))}
    policy.update(_grouping(random))
    policy.update(_dates(random, grouping=policy.get("grouping", "gap")))
    for part in (_repeats, _seconds, _breaks, _meals, _overtime, _metrics):
        if chance(random, 0.6):
            policy.update(part(random))
    if chance(random, 0.5):
        policy.update(_special_days(random, days))
    return policy


def _grouping(random: Random) -> Policy:
    policy: Policy = {
        "direction": random.choice(("state", "state", "alternate")),
        "state_map": random.choice(("zk_standard", "zk_standard", "tft_dcs", CUSTOM_STATE_MAP)),
    }
    if chance(random, 0.3):
        policy["grouping"] = "day"
        policy["span"] = random.choice(("pairs", "first_last"))
    if chance(random, 0.5):
        policy["new_shift_gap_min"] = random.choice((90, 180, 240, 300, 480))
        policy["max_open_min"] = random.choice((480, 600, 720, 960, 1440))
    if chance(random, 0.5):
        policy["dup_window_s"] = random.choice((0, 1, 30, 60, 120, 300))
        policy["dup_mode"] = random.choice(("throttle", "debounce"))
    return policy


def _dates(random: Random, grouping: str) -> Policy:
    policy: Policy = {"assign": random.choice(("start", "end", "majority", "split", "schedule"))}
    if chance(random, 0.5):
        policy["day_cut_min"] = random.choice((-120, -60, -45, 30, 60, 90, 105, 150, 240, 300, 720))
    if grouping == "gap" and chance(random, 0.3):
        policy["day_zone"] = "first_in"
    if chance(random, 0.3):
        policy["sched_before_min"] = random.choice((0, 30, 60, 240))
    return policy


def _repeats(random: Random) -> Policy:
    return {
        "repeat_in": random.choice(("missing_out", "keep_first")),
        "repeat_in_grace_min": random.choice((0, 2, 5, 15)),
        "transfer": random.choice((True, False)),
    }


def _seconds(random: Random) -> Policy:
    policy: Policy = {"seconds": "keep" if chance(random, 0.15) else "truncate"}
    for key in ("round_in", "round_out"):
        if chance(random, 0.6):
            quantum = random.choice(QUANTA)
            policy[key] = {"mode": random.choice(("nearest", "nearest", "up", "down")), "q": quantum}
            if policy[key]["mode"] == "nearest" and chance(random, 0.3):
                policy[key]["split"] = random.randrange(1, quantum)
    policy["round_scope"] = random.choice(("shift_ends", "all"))
    if chance(random, 0.5):
        policy["snap"] = {
            key: random.choice((0, 5, 10, 15, 30)) for key in ("in_early", "in_late", "out_early", "out_late")
        }
    return policy


def _breaks(random: Random) -> Policy:
    return {
        "paid_break_max_min": random.choice((0, 10, 15, 20, 60)),
        "paid_break_excess": random.choice(("excess_unpaid", "all_unpaid")),
        "paid_gap": random.choice((True, False)),
    }


def _meals(random: Random) -> Policy:
    policy: Policy = {}
    if chance(random, 0.7):
        tiers = random.choice(
            (
                [{"after": 360, "min": 30}],
                [{"after": 360, "min": 30}, {"after": 540, "min": 45}],
                [{"after": 0, "min": 20}, {"after": 300, "min": 60}],
            )
        )
        policy["meal"] = {"tiers": tiers}
        if chance(random, 0.5):
            policy["meal"]["credit_taken"] = random.choice((True, False))
            policy["meal"]["cap_at_threshold"] = random.choice((True, False))
    if chance(random, 0.7):
        rules: list[dict[str, Any]] = [{"min": 30, "by": 300, "if_over": 300}]
        if chance(random, 0.5):
            rules.append({"min": 30, "by": 600, "if_over": random.choice((480, 600))})
        for rule in rules:
            if chance(random, 0.3):
                rule.update(waived=True, waive_le=rule["if_over"] + 60)
        policy["meal_check"] = rules
    return policy


def _overtime(random: Random) -> Policy:
    daily = random.choice(
        (
            [],
            [{"after": 480, "bucket": "ot1"}],
            [{"after": 480, "bucket": "ot1"}, {"after": 720, "bucket": "ot2"}],
            [{"after": 420, "bucket": "ot1"}, {"after": 540, "bucket": "ot2"}, {"after": 660, "bucket": "ot3"}],
        )
    )
    weekly = random.choice(
        (
            [],
            [{"after": 2400, "bucket": "ot1"}],
            [{"after": 900, "bucket": "ot2"}],
            [{"after": 1200, "bucket": "ot1"}, {"after": 1800, "bucket": "ot3"}],
        )
    )
    seventh = {"first": 480, "bucket1": "ot1", "bucket2": "ot2"} if chance(random, 0.4) else None
    return {"ot": {"daily": daily, "weekly": weekly, "seventh_day": seventh, "min_min": random.choice((0, 0, 15, 60))}}


def _metrics(random: Random) -> Policy:
    policy: Policy = {
        "late_grace_min": random.choice((0, 0, 5, 15)),
        "early_grace_min": random.choice((0, 0, 5, 15)),
        "min_rest_min": random.choice((0, 480, 660, 720)),
    }
    if chance(random, 0.7):
        start, end = random.choice(
            (("22:00", "06:00"), ("23:00", "06:00"), ("01:30", "02:30"), ("00:00", "24:00"), ("06:00", "06:00"))
        )
        policy["night"] = {"start": start, "end": end if end != "24:00" else "00:00"}
    return policy


def _special_days(random: Random, days: Sequence[date]) -> Policy:
    return {
        "holidays": [day.isoformat() for day in random.sample(list(days), random.choice((0, 1, 1, 2)))],
        "holiday_bucket": random.choice((None, "hol", "hol", "ot2")),
        "holiday_counts_weekly": random.choice((True, False)),
        "weekend_days": random.choice(([], [5, 6], [6], [4, 5])),
        "weekend_bucket": random.choice((None, "wkd", "wkd", "ot1")),
        "weekend_counts_weekly": random.choice((True, False)),
    }
