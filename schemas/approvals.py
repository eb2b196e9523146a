"""Somebody approved a card: exactly the version and content that was looked at. Source: spec/timecards.md B13, D."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

APPROVAL_VERSION: Final = 1


class Decision(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"  # looked at, and not approved: takes an approval back as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One decision on one card. Key: its id; partition by tenant + employee. Of several on one date the one with the
    greatest (`decided_at`, `approval_id`) counts."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = APPROVAL_VERSION
    approval_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="id of the decision")]
    tenant: Annotated[str, Field(min_length=1, description="tenant")]
    employee: Annotated[str, Field(min_length=1, max_length=64, description="whose card")]
    work_date: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="date of the card")]
    version: Annotated[int, Field(ge=1, description="version of the card that was looked at")]
    content_hash: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="its content")]
    decision: Annotated[Decision, Field(description="approved or rejected")]
    decided_by: Annotated[str, Field(min_length=1, description="who")]
    decided_at: Annotated[EpochMs, Field(description="when, epoch ms")]
    reason: Annotated[str, Field(description="in words")] = ""
