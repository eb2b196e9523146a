"""Files of people: every mistake with its line; and what a file would change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.employees_file import PersonEntry, people_yaml, read_people
from cli.employees_plan import Names, plan_people
from cli.employees_text import MAX_LISTED, change_data, change_lines
from cli.registry_apply import plan_files
from ingest.control.employees import KnownPeople, PersonChange
from schemas.employees import Employee, Employment, Identity, identity_key
from schemas.registry import AreaRecord, DepartmentRecord, DeviceRecord, GroupPeriod, SitePeriod, SiteRecord
from schemas.registry_timecards import (
    PayGroupPeriod,
    PayGroupRecord,
    PolicyPeriod,
    PolicyRecord,
    SchedulePeriod,
    ScheduleRecord,
)

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
NOW = 1_790_000_000_000
NAMES = Names.of(
    [
        SiteRecord("berlin", (SitePeriod(),)), DeviceRecord("SN1", ()), AreaRecord("hall", (GroupPeriod(),)),
        DepartmentRecord("biotime:b1/2", ()), PolicyRecord("p", (PolicyPeriod(groups=("crew",)),)),
        PayGroupRecord("monthly", (PayGroupPeriod(),)), ScheduleRecord("office", (SchedulePeriod(),)),
    ]
)  # fmt: skip
TOLD = Employee(
    tenant="t", employee="7", rank=5, first_name="Ann", site="berlin", source="connector",
    source_ref="biotime:b1:employee:7",
)  # fmt: skip
PIN = Identity(tenant="t", scope="area:hall", pin="7", employee="7", rank=5, privilege="14", source="connector")


def entries(text: str, name: str = "p.yaml") -> list[PersonEntry]:
    found, problems = read_people(name, text)
    assert [str(problem) for problem in problems] == []
    return found


def mistakes(text: str, name: str = "p.yaml") -> list[str]:
    found, problems = read_people(name, text)
    assert found == []
    return [f"{problem.line}: {problem.message}" for problem in problems]


def known(*records: Employee | Identity) -> KnownPeople:
    people = {one.employee: one for one in records if isinstance(one, Employee)}
    return KnownPeople(people, {identity_key(one): one for one in records if isinstance(one, Identity)})


def plan(text: str, *records: Employee | Identity, name: str = "p.yaml") -> list[PersonChange]:
    changes, problems = plan_people(entries(text, name), known(*records), NAMES, "t", NOW)
    assert [str(problem) for problem in problems] == []
    return changes


def refusals(text: str, *records: Employee | Identity) -> list[str]:
    _, problems = plan_people(entries(text), known(*records), NAMES, "t", NOW)
    return [f"{problem.line}: {problem.message}" for problem in problems]


class TestFiles:
    def test_the_documented_example_fits_the_documented_registry(self) -> None:
        file = EXAMPLES / "registry-timecards.yaml"
        registry = [change.record for change in plan_files([(str(file), file.read_text(encoding="utf-8"))], [])]
        people = entries((EXAMPLES / "employees.yaml").read_text(encoding="utf-8"))
        changes, problems = plan_people(people, known(), Names.of(registry), "acme", NOW)
        assert problems == []
        ada, grace = (change.employee for change in changes)
        assert ada is not None
        assert grace is not None
        assert [one.policy_group for one in ada.employment] == ["", "night-crew"]
        assert grace.enable_overtime is True
        assert changes[0].identities == (
            Identity(tenant="acme", scope="area:hall", pin="4711", employee="4711", rank=NOW, source="operator"),
        )
        assert changes[1].identities[0].valid_from == 1_767_600_000_000
        text = people_yaml([ada, grace], [one for change in changes for one in change.identities])
        assert [replace(entry, line=0, pins=()) for entry in entries(text)] == [
            replace(entry, line=0, file="p.yaml", pins=()) for entry in people
        ]
        after = known(ada, grace, *(one for change in changes for one in change.identities))
        again, problems = plan_people(entries(text), after, Names.of(registry), "acme", NOW + 1)
        assert problems == []
        assert {(change.employee, change.identities) for change in again} == {(None, ())}

    def test_csv_with_a_row_for_each_period_and_pin(self) -> None:
        head = "employee,first_name,areas,active,employment.valid_from,employment.valid_to,employment.schedule"
        text = (
            f"{head},pin.area,pin.pin\n"
            "0007,Ann,hall;x,false,,2026-01-01,office,hall,7\n"
            "0007,,,,2026-01-01,,,,\n"
            "0007,Ann,,,2026-01-01,,,hall,7\n"
            "8,Bob,,,,,,,\n"
        )
        ann, bob = entries(text, "p.csv")
        assert (ann.code, ann.facts) == ("0007", {"first_name": "Ann", "areas": ["hall", "x"], "active": False})
        assert ann.employment == (
            Employment(valid_to="2026-01-01", schedule="office"),
            Employment(valid_from="2026-01-01"),
        )
        assert [(pin.scope, pin.pin) for pin in ann.pins] == [("area:hall", "7")]
        assert (bob.employment, bob.pins) == (None, ())

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("people: []", "1: unknown key 'people' in the file (known: employees)"),
            ("employees: 3", "1: employees is no list"),
            ("employees: [3]", "1: a person is no mapping"),
            ("employees: [{first_name: A}]", "1: employee is missing"),
            ("employees: [{employee: a+b}]", "1: employee 'a+b' is no code"),
            ("employees: [{employee: 1, nmae: A}]", "1: unknown key 'nmae' of a person"),
            ("employees: [{employee: 1, first_name: [A]}]", "1: first_name is no text"),
            ("employees: [{employee: 1, active: null}]", "1: active '' is neither true nor false"),
            ("employees: [{employee: 1, hire_date: 1.5.2026}]", "1: hire_date '1.5.2026' is no date"),
            ("employees:\n- {employee: 1}\n- {employee: 1}", "3: employee 1 stands in line 2 too"),
            ("employees: [{employee: 1, employment: [{pay: 3}]}]", "1: unknown key 'pay' of employment"),
            ("employees: [{employee: 1, employment: [{valid_from: 2026-02-30}]}]", "1: employment: '2026-02-30' is no"),
            (
                "employees: [{employee: 1, employment: [{valid_from: 2026-02-03, valid_to: 2026-02-03}]}]",
                "1: employment: valid_to is not after valid_from",
            ),
            ("employees:\n- employee: 1\n  employment:\n  - {}\n  - {valid_from: 2026-01-01}", "5: employment: its "),
            ("employees: [{employee: 1, pins: [{pin: 3}]}]", "1: a PIN is one of a device or of an area"),
            ("employees: [{employee: 1, pins: [{pin: 3, area: a, device: d}]}]", "1: a PIN is one of a device or of"),
            ("employees: [{employee: 1, pins: [{area: a}]}]", "1: pin '' is no PIN"),
            ("employees: [{employee: 1, pins: [{area: a, pin: 1, valid_to: 2026-01-01}]}]", "1: valid_to '2026-"),
            ("employees:\n- [", "3: not YAML: did not find"),
            ("employees: \x00", "1: not YAML"),
        ],
    )  # fmt: skip
    def test_mistakes_are_told_with_their_line(self, text: str, message: str) -> None:
        (found,) = mistakes(text)
        assert found.startswith(message)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("name\nx\n", "1: unknown column 'name'"),
            ("first_name\nx\n", "1: column employee is missing"),
            ("employee,site,site\n1,,\n", "1: column site stands twice"),
            ("employee,site\n1,a\n1,b\n", "3: site is another one than in line 2"),
            ("employee\n1,2\n", "2: 2 values for 1 columns"),
            ("employee,site\n,a\n", "2: employee is missing"),
            ('employee\n"', "2: not CSV"),
        ],
    )
    def test_mistakes_in_csv(self, text: str, message: str) -> None:
        assert any(found.startswith(message) for found in mistakes(text, "p.csv"))

    def test_other_files_are_refused(self) -> None:
        assert mistakes("", "p.txt") == ["1: a file of people ends in .yaml, .yml or .csv"]


class TestPlan:
    def test_employment_alone_leaves_the_record_to_the_connector(self) -> None:
        (change,) = plan("employees: [{employee: 7, first_name: Ann, employment: [{pay_group: monthly}]}]", TOLD)
        assert change.employee == replace(TOLD, rank=NOW, employment=[Employment(pay_group="monthly")])
        assert change.fields == ("employment",)
        assert list(change_lines([change])) == [
            "~ employee 7",
            "    + employed: pay group monthly",
            "0 new, 1 changed, 0 as they are; 0 PINs new or changed",
        ]

    def test_another_fact_makes_it_the_operators(self) -> None:
        (change,) = plan("employees: [{employee: 7, first_name: Anna, employment: [{schedule: office}]}]", TOLD)
        assert change.employee is not None
        assert (change.employee.source, change.employee.site) == ("operator", "berlin")
        assert list(change_lines([change]))[:2] == [
            "~ employee 7 (was kept by a connector, from now on by an operator)", "    first_name: Ann -> Anna",
        ]  # fmt: skip

    def test_what_is_there_is_not_written_again(self) -> None:
        told = replace(TOLD, employment=[Employment(pay_group="monthly")])
        said = "site: berlin, employment: [{pay_group: monthly}], pins: [{area: hall, pin: 007}]"
        text = f"employees: [{{employee: 7, {said}}}]"
        (change,) = plan(text, told, PIN)
        assert (change.employee, change.identities) == (None, ())
        assert change_data([change])[0]["action"] == "same"
        (change,) = plan("employees: [{employee: 7, employment: []}]", told)
        assert change.employee == replace(TOLD, rank=NOW)

    def test_rank_rises_even_when_the_clock_is_behind(self) -> None:
        (change,) = plan("employees: [{employee: 7, active: false}]", replace(TOLD, rank=NOW + 5))
        assert change.employee is not None
        assert change.employee.rank == NOW + 6

    def test_a_pin_is_ended_and_given_to_another(self) -> None:
        text = (
            "employees:\n"
            "- {employee: 7, pins: [{area: hall, pin: 7, valid_to: 2026-01-01T00:00:00+00:00}]}\n"
            "- {employee: 8, pins: [{area: hall, pin: 7, valid_from: 2026-01-01T00:00:00+00:00}]}\n"
        )
        old, new = plan(text, TOLD, PIN)
        at = 1_767_225_600_000
        assert old.identities == (replace(PIN, valid_to=at, rank=NOW, source="operator"),)
        assert (new.identities[0].employee, new.identities[0].valid_from) == ("8", at)
        assert list(change_lines([old, new])) == [
            "~ employee 7",
            "    PIN 7 of area:hall, until 2026-01-01T00:00:00+00:00",
            "+ employee 8",
            "    PIN 7 of area:hall, from 2026-01-01T00:00:00+00:00",
            "1 new, 1 changed, 0 as they are; 2 PINs new or changed",
        ]

    def test_one_pin_of_two_people_is_refused(self) -> None:
        later = "employees: [{employee: 8, pins: [{area: hall, pin: 07, valid_from: 2026-01-01T00:00:00+00:00}]}]"
        assert refusals(later, PIN) == [
            "1: PIN 7 of area:hall is also employee 7's at the same time: end one with valid_to"
        ]
        assert refusals(later, replace(PIN, valid_to=1_767_225_600_000)) == []
        assert refusals(later, replace(PIN, valid_to=1_767_225_600_001)) != []
        assert refusals(later, replace(PIN, scope="device:SN1")) == []

    def test_a_pin_that_always_was_somebody_elses_is_corrected(self) -> None:
        (change,) = plan("employees: [{employee: 8, pins: [{area: hall, pin: 7}]}]", PIN)
        assert change.identities == (replace(PIN, employee="8", rank=NOW, source="operator"),)
        assert "    PIN 7 of area:hall; it was employee 7's, and its punches move" in change_lines([change])
        assert change_data([change])[0]["taken_from"] == ["7"]

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            ("site: x", "unknown site 'x': the registry has none"),
            ("areas: [x]", "unknown area 'x'"),
            ("employment: [{site: x}]", "unknown site 'x'"),
            ("employment: [{policy_group: x}]", "unknown group 'x': no policy names it, and no department"),
            ("employment: [{pay_group: x}]", "unknown paygroup 'x'"),
            ("employment: [{schedule: x}]", "unknown schedule 'x'"),
            ("pins: [{device: x, pin: 1}]", "unknown device 'X'"),
        ],
    )
    def test_names_that_the_registry_does_not_have_are_refused(self, said: str, message: str) -> None:
        (found,) = refusals(f"employees: [{{employee: 7, {said}}}]")
        assert message in found

    def test_names_that_it_has_are_taken(self) -> None:
        said = "site: berlin, areas: [hall], employment: [{policy_group: crew, valid_to: 2026-01-01}, "
        said += "{policy_group: 'biotime:b1/2', valid_from: 2026-01-01}], pins: [{device: sn1, pin: 1}]"
        (change,) = plan(f"employees: [{{employee: 7, {said}}}]")
        assert change.identities[0].scope == "device:SN1"

    def test_a_long_list_is_cut(self) -> None:
        people = "\n".join(f"- {{employee: e{number}}}" for number in range(MAX_LISTED + 3))
        lines = list(change_lines(plan(f"employees:\n{people}\n")))
        assert lines[-2:] == [
            "... and 3 more (--json lists all)", "53 new, 0 changed, 0 as they are; 0 PINs new or changed",
        ]  # fmt: skip

    def test_for_machines_all_is_there(self) -> None:
        (found,) = change_data(plan("employees: [{employee: 8, pins: [{area: hall, pin: 8}]}]"))
        pin: dict[str, Any] = found["pins"][0]
        assert (found["action"], found["fields"], pin["scope"]) == ("new", [], "area:hall")
