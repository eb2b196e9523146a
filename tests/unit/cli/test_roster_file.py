"""Rosters: planned shifts of single dates, from CSV and YAML."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cli.roster_file import MAX_DATES, RosterEntry, by_employee, entry_text, read_roster
from cli.shift_text import parse_shift, shift_text
from schemas.timecards_input import PlannedShift

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "roster.csv"


def read(text: str, name: str = "r.csv") -> list[RosterEntry]:
    found, problems = read_roster(name, text)
    assert [str(problem) for problem in problems] == []
    return found


def test_the_documented_example() -> None:
    found = read(EXAMPLE.read_text(encoding="utf-8"))
    assert [entry_text(entry) for entry in found] == [
        "employee 4711, 2026-05-04: 08:00-12:00, 13:00-17:00/15 late counter",
        "employee 4711, 2026-05-05: free",
        "employee 4712, 2026-05-04: 22:00-06:00/30",
        "employee 4712, 2026-05-06: back to the schedule",
    ]
    rosters = by_employee(found)
    assert rosters["4711"] == {
        date(2026, 5, 4): [
            PlannedShift(start="08:00", end="12:00"),
            PlannedShift(start="13:00", end="17:00", rest=15, name="late counter"),
        ],
        date(2026, 5, 5): [],
    }
    assert rosters["4712"][date(2026, 5, 6)] is None


def test_yaml_says_the_same() -> None:
    text = """\
roster:
- {employee: 4711, date: 2026-05-04, shifts: [08:00-12:00, 13:00-17:00/15 late counter]}
- {employee: 4711, date: 2026-05-05, shifts: []}
- {employee: 4712, date: 2026-05-04, shifts: 22:00-06:00/30}
- {employee: 4712, date: 2026-05-06, shifts: "-"}
"""
    assert by_employee(read(text, "r.yaml")) == by_employee(read(EXAMPLE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("employee,day\n", "1: unknown column 'day'"),
        ("employee,date,shifts\n1,4.5.2026,\n", "2: '4.5.2026' is no date such as 2026-01-31"),
        ("employee,date,shifts\n1,,\n", "2: date is missing"),
        ("employee,date,shifts\n1,2026-05-04,8-16\n", "2: '8' is no time of day"),
        ("employee,date,shifts\n1,2026-05-04,-;08:00-16:00\n", "2: '-' is no shift such as"),
        ("employee,date,shifts\n1,2026-05-04,\n1,2026-05-04,-\n", "3: employee 1 has 2026-05-04 in line 2 too"),
        ("employee,date,shifts\n1,2026-05-04,08:00-12:00;11:00-13:00\n", "2: employee 1, 2026-05-04: 08:00"),
        (
            "employee,date,shifts\n1,2026-05-05,05:00-08:00\n1,2026-05-04,22:00-06:00\n",
            "3: employee 1, 2026-05-04: 22:00-06:00 of day 1 and 05:00-08:00 of day 2 overlap",
        ),
        ("employee,date,shifts\n1,2026-05-04," + ";".join(["08:00-08:01"] * 11) + "\n", "2: 11 shifts on 2026-05-04"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_line(text: str, message: str) -> None:
    found, problems = read_roster("r.csv", text)
    assert found == []
    assert any(f"{problem.line}: {problem.message}".startswith(message) for problem in problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roster: [{employee: 1, date: 2026-05-04}]", "1: shifts is missing"),
        ("roster: [{employee: 1, date: 2026-05-04, shift: x}]", "1: unknown key 'shift' of an entry"),
        ("roster:\n- 3\n", "2: an entry is no mapping"),
        ("employees: []", "1: unknown key 'employees' in the file (known: roster)"),
        ("roster:\n- [", "3: not YAML: did not find"),
    ],
)
def test_mistakes_in_yaml(text: str, message: str) -> None:
    _, (problem,) = read_roster("r.yaml", text)
    assert f"{problem.line}: {problem.message}".startswith(message)


def test_a_person_has_so_many_dates_in_a_file() -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(MAX_DATES + 1)]
    rows = "".join(f"1,{day},\n" for day in days)
    assert len(read("employee,date,shifts\n" + rows[: rows.rindex("1,2")])) == MAX_DATES
    _, (problem,) = read_roster("r.csv", "employee,date,shifts\n" + rows)
    assert "more than 400 dates" in problem.message


@pytest.mark.parametrize("text", ["08:00-16:30", "08:00-16:30/30", "22:00-06:00 night crew", "00:00-00:00/1 x"])
def test_a_shift_may_have_rest_and_name(text: str) -> None:
    assert shift_text(parse_shift(text)) == text
