"""A manual log as a correction: an added punch that counts while it is approved. Pure.

Source: spec/connectors.md A3, F21; errata B4; schemas/corrections.py. Only the codes pending and approved are in a
document. Another one that somebody decided is a refusal; after an approval it takes the punch back.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from runtime.connector_sections import BioTimeServer
from runtime.local_time import wall_offsets
from schemas.codec import encode_event
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.employees import employee_key
from schemas.events import TimeFlag
from schemas.identity import event_id
from wire.biotime.codes import STATE_NOT_TRACKED, AuditStatus
from wire.biotime.manual_logs import ManualLogRow

_WAS_APPROVED: Final = (CorrectionStatus.APPROVED, CorrectionStatus.REVOKED)


def correction_id(tenant: str, server_key: str, number: int) -> str:
    """No epoch is in it: the log that a restored server shows under a known id takes that one's place."""
    return event_id(tenant, server_key, "manual", str(number))


def status_of(row: ManualLogRow, before: CorrectionStatus | None) -> CorrectionStatus:
    """before: how it stood when it was told last."""
    taken_back = CorrectionStatus.REVOKED if before in _WAS_APPROVED else CorrectionStatus.REJECTED
    match row.status:
        case AuditStatus.APPROVED:
            return CorrectionStatus.APPROVED
        case AuditStatus.PENDING:
            return CorrectionStatus.REVOKED if before is CorrectionStatus.APPROVED else CorrectionStatus.PENDING
        case AuditStatus.REVOKED:
            return CorrectionStatus.REVOKED
        case _:
            return taken_back if row.audit_time or before in _WAS_APPROVED else CorrectionStatus.PENDING


def correction_of(
    row: ManualLogRow,
    server: BioTimeServer,
    tenant: str,
    *,
    code: str,
    status: CorrectionStatus,
    version: int,
    epoch: int,
    now_ms: int,
) -> Correction:
    """code: whose it is, as the server says. now_ms: stands for when it was decided where the server does not say."""
    zone = ZoneInfo(server.zone)
    employee = server.employee_prefix + code
    decided = status is not CorrectionStatus.PENDING
    told: dict[str, object] = {"time_flag": time_flag(row.punch_time, zone)}
    told |= {"audit_status": row.audit_status, "audit_reason": row.audit_reason, "revoke_reason": row.revoke_reason}
    return Correction(
        correction_id=correction_id(tenant, server.key, row.id),
        version=version,
        tenant=tenant,
        employee=employee,
        operation=CorrectionOperation.ADD,
        status=status,
        local_text=row.punch_time,
        zone=server.zone,
        punch_at=instant_ms(row.punch_time, zone),
        state=None if row.state == STATE_NOT_TRACKED else row.state,
        work_code=row.work_code,
        site=server.site,
        reason=row.apply_reason,
        requested_by=employee,
        requested_at=instant_ms(row.apply_time, zone),
        decided_by=row.approver if decided else "",
        decided_at=(instant_ms(row.audit_time, zone) or now_ms) if decided else None,
        source="connector",
        source_ref=f"{server.key}:{epoch}:manual:{row.id}",
        extra={**row.extra, **{name: str(value) for name, value in told.items() if value not in (None, "")}},
    )


def correction_record(correction: Correction) -> tuple[bytes, bytes | None, bytes]:
    by = employee_key(correction.tenant, correction.employee)
    return correction.correction_id.encode(), encode_event(correction), by


def instant_ms(local: str | None, zone: ZoneInfo) -> int | None:
    """Epoch ms UTC. A wall time that is there twice is the earlier one, one that never is keeps the offset of before:
    nothing else is known of it (spec/timecards.md B3.2, B3.3)."""
    if local is None:
        return None
    wall = datetime.fromisoformat(local)
    offset_s, _ = wall_offsets(wall, zone)
    return int(wall.replace(tzinfo=UTC).timestamp() - offset_s) * 1000


def time_flag(local: str, zone: ZoneInfo) -> str:
    """Empty when the wall time is there once."""
    first, second = wall_offsets(datetime.fromisoformat(local), zone)
    if first == second:
        return ""
    return str(TimeFlag.AMBIGUOUS_LOCAL_TIME if first > second else TimeFlag.NONEXISTENT_LOCAL_TIME)
