"""From worked minutes of the dates of a workweek to buckets (B9), minute by minute."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tests.reference.timecards.inputs import Policy

BUCKETS = ("reg", "ot1", "ot2", "ot3", "hol", "wkd")


def week_of(day: date, policy: Policy) -> list[date]:
    """The 7 work dates of the workweek that holds a date."""
    start = day - timedelta(days=(day.weekday() - policy["week_start"]) % 7)
    return [start + timedelta(days=n) for n in range(7)]


def buckets(worked: Mapping[date, int], policy: Policy) -> dict[date, dict[str, int]]:
    """Minutes per bucket of every date; the sum of a date's buckets is its worked minutes."""
    found: dict[date, dict[str, int]] = {}
    for start in sorted({week_of(day, policy)[0] for day in worked}):
        found.update(_week(week_of(start, policy), worked, policy))
    return found


def _week(week: Sequence[date], worked: Mapping[date, int], policy: Policy) -> dict[date, dict[str, int]]:
    all_worked = all(worked.get(day, 0) > 0 for day in week)  # B14: a worked holiday counts as worked
    counter = 0  # minutes that count towards the weekly tiers
    result: dict[date, dict[str, int]] = {}
    for day in week:  # in date order
        labels, advances = _label_day(worked.get(day, 0), day, policy, is_seventh=all_worked and day == week[-1])
        sums = dict.fromkeys(BUCKETS, 0)
        for label in labels:
            if label == "reg":  # rule 5: weekly tiers on what is still regular
                sums[_tier_bucket(policy["ot"].get("weekly") or [], counter)] += 1
                counter += 1
            else:
                sums[label] += 1
                counter += 1 if advances else 0
        result[day] = sums
    return result


def _label_day(minutes: int, day: date, policy: Policy, *, is_seventh: bool) -> tuple[list[str], bool]:
    """Rules 1 to 4: the bucket of each of the day's minutes; whether minutes that are not regular count weekly."""
    if day.isoformat() in policy["holidays"] and policy["holiday_bucket"] is not None:
        return [policy["holiday_bucket"]] * minutes, bool(policy["holiday_counts_weekly"])
    if day.weekday() in policy["weekend_days"] and policy["weekend_bucket"] is not None:
        return [policy["weekend_bucket"]] * minutes, bool(policy["weekend_counts_weekly"])
    seventh = policy["ot"].get("seventh_day")
    if seventh is not None and is_seventh:
        return [seventh["bucket1"] if n < seventh["first"] else seventh["bucket2"] for n in range(minutes)], False
    labels = [_tier_bucket(policy["ot"].get("daily") or [], n) for n in range(minutes)]
    if sum(label != "reg" for label in labels) < (policy["ot"].get("min_min") or 0):
        labels = ["reg"] * minutes
    return labels, False


def _tier_bucket(tiers: Sequence[Mapping[str, Any]], minutes_before: int) -> str:
    """The bucket of the minute that so many minutes precede: a tier reaches to the next one."""
    reached = [tier for tier in tiers if minutes_before >= tier["after"]]
    return str(max(reached, key=lambda tier: int(tier["after"]))["bucket"]) if reached else "reg"
