"""People of servers and stations: F24, errata A4, B6."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.codec import encode_event
from schemas.deadletters import Reason
from schemas.polled import PolledTable
from tests.unit.processors.normalize.inventory.bodies import SERVER, STATION, polled
from wire.biotime.secrets import strip_person

EMPLOYEE: dict[str, Any] = {
    "id": 3, "emp_code": "007", "first_name": "Ann", "last_name": "Lee", "nickname": None, "hire_date": "2020-02-29",
    "department": {"id": 1, "dept_code": "D1", "dept_name": "Assembly"}, "position": None, "dev_privilege": 14,
    "area": [{"id": 2, "area_code": "A2", "area_name": "Hall"}, {"id": 4, "area_code": "A4", "area_name": "Gate"}],
    "verify_mode": -1, "emp_type": 1, "enroll_sn": "T1", "attemployee": {"enable_attendance": True},
    "card_no": "99", "device_password": "4321", "self_password": "pbkdf2_sha256$1000$x", "mobile": "555",
}  # fmt: skip
USER = {
    "ID": "1", "UserID": "12", "Name": "Bob", "CardCode": "0123456789abcdef", "PrivatePIN": "", "Type": "0",
    "ScheduleRelay": "1001-12;1002-", "@face": True,
}  # fmt: skip


def test_f24_an_employee_without_secrets() -> None:
    stripped, removed = strip_person(EMPLOYEE)
    assert removed == ("card_no", "device_password", "self_password")
    found = polled(PolledTable.BIOTIME_EMPLOYEES, [stripped])
    (person,) = found.people
    assert (person.device, person.pin, person.item, person.name) == (SERVER, "007", "user", "Ann Lee")
    assert (person.privilege, person.privilege_word, person.verify_mode) == (14, "super administrator", -1)
    assert person.extra == {
        "id": "3", "department": "D1", "areas": "A2,A4", "hire_date": "2020-02-29", "emp_type": "1", "enroll_sn": "T1",
        "enable_attendance": "true", "source_ref": f"{SERVER}:person:3",
    }  # fmt: skip
    assert found.payloads == []


def test_secrets_that_a_reader_left_in_go_no_further() -> None:
    (person,) = polled(PolledTable.BIOTIME_EMPLOYEES, [EMPLOYEE | {"new_password": "hunter2", "card2": "77"}]).people
    written = encode_event(person)
    for secret in (b"4321", b"pbkdf2", b"hunter2", b'"77"', b'"99"', b"555"):
        assert secret not in written


def test_the_same_person_again_is_the_same_one_and_the_later_counts() -> None:
    (first,) = polled(PolledTable.BIOTIME_EMPLOYEES, [EMPLOYEE], received_at=1_772_355_605_000).people
    (second,) = polled(
        PolledTable.BIOTIME_EMPLOYEES, [EMPLOYEE | {"emp_code": "7"}], received_at=1_772_355_606_000
    ).people
    assert first.event_id == second.event_id
    assert second.rank > first.rank


def test_somebody_who_is_gone() -> None:
    (employee,) = polled(PolledTable.BIOTIME_EMPLOYEES, [{"emp_code": "7", "@deleted": True}]).people
    (user,) = polled(PolledTable.AKUVOX_USERS, [{"UserID": "7", "@deleted": True}], source=STATION).people
    assert (employee.deleted, employee.item, user.deleted, user.device) == (True, "user", True, STATION)


def test_a_stations_user() -> None:
    (person,) = polled(PolledTable.AKUVOX_USERS, [USER], source=STATION).people
    assert (person.device, person.pin, person.name) == (STATION, "12", "Bob")
    assert (person.has_card, person.has_password, person.time_zones) == (True, False, "1001-12;1002")
    assert person.extra == {"id": "1", "type": "0", "has_face": "true", "source_ref": f"{STATION}:person:1"}


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        (PolledTable.BIOTIME_EMPLOYEES, {"id": 3}, Reason.NOT_A_ROW),
        (PolledTable.BIOTIME_EMPLOYEES, {"emp_code": "9" * 65}, Reason.PIN_TOO_LONG),
        (PolledTable.AKUVOX_USERS, {"ID": "1", "UserID": "--"}, Reason.PIN_MISSING),
        (PolledTable.AKUVOX_USERS, 7, Reason.NOT_A_ROW),
    ],
)
def test_a_row_that_cannot_be_read_is_a_dead_letter(table: PolledTable, row: Any, reason: Reason) -> None:
    found = polled(table, [row, {**EMPLOYEE, **USER}])
    assert ([dead.reason for dead in found.dead], len(found.people)) == ([reason], 1)
