"""The worked examples of tests/vectors/more_timecard_cases.json, as given and shuffled; every key and kind is there."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from processors.timecards.cases.file import read_case_file
from processors.timecards.cases.run import is_punch_only, run_case

VECTORS = Path(__file__).parents[1] / "vectors" / "more_timecard_cases.json"
FILE = read_case_file(VECTORS.read_bytes())
PUNCH_ONLY = [case for case in FILE.cases if is_punch_only(case)]


def named(cases: Any) -> list[str]:
    return [str(case["id"]) for case in cases]


@pytest.mark.parametrize("case", FILE.cases, ids=named(FILE.cases))
def test_as_given(case: dict[str, Any]) -> None:
    assert run_case(FILE, case).differences == ()


@pytest.mark.parametrize("case", PUNCH_ONLY, ids=named(PUNCH_ONLY))
def test_in_any_order(case: dict[str, Any]) -> None:
    random = Random(f"2026 {case['id']}")
    for _ in range(3):
        assert run_case(FILE, case, random).differences == ()


def test_every_policy_key_is_in_a_case() -> None:
    used = {key for case in FILE.cases for key in case.get("policy", {})}
    assert set(FILE.default_policy) - used == set()


def test_every_kind_of_event_is_in_a_case() -> None:
    events = [event for case in FILE.cases for event in case["events"]]
    assert {event["t"] for event in events} == {"punch", "manual", "leave", "identity", "check", "lock"}
    assert {event["op"] for event in events if event["t"] == "manual"} == {"add", "edit", "void", "revoke"}


def test_buckets_add_up() -> None:
    for case in FILE.cases:
        for day in case["expect"]["days"].values():
            worked = day.get("worked", 0)
            assert worked == sum(day.get(key, 0) for key in ("reg", "ot1", "ot2", "ot3", "hol", "wkd")), case["id"]
            gross = day.get("gross", 0) + day.get("paid_break", 0) - day.get("meal_auto", 0)
            assert worked == gross, case["id"]
