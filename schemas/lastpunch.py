"""The greatest punch of a PIN, for "View Last Punch" and self service (topic `lastpunch`). Source: DESIGN 4."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

LAST_PUNCH_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPunch:
    """Key: `<serial>+<normal PIN>`. The greatest time wins, not the last arrival."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = LAST_PUNCH_VERSION
    tenant: Annotated[str, Field(description="tenant")]
    device: Annotated[str, Field(description="serial in upper case")]
    pin: Annotated[str, Field(description="PIN as the device sent it")]
    punch_at: Annotated[EpochMs, Field(description="instant of the punch, epoch ms UTC")]
    local_text: Annotated[str, Field(description="its time as the device sent it")]
    state: Annotated[int | None, Field(description="attendance state code")]
    work_code: Annotated[str, Field(description="work code as sent")]
    event_id: Annotated[str, Field(description="id of the punch")] = ""
    rank: Annotated[
        int, Field(ge=0, lt=1 << 64, description="rank of the punch: a copy of it of greater rank replaces this one")
    ] = 0
    week_minutes: Annotated[int | None, Field(description="payable minutes of the week; null without timecards")] = None
