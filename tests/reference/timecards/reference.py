"""`reference`: one case of the case format (section 0, kind timecard) to what each check and the end must show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.reference.timecards.derive import derive
from tests.reference.timecards.inputs import Case, seconds

Card = dict[str, Any]
Days = dict[str, Card]
ADJUSTED = ("worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd")


@dataclass
class Result:
    """Cards by ISO date (numbers that are 0 left out): per `check` in order, at the end, as locked; the adjustments.

    `adjustments` is the sum of all deltas per locked date, `checks` and `days` are current derivations.
    """

    checks: list[Days] = field(default_factory=list)
    days: Days = field(default_factory=dict)
    locked_days: Days = field(default_factory=dict)
    adjustments: dict[str, dict[str, int]] = field(default_factory=dict)


def reference(case: Case, default_policy: Mapping[str, Any], state_maps: Mapping[str, Any]) -> Result:
    """Raises AssertionError or KeyError for cases that are not of the format."""
    assert case["kind"] == "timecard", case["id"]
    policy = {**default_policy, **(case.get("policy") or {})}  # top-level keys are replaced
    result = Result()
    locked_dates: set[date] = set()
    for number, event in enumerate(case["events"]):
        if event["t"] not in ("check", "lock"):
            continue
        so_far = case["events"][: number + 1]
        watermark = event.get("watermark")  # without any: event time is far in the future
        cards = derive(case, so_far, policy, dict(state_maps), None if watermark is None else seconds(watermark))
        if event["t"] == "check":
            result.checks.append(_iso(cards))
            continue
        first, last = (date.fromisoformat(text) for text in event["period"])  # inclusive
        for day in cards:
            if first <= day <= last and day not in locked_dates:
                result.locked_days[day.isoformat()] = cards[day]
        locked_dates.update(date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
    result.days = _iso(derive(case, case["events"], policy, dict(state_maps), None))
    for day in sorted(locked_dates):
        deltas = _deltas(result.locked_days.get(day.isoformat(), {}), result.days.get(day.isoformat(), {}))
        if deltas:
            result.adjustments[day.isoformat()] = deltas
    return result


def _iso(cards: dict[date, Card]) -> Days:
    return {day.isoformat(): card for day, card in cards.items()}


def _deltas(locked: Card, current: Card) -> dict[str, int]:
    """current - locked over the numbers that adjustments speak of, zeros left out."""
    return {
        key: current.get(key, 0) - locked.get(key, 0) for key in ADJUSTED if current.get(key, 0) != locked.get(key, 0)
    }
