"""A case with what the re-computation says written into it, so that it reads like a worked example."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tests.reference.timecards.inputs import Case
from tests.reference.timecards.reference import Days, reference


def with_expectations(case: Case, default_policy: Mapping[str, Any], state_maps: Mapping[str, Any]) -> Case:
    """A copy of the case whose checks and `expect` hold the cards, locked cards and adjustments of `reference`."""
    result = reference(case, default_policy, state_maps)
    filled = deepcopy(case)
    checks = [event for event in filled["events"] if event["t"] == "check"]
    for check, days in zip(checks, result.checks, strict=True):
        check["days"] = _with_labor(days)
    filled["expect"] = {"days": _with_labor(result.days)}
    if any(event["t"] == "lock" for event in filled["events"]):
        filled["expect"]["locked_days"] = _with_labor(result.locked_days)
        filled["expect"]["adjustments"] = [
            {"date": day, "deltas": deltas} for day, deltas in result.adjustments.items()
        ]
    return filled


def _with_labor(days: Days) -> Days:
    """Hours by work code are compared only when given: they are, where there is work."""
    return {day: {"labor": {}, **card} if "gross" in card else card for day, card in days.items()}
