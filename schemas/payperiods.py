"""Pay periods and what becomes of them (topic `payperiods`), and what each partition reports of one that is being
closed (topic `timecards.reports`). Source: spec/timecards.md B13, D.

Records of one period share their key; the one with the greatest `version` counts:
OPEN -> CLOSING (cards are held still, partitions report) -> LOCKED, or OPEN again when something is in the way;
LOCKED -> REOPENED (nothing paid yet: versions go on) -> CLOSING -> LOCKED. A LOCKED record is written again when
payroll acknowledged its manifest, and when a retro change is ordered (`retro` rises).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

PAY_PERIOD_VERSION: Final = 1
HASH_MODULUS: Final = 1 << 128
REPORT_VERSION: Final = 1

# What may be waived: exceptions that block, those that a policy may let block, and what is none of a card's.
WAIVABLE: Final = frozenset(
    (
        "MISSING_IN", "MISSING_OUT", "MISSING_BREAK_IN", "UNMAPPED_STATE", "FUTURE_PUNCH", "PAST_PUNCH",
        "UNKNOWN_EMPLOYEE", "AMBIGUOUS_LOCAL_TIME", "TOO_MANY_PUNCHES", "UNVERIFIED", "INCOMPLETE", "UNAPPROVED",
        "UNDERIVABLE", "DEVICE",
    )
)  # fmt: skip

WorkDate = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class PeriodStatus(StrEnum):
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    LOCKED = "LOCKED"
    REOPENED = "REOPENED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody takes the blame for one thing that keeps a period from being locked. Empty fields fit everything."""

    code: Annotated[
        str, Field(min_length=1, description="exception code, `INCOMPLETE`, `UNAPPROVED`, `UNDERIVABLE` or `DEVICE`")
    ]
    employee: Annotated[str, Field(description="whose; empty: everybody's")] = ""
    work_date: Annotated[str, Field(description="which date; empty: every date")] = ""
    device: Annotated[str, Field(description="DEVICE: which serial; empty: every device")] = ""
    waived_by: Annotated[str, Field(min_length=1, description="who")]
    reason: Annotated[str, Field(min_length=1, description="why, in words")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is locked: of all cards of the period that are not VOID. content_hash: 32 hex digits, the sum modulo 2^128
    of the first 16 bytes (big-endian) of SHA-256 over `tenant+employee+work_date+version+content_hash` of each card, so
    that it does not depend on order."""

    cards: Annotated[int, Field(ge=0, description="how many cards")]
    employees: Annotated[int, Field(ge=0, description="how many people have one")]
    minutes: Annotated[dict[str, int], Field(description="sums: worked, reg, ot1, ot2, ot3, hol, wkd, night, leave")]
    content_hash: Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="of all cards, see above")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPeriod:
    """One state of one pay period. Key: tenant + pay group + first; partition by tenant + pay group."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = PAY_PERIOD_VERSION
    tenant: Annotated[str, Field(min_length=1, description="tenant")]
    pay_group: Annotated[str, Field(min_length=1, description="pay group")]
    first: Annotated[WorkDate, Field(description="first work date")]
    last: Annotated[WorkDate, Field(description="last work date, inclusive")]
    version: Annotated[int, Field(ge=1, description="rises by one with every record of the period")]
    status: Annotated[PeriodStatus, Field(description="OPEN, CLOSING, LOCKED or REOPENED")]
    needs_approval: Annotated[bool, Field(description="every card must be approved at its current version")] = False
    waivers: Annotated[list[Waiver], Field(description="what does not keep it from being locked")] = Field(
        default_factory=list
    )
    manifest: Annotated[Manifest | None, Field(description="LOCKED: what was locked")] = None
    acknowledged_hash: Annotated[str, Field(description="the manifest's hash as payroll computed it, or empty")] = ""
    acknowledged_by: Annotated[str, Field(description="who acknowledged it")] = ""
    acknowledged_at: Annotated[EpochMs | None, Field(description="when, epoch ms")] = None
    retro: Annotated[int, Field(ge=0, description="LOCKED: number of the last retro change that was ordered")] = 0
    retro_registry: Annotated[int, Field(ge=0, description="registry offset + 1 that the retro change is by")] = 0
    changed_by: Annotated[str, Field(description="who")] = ""
    changed_at: Annotated[EpochMs, Field(description="when, epoch ms")]
    reason: Annotated[str, Field(description="why, in words")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Something that keeps a period from being locked and that no waiver covers."""

    employee: Annotated[str, Field(description="whose card")]
    work_date: Annotated[str, Field(description="which")]
    code: Annotated[str, Field(description="exception code, `INCOMPLETE`, `UNAPPROVED` or `UNDERIVABLE`")]
    detail: Annotated[str, Field(description="in words")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReport:
    """What one partition of timecards.input says of a period that is CLOSING. Key: tenant + pay group + first +
    partition; written again for every CLOSING version."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = REPORT_VERSION
    tenant: Annotated[str, Field(description="tenant")]
    pay_group: Annotated[str, Field(description="pay group")]
    first: Annotated[WorkDate, Field(description="first work date")]
    last: Annotated[WorkDate, Field(description="last work date")]
    version: Annotated[int, Field(ge=1, description="version of the CLOSING record")]
    partition: Annotated[int, Field(ge=0, description="partition of timecards.input")]
    partitions: Annotated[int, Field(ge=1, description="how many there are")]
    manifest: Annotated[Manifest, Field(description="of this partition's cards, as they are held still")]
    hindrances: Annotated[list[Hindrance], Field(description="the first 200, by employee and date")]
    hindrance_count: Annotated[int, Field(ge=0, description="how many there are")]


def card_hash(tenant: str, employee: str, work_date: str, version: int, content_hash: str) -> str:
    """What one card adds to the hash of a manifest, 32 hex digits."""
    text = f"{tenant}+{employee}+{work_date}+{version}+{content_hash}"
    return sha256(text.encode()).hexdigest()[:32]


def sum_hashes(hashes: Iterable[str]) -> str:
    """Hashes of cards or manifests as that of the manifest over all of them, whatever their order."""
    return f"{sum(int(one, 16) for one in hashes) % HASH_MODULUS:032x}"


def period_key(tenant: str, pay_group: str, first: str) -> bytes:
    return f"{tenant}+{pay_group}+{first}".encode()


def period_partition_by(tenant: str, pay_group: str) -> bytes:
    return f"{tenant}+{pay_group}".encode()


def report_key(report: PeriodReport) -> bytes:
    return f"{report.tenant}+{report.pay_group}+{report.first}+{report.partition}".encode()
