"""The timecard engine agrees with the slow re-computation of tests/reference/timecards over random employee-weeks.

A few hundred in every run; 10,000 with the marker `soak`. EMPLOYEE_WEEKS_FROM in the environment starts at another
seed. A failure shows the seed and the case, made small, in the case format.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from processors.timecards.cases.file import read_case_file
from processors.timecards.cases.run import run_case
from schemas.policies import PolicyError
from tests.reference.timecards.expecting import with_expectations
from tests.reference.timecards.inputs import Case
from tests.reference.timecards.random_cases import random_case
from tests.reference.timecards.shrinking import shrink

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "timecard_cases.json").read_text(encoding="utf-8"))
FROM = int(os.environ.get("EMPLOYEE_WEEKS_FROM", "0"))
BLOCK = 50
BLOCKS = [range(first, first + BLOCK) for first in range(FROM, FROM + 10_000, BLOCK)]


def engine_differences(case: Case) -> list[str]:
    """What the engine finds otherwise than the re-computation, check by check."""
    filled = with_expectations(case, VECTORS["default_policy"], VECTORS["state_maps"])
    file = read_case_file(json.dumps({**VECTORS, "cases": [filled]}).encode())
    return [str(difference) for difference in run_case(file, file.cases[0]).differences]


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
