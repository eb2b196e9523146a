"""A correction of somebody's punches or leave: asked for, then approved, rejected or revoked. Source:
spec/timecards.md B1, D.

Records of one correction share its id; the one with the greatest `version` counts. Originals are never changed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

CORRECTION_VERSION: Final = 1


class CorrectionOperation(StrEnum):
    ADD = "add"
    EDIT = "edit"  # `target` gets another time or state
    VOID = "void"  # `target` does not count
    LEAVE = "leave"  # minutes of a work date; the approved one of the greatest version counts


class CorrectionStatus(StrEnum):
    PENDING = "pending"  # only approved ones change a card
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"  # was approved, does not count any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One state of one correction. Key: its id; partition by tenant + employee."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = CORRECTION_VERSION
    correction_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="the same in all its versions")]
    version: Annotated[int, Field(ge=1, description="rises with every change")]
    tenant: Annotated[str, Field(min_length=1, description="tenant")]
    employee: Annotated[str, Field(min_length=1, max_length=64, description="whose punches")]
    operation: Annotated[CorrectionOperation, Field(description="add, edit, void or leave")]
    status: Annotated[CorrectionStatus, Field(description="pending, approved, rejected or revoked")]
    target: Annotated[str, Field(description="edit, void: the punch id; else empty")] = ""
    target_at: Annotated[
        EpochMs | None, Field(description="edit, void: the instant that the target was punched at, epoch ms UTC")
    ] = None
    local_text: Annotated[str, Field(description="add, edit: wall time `YYYY-MM-DDTHH:MM:SS`")] = ""
    zone: Annotated[str, Field(description="IANA zone of the wall time")] = ""
    punch_at: Annotated[EpochMs | None, Field(description="add, edit: the instant, epoch ms UTC")] = None
    state: Annotated[int | None, Field(description="add, edit: attendance state code; null when not said")] = None
    work_code: Annotated[str, Field(description="add, edit: work code")] = ""
    site: Annotated[str, Field(description="add: where")] = ""
    work_date: Annotated[str, Field(description="leave: the date, `YYYY-MM-DD`")] = ""
    minutes: Annotated[int, Field(ge=0, le=1440, description="leave: minutes")] = 0
    leave_code: Annotated[str, Field(description="leave: what kind, as payroll calls it")] = ""
    batch: Annotated[str, Field(description="id of the request for many people that it is part of, or empty")] = ""
    reason: Annotated[str, Field(description="why, in the words of who asked")] = ""
    reason_code: Annotated[str, Field(description="why, by the list of the site")] = ""
    requested_by: Annotated[str, Field(description="who asked")] = ""
    requested_at: Annotated[EpochMs | None, Field(description="when, epoch ms")] = None
    decided_by: Annotated[str, Field(description="who approved, rejected or revoked")] = ""
    decided_at: Annotated[EpochMs | None, Field(description="when, epoch ms: approved ones apply in this order")] = None
    source: Annotated[Literal["operator", "connector"], Field(description="who says so")]
    source_ref: Annotated[str, Field(description="`biotime:<server>:<epoch>:manual:<id>` or empty")] = ""
    extra: Annotated[dict[str, str], Field(description="what has no name here")] = Field(default_factory=dict)
