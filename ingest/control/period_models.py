"""What the operations on pay periods give back and take. Times are epoch milliseconds UTC."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from ingest.control.models import Model
from ingest.control.requests import PageQuery, Reason, Word
from schemas.payperiods import Manifest, PayPeriod, PeriodStatus, Waiver

TenantName = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9._-]{1,64})?$"),
    Field(description="empty: the token's, or the default one"),
]
Sites = Annotated[
    tuple[Word, ...], Field(max_length=200, description="whose devices must have told everything; none: all")
]
MAX_WAIT_SECONDS = 30


class PeriodHindrance(Model):
    """One thing that keeps a period from being locked. Of cards, or (code DEVICE) of a device."""

    code: Annotated[str, Field(description="exception code, INCOMPLETE, UNAPPROVED, DEVICE or EMPTY")]
    employee: str = ""
    work_date: str = ""
    device: str = ""
    detail: str = ""


class PeriodState(Model):
    period: PayPeriod


class PeriodOutcome(Model):
    """A period, and what its last closing found."""

    period: PayPeriod
    partitions: Annotated[int, Field(description="how many must report; 0: none has yet")]
    reported: Annotated[int, Field(description="how many have, on the last closing")]
    hindrances: Annotated[list[PeriodHindrance], Field(description="the first 200 of each partition")]
    hindrance_count: int


class PeriodManifest(Model):
    """What payroll compares: only of a LOCKED period."""

    tenant: str
    pay_group: str
    first: str
    last: str
    version: Annotated[int, Field(description="of the period's record")]
    manifest: Manifest
    waivers: list[Waiver]
    acknowledged_hash: str
    acknowledged_by: str
    acknowledged_at: int | None
    retro: int
    retro_registry: int


class PeriodsQuery(PageQuery):
    tenant: TenantName = ""
    pay_group: Annotated[str, Field(max_length=200)] = ""
    status: PeriodStatus | None = None
    cursor: Annotated[str, Field(max_length=300, description="`next` of the page before")] = ""


class TenantQuery(Model):
    tenant: TenantName = ""


class SayPeriod(Model):
    tenant: TenantName = ""
    reason: Reason = ""


class ClosePeriod(SayPeriod):
    sites: Sites = ()
    wait_seconds: Annotated[int, Field(ge=0, le=MAX_WAIT_SECONDS, description="for the partitions' reports")] = 10


class WaivePeriod(Model):
    tenant: TenantName = ""
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{1,63}$")]
    employee: Annotated[str, Field(max_length=64, description="whose; empty: everybody's")] = ""
    work_date: Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    device: Annotated[str, Field(max_length=80, description="with DEVICE: serial; empty: every device")] = ""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class AcknowledgePeriod(SayPeriod):
    content_hash: Annotated[
        str, StringConstraints(pattern="^[0-9a-f]{32}$"), Field(description="as payroll computed it")
    ]


class ReopenPeriod(SayPeriod):
    not_paid_yet: Annotated[bool, Field(description="acknowledged, but nothing was paid: needs a reason")] = False
