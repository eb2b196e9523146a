"""What may be asked for of corrections, and the correction that it makes. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from ingest.control.errors import RequestInvalid
from ingest.control.models import Model
from ingest.control.requests import PageQuery, Reason
from ingest.control.wall_times import date_of, instant_of, local_text
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus

MAX_AT_ONCE: Final = 10_000
_AHEAD_MS: Final = 600_000  # as far as a clock may be ahead (spec/timecards.md B3.5)

EmployeeCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Tenant = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._-]{1,64})?$")]
CorrectionId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
Code = Annotated[str, Field(max_length=64)]

# What each operation takes; the rest must be left out.
_TIME: Final = frozenset({"local", "zone", "offset", "at", "state", "work_code", "site"})
_TARGET: Final = frozenset({"target", "target_at", "serial"})
_FIELDS: Final = {
    CorrectionOperation.ADD: _TIME,
    CorrectionOperation.EDIT: _TIME | _TARGET,
    CorrectionOperation.VOID: _TARGET,
    CorrectionOperation.LEAVE: frozenset({"work_date", "minutes", "leave_code"}),
}


class Change(Model):
    """What is to be so: a punch at a wall time (or instant) with a state, or leave of a work date."""

    tenant: Annotated[Tenant, Field(description="empty: the caller's, else the default one")] = ""
    local: Annotated[str, Field(max_length=20, description="add, edit: wall time, `YYYY-MM-DD HH:MM[:SS]`")] = ""
    zone: Annotated[str, Field(max_length=64, description="its IANA zone; empty: that of the site")] = ""
    offset: Annotated[str, Field(max_length=6, description="`+HH:MM`, where a wall time occurred twice or never")] = ""
    at: Annotated[int | None, Field(ge=0, description="the instant instead of `local`, epoch ms")] = None
    state: Annotated[
        int | None, Field(ge=0, le=255, description="code of the policy's state map: 0 in, 1 out; null: not said")
    ] = None
    work_code: Code = ""
    site: Annotated[Code, Field(description="add, edit: where; empty: the home site")] = ""
    work_date: Annotated[str, Field(max_length=10, description="leave: `YYYY-MM-DD`")] = ""
    minutes: Annotated[int, Field(ge=0, le=1440, description="leave: how long, at least 1")] = 0
    leave_code: Annotated[Code, Field(description="leave: what kind, as payroll calls it")] = ""
    reason: Annotated[Reason, Field(description="why, in words; needed")] = ""
    reason_code: Annotated[
        Code, Field(description="why, one of the setting control.reason_codes where that is set")
    ] = ""


class Wanted(Change):
    """One correction of one employee."""

    operation: CorrectionOperation
    employee: EmployeeCode
    target: Annotated[str, Field(max_length=32, description="edit, void: id of the punch, or of an added one")] = ""
    target_at: Annotated[int | None, Field(ge=0, description="its instant, epoch ms; null: it is looked up")] = None
    serial: Annotated[str, Field(max_length=80, description="where the target was punched: it is found sooner")] = ""
    key: Annotated[str, Field(max_length=200, description="a second request under a key gives the first's")] = ""


class Bulk(Change):
    """The same for many: those named, all whose home site it is, or all who have an identity at a device then."""

    operation: Literal["add", "leave"]
    employees: Annotated[tuple[EmployeeCode, ...], Field(max_length=MAX_AT_ONCE)] = ()
    of_site: Annotated[str, Field(max_length=64, description="all active ones whose home site it is")] = ""
    of_device: Annotated[str, Field(max_length=80, description="serial: all who have an identity there then")] = ""
    plan: Annotated[str, Field(max_length=32, description="`plan` of the preview: write it; empty: preview")] = ""


class Decide(Model):
    """approve, reject, revoke or withdraw: those named, or all of a batch."""

    decision: Literal["approve", "reject", "revoke", "withdraw"]
    ids: Annotated[tuple[CorrectionId, ...], Field(max_length=MAX_AT_ONCE)] = ()
    batch: Annotated[str, Field(max_length=32)] = ""
    reason: Annotated[Reason, Field(description="needed to reject and to revoke")] = ""


class CorrectionsQuery(PageQuery):
    employee: Annotated[str, Field(max_length=64)] = ""
    tenant: Tenant = ""
    batch: Annotated[str, Field(max_length=32)] = ""
    status: CorrectionStatus | None = None
    older: Annotated[bool, Field(description="with employee or batch: read the whole topic")] = False


def check_reason(change: Change, reason_codes: Collection[str]) -> None:
    """Raises RequestInvalid."""
    if not change.reason.strip():
        raise RequestInvalid("a correction needs a reason")
    if reason_codes and change.reason_code not in reason_codes:
        raise RequestInvalid(f"reason_code {change.reason_code!r} is none of {', '.join(reason_codes)}")


def correction_of(
    wanted: Wanted, *, correction_id: str, tenant: str, zone: str, site: str, who: str, at: int, batch: str = ""
) -> Correction:
    """Version 1, pending. zone, site: those that hold where `wanted` says none; at: now, epoch ms.

    Raises RequestInvalid for what is missing, does not belong to the operation, or cannot be.
    """
    _check_fields(wanted)
    facts: dict[str, Any] = {}
    operation = wanted.operation
    if operation is CorrectionOperation.LEAVE:
        if not wanted.minutes:
            raise RequestInvalid("leave needs its minutes; to take leave away, revoke its correction")
        facts = {"minutes": wanted.minutes, "leave_code": wanted.leave_code}
        facts["work_date"] = date_of(wanted.work_date, "work_date").isoformat()
    if operation in (CorrectionOperation.EDIT, CorrectionOperation.VOID):
        if not wanted.target or wanted.target_at is None:
            raise RequestInvalid(f"{operation.value} needs the id of the punch (target) and its instant (target_at)")
        facts = {"target": wanted.target, "target_at": wanted.target_at}
    if operation in (CorrectionOperation.ADD, CorrectionOperation.EDIT):
        facts |= {"state": wanted.state, "work_code": wanted.work_code, "site": wanted.site}
        if operation is CorrectionOperation.ADD:
            facts["site"] = wanted.site or site
        facts |= _time(wanted, wanted.zone or zone, at)
    return Correction(
        correction_id=correction_id, version=1, tenant=tenant, employee=wanted.employee, operation=operation,
        status=CorrectionStatus.PENDING, batch=batch, reason=wanted.reason.strip(), reason_code=wanted.reason_code,
        requested_by=who, requested_at=at, source="operator", **facts,
    )  # fmt: skip


def _time(wanted: Wanted, zone: str, now: int) -> dict[str, Any]:
    if wanted.at is None and not wanted.local:
        if wanted.operation is CorrectionOperation.ADD:
            raise RequestInvalid("add needs a wall time (local) or an instant (at)")
        return {}
    if wanted.at is not None and (wanted.local or wanted.offset):
        raise RequestInvalid("say either a wall time (local, offset) or an instant (at)")
    if not zone:
        raise RequestInvalid("say the zone: neither the site nor the employee's home site has one in the registry")
    instant = wanted.at if wanted.at is not None else instant_of(wanted.local, zone, wanted.offset)
    if instant > now + _AHEAD_MS:
        raise RequestInvalid(f"{local_text(instant, zone)} has not come yet: a punch is corrected when it is past")
    return {"punch_at": instant, "zone": zone, "local_text": local_text(instant, zone)}


def _check_fields(wanted: Wanted) -> None:
    given = {
        name
        for name, field in type(wanted).model_fields.items()
        if name in _TIME | _TARGET | _FIELDS[CorrectionOperation.LEAVE] and getattr(wanted, name) != field.default
    }
    if foreign := sorted(given - _FIELDS[wanted.operation]):
        raise RequestInvalid(f"{', '.join(foreign)} means nothing for {wanted.operation.value}")
    if wanted.operation is CorrectionOperation.EDIT and not given & (_TIME - {"zone", "offset"}):
        raise RequestInvalid("edit needs what is to change: a time, a state, a work code or a site")
