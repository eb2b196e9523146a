"""What cards depend on (`timecards.input`): whose punches are and how far sites have told everything (`resolve`),
corrections, approvals, pay periods, people and registry changes (forwarded from their own topics by `derive`), and
planned shifts of single dates (operators). Source: DESIGN 4, 5, 6; spec/timecards.md B1.

How records of one employee and punch id are read: the one with the greatest (`identity_version`, `rank`) holds, in
whatever order they come. `assign`: the punch is this employee's, as it says. `retract`: it is not; that must be
remembered, so that an older assign that comes late changes nothing. All of them may come more than once.

How watermarks of one site are read: keep the last of each `resolver_partition`; the site's is the least over
`resolver_partitions` of the one with the greatest `registry_version`, once all of these have spoken.

The other kinds carry whole records with versions of their own: the greatest holds, so they too may come late and more
than once. A `registry` record goes to every partition, and its receiver waits until its registry view has it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.approvals import Approval
from schemas.corrections import Correction
from schemas.employees import Employee
from schemas.events import EpochMs, TimeFlag
from schemas.payperiods import PayPeriod

TIMECARD_INPUT_VERSION: Final = 1


class TimecardInputKind(StrEnum):
    """What a `timecards.input` record tells. A closed set."""

    ASSIGN = "assign"
    RETRACT = "retract"
    WATERMARK = "watermark"
    CORRECTION = "correction"  # of punches, or leave
    EMPLOYEE = "employee"
    ROSTER = "roster"
    APPROVAL = "approval"
    PERIOD = "period"  # to every partition
    REGISTRY = "registry"  # to every partition


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedPunch:
    """A punch as cards need it (fields of Punch); where its raw record lies is said in `punches`."""

    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="which copy of an id wins (decisions/0001)")]
    device: Annotated[str, Field(description="serial in upper case")]
    pin: Annotated[str, Field(min_length=1, max_length=64, description="PIN trimmed, without leading zeros")]
    site: Annotated[str, Field(description="site of the device at the punch; empty when the registry names none")]
    punch_at: Annotated[EpochMs, Field(description="the resolved instant, epoch ms UTC")]
    utc_offset_s: Annotated[int, Field(description="offset of local time from UTC that was used, seconds")]
    zone: Annotated[str, Field(description="IANA zone that was used")]
    time_flags: Annotated[list[TimeFlag], Field(description="what is odd about the time")]
    state: Annotated[int | None, Field(description="attendance state code as sent; null when absent or no number")]
    verify: Annotated[int | None, Field(description="verify code as sent; null when absent or no number")]
    unverified: Annotated[bool, Field(description="nobody was verified")]
    work_code: Annotated[str, Field(description="work code as sent")]
    job_codes: Annotated[list[str], Field(max_length=6, description="job codes 1 to 6 as sent")]
    tip_codes: Annotated[list[str], Field(max_length=3, description="tip codes 1 to 3 as sent")]
    source: Annotated[Literal["push", "poll"], Field(description="the way this copy came")]
    received_at: Annotated[EpochMs, Field(description="when the raw record was received, epoch ms")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShift:
    """Wall times of the home zone; an end that is not after the start is on the next day."""

    start: Annotated[str, Field(pattern="^[0-2][0-9]:[0-5][0-9]$", description="`HH:MM`")]
    end: Annotated[str, Field(pattern="^[0-2][0-9]:[0-5][0-9]$", description="`HH:MM`")]
    rest: Annotated[int, Field(ge=0, lt=1440, description="unpaid planned minutes")] = 0
    name: Annotated[str, Field(max_length=80, description="what the shift is called")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Planned shifts of single dates; they go before the schedule's. An empty list is a free day; null takes the entry
    away, so that the schedule holds again."""

    version: Annotated[
        int, Field(ge=1, lt=1 << 64, description="epoch ms of the change: for each date the greatest holds")
    ]
    dates: Annotated[dict[str, list[PlannedShift] | None], Field(description="`YYYY-MM-DD`: its shifts")]
    changed_by: Annotated[str, Field(description="who")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryChange:
    """A record of the registry that cards depend on has changed."""

    kind: Annotated[str, Field(description="site, device, area, policy, calendar, schedule or paygroup")]
    id: Annotated[str, Field(description="which")]
    version: Annotated[int, Field(ge=1, description="registry offset + 1: to be waited for")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimecardInput:
    """One thing that a card depends on. Fields that a kind does not use are empty."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = TIMECARD_INPUT_VERSION
    kind: Annotated[TimecardInputKind, Field(description="what this tells")]
    tenant: Annotated[str, Field(description="tenant; watermark: empty")] = ""
    employee: Annotated[str, Field(description="whose; watermark: empty")] = ""
    punch_id: Annotated[str, Field(description="assign, retract: the punch id")] = ""
    identity_version: Annotated[
        int, Field(ge=0, description="assign, retract: rises with all that changes whose a PIN is at the device")
    ] = 0
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="assign, retract: of the copy that was looked at")] = 0
    punch: Annotated[AssignedPunch | None, Field(description="assign: the punch")] = None
    site: Annotated[str, Field(description="watermark: of which site; empty for devices of none")] = ""
    resolver_partition: Annotated[
        int, Field(ge=0, description="watermark: partition of `resolver.input` whose devices it speaks for")
    ] = 0
    resolver_partitions: Annotated[
        list[int], Field(description="watermark: the partitions that have devices of the site")
    ] = Field(default_factory=list)
    registry_version: Annotated[int, Field(ge=0, description="watermark: the registry that this is by")] = 0
    watermark: Annotated[
        EpochMs | None, Field(description="watermark: up to when these devices have told everything, epoch ms UTC")
    ] = None
    silent: Annotated[
        dict[str, EpochMs | None],
        Field(description="watermark: devices that are not waited for, and up to when they told everything"),
    ] = Field(default_factory=dict)
    correction: Annotated[Correction | None, Field(description="correction: the record")] = None
    record: Annotated[Employee | None, Field(description="employee: the record; null when it was deleted")] = None
    roster: Annotated[Roster | None, Field(description="roster: dates and their shifts")] = None
    approval: Annotated[Approval | None, Field(description="approval: the record")] = None
    period: Annotated[PayPeriod | None, Field(description="period: the record")] = None
    registry: Annotated[RegistryChange | None, Field(description="registry: what changed")] = None


def timecards_key(tenant: str, employee: str) -> bytes:
    """Key and partition_by of everything about one employee."""
    return f"{tenant}+{employee}".encode()
