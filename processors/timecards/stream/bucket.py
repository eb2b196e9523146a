"""Seven days of one employee, as they are worked on: sets by id, so that inputs may come twice and in any order.

Which of two holds: the greatest (identity_version, rank) of a punch, the greatest version of a correction and of a
date's roster, the greatest (decided_at, approval_id) of a date's approvals. A punch that was taken away leaves a mark,
so that an older record of it that comes late changes nothing. Source: DESIGN 6, 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from processors.timecards.stream.kept import (
    DayLock,
    KeptApproval,
    KeptCorrection,
    KeptPunch,
    KeptRoster,
    Place,
    PublishedDay,
    WeekState,
)
from schemas.approvals import Approval
from schemas.corrections import Correction
from schemas.timecards_input import AssignedPunch, PlannedShift

MAX_PUNCHES_A_DATE: Final = 400  # DESIGN 8
MAX_MARKS: Final = 1000  # of a bucket and of a header; the oldest identity versions go first
_SHORT_ID: Final = 16


@dataclass(slots=True)
class Bucket:
    """Seven days of one employee. weeks: by week start; surplus: short ids of punches beyond MAX_PUNCHES_A_DATE."""

    number: int
    punches: dict[str, KeptPunch] = field(default_factory=dict)
    corrections: dict[str, KeptCorrection] = field(default_factory=dict)
    roster: dict[date, KeptRoster] = field(default_factory=dict)
    approvals: dict[date, KeptApproval] = field(default_factory=dict)
    published: dict[date, PublishedDay] = field(default_factory=dict)
    locks: dict[date, DayLock] = field(default_factory=dict)
    weeks: dict[date, WeekState] = field(default_factory=dict)
    surplus: dict[date, set[str]] = field(default_factory=dict)

    def take_assign(self, punch_id: str, identity_version: int, punch: AssignedPunch) -> bool:
        """True when something changed, as of all of these. Of more than MAX_PUNCHES_A_DATE punches of a local date the
        first by (instant, id) are kept; the others are told by their number, MAX_PUNCHES_A_DATE or more of them as
        that many, and do not come back when others are taken away."""
        if not self._is_newer(punch_id, identity_version, punch.rank):
            return False
        place = Place(punch.device, punch.pin, punch.site, punch.zone, punch.utc_offset_s, punch.source)
        kept = KeptPunch(
            identity_version, punch.rank, place, punch.punch_at, punch.received_at, punch.state, punch.unverified,
            punch.work_code, tuple(punch.job_codes), tuple(punch.tip_codes), tuple(map(str, punch.time_flags)),
        )  # fmt: skip
        replaced = punch_id in self.punches
        self.punches[punch_id] = kept
        told = self.surplus_counts()
        self._count_no_more(punch_id)
        if len(self.punches) <= MAX_PUNCHES_A_DATE:
            return True
        return self._push_out(kept.local_date) != punch_id or replaced or told != self.surplus_counts()

    def take_retract(self, punch_id: str, identity_version: int, rank: int) -> bool:
        if not self._is_newer(punch_id, identity_version, rank):
            return False
        self.punches[punch_id] = KeptPunch(identity_version, rank, None)
        self._count_no_more(punch_id)
        marks = {key: one[:2] for key, one in self.punches.items() if one.place is None}
        for key in too_many(marks):
            del self.punches[key]
        return True

    def take_correction(self, correction: Correction) -> bool:
        """Into every bucket of its instants, or of its date."""
        return take_correction(self.corrections, correction)

    def take_roster(self, day: date, version: int, shifts: Iterable[PlannedShift] | None) -> bool:
        known = self.roster.get(day)
        if known is not None and known.version >= version:
            return False
        self.roster[day] = KeptRoster(version, None if shifts is None else tuple(shifts))
        return True

    def take_approval(self, approval: Approval) -> bool:
        day = date.fromisoformat(approval.work_date)
        known = self.approvals.get(day)
        if known is not None and known[:2] >= (approval.decided_at, approval.approval_id):
            return False
        self.approvals[day] = KeptApproval(
            approval.decided_at, approval.approval_id, approval.version, approval.content_hash, str(approval.decision),
            approval.decided_by,
        )  # fmt: skip
        return True

    def surplus_counts(self) -> dict[date, int]:
        return {day: len(ids) for day, ids in self.surplus.items()}

    @property
    def is_empty(self) -> bool:
        return not (
            self.punches or self.corrections or self.roster or self.approvals or self.published or self.locks
            or self.weeks or self.surplus
        )  # fmt: skip

    def _is_newer(self, punch_id: str, identity_version: int, rank: int) -> bool:
        known = self.punches.get(punch_id)
        return known is None or known[:2] < (identity_version, rank)

    def _count_no_more(self, punch_id: str) -> None:
        for day, told in list(self.surplus.items()):
            told.discard(punch_id[:_SHORT_ID])
            if not told:
                del self.surplus[day]

    def _push_out(self, day: date) -> str:
        """The id of the last punch of a date with too many, which goes; "" when there are not."""
        of_day = [key for key, one in self.punches.items() if one.place is not None and one.local_date == day]
        if len(of_day) <= MAX_PUNCHES_A_DATE:
            return ""
        last = max(of_day, key=lambda key: (self.punches[key].punch_at, key))
        del self.punches[last]
        told = self.surplus.setdefault(day, set())
        if len(told) < MAX_PUNCHES_A_DATE:
            told.add(last[:_SHORT_ID])
        return last


def roster_of(buckets: Iterable[Bucket]) -> dict[date, tuple[PlannedShift, ...] | None]:
    """As plans_of takes it."""
    return {day: one.shifts for bucket in buckets for day, one in bucket.roster.items()}


def take_correction(corrections: dict[str, KeptCorrection], correction: Correction) -> bool:
    """Into a set of corrections by id; True when it changed."""
    known = corrections.get(correction.correction_id)
    if known is not None and known.version >= correction.version:
        return False
    corrections[correction.correction_id] = KeptCorrection.of(correction)
    return True


def too_many(marks: Mapping[str, tuple[int, int]]) -> list[str]:
    """The ids of the oldest marks beyond MAX_MARKS."""
    return sorted(marks, key=lambda key: (*marks[key], key))[: max(0, len(marks) - MAX_MARKS)]
