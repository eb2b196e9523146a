"""Timecards as production derives and publishes them agree with the slow re-computation of tests/reference/timecards
over random employee-weeks.

A few hundred in every run; 10,000 with the marker `soak`. EMPLOYEE_WEEKS_FROM in the environment starts at another
seed. A failure shows the seed and the case, made small, in the case format.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from processors.timecards.cases.file import Difference, read_case_file
from processors.timecards.cases.run import run_case
from schemas.policies import PolicyError
from tests.reference.timecards.expecting import with_expectations
from tests.reference.timecards.inputs import Case
from tests.reference.timecards.random_cases import random_case
from tests.reference.timecards.shrinking import shrink

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "timecard_cases.json").read_text(encoding="utf-8"))
FROM = int(os.environ.get("EMPLOYEE_WEEKS_FROM", "0"))
BLOCK = 50
ZONES_APART = timedelta(hours=14)
BLOCKS = [range(first, first + BLOCK) for first in range(FROM, FROM + 10_000, BLOCK)]


def engine_differences(case: Case) -> list[str]:
    """What the engine finds otherwise than the re-computation, check by check."""
    filled = with_expectations(case, VECTORS["default_policy"], VECTORS["state_maps"])
    file = read_case_file(json.dumps({**VECTORS, "cases": [filled]}).encode())
    differences = run_case(file, file.cases[0]).differences
    return [str(difference) for difference in differences if not waits_for_event_time(filled, difference)]


def waits_for_event_time(case: Case, difference: Difference) -> bool:
    """B5 closes an open shift also when a later one begins. A week does not see shifts that begin more than 36 hours
    after it (stream/week.py): there the card stays OPEN until event time is past the open one's limit."""
    if not difference.where.startswith("check, event") or difference.key != "exceptions":
        return False
    place = int(difference.where.rsplit(" ", 1)[1]) - 1
    watermark = case["events"][place].get("watermark")
    day = datetime.fromisoformat(difference.date).replace(tzinfo=UTC)
    week_start = {**VECTORS["default_policy"], **case["policy"]}["week_start"]
    after_week = day + timedelta(7 - (day.weekday() - week_start) % 7)
    told = [datetime.fromisoformat(event["ts"]) for event in case["events"][:place] if "ts" in event]
    return (
        watermark is not None
        and datetime.fromisoformat(watermark) < after_week + ZONES_APART + timedelta(days=1)
        and any(at > after_week + timedelta(hours=36) - ZONES_APART for at in told)
        and set(difference.found) < set(difference.expected)
    )


def disagrees(case: Case) -> bool:
    try:
        return bool(engine_differences(case))
    except PolicyError:  # what shrinking left of the policy contradicts itself
        return False


def compare(seeds: range) -> None:
    for seed in seeds:
        case = random_case(seed)
        if engine_differences(case):
            small = shrink(case, disagrees)
            filled: dict[str, Any] = with_expectations(small, VECTORS["default_policy"], VECTORS["state_maps"])
            text = "\n".join(engine_differences(small))
            pytest.fail(f"seed {seed}:\n{text}\n{json.dumps(filled, indent=1)}")


@pytest.mark.parametrize("seeds", BLOCKS[:6], ids=lambda seeds: f"{seeds.start}")
def test_some_hundred_employee_weeks(seeds: range) -> None:
    compare(seeds)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seeds", BLOCKS[6:], ids=lambda seeds: f"{seeds.start}")
def test_ten_thousand_employee_weeks(seeds: range) -> None:
    compare(seeds)
