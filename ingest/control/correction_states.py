"""The life of a correction: asked for, then approved, rejected, revoked or withdrawn. Pure.

Source: spec/timecards.md B1.

    PENDING --approve--> APPROVED --revoke--> REVOKED
    PENDING --reject---> REJECTED
    PENDING --withdraw-> REJECTED   by its own author: it never counted, so there is nothing to revoke

REJECTED and REVOKED are ends: who thinks otherwise asks anew. Every step is a new version. Of two that decide at once
the first in the log holds (`later_of`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from ingest.control.errors import ControlRefused, RequestInvalid
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus

REASON: Final = "decision_reason"  # in `extra`: `reason` is the author's


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"


_STEPS: Final = {
    Verdict.APPROVE: (CorrectionStatus.PENDING, CorrectionStatus.APPROVED),
    Verdict.REJECT: (CorrectionStatus.PENDING, CorrectionStatus.REJECTED),
    Verdict.REVOKE: (CorrectionStatus.APPROVED, CorrectionStatus.REVOKED),
    Verdict.WITHDRAW: (CorrectionStatus.PENDING, CorrectionStatus.REJECTED),
}


def decided(
    correction: Correction, verdict: Verdict, *, who: str, own: str = "", at: int, reason: str = ""
) -> Correction:
    """The next version. own: employee code of who decides, as far as that is known; at: epoch ms.

    Raises ControlRefused: not in this state, not by this person, or not ours to decide; RequestInvalid: no reason.
    """
    name = f"correction {correction.correction_id}"
    before, after = _STEPS[verdict]
    if correction.source == "connector":
        raise ControlRefused(f"{name} is the server's ({correction.source_ref}): it is decided there")
    if correction.status is not before:
        raise ControlRefused(f"{name} is {correction.status.value}: only a {before.value} one can be so decided")
    if verdict is Verdict.WITHDRAW:
        if who != correction.requested_by:
            raise ControlRefused(f"{name} was asked for by {correction.requested_by}: only they can withdraw it")
        reason = reason or "withdrawn"
    elif who == correction.requested_by:
        raise ControlRefused(f"{name} was asked for by {who}: somebody else decides it")
    elif own == correction.employee:
        raise ControlRefused(f"{name} is about {who} ({own}): somebody else decides it")
    if verdict in (Verdict.REJECT, Verdict.REVOKE) and not reason.strip():
        raise RequestInvalid(f"to {verdict.value} {name} needs a reason")
    return replace(
        correction,
        version=correction.version + 1,
        status=after,
        decided_by=who,
        decided_at=max(at, correction.requested_at or 0, correction.decided_at or 0),
        extra={**correction.extra, REASON: reason} if reason else correction.extra,
    )


def later_of(known: Correction | None, other: Correction) -> Correction:
    """The fold of the topic: the greatest version counts, of equal ones the first."""
    return other if known is None or known.version < other.version else known


def same_matter(correction: Correction) -> tuple[object, ...]:
    """Two corrections of an employee with the same matter ask for the same thing."""
    return (
        correction.operation, correction.target, correction.punch_at, correction.state, correction.work_date,
        correction.leave_code, correction.minutes,
    )  # fmt: skip


def stands(correction: Correction) -> bool:
    """It counts, or may come to count."""
    return correction.status in (CorrectionStatus.PENDING, CorrectionStatus.APPROVED)


def decision_reason(correction: Correction) -> str:
    return correction.extra.get(REASON, "")


def day_of(correction: Correction) -> date | None:
    """The date that it is about, as its own wall clock has it; None where it says none."""
    if correction.work_date:
        return date.fromisoformat(correction.work_date)
    if correction.local_text:
        return date.fromisoformat(correction.local_text[:10])
    at = correction.punch_at or correction.target_at
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC).date()


def words_of(correction: Correction) -> str:
    """What it is to change, in a line for people."""
    said = [correction.operation.value]
    if correction.target:
        said.append(f"punch {correction.target}")
    if correction.operation is CorrectionOperation.LEAVE:
        said += [correction.work_date, f"{correction.minutes} min", correction.leave_code]
    if correction.local_text:
        said += [correction.local_text.replace("T", " "), correction.zone]
    if correction.state is not None:
        said.append(f"state {correction.state}")
    said += [f"{name} {text}" for name, text in (("code", correction.work_code), ("at", correction.site)) if text]
    return " ".join(filter(None, said))
