"""The worked examples of tests/vectors/timecard_cases.json through the engine, as given and shuffled."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from processors.timecards.cases.file import CaseFile, read_case_file
from processors.timecards.cases.run import is_punch_only, run_case

VECTORS = Path(__file__).parents[1] / "vectors" / "timecard_cases.json"
FILE = read_case_file(VECTORS.read_bytes())
PUNCH_ONLY = [case for case in FILE.cases if is_punch_only(case)]


def named(cases: Any) -> list[str]:
    return [str(case["id"]) for case in cases]


def test_there_are_cases() -> None:
    assert len(FILE.cases) >= 28
    assert len(PUNCH_ONLY) >= 20


@pytest.mark.parametrize("case", FILE.cases, ids=named(FILE.cases))
def test_as_given(case: dict[str, Any]) -> None:
    assert run_case(FILE, case).differences == ()


@pytest.mark.parametrize("case", PUNCH_ONLY, ids=named(PUNCH_ONLY))
def test_in_any_order(case: dict[str, Any]) -> None:
    random = Random(f"2025 {case['id']}")
    for _ in range(10):
        assert run_case(FILE, case, random).differences == ()


@pytest.mark.parametrize("case", FILE.cases, ids=named(FILE.cases))
def test_a_wrong_expectation_is_found(case: dict[str, Any]) -> None:
    changed = orjson.loads(orjson.dumps(case))
    expect = changed["expect"]
    if case["kind"] == "normalize":
        expect["p1"]["utc"] = "2001-01-01T00:00:00Z"
    else:
        day = next(iter(expect["days"].values()))
        day["worked"] = day.get("worked", 0) + 1
    assert len(run_case(FILE, changed).differences) == 1


def case_of(events: list[dict[str, Any]], **expect: Any) -> dict[str, Any]:
    return {"id": "X", "kind": "timecard", "zone": "America/New_York", "events": events, "expect": expect}


def at(punch_id: str, hour: int, state: int, **more: Any) -> dict[str, Any]:
    return {"t": "punch", "id": punch_id, "ts": f"2025-06-09T{hour:02}:00:00-04:00", "state": state, "sn": "A1", **more}


def differences(*events: dict[str, Any], file: CaseFile = FILE, **expect: Any) -> list[tuple[str, str, Any, Any]]:
    result = run_case(file, case_of(list(events), **expect))
    return [(one.date, one.key, one.expected, one.found) for one in result.differences]


EIGHT_HOURS = {"2025-06-09": {"gross": 480, "worked": 480, "reg": 480}}


def test_a_day_that_is_not_listed_must_be_empty() -> None:
    found = differences(at("p1", 8, 0), at("p2", 16, 1), days={})
    assert ("2025-06-09", "worked", 0, 480) in found


def test_info_codes_are_not_compared_and_labor_only_when_given() -> None:
    manual = {"t": "manual", "op": "add", "id": "m1", "ts": "2025-06-09T16:00:00-04:00", "state": 1, "audit_status": 2}
    assert differences(at("p1", 8, 0, wc="7"), manual, days=EIGHT_HOURS) == []
    labor = {"2025-06-09": {**EIGHT_HOURS["2025-06-09"], "labor": {"7": 479}}}
    assert differences(at("p1", 8, 0, wc="7"), manual, days=labor) == [("2025-06-09", "labor", {"7": 479}, {"7": 480})]


def test_open_is_asserted_only_when_expected() -> None:
    watermark = {"t": "check", "watermark": "2025-06-09T16:00:00Z"}
    is_open = {**watermark, "days": {"2025-06-09": {"status": "OPEN"}}}
    at_the_end = {"2025-06-09": {"exceptions": ["MISSING_OUT"]}}
    assert differences(at("p1", 8, 0), {**watermark, "days": {}}, days=at_the_end) == []
    assert differences(at("p1", 8, 0), is_open, days=at_the_end) == []
    closed = {"t": "check", "days": is_open["days"]}
    assert ("2025-06-09", "status", "OPEN", "not OPEN") in differences(at("p1", 8, 0), closed, days=at_the_end)


def test_manual_events() -> None:
    def manual(op: str, manual_id: str, **more: Any) -> dict[str, Any]:
        return {"t": "manual", "op": op, "id": manual_id, **more}

    edit = manual("edit", "m1", target="p2", ts="2025-06-09T16:00:00-04:00")
    assert differences(at("p1", 8, 0), at("p2", 18, 1), edit, days=EIGHT_HOURS) == []
    pending = {**edit, "audit_status": 1}
    ten_hours = {"2025-06-09": {"gross": 600, "worked": 600, "reg": 600}}
    assert differences(at("p1", 8, 0), at("p2", 18, 1), edit, pending, days=ten_hours) == []
    void = manual("void", "m2", target="p3")
    assert differences(at("p1", 8, 0), at("p2", 16, 1), void, at("p3", 18, 1), days=EIGHT_HOURS) == []
    revoke = manual("revoke", "m3", target="m1")
    assert differences(at("p1", 8, 0), at("p2", 18, 1), edit, revoke, days=ten_hours) == []
    assert differences(at("p1", 8, 0), at("p2", 18, 1), revoke, edit, days=EIGHT_HOURS) == []
    everything = [manual("void", f"v{punch}", target=punch) for punch in ("p1", "p2")]
    assert differences(at("p1", 8, 0), at("p2", 18, 1), *everything, days={}) == []


def test_copies_of_one_punch_are_one() -> None:
    copy = at("p9", 16, 1, src="biotime")
    void = {"t": "manual", "op": "void", "id": "v", "target": "p9"}
    assert differences(at("p1", 8, 0), at("p2", 16, 1), copy, at("p2", 16, 1), days=EIGHT_HOURS) == []
    missing = {"2025-06-09": {"exceptions": ["MISSING_OUT"]}}
    assert differences(at("p1", 8, 0), at("p2", 16, 1), copy, void, days=missing) == []


def test_what_does_not_count() -> None:
    noise = [at("d", 10, 1, status=1), at("n", 11, 1, is_attendance=0), at("y", 16, 1, is_attendance=None, status=0)]
    assert differences(at("p1", 8, 0), *noise, days=EIGHT_HOURS) == []
    future = at("f", 20, 1, received="2025-06-09T20:00:00Z")
    flagged = {"2025-06-09": {**EIGHT_HOURS["2025-06-09"], "exceptions": ["FUTURE_PUNCH"]}}
    assert differences(at("p1", 8, 0), at("p2", 16, 1), future, days=flagged) == []


def test_an_identity_change_gives_and_takes() -> None:
    case = case_of(
        [
            at("p1", 8, 0, pin="029"),
            at("p2", 16, 1, pin="7"),
            {"t": "check", "days": {"2025-06-09": {"exceptions": ["MISSING_OUT"]}}},
            {"t": "identity", "map": {"A1:7": "E1"}},
            {"t": "check", "days": EIGHT_HOURS},
            {"t": "identity", "map": {"A1:29": "E2"}},
        ],
        days={"2025-06-09": {"exceptions": ["MISSING_IN"]}},
    )
    assert run_case(FILE, {**case, "employee": "E1", "identity": {"A1:29": "E1"}}).differences == ()
