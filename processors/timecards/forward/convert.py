"""A record of a topic to the inputs that cards read. Pure; all of them raise ValueError for what is no such record.

Inputs may be told more than once: each carries the version of what it tells.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple, TypeVar

from processors.partition_model import Later
from processors.put_aside import Record
from processors.timecards.stream.card_registry import card_facts
from schemas.approvals import Approval
from schemas.codec import decode_event, encode_event
from schemas.corrections import Correction
from schemas.employees import Employee, employee_key
from schemas.payperiods import PayPeriod, period_key
from schemas.registry import Record as RegistryRecord
from schemas.registry import decode_record, record_key
from schemas.timecards_input import RegistryChange, TimecardInput, TimecardInputKind, timecards_key

EventT = TypeVar("EventT")

# Areas, departments and positions decide who may punch where and how people are called, not how long they worked.
REGISTRY_KINDS: Final = frozenset({"site", "device", "policy", "calendar", "schedule", "paygroup"})
_DIGEST_BYTES: Final = 16


def forward_correction(record: Record) -> Later:
    correction = _decode(Correction, record)
    _require_key(record, correction.correction_id.encode())
    return _of_employee(
        TimecardInput(
            kind=TimecardInputKind.CORRECTION,
            tenant=correction.tenant,
            employee=correction.employee,
            correction=correction,
        )
    )


def forward_approval(record: Record) -> Later:
    approval = _decode(Approval, record)
    _require_key(record, approval.approval_id.encode())
    return _of_employee(
        TimecardInput(
            kind=TimecardInputKind.APPROVAL, tenant=approval.tenant, employee=approval.employee, approval=approval
        )
    )


def forward_employee(record: Record) -> Later:
    """One without a value: somebody was deleted."""
    employee = None if record.value is None else _decode(Employee, record)
    if employee is not None:
        _require_key(record, employee_key(employee.tenant, employee.employee))
    tenant, plus, code = (record.key or b"").decode().partition("+")
    if not (tenant and plus and code):
        raise ValueError(f"the key {record.key!r} is not tenant+employee")
    return _of_employee(TimecardInput(kind=TimecardInputKind.EMPLOYEE, tenant=tenant, employee=code, record=employee))


def forward_period(record: Record) -> Later:
    period = _decode(PayPeriod, record)
    key = period_key(period.tenant, period.pay_group, period.first)
    _require_key(record, key)
    event = TimecardInput(kind=TimecardInputKind.PERIOD, tenant=period.tenant, period=period)
    return Later(b"period+" + key, encode_event(event), None)


class ChangedRecord(NamedTuple):
    """A record of the registry. digest: of what cards depend on; empty when it was deleted."""

    key: str
    digest: bytes
    told: Later


def forward_registry(record: Record) -> ChangedRecord | None:
    """None for what no card depends on."""
    key = (record.key or b"").decode()
    kind, plus, name = key.partition("+")
    if kind not in REGISTRY_KINDS:
        return None
    if not (plus and name):
        raise ValueError(f"the key {key!r} is not kind+id")
    decoded = None if record.value is None else decode_record(record.value)
    if decoded is not None:
        _require_key(record, record_key(decoded))
    change = RegistryChange(kind=kind, id=name, version=record.offset + 1)
    event = TimecardInput(kind=TimecardInputKind.REGISTRY, registry=change)
    return ChangedRecord(key, _digest(decoded), Later(b"registry+" + key.encode(), encode_event(event), None))


def _digest(record: RegistryRecord | None) -> bytes:
    if record is None:
        return b""
    return hashlib.sha256(card_facts(record)).digest()[:_DIGEST_BYTES]


def _decode(kind: type[EventT], record: Record) -> EventT:
    if record.value is None:
        raise ValueError("a record without a value")
    return decode_event(kind, record.value)


def _require_key(record: Record, key: bytes) -> None:
    if record.key != key:
        raise ValueError(f"the key says {record.key!r}, the value {key!r}")


def _of_employee(event: TimecardInput) -> Later:
    key = timecards_key(event.tenant, event.employee)
    return Later(key, encode_event(event), key)
