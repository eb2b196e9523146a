"""Who works here (`employees`) and whose a PIN is, when (`identities`). Source: DESIGN 4, 6; errata B6.

Written by operators and by connectors; a connector never overwrites a record whose source is `operator`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

EMPLOYEE_VERSION: Final = 1
IDENTITY_VERSION: Final = 1
RecordSource = Literal["operator", "connector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """How the person is employed from one work date to another: what cards and payroll need. Written by operators;
    connectors carry it over. Dates `YYYY-MM-DD` of the home zone, `valid_to` exclusive, empty: without end."""

    valid_from: Annotated[str, Field(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="first date or empty")] = ""
    valid_to: Annotated[str, Field(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="date after it or empty")] = (
        ""
    )
    site: Annotated[str, Field(description="home site; empty: the employee's")] = ""
    policy_group: Annotated[str, Field(description="whose policy holds; empty: the department")] = ""
    pay_group: Annotated[str, Field(description="with whom paid; empty: the home site")] = ""
    schedule: Annotated[str, Field(description="id of the registry's schedule; empty: none")] = ""
    employer: Annotated[str, Field(description="legal employer; empty: the only one")] = ""
    payroll_number: Annotated[str, Field(description="the employer's number of the person; empty: the code")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One person of a tenant as known now. Key: tenant + employee. Names are personal data; nothing here is secret."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = EMPLOYEE_VERSION
    tenant: Annotated[str, Field(min_length=1, description="tenant")]
    employee: Annotated[str, Field(min_length=1, max_length=64, description="employee code, leading zeros kept")]
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="epoch ms of the change: the greatest is the newest")]
    active: Annotated[bool, Field(description="false after the person left")] = True
    first_name: Annotated[str, Field(description="first name")] = ""
    last_name: Annotated[str, Field(description="last name")] = ""
    nick_name: Annotated[str, Field(description="nick name")] = ""
    department: Annotated[str, Field(description="id of the registry's department")] = ""
    position: Annotated[str, Field(description="id of the registry's position")] = ""
    areas: Annotated[list[str], Field(description="ids of the registry's areas: where the person may punch")] = Field(
        default_factory=list
    )
    site: Annotated[str, Field(description="home site")] = ""
    hire_date: Annotated[str, Field(description="`YYYY-MM-DD` or empty")] = ""
    leave_date: Annotated[str, Field(description="last day, `YYYY-MM-DD` or empty")] = ""
    employment_type: Annotated[str, Field(description="as the source says: permanent, temporary, ...")] = ""
    enable_attendance: Annotated[bool | None, Field(description="punches count into hours; null when not said")] = None
    enable_overtime: Annotated[bool | None, Field(description="may have overtime; null when not said")] = None
    enable_holiday: Annotated[bool | None, Field(description="has holidays; null when not said")] = None
    employment: Annotated[list[Employment], Field(description="how employed, when; sorted, without overlaps")] = Field(
        default_factory=list
    )
    source: Annotated[RecordSource, Field(description="who says so")]
    source_ref: Annotated[str, Field(description="the source's own id: `biotime:<server>:employee:<id>`")] = ""
    extra: Annotated[dict[str, str], Field(description="what has no name here, secrets removed")] = Field(
        default_factory=dict
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose a PIN is at a device or in an area, from when to when. Key: tenant + scope + PIN + valid_from."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = IDENTITY_VERSION
    tenant: Annotated[str, Field(min_length=1, description="tenant")]
    scope: Annotated[
        str, Field(pattern="^(device|area):.+$", description="`device:<serial>` (also of a server) or `area:<area id>`")
    ]
    pin: Annotated[str, Field(min_length=1, max_length=64, description="PIN trimmed, without leading zeros")]
    valid_from: Annotated[EpochMs | None, Field(description="from when, epoch ms; null is since ever")] = None
    valid_to: Annotated[EpochMs | None, Field(description="until when, exclusive; null is until further notice")] = None
    employee: Annotated[str, Field(max_length=64, description="employee code")]
    rank: Annotated[int, Field(ge=0, lt=1 << 64, description="epoch ms of the change: the greatest is the newest")]
    verify_mode: Annotated[str, Field(description="how the person is verified there, as sent")] = ""
    privilege: Annotated[str, Field(description="privilege on the device, as sent")] = ""
    enrolled_at: Annotated[str, Field(description="serial of the device where the person was enrolled")] = ""
    source: Annotated[RecordSource, Field(description="who says so")]
    source_ref: Annotated[str, Field(description="the source's own id")] = ""


def employee_key(tenant: str, employee: str) -> bytes:
    return f"{tenant}+{employee}".encode()


def identity_key(identity: Identity) -> bytes:
    since = "" if identity.valid_from is None else str(identity.valid_from)
    return f"{identity.tenant}+{identity.scope}+{identity.pin}+{since}".encode()


def parse_identity_key(key: bytes) -> tuple[str, str, str, int | None]:
    """Tenant, scope, PIN, valid_from of a key. Raises ValueError. A PIN or tenant with `+` in it cannot be told."""
    tenant, _, rest = key.decode().partition("+")
    head, plus, since = rest.rpartition("+")
    scope, plus_too, pin = head.rpartition("+")
    if not (plus and plus_too and tenant and pin):
        raise ValueError(f"{key!r} is not tenant+scope+PIN+valid_from")
    return tenant, scope, pin, int(since) if since else None


def identity_partition_by(identity: Identity) -> bytes:
    """The area or serial: identities of one device lie together."""
    return identity.scope.partition(":")[2].encode()
