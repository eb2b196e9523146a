"""A row of `/mobile/api/v1.0/manual_logs/`: a punch that somebody asked for in writing. It changes later (A3, F21)."""

from dataclasses import dataclass, field
from typing import Final

from wire.biotime.codes import AuditStatus
from wire.biotime.dates import local_or_none, local_seconds
from wire.biotime.errors import RowUnreadable
from wire.biotime.references import Ref, company_of, ref_of
from wire.biotime.secrets import PERSONAL_FIELDS, SECRET_FIELDS
from wire.biotime.values import Json, as_row, extras, int_of, needed_id, needed_text, text_of

_STATUS: Final = {1: AuditStatus.PENDING, 2: AuditStatus.APPROVED}
_KNOWN: Final = frozenset(
    (
        *("id", "audit_status", "revoke_reason", "punch_time", "punch_state", "work_code", "apply_reason"),
        *("apply_time", "audit_reason", "audit_time", "approver", "company", "employee", "emp_code"),
        *PERSONAL_FIELDS,
        *SECRET_FIELDS,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualLogRow:
    """Times are wall times `YYYY-MM-DDTHH:MM:SS`. `employee` is the server's id of the person; `emp_code` is "" unless
    the row has it. `audit_status` as sent; a code that no document has is `status` UNKNOWN, which is not approved."""

    id: int
    audit_status: int | None
    status: AuditStatus
    punch_time: str
    state: int | None
    state_text: str
    work_code: str
    apply_reason: str
    apply_time: str | None
    audit_reason: str
    audit_time: str | None
    revoke_reason: str
    approver: str
    employee: Ref | None
    emp_code: str
    company: str
    extra: dict[str, str] = field(default_factory=dict)


def parse_manual_log(row: Json) -> ManualLogRow:
    """Raises RowUnreadable, naming the field: id or punch_time."""
    row = as_row(row)
    employee = row.get("employee")
    code = text_of(row.get("emp_code")) or (text_of(employee.get("emp_code")) if isinstance(employee, dict) else "")
    revoked = text_of(row.get("revoke_reason"))
    audit = int_of(row.get("audit_status"))
    return ManualLogRow(
        id=needed_id(row),
        audit_status=audit,
        status=AuditStatus.REVOKED if revoked else _STATUS.get(audit or 0, AuditStatus.UNKNOWN),
        punch_time=_punch_time(row),
        state=int_of(row.get("punch_state")),
        state_text=text_of(row.get("punch_state")),
        work_code=text_of(row.get("work_code")),
        apply_reason=text_of(row.get("apply_reason")),
        apply_time=local_or_none(row.get("apply_time")),
        audit_reason=text_of(row.get("audit_reason")),
        audit_time=local_or_none(row.get("audit_time")),
        revoke_reason=revoked,
        approver=text_of(row.get("approver")),
        employee=ref_of(employee, "emp_code"),
        emp_code=code,
        company=company_of(row),
        extra=extras(row, _KNOWN),
    )


def _punch_time(row: Json) -> str:
    """Text only: what an epoch number would mean here is not known (A3), so it is refused. Raises RowUnreadable."""
    try:
        return local_seconds(needed_text(row, "punch_time"))
    except ValueError as error:
        raise RowUnreadable("punch_time", f"punch_time is {error}") from None
