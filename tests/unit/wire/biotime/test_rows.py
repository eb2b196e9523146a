"""Terminals, people, groups, manual logs, mobile rows, time cards: fixtures F21, F23, F24, and anything else."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given

from tests.unit.wire.biotime.anything import json_objects, json_values
from tests.unit.wire.biotime.rows import EMPLOYEE, MANUAL_LOG, MOBILE, TERMINAL, TIME_CARD
from wire.biotime.codes import AuditStatus, source_word, state_word, verify_word
from wire.biotime.errors import RowUnreadable
from wire.biotime.manual_logs import parse_manual_log
from wire.biotime.mobile import parse_mobile_transaction
from wire.biotime.personnel import parse_area, parse_department, parse_employee, parse_position
from wire.biotime.references import Ref
from wire.biotime.reports import parse_time_card
from wire.biotime.secrets import SECRET_FIELDS, strip_person
from wire.biotime.terminals import offset_of_terminal_tz, parse_terminal

PARSERS: list[Callable[[Any], object]] = [
    *(parse_terminal, parse_employee, parse_department, parse_area, parse_position),
    *(parse_manual_log, parse_mobile_transaction, parse_time_card),
]


def test_f23_a_terminal() -> None:
    row = parse_terminal(TERMINAL)
    assert (row.id, row.sn, row.last_activity, row.push_time) == (868, "7860223940009", "2023-08-23T14:21:53", None)
    assert (row.terminal_tz, row.tz_offset_seconds, row.transfer_interval) == (330, 19_800, 1)
    assert (row.area, row.area_name) == (Ref("1341", "9", "D3test"), "D3test")
    assert (row.user_count, row.transaction_count, row.is_attendance) == (0, None, True)
    assert row.company == "30489a74-d509-11ed-b426-0a58a9feac02"
    assert row.extra == {}


def test_a_terminal_of_other_versions() -> None:
    row = parse_terminal(TERMINAL | {"state": "1", "is_attendance": True, "last_activity": None, "area": 4, "new": 1})
    assert (row.state, row.is_attendance, row.last_activity, row.extra) == (1, True, None, {"new": "1"})
    assert row.area == Ref("4", "", "D3test")


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(8, 28_800), (-12, -43_200), (14, 50_400), (330, 19_800), (210, 12_600), (-30, -1_800), (810, 48_600), (0, 0),
     (5000, None), (None, None)],
)  # fmt: skip
def test_terminal_tz_is_hours_or_minutes(sent: int | None, seconds: int | None) -> None:
    assert offset_of_terminal_tz(sent) == seconds


def test_f24_a_person_without_secrets() -> None:
    row, removed = strip_person(EMPLOYEE)
    assert removed == ("card_no", "device_password", "self_password")
    assert not set(row) & SECRET_FIELDS
    assert row["emp_code"] == "0007"
    assert "4321" not in json.dumps(row)
    assert EMPLOYEE["card_no"] == "99", "the row that was given is not changed"


def test_secrets_below_the_top_are_found_and_empty_ones_are_not_named() -> None:
    row, removed = strip_person({"a": {"Password": "x", "b": 1}, "c": [[{"card_no": "9"}]], "card_no": None})
    assert row == {"a": {"b": 1}, "c": [[{}]]}
    assert removed == ("a.Password", "c.card_no")


def test_an_employee_with_flat_flags() -> None:
    row = parse_employee(EMPLOYEE)
    assert (row.id, row.emp_code, row.first_name, row.hire_date) == ("5", "0007", "Ana", "2019-04-02")
    assert (row.enable_attendance, row.enable_overtime, row.enable_holiday) == (False, True, None)
    assert (row.verify_mode, row.dev_privilege, row.enroll_sn) == ("-1", "14", "T1")
    assert row.department == Ref("1", "1", "Department")
    assert row.areas == (Ref("1", "1", "Not Authorized"),)
    assert row.extra == {"flow_role": "[]", "app_role": "1"}, "nothing secret and nothing personal"


def test_an_employee_with_nested_flags_and_bare_ids() -> None:
    row = parse_employee(
        {
            "id": "9661d55c-3b41-11ee-babe-0a58a9feac02",
            "emp_code": "0123",
            "department": 314,
            "dept_name": "Naham",
            "position": "308",
            "area": [1, "2"],
            "attemployee": {"enable_attendance": True, "enable_overtime": 0, "enable_holiday": "true"},
        }
    )
    assert row.id == "9661d55c-3b41-11ee-babe-0a58a9feac02"
    assert (row.department, row.position) == (Ref("314", "", "Naham"), Ref("308"))
    assert [area.id for area in row.areas] == ["1", "2"]
    assert (row.enable_attendance, row.enable_overtime, row.enable_holiday) == (True, False, True)


def test_a_reduced_row_of_the_cloud_says_nothing_of_flags() -> None:
    row = parse_employee({"id": "u", "emp_code": "1", "department": 314})
    assert (row.enable_attendance, row.enable_overtime, row.areas) == (None, None, ())


def test_groups() -> None:
    company = {"id": "3416d9ec", "name": "teqip"}
    row = parse_department(
        {"id": 2, "dept_code": "1", "dept_name": "D", "parent_dept": 1, "parent_dept_name": "Root", "company": company}
    )
    assert (row.id, row.code, row.name, row.parent, row.company, row.extra) == (
        "2", "1", "D", Ref("1", "", "Root"), "3416d9ec", {},
    )  # fmt: skip
    area = parse_area(
        {"id": 2, "area_code": "2", "area_name": "P", "parent_area": {"id": 1, "area_code": "1", "area_name": "N"}}
    )
    assert area.parent == Ref("1", "1", "N")
    position = parse_position({"id": 1, "position_code": "1", "position_name": "Boss", "parent_position": None})
    assert (position.name, position.parent) == ("Boss", None)


def test_f21_a_manual_log_and_its_versions() -> None:
    first = parse_manual_log(MANUAL_LOG)
    second = parse_manual_log(MANUAL_LOG | {"audit_status": 2, "audit_time": "2023-09-01 16:50:00", "approver": "boss"})
    third = parse_manual_log(MANUAL_LOG | {"audit_status": 2, "revoke_reason": "wrong day"})
    assert [row.status for row in (first, second, third)] == [
        AuditStatus.PENDING, AuditStatus.APPROVED, AuditStatus.REVOKED,
    ]  # fmt: skip
    assert (first.id, first.punch_time, first.state) == (2737, "2023-09-01T16:41:28", 1)
    assert first.employee == Ref("7e01c4ac-459d-11ee-9ef1-0a58a9feac02")
    assert (second.audit_time, second.approver) == ("2023-09-01T16:50:00", "boss")
    assert parse_manual_log(MANUAL_LOG | {"audit_status": 9}).status is AuditStatus.UNKNOWN
    assert parse_manual_log(MANUAL_LOG | {"employee": {"id": 4, "emp_code": "07"}}).emp_code == "07"


def test_a_manual_log_with_an_epoch_is_refused_not_guessed() -> None:
    with pytest.raises(RowUnreadable):
        parse_manual_log(MANUAL_LOG | {"punch_time": "1693568322"})


def test_a_mobile_row_has_its_wall_time_stamped_as_utc_and_no_place() -> None:
    row = parse_mobile_transaction(MOBILE)
    assert (row.emp_code, row.punch_time, row.source, row.terminal_sn) == ("13", "2023-09-01T15:29:02", 3, "App")
    assert row.extra == {}
    assert parse_mobile_transaction(MOBILE | {"punch_time": "2023-09-01 15:34:13"}).punch_time == "2023-09-01T15:34:13"


def test_a_time_card() -> None:
    row = parse_time_card(TIME_CARD)
    assert (row.row_id, row.emp_code, row.work_date) == (TIME_CARD["uuid"], "13039", "2023-07-01")
    assert (row.check_in, row.check_out) == ("09:00", "18:00")
    assert row.minutes == {"duration": 540, "absent": 540, "late": 5}
    assert row.values == {
        "weekday": "Saturday", "timetable": "General Time Table", "clock_in": "08:58", "work_day": "1.0",
        "attendance_status": "Absence(A)",
    }  # fmt: skip


def test_b5_every_paycode_is_kept() -> None:
    row = parse_time_card(
        {
            "id": "x",
            "emp_code": "2",
            "att_date": "2021-10-14",
            "paycode_15": "1.5",
            "paycode_16": "08:30",
            "paycode_1": "?",
        }
    )
    assert row.work_date == "2021-10-14"
    assert row.paycodes == {"paycode_15": 90, "paycode_16": 510}
    assert row.values == {"paycode_1": "?"}


@pytest.mark.parametrize(
    ("parse", "row", "field"),
    [
        (parse_time_card, {"emp_code": "1", "att_date": "2021-10-14"}, "uuid"),
        (parse_time_card, {"uuid": "u", "att_date": "2021-10-14"}, "emp_code"),
        (parse_time_card, {"uuid": "u", "emp_code": "1"}, "att_date"),
        (parse_terminal, {"sn": "T1"}, "id"),
        (parse_employee, {"id": 1}, "emp_code"),
        (parse_area, {"area_code": "1"}, "id"),
        (parse_manual_log, {"id": 1}, "punch_time"),
        (parse_mobile_transaction, {"emp_code": "1", "punch_time": -5}, "punch_time"),
        (parse_terminal, [1], "row"),
    ],
)
def test_what_is_missing_is_named(parse: Callable[[Any], object], row: Any, field: str) -> None:
    with pytest.raises(RowUnreadable) as error:
        parse(row)
    assert error.value.field == field


def test_words() -> None:
    assert (state_word(0), state_word(5), state_word(255), state_word(None)) == ("check in", "overtime out", "", "")
    assert (verify_word(4), verify_word(25), verify_word(77), verify_word(None)) == ("badge", "palm", "", "")
    assert (source_word(0), source_word(3), source_word(None)) == ("manual", "mobile", "")


@given(json_values())
def test_anything_is_read_or_refused(value: Any) -> None:
    for parse in PARSERS:
        with suppress(RowUnreadable):
            parse(value)


@given(json_objects())
def test_no_secret_is_left_at_any_depth(row: dict[str, Any]) -> None:
    kept, removed = strip_person({"deep": [{"self_password": "s3cr3t"}, row], "card_no": "s3cr3t", **row})
    assert "s3cr3t" not in json.dumps(kept, default=str) or "s3cr3t" in json.dumps(row, default=str)
    assert removed == tuple(sorted(set(removed)))
