"""Rows without an event type of their own: departments, areas, positions, schedules, mobile punches, manual logs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.normalize.inventory.converters import INVENTORY
from schemas.deadletters import Reason
from schemas.device_events import OperationKind
from schemas.polled import PolledTable
from tests.unit.processors.normalize.inventory.bodies import SERVER, STATION, polled
from tests.unit.processors.normalize.raw import RECEIVED

MANUAL_LOG: dict[str, Any] = {
    "id": 2737, "audit_status": 1, "punch_time": "2026-03-01 08:00:00", "punch_state": "0", "work_code": "0",
    "apply_reason": "forgot", "apply_time": "2026-03-01 12:00:00", "employee": {"id": 3, "emp_code": "0123"},
}  # fmt: skip
MOBILE: dict[str, Any] = {
    "emp_code": "0123", "punch_date": 1_772_323_200, "punch_time": 1_772_355_600, "punch_state": 0, "source": 3,
    "longitude": "55.1", "latitude": "25.2", "description": "Sheikh Zayed Road 1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (PolledTable.BIOTIME_DEPARTMENTS, {"id": 2, "dept_code": "A2", "dept_name": "Hall", "parent_dept": 1}),
        (PolledTable.BIOTIME_AREAS, {"id": 2, "area_code": "A2", "area_name": "Hall", "parent_area": 1}),
        (
            PolledTable.BIOTIME_POSITIONS,
            {"id": 2, "position_code": "A2", "position_name": "Hall", "parent_position": 1},
        ),
    ],
)
def test_departments_areas_and_positions(table: PolledTable, row: dict[str, Any]) -> None:
    (record,) = polled(table, [row]).operations
    assert (record.kind, record.code, record.device, record.pin) == (OperationKind.RECORD, table.value, SERVER, "")
    assert record.extra == {"id": "2", "code": "A2", "name": "Hall", "parent": "1"}
    (again,) = polled(table, [row], received_at=RECEIVED + 60_000).operations
    assert again.event_id == record.event_id


def test_when_a_card_of_a_station_opens_and_not_which() -> None:
    row = {"ID": "4", "Name": "Bob", "Code": "0123456789abcdef", "DoorNum": "12", "Mon": "1", "Tue": "1",
           "TimeStart": "08:00", "TimeEnd": "17:00", "@kind": "rfkey"}  # fmt: skip
    (record,) = polled(PolledTable.AKUVOX_SCHEDULES, [row], source=STATION).operations
    assert record.extra == {
        "id": "4", "name": "Bob", "doors": "1,2", "days": "Mon,Tue", "start": "08:00", "end": "17:00", "kind": "rfkey",
    }  # fmt: skip


def test_a_mobile_punch_is_no_punch_and_says_not_where_it_was_made() -> None:
    found = polled(PolledTable.BIOTIME_MOBILE, [MOBILE, MOBILE | {"punch_time": 1_772_355_660}])
    first, second = found.operations
    assert found.punches == []
    assert (first.pin, first.local_text, first.zone) == ("0123", "2026-03-01T09:00:00", "Asia/Dubai")
    assert first.happened_at == 1_772_355_600_000 - 4 * 3_600_000
    assert first.extra == {"punch_time": "2026-03-01T09:00:00", "state": "0", "source": "3"}
    assert first.event_id != second.event_id


def test_f21_each_state_of_a_manual_log_is_kept() -> None:
    found = polled(PolledTable.BIOTIME_MANUAL_LOGS, [MANUAL_LOG, MANUAL_LOG | {"audit_status": 2}, MANUAL_LOG])
    first, second, again = found.operations
    assert found.punches == []
    assert (first.pin, first.extra["status"], first.extra["apply_reason"]) == ("0123", "pending", "forgot")
    assert second.extra["status"] == "approved"
    assert first.event_id == again.event_id != second.event_id


def test_a_row_that_cannot_be_read_is_a_dead_letter() -> None:
    found = polled(PolledTable.BIOTIME_MANUAL_LOGS, [MANUAL_LOG | {"punch_time": "soon"}, MANUAL_LOG])
    assert ([row.reason for row in found.dead], len(found.operations)) == ([Reason.NOT_A_ROW], 1)


def test_every_polled_table_that_is_no_attendance_has_a_converter() -> None:
    assert {table.value for table in PolledTable if table.topic != "raw.attendance"} == INVENTORY


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({*MANUAL_LOG, *MOBILE, "sn", "area", "ID", "UserID", "info", "relay", "status", "uuid"}))


@given(st.sampled_from(sorted(INVENTORY)), st.lists(st.dictionaries(NAMES, JSON, max_size=8) | JSON, max_size=3))
@settings(max_examples=150, deadline=None)
def test_whatever_the_rows_each_is_an_event_or_a_dead_letter_and_nothing_fails(table: str, rows: list[Any]) -> None:
    found = polled(PolledTable(table), rows)
    assert len(found.events) + len(found.dead) <= len(rows)
