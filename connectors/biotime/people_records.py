"""What a server's row of an employee says to payroll: who it is, and whose the PIN is where and since when. Pure.

Source: errata B6; schemas/employees.py. A code is one person on all of a server, so the PIN is valid in the person's
areas, and at the server itself for rows without a serial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from connectors.biotime.group_records import ALL_TERMINALS, group_id
from connectors.source import Json
from runtime.connector_sections import BioTimeServer
from schemas.codec import encode_event
from schemas.employees import Employee, Employment, Identity, employee_key, identity_key, identity_partition_by
from schemas.identity import normal_pin
from wire.biotime.personnel import EmployeeRow
from wire.biotime.references import Ref

_MAX_CODE: Final = 64
_LEAVE_FIELDS: Final = ("resign_date", "leave_date")  # in no document; some builds have one
_NEVER: Final = 1901  # a server's year for a date that it does not know

_EMPLOYMENT: Final = TypeAdapter(list[Employment])

Record = tuple[bytes, bytes | None, bytes]


class IdentityPlace(NamedTuple):
    """Where and since when a PIN was told: with tenant and PIN, the key of the identity."""

    scope: str
    since: int | None


@dataclass(frozen=True, slots=True)
class GroupCodes:
    """Codes of departments, positions and areas by the server's ids, as far as they were read."""

    departments: Mapping[str, str]
    positions: Mapping[str, str]
    areas: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """One row. places: of its identities."""

    employee: Employee
    identities: tuple[Identity, ...]

    @property
    def places(self) -> list[IdentityPlace]:
        return [IdentityPlace(one.scope, one.valid_from) for one in self.identities]


def inputs_of(raw: Json, row: EmployeeRow, server: BioTimeServer, codes: GroupCodes, today: date) -> list[object]:
    """All that `person_of` looks at: while it is the same, so is what it makes."""
    leave = _leave_date(row)
    groups = [_group(server, row.department, codes.departments), _group(server, row.position, codes.positions)]
    settings = [server.employee_prefix, server.zone, server.site]
    return [raw, groups, _areas(row, server, codes), leave is not None and leave < today, settings]


def person_of(
    row: EmployeeRow, server: BioTimeServer, tenant: str, codes: GroupCodes, *, now_ms: int, today: date
) -> Person | None:
    """None for a code that is too long to be kept. today: at the server."""
    zone = ZoneInfo(server.zone)
    code = row.emp_code.strip()
    name = server.employee_prefix + code
    if not code or len(name) > _MAX_CODE:
        return None
    leave, areas = _leave_date(row), _areas(row, server, codes)
    source_ref = f"{server.key}:employee:{row.id}"
    employee = Employee(
        tenant=tenant,
        employee=name,
        rank=now_ms,
        active=leave is None or leave >= today,
        first_name=row.first_name,
        last_name=row.last_name,
        nick_name=row.nick_name,
        department=_group(server, row.department, codes.departments),
        position=_group(server, row.position, codes.positions),
        areas=areas,
        site=server.site,
        hire_date=_iso(_day(row.hire_date)),
        leave_date=_iso(leave),
        employment_type=row.emp_type,
        enable_attendance=row.enable_attendance,
        enable_overtime=row.enable_overtime,
        enable_holiday=row.enable_holiday,
        source="connector",
        source_ref=source_ref,
        extra={name: value for name, value in row.extra.items() if name not in _LEAVE_FIELDS},
    )
    everywhere = server.dialect == "biotimecloud" and not areas  # its list does not say where people may punch
    scopes = [f"area:{area}" for area in ([group_id(server.key, ALL_TERMINALS)] if everywhere else areas)]
    since = _midnight(_day(row.hire_date), zone)
    until = None if leave is None else _midnight(leave + timedelta(days=1), zone)
    identities = tuple(
        Identity(
            tenant=tenant,
            scope=scope,
            pin=normal_pin(code),
            valid_from=since,
            valid_to=until if until is None or since is None else max(since, until),
            employee=name,
            rank=now_ms,
            verify_mode=row.verify_mode,
            privilege=row.dev_privilege,
            enrolled_at=row.enroll_sn.upper(),
            source="connector",
            source_ref=source_ref,
        )
        for scope in dict.fromkeys([*scopes, f"device:{server.key}"])
    )
    return Person(employee, identities)


def with_employment(employee: Employee, employment: bytes) -> Employee:
    """A server knows nothing of it, so what is written already (runtime.written_view) is carried over. Raises
    ValueError: no employment."""
    return replace(employee, employment=_EMPLOYMENT.validate_json(employment)) if employment else employee


def closed(identity: Identity, now_ms: int) -> Identity:
    """From now on it is nobody's; one that would begin later never was."""
    until = now_ms if identity.valid_to is None else min(identity.valid_to, now_ms)
    if identity.valid_from is not None:
        until = max(until, identity.valid_from)
    return replace(identity, valid_to=until, rank=now_ms)


def void(identity: Identity, place: IdentityPlace, now_ms: int) -> Identity:
    """What was told of a place that is another one now: a wrong `since` was never true, a left area is over."""
    told = replace(identity, scope=place.scope, valid_from=place.since, valid_to=None, rank=now_ms)
    if place.since != identity.valid_from:
        return replace(told, valid_to=0 if place.since is None else place.since)
    return closed(told, now_ms)


def place_key(tenant: str, code: str, place: IdentityPlace) -> bytes:
    """As schemas.employees.identity_key."""
    since = "" if place.since is None else str(place.since)
    return f"{tenant}+{place.scope}+{normal_pin(code)}+{since}".encode()


def employee_record(employee: Employee) -> Record:
    key = employee_key(employee.tenant, employee.employee)
    return key, encode_event(employee), key


def identity_record(identity: Identity) -> Record:
    return identity_key(identity), encode_event(identity), identity_partition_by(identity)


def _leave_date(row: EmployeeRow) -> date | None:
    return next(filter(None, (_day(row.extra.get(field, "")) for field in _LEAVE_FIELDS)), None)


def _areas(row: EmployeeRow, server: BioTimeServer, codes: GroupCodes) -> list[str]:
    return [area for ref in row.areas if (area := _group(server, ref, codes.areas))]


def _group(server: BioTimeServer, ref: Ref | None, codes: Mapping[str, str]) -> str:
    code = "" if ref is None else ref.code or codes.get(ref.id, "")
    return group_id(server.key, code) if code else ""


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return None if day.year <= _NEVER else day


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _midnight(day: date | None, zone: ZoneInfo) -> int | None:
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
