"""The things that state holds of one employee: punches, corrections, decisions, what was published and locked.

Source: DESIGN 6; spec/timecards.md B1, B13, D.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from processors.timecards.engine.inputs import Leave
from processors.timecards.engine.zones import date_of
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.timecards_input import PlannedShift

_DAY_MS: Final = 86_400_000


class Place(NamedTuple):
    """Where and how a punch was made: what many punches share."""

    serial: str
    pin: str
    site: str
    zone: str
    offset_s: int
    source: str


class KeptPunch(NamedTuple):
    """The best copy of a punch (fields of AssignedPunch). place None: a mark that it is not (any more) this
    employee's, or lies in another bucket; the rest is empty then."""

    identity_version: int
    rank: int
    place: Place | None
    punch_at: int = 0
    received_at: int = 0
    state: int | None = None
    unverified: bool = False
    work_code: str = ""
    job_codes: tuple[str, ...] = ()
    tip_codes: tuple[str, ...] = ()
    time_flags: tuple[str, ...] = ()

    @property
    def local_date(self) -> date:
        """On the wall clock of its place."""
        offset_ms = self.place.offset_s * 1000 if self.place else 0
        return date_of((self.punch_at + offset_ms) // _DAY_MS)


class KeptCorrection(NamedTuple):
    """Fields of Correction that cards need."""

    version: int
    operation: str
    status: str
    target: str = ""
    target_at: int | None = None
    punch_at: int | None = None
    zone: str = ""
    state: int | None = None
    work_code: str = ""
    site: str = ""
    work_date: str = ""
    minutes: int = 0
    leave_code: str = ""
    decided_at: int | None = None
    decided_by: str = ""

    @classmethod
    def of(cls, one: Correction) -> KeptCorrection:
        return cls(
            one.version, str(one.operation), str(one.status), one.target, one.target_at, one.punch_at, one.zone,
            one.state, one.work_code, one.site, one.work_date, one.minutes, one.leave_code, one.decided_at,
            one.decided_by,
        )  # fmt: skip

    @property
    def is_approved(self) -> bool:
        return self.status == CorrectionStatus.APPROVED

    @property
    def is_leave(self) -> bool:
        return self.operation == CorrectionOperation.LEAVE

    def correction(self, correction_id: str, tenant: str, employee: str) -> Correction:
        """As the engine takes it."""
        return Correction(
            correction_id=correction_id, version=self.version, tenant=tenant, employee=employee,
            operation=CorrectionOperation(self.operation), status=CorrectionStatus(self.status), target=self.target,
            target_at=self.target_at, zone=self.zone, punch_at=self.punch_at, state=self.state,
            work_code=self.work_code, site=self.site, work_date=self.work_date, minutes=self.minutes,
            leave_code=self.leave_code, decided_at=self.decided_at, decided_by=self.decided_by, source="operator",
        )  # fmt: skip


class KeptRoster(NamedTuple):
    """Of one date. shifts None: the schedule holds; empty: a free day."""

    version: int
    shifts: tuple[PlannedShift, ...] | None


class KeptApproval(NamedTuple):
    """The decision on a date's card that counts; `decision` is a schemas.approvals.Decision."""

    decided_at: int
    approval_id: str
    version: int
    content_hash: str
    decision: str
    decided_by: str


class PublishedDay(NamedTuple):
    """The last DailyCard of a date, without its content: what the next one is made from.

    status: as published; derived_status: of the derivation, or VOID; minutes: in the order of MANIFEST_KEYS;
    blocking, first_seen: as DailyCard has them."""

    version: int
    revision: int
    content_hash: str
    status: str
    derived_status: str
    minutes: tuple[int, ...]
    cause: str
    caused_by: tuple[str, ...]
    derived_at: int
    watermark: int | None
    policy_version: str
    engine_version: str
    blocking: tuple[str, ...] = ()
    first_seen: Mapping[str, int] = {}
    approved_by: str = ""
    approval_stale: bool = False

    @property
    def exceptions(self) -> list[str]:
        """Codes, each once."""
        return sorted({key.partition("+")[0] for key in self.first_seen})


class DayLock(NamedTuple):
    """A date of a locked period. period_version: of the LOCKED record; pin: digest of the Facts that it is derived
    with; retro: number of the last retro change done; locked_version: 0 when there was no card; minutes, adjusted: by
    LOCKED_KEYS, as locked and the sums of all adjustments so far; sequence: of the last adjustment, 0 before any."""

    pay_group: str
    first: date
    last: date
    period_version: int
    pin: str
    retro: int
    locked_version: int
    minutes: tuple[int, ...]
    adjusted: tuple[int, ...]
    sequence: int = 0


class WeekState(NamedTuple):
    """The last WeekCard of a week."""

    version: int
    content_hash: str


def leaves_of(corrections: Mapping[str, KeptCorrection]) -> tuple[Leave, ...]:
    """Approved leave, by id."""
    return tuple(
        Leave(key, date.fromisoformat(one.work_date), one.minutes)
        for key, one in sorted(corrections.items())
        if one.is_leave and one.is_approved and one.work_date
    )


def leave_codes_of(corrections: Mapping[str, KeptCorrection]) -> dict[date, dict[str, int]]:
    """Minutes of approved leave by date and code."""
    codes: dict[date, dict[str, int]] = {}
    for _, one in sorted(corrections.items()):
        if one.is_leave and one.is_approved and one.work_date and one.minutes:
            of_day = codes.setdefault(date.fromisoformat(one.work_date), {})
            of_day[one.leave_code] = of_day.get(one.leave_code, 0) + one.minutes
    return codes
