"""Departments, positions and areas in registry files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.registry_apply import plan_files
from cli.registry_file import parse_registry, registry_yaml
from schemas.registry import AreaRecord, DepartmentRecord, GroupPeriod, PositionRecord, Record, SitePeriod, SiteRecord

JANUARY = 1_767_225_600_000  # 2026-01-01T00:00:00Z, by `date -d 2026-01-01T00:00Z +%s`
TEXT = """\
areas:
  - {id: plant, name: Plant}
  - {id: hall, name: Hall 1, parent: plant, devices: [t1, T2], valid_from: 2026-01-01T00:00Z}
  - {id: hall, name: Hall, parent: plant, devices: t1;T2, valid_to: 2026-01-01T00:00Z}
positions: [{id: welder, name: Welder}]
departments: [{id: 'biotime:b1/12', name: Assembly}]
"""
RECORDS: list[Record] = [
    DepartmentRecord("biotime:b1/12", (GroupPeriod(name="Assembly"),)),
    PositionRecord("welder", (GroupPeriod(name="Welder"),)),
    AreaRecord("plant", (GroupPeriod(name="Plant"),)),
    AreaRecord(
        "hall",
        (
            GroupPeriod(None, JANUARY, "Hall", "plant", ("T1", "T2")),
            GroupPeriod(JANUARY, None, "Hall 1", "plant", ("T1", "T2")),
        ),
    ),
]


def test_a_file_may_name_them() -> None:
    assert parse_registry([("r.yaml", TEXT)], {}) == (RECORDS, [])


def test_every_mistake_has_its_line() -> None:
    text = (
        "areas:\n"
        "- {name: Hall}\n"
        "- {id: a, parent: a}\n"
        "- {id: b, devices: [T 1]}\n"
        "- {id: c, valid_from: yesterday}\n"
        "departments:\n"
        "- {id: d, devices: [T1]}\n"
        "- {id: e, zone: UTC}\n"
        "- {id: f}\n"
        "- {id: f}\n"
    )
    found, wrong = parse_registry([("r.yaml", text)], {})
    assert found == []
    assert [problem.line for problem in wrong] == [2, 3, 4, 5, 7, 8, 10]
    assert "its own parent" in wrong[1].message
    assert "unknown key 'devices' in a department" in wrong[4].message


def test_what_a_connector_wrote_stays_when_a_file_does_not_name_it() -> None:
    current: list[Record] = [DepartmentRecord("biotime:b1/1", (GroupPeriod(name="One"),), "connector"), *RECORDS]
    changes = plan_files([("r.yaml", "areas: [{id: plant, name: Plant}]\n")], current)
    assert [(change.record.id, change.action) for change in changes] == [("plant", "same")]


def test_what_a_connector_wrote_is_taken_over_by_an_operator_who_says_otherwise() -> None:
    current: list[Record] = [AreaRecord("plant", (GroupPeriod(name="Plant"),), "connector")]
    (same,) = plan_files([("r.yaml", "areas: [{id: plant, name: Plant}]\n")], current)
    (other,) = plan_files([("r.yaml", "areas: [{id: plant, name: Works}]\n")], current)
    assert (same.action, other.action, other.record.source) == ("same", "changed", "operator")


@pytest.mark.parametrize("record", RECORDS)
def test_there_and_back(record: Record) -> None:
    assert parse_registry([("r.yaml", registry_yaml([record]))], {}) == ([record], [])


TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)


@given(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
    TEXTS,
    st.lists(st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True), max_size=3),
)
@settings(max_examples=100, deadline=None)
def test_any_server_code_there_and_back(code: str, name: str, devices: list[str]) -> None:
    area = AreaRecord(f"biotime:b1/{code}", (GroupPeriod(name=name, devices=tuple(devices)),))
    assert parse_registry([("r.yaml", registry_yaml([area]))], {}) == ([area], [])


def test_without_any_the_export_is_as_before() -> None:
    site = SiteRecord("s", (SitePeriod(zone="UTC"),))
    assert "areas" not in registry_yaml([site])
