"""What payroll and dashboards read: cards, weeks and adjustments. Source: spec/timecards.md B12, B13, D; DESIGN 4.

`version` rises by one with every change of content (`content_hash`), survives restarts and never advances on replay;
`revision` rises by one with every record of a key, also when only approvals or the lock changed. Readers keep the
record with the greatest (version, revision). A card that lost everything is published as VOID with zeros.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs

TIMECARD_VERSION: Final = 1

# The minutes that a pay run needs, in the order in which exports and sums have them.
BUCKETS: Final = ("reg", "ot1", "ot2", "ot3", "hol", "wkd")
LOCKED_KEYS: Final = ("worked", *BUCKETS)
MANIFEST_KEYS: Final = (*LOCKED_KEYS, "night", "leave")

Minutes = Annotated[int, Field(ge=0)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class CardStatus(StrEnum):
    """OPEN to COMPLETE are derived; APPROVED and LOCKED are said by people; VOID has nothing."""

    OPEN = "OPEN"
    PROVISIONAL = "PROVISIONAL"
    COMPLETE = "COMPLETE"
    APPROVED = "APPROVED"
    LOCKED = "LOCKED"
    VOID = "VOID"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCard:
    """One employee, one work date (topics timecards.daily and timecards.history; key tenant + employee + date).

    Minutes are whole; worked = reg + ot1 + ot2 + ot3 + hol + wkd = gross + paid_break - meal_auto. `content` is the
    whole derivation as the engine has it (shifts, segments with punch ids, breaks, exceptions, bucket lines), all that
    `content_hash` is of; the flat fields repeat what is asked for most.
    """

    v: Annotated[Literal[1], Field(description="version of this shape")] = TIMECARD_VERSION
    card_id: Annotated[str, Field(description="UUIDv5 of tenant, employee and date")]
    tenant: Annotated[str, Field(description="tenant")]
    employee: Annotated[str, Field(description="employee code")]
    work_date: Annotated[str, Field(description="`YYYY-MM-DD` at home")]
    weekday: Annotated[int, Field(ge=0, le=6, description="Monday is 0")]
    week_start: Annotated[str, Field(description="first date of its workweek")]
    version: Annotated[int, Field(ge=1, description="of the content")]
    revision: Annotated[int, Field(ge=1, description="of the record")]
    supersedes: Annotated[int | None, Field(description="the version before, null for the first")] = None
    status: Annotated[CardStatus, Field(description="OPEN, PROVISIONAL, COMPLETE, APPROVED, LOCKED or VOID")]
    is_final: Annotated[bool, Field(description="LOCKED: payroll may use it; later differences are adjustments")] = (
        False
    )
    approval_stale: Annotated[bool, Field(description="an earlier version was approved, this one is not")] = False
    approved_by: Annotated[str, Field(description="who approved this version, or empty")] = ""
    cause: Annotated[str, Field(description="why this version came to be: NEW_PUNCH, LATE_PUNCH, CORRECTION, ...")]
    caused_by: Annotated[list[str], Field(description="ids of the punches or corrections, the first 20")] = Field(
        default_factory=list
    )
    content_hash: Annotated[Hash, Field(description="of the content")]
    policy_version: Annotated[str, Field(description="policies that held, as `id@registry version`")] = ""
    engine_version: Annotated[str, Field(description="version of the code that derived it")] = ""
    derived_at: Annotated[EpochMs, Field(description="the stream's clock at this version, epoch ms")]
    watermark: Annotated[EpochMs | None, Field(description="event time then, epoch ms; null when not known")] = None
    site: Annotated[str, Field(description="home site at the date")] = ""
    zone: Annotated[str, Field(description="home zone at the date")] = ""
    department: Annotated[str, Field(description="department then")] = ""
    position: Annotated[str, Field(description="position then")] = ""
    pay_group: Annotated[str, Field(description="pay group at the date")] = ""
    employer: Annotated[str, Field(description="employer at the date")] = ""
    payroll_number: Annotated[str, Field(description="the employer's number of the person at the date")] = ""
    schedule_name: Annotated[str, Field(description="planned shifts by name")] = ""
    plan_start: Annotated[EpochMs | None, Field(description="first planned start, epoch ms")] = None
    plan_end: Annotated[EpochMs | None, Field(description="last planned end, epoch ms")] = None
    first_in: Annotated[EpochMs | None, Field(description="first IN as punched, epoch ms")] = None
    first_in_offset_s: Annotated[int | None, Field(description="offset of its wall clock, seconds")] = None
    last_out: Annotated[EpochMs | None, Field(description="last OUT as punched, epoch ms")] = None
    last_out_offset_s: Annotated[int | None, Field(description="offset of its wall clock, seconds")] = None
    span: Annotated[Minutes, Field(description="last OUT - first IN")] = 0
    duty: Annotated[Minutes, Field(description="planned minutes without planned breaks")] = 0
    gross: Annotated[Minutes, Field(description="on the clock")] = 0
    paid_break: Annotated[Minutes, Field(description="breaks that are paid")] = 0
    unpaid_break: Annotated[Minutes, Field(description="breaks that are not")] = 0
    meal_auto: Annotated[Minutes, Field(description="meals deducted by rule")] = 0
    worked: Annotated[Minutes, Field(description="payable")] = 0
    reg: Annotated[Minutes, Field(description="regular")] = 0
    ot1: Annotated[Minutes, Field(description="overtime, level 1")] = 0
    ot2: Annotated[Minutes, Field(description="overtime, level 2")] = 0
    ot3: Annotated[Minutes, Field(description="overtime, level 3")] = 0
    hol: Annotated[Minutes, Field(description="on holidays")] = 0
    wkd: Annotated[Minutes, Field(description="on weekends")] = 0
    night: Annotated[Minutes, Field(description="of these within the night")] = 0
    late: Annotated[Minutes, Field(description="late")] = 0
    early: Annotated[Minutes, Field(description="left early")] = 0
    absent: Annotated[Minutes, Field(description="absent")] = 0
    leave: Annotated[Minutes, Field(description="leave; not worked")] = 0
    leave_codes: Annotated[dict[str, int], Field(description="leave by code, minutes")] = Field(default_factory=dict)
    overlays: Annotated[dict[str, int], Field(description="named overlays, minutes")] = Field(default_factory=dict)
    labor: Annotated[dict[str, int], Field(description="gross minutes by work code")] = Field(default_factory=dict)
    sites: Annotated[dict[str, int], Field(description="gross minutes by site")] = Field(default_factory=dict)
    jobs: Annotated[dict[str, dict[str, int]], Field(description="gross minutes by place 1 to 6 and job code")] = Field(
        default_factory=dict
    )
    tips: Annotated[dict[str, str], Field(description="sums by place 1 to 3, decimal text")] = Field(
        default_factory=dict
    )
    exceptions: Annotated[list[str], Field(description="codes, each once")] = Field(default_factory=list)
    blocking: Annotated[list[str], Field(description="those that keep it from being approved and locked")] = Field(
        default_factory=list
    )
    first_seen: Annotated[
        dict[str, int], Field(description="code and punches of an exception: version it came with")
    ] = Field(default_factory=dict)
    content: Annotated[dict[str, Any] | None, Field(description="the derivation; null for VOID")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCard:
    """One employee, one workweek (topic timecards.week; key tenant + employee + week start): sums over the published
    daily cards, written after them. A reader that holds an older version of one of `days` waits for it."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = TIMECARD_VERSION
    tenant: Annotated[str, Field(description="tenant")]
    employee: Annotated[str, Field(description="employee code")]
    week_start: Annotated[str, Field(description="first date")]
    version: Annotated[int, Field(ge=1, description="rises by one with every change")]
    content_hash: Annotated[Hash, Field(description="of days and minutes")]
    derived_at: Annotated[EpochMs, Field(description="the stream's clock, epoch ms")]
    days: Annotated[dict[str, int], Field(description="date: version of the daily card; VOID ones included")]
    statuses: Annotated[dict[str, str], Field(description="date: status of the daily card")]
    worked: Annotated[Minutes, Field(description="payable")] = 0
    reg: Annotated[Minutes, Field(description="regular")] = 0
    ot1: Annotated[Minutes, Field(description="overtime, level 1")] = 0
    ot2: Annotated[Minutes, Field(description="overtime, level 2")] = 0
    ot3: Annotated[Minutes, Field(description="overtime, level 3")] = 0
    hol: Annotated[Minutes, Field(description="on holidays")] = 0
    wkd: Annotated[Minutes, Field(description="on weekends")] = 0
    night: Annotated[Minutes, Field(description="of these within the night")] = 0
    absent: Annotated[Minutes, Field(description="absent")] = 0
    leave: Annotated[Minutes, Field(description="leave")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAdjustment:
    """A signed difference of one locked date (topic timecards.adjustments; key adjustment id; insert once).

    For each date: locked minutes + all adjustments of the lock = what is derived now."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = TIMECARD_VERSION
    adjustment_id: Annotated[Hash, Field(description="hash of card key, lock, versions and sequence")]
    tenant: Annotated[str, Field(description="tenant")]
    employee: Annotated[str, Field(description="employee code")]
    work_date: Annotated[str, Field(description="the locked date")]
    week_start: Annotated[str, Field(description="first date of its workweek")]
    pay_group: Annotated[str, Field(description="pay group of the period")]
    period_first: Annotated[str, Field(description="first date of the locked period")]
    period_version: Annotated[int, Field(ge=1, description="version of the LOCKED record: which lock")]
    apply_first: Annotated[str, Field(description="first date of the first period not locked: to be paid with it")]
    sequence: Annotated[int, Field(ge=1, description="1 for the first of its date since the lock")]
    locked_version: Annotated[int, Field(ge=0, description="version that was locked; 0 when there was no card")]
    new_version: Annotated[int, Field(ge=1, description="locked version + sequence")]
    minutes: Annotated[dict[str, int], Field(description="signed deltas by key that are not 0")]
    content_hash: Annotated[str, Field(description="of the derivation now; empty when there is no card")] = ""
    cause: Annotated[str, Field(description="as of cards")]
    caused_by: Annotated[list[str], Field(description="ids of the punches or corrections, the first 20")] = Field(
        default_factory=list
    )
    approved_by: Annotated[str, Field(description="who decided the correction or the retro change, or empty")] = ""
    employer: Annotated[str, Field(description="employer at the date")] = ""
    payroll_number: Annotated[str, Field(description="the employer's number of the person at the date")] = ""
    site: Annotated[str, Field(description="home site at the date")] = ""
    derived_at: Annotated[EpochMs, Field(description="the stream's clock, epoch ms")]
    watermark: Annotated[EpochMs | None, Field(description="event time then, epoch ms")] = None


def card_key(tenant: str, employee: str, date: str) -> bytes:
    """Of a daily card by its work date, of a week by its first date."""
    return f"{tenant}+{employee}+{date}".encode()
