"""The re-computation of timecards against the worked examples of tests/vectors/timecard_cases.json."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reference.timecards.comparing import differences
from tests.reference.timecards.reference import reference

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "timecard_cases.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = [case for case in VECTORS["cases"] if case["kind"] == "timecard"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 26


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    result = reference(case, VECTORS["default_policy"], VECTORS["state_maps"])
    info = VECTORS["info_codes"]
    checks = [event for event in case["events"] if event["t"] == "check"]
    for check, found in zip(checks, result.checks, strict=True):
        assert differences(check["days"], found, info) == []
    expected = case["expect"]
    assert differences(expected["days"], result.days, info) == []
    assert differences(expected.get("locked_days", {}), result.locked_days, info) == []
    assert {entry["date"]: entry["deltas"] for entry in expected.get("adjustments", [])} == result.adjustments
