"""How a case is read: odd spellings, optional fields, and that what is wrong is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from processors.timecards.cases.file import CaseFile, CaseWrong, read_case_file
from processors.timecards.cases.identities import employee_of, entries_of, names_of, people_of
from processors.timecards.cases.run import run_case
from schemas.policies import PolicyError

VECTORS = Path(__file__).parents[4] / "vectors" / "timecard_cases.json"
FILE = read_case_file(VECTORS.read_bytes())
EIGHT_HOURS = {"2025-06-09": {"gross": 480, "worked": 480, "reg": 480}}


def at(hour: int, state: Any = None, **more: Any) -> dict[str, Any]:
    event = {"t": "punch", "id": f"p{hour}", "ts": f"2025-06-09T{hour:02}:00:00-04:00", "state": state, **more}
    return {key: value for key, value in event.items() if value is not None}


def case_of(*events: dict[str, Any], days: Any = EIGHT_HOURS, zone: str = "America/New_York", **more: Any) -> Any:
    expect = {"days": days, **more.pop("expect", {})}
    return {"id": "X", "kind": "timecard", "zone": zone, "events": list(events), "expect": expect, **more}


def found(case: Any, file: CaseFile = FILE) -> list[tuple[str, str, str, Any, Any]]:
    return [(one.where, one.date, one.key, one.expected, one.found) for one in run_case(file, case).differences]


@pytest.mark.parametrize(
    "punches",
    [
        (at(8, 0), at(16, 1)),
        (at(8), at(16)),
        (at(8, "0"), at(16, "1")),
        (at(8, ""), at(16, "255")),
        (at(8, 0, sn="a1", pin="007"), at(16, 1, sn="A1", pin=7)),
        (at(8, 1, dir="in"), at(16, 0, sn="A1", dir="OUT")),
        (at(8, 0, site="nowhere"), at(16, 1, site="nowhere")),
        (at(8, None, status="0", src="akuvox"), at(16, None, status=0, src="akuvox:0C11")),
        (at(8, 0, is_attendance=1), at(16, 1, is_attendance=True), at(17, 1, is_attendance="0")),
        (at(8, 0, job_codes=["1", None], tips=["1.50"]), at(16, 1, flags=["ZONE_ASSUMED"])),
    ],
)
def test_punches_in_many_spellings(punches: tuple[dict[str, Any], ...]) -> None:
    assert found(case_of(*punches)) == []


def test_a_file_with_maps_of_its_own_and_without_defaults() -> None:
    file = CaseFile(frozenset(), {}, {"ours": {"I": "IN", "10": "IN", "11": "OUT"}}, ())
    assert found(case_of(at(8, 10), at(16, 11), policy={"state_map": "ours"}), file) == []
    both = case_of(at(8, 0, site="A"), at(12, 1), at(13, 0, site="B"), at(17, 1), sites={"A": "America/New_York"})
    told = {(key, tuple(codes)) for _, _, key, _, codes in found(both, file) if key == "exceptions"}
    assert told == {("exceptions", ("MULTI_SITE",))}


def test_whose_a_punch_is() -> None:
    assert entries_of([{"sn": "a1", "pin": "07", "employee": "E1"}, {"map": {"A1:8": None}}]) == {
        "A1:7": "E1", "A1:8": None,
    }  # fmt: skip
    assert employee_of({"identity": {"A1:7": None, "A1:8": "E5"}}) == "E5"
    event = {"t": "identity", "entries": {"A1:7": "E7"}}
    assert employee_of({"identity": {}, "events": [event]}) == "E7"
    assert employee_of({"events": [event]}) == "E1"
    assert people_of({"employee": 5, "events": [event]}) == ["5", "E7"]


def test_which_rows_are_one_punch() -> None:
    first, again = at(8, 0, sn="A1", pin="7"), {**at(8, 1, sn="a1", pin="07", src="biotime"), "id": "b8"}
    same_id, door = {**at(8, 0), "id": "b8"}, {**at(8, status=0, sn="A1", pin="7"), "id": "d1"}
    assert names_of([first, again, same_id, door]) == {"p8": 0, "b8": 0, "d1": 3}


def test_planned_times_in_many_spellings() -> None:
    plan = {"date": "2025-06-09", "start": "8:00", "end": "16:00:00", "break": None}
    assert found(case_of(at(8, 0), at(16, 1), schedule=[plan])) == []
    assert found(case_of(at(8, 0), at(16, 1), schedule=None, sites=None, policy=None)) == []


def test_locks_that_overlap_lock_a_date_once() -> None:
    events = [at(8, 0), at(16, 1), {"t": "lock", "period": ["2025-06-09", "2025-06-09"]}, at(17, 0), at(18, 1)]
    whole_week = {"t": "lock", "period": ["2025-06-08", "2025-06-14"]}
    nine = {"2025-06-09": {"gross": 540, "unpaid_break": 60, "worked": 540, "reg": 540}}
    adjusted = [{"date": "2025-06-09", "deltas": {"worked": 60, "reg": 60}}]
    expect = {"locked_days": EIGHT_HOURS, "adjustments": adjusted}
    assert found(case_of(*events, whole_week, days=nine, expect=expect)) == []
    wrong = {"locked_days": nine, "adjustments": []}
    assert {where for where, *_ in found(case_of(*events, whole_week, days=nine, expect=wrong))} == {
        "locked", "adjustments",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (case_of({"t": "dance"}), "nothing is known of t='dance'"),
        (case_of({"t": "manual", "op": "bend", "id": "m"}), "nothing is known of op='bend'"),
        (case_of({"t": "punch", "id": "p"}), "KeyError: 'ts'"),
        (case_of({"t": "punch", "id": "p", "ts": "2025-06-09T08:00:00"}), "has no offset"),
        (case_of({"t": "lock", "period": ["2025-06-10", "2025-06-09"]}), "ends before it begins"),
        (case_of(at(8, 0), zone="Mars/Base"), "Mars/Base"),
        (case_of(at(8, flags=["ODD"])), "ODD"),
    ],
)
def test_what_is_wrong_is_told(case: Any, reason: str) -> None:
    with pytest.raises(CaseWrong, match=reason):
        run_case(FILE, case)


def test_a_policy_that_is_refused() -> None:
    with pytest.raises(PolicyError, match="grouping=day"):
        run_case(FILE, case_of(policy={"span": "first_last"}))
