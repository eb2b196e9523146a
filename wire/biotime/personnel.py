"""Rows of employees, departments, areas and positions (spec/connectors.md A3, errata B6)."""

from dataclasses import dataclass, field
from typing import Any, Final

from wire.biotime.dates import local_or_none
from wire.biotime.errors import RowUnreadable
from wire.biotime.references import Ref, company_of, ref_of
from wire.biotime.secrets import PERSONAL_FIELDS, SECRET_FIELDS
from wire.biotime.values import Json, as_row, bool_of, extras, int_of, needed_text, text_of

_KNOWN: Final = frozenset(
    (
        *("id", "emp_code", "area", "area_name", "hire_date", "emp_type", "verify_mode", "dev_privilege", "enroll_sn"),
        *("enable_att", "enable_attendance", "enable_overtime", "enable_holiday", "attemployee"),
        *("app_status", "update_time", "company"),
        *PERSONAL_FIELDS,
        *SECRET_FIELDS,
    )
)
_DEPARTMENT: Final = ("dept_code", "dept_name", "parent_dept", "parent_dept_name")
_AREA: Final = ("area_code", "area_name", "parent_area", "parent_area_name")
_POSITION: Final = ("position_code", "position_name", "parent_position", "parent_position_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRow:
    """`emp_code` keeps its leading zeros. Flags are None where the server does not say: BioTimeCloud's list is a
    reduced row. `hire_date` as sent. `update_time`: wall time of the server. Codes are text as sent."""

    id: str
    emp_code: str
    first_name: str
    last_name: str
    nick_name: str
    department: Ref | None
    position: Ref | None
    areas: tuple[Ref, ...]
    hire_date: str
    emp_type: str
    verify_mode: str
    dev_privilege: str
    enroll_sn: str
    enable_attendance: bool | None
    enable_overtime: bool | None
    enable_holiday: bool | None
    app_status: int | None
    update_time: str | None
    company: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A department, an area or a position. `id` is text: a number on-premises, a UUID perhaps in the cloud."""

    id: str
    code: str
    name: str
    parent: Ref | None
    company: str
    extra: dict[str, str] = field(default_factory=dict)


def parse_employee(row: Json) -> EmployeeRow:
    """Raises RowUnreadable without emp_code. An answer about one employee may lack `id`: it is then ""."""
    row = as_row(row)
    nested = row.get("attemployee")
    flags: dict[str, Any] = nested if isinstance(nested, dict) else row
    attendance = flags.get("enable_attendance", flags.get("enable_att"))
    return EmployeeRow(
        id=text_of(row.get("id")),
        emp_code=needed_text(row, "emp_code"),
        first_name=text_of(row.get("first_name")),
        last_name=text_of(row.get("last_name")),
        nick_name=text_of(row.get("nickname")) or text_of(row.get("nick_name")),
        department=ref_of(row.get("department"), "dept_code", "dept_name", row.get("dept_name")),
        position=ref_of(row.get("position"), "position_code", "position_name", row.get("position_name")),
        areas=_areas(row.get("area")),
        hire_date=text_of(row.get("hire_date")),
        emp_type=text_of(row.get("emp_type")),
        verify_mode=text_of(row.get("verify_mode")),
        dev_privilege=text_of(row.get("dev_privilege")),
        enroll_sn=text_of(row.get("enroll_sn")),
        enable_attendance=bool_of(attendance),
        enable_overtime=bool_of(flags.get("enable_overtime")),
        enable_holiday=bool_of(flags.get("enable_holiday")),
        app_status=int_of(row.get("app_status")),
        update_time=local_or_none(row.get("update_time")),
        company=company_of(row),
        extra=extras(row, _KNOWN),
    )


def parse_department(row: Json) -> GroupRow:
    """Raises RowUnreadable without an id."""
    return _group(row, _DEPARTMENT)


def parse_area(row: Json) -> GroupRow:
    """Raises RowUnreadable without an id."""
    return _group(row, _AREA)


def parse_position(row: Json) -> GroupRow:
    """Raises RowUnreadable without an id."""
    return _group(row, _POSITION)


def _group(row: Json, fields: tuple[str, str, str, str]) -> GroupRow:
    row = as_row(row)
    code, name, parent, parent_name = fields
    number = text_of(row.get("id"))
    if not number or isinstance(row.get("id"), bool):
        raise RowUnreadable("id", "id is missing or empty")
    return GroupRow(
        id=number,
        code=text_of(row.get(code)),
        name=text_of(row.get(name)),
        parent=ref_of(row.get(parent), code, name, row.get(parent_name)),
        company=company_of(row),
        extra=extras(row, {"id", *fields, "company", *SECRET_FIELDS}),
    )


def _areas(value: object) -> tuple[Ref, ...]:
    items = value if isinstance(value, list) else [value]
    found = (ref_of(item, "area_code", "area_name") for item in items)
    return tuple(area for area in found if area is not None)
