"""Who changed what, when, from where and why: one event for every change that an operator makes (topic `audit`)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

AUDIT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One change, written before it takes effect. No secret is ever in `details`."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = AUDIT_VERSION
    event_id: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="random id, hexadecimal")]
    at: Annotated[EpochMs, Field(description="when, epoch ms")]
    tenant: Annotated[str, Field(description="tenant, empty for what concerns all")]
    who: Annotated[str, Field(description="name of the token, or the user of the command line")]
    role: Annotated[str, Field(description="`read`, `operate` or `admin`")]
    via: Annotated[Literal["api", "cli"], Field(description="the way it came")]
    address: Annotated[str, Field(description="address of the caller; empty for the command line")]
    action: Annotated[str, Field(description="what was done: `device.approve`, `command.request`, ...")]
    target: Annotated[str, Field(description="to what: a serial, a site, a command id")]
    reason: Annotated[str, Field(description="why, as the operator said")]
    details: Annotated[dict[str, str], Field(description="arguments, secrets removed")]
