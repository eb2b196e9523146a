"""One input into a working copy: what it touches is told before it is changed, and an input that says nothing new
touches nothing. Pure. Source: DESIGN 6; schemas/timecards_input.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

from processors.timecards.engine.zones import date_of, zone_of
from processors.timecards.stream.bucket import Bucket
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.header import FirstPlace
from processors.timecards.stream.kept import KeptCorrection, KeptPunch
from processors.timecards.stream.state_keys import bucket_of_date, bucket_of_ms
from processors.timecards.stream.week import touched_weeks, week_of_date, weeks_by_plan
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause
from schemas.approvals import Approval
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.timecards_input import AssignedPunch, Roster

# Two copies of one id have the same second on the device's clock: their instants differ by zones at most.
_ZONES_APART_MS: Final = 27 * 3_600_000

TouchWeeks = Callable[[WorkingCopy, Iterable[date], Touch], None]


class Taking:
    """`touch` is told of weeks before anything of theirs is changed."""

    def __init__(self, touch: TouchWeeks) -> None:
        self._touch = touch

    def assign(self, copy: WorkingCopy, punch_id: str, identity_version: int, punch: AssignedPunch) -> None:
        order = (identity_version, punch.rank)
        if copy.header.is_stale(punch_id, *order):
            return
        at, here = punch.punch_at, bucket_of_ms(punch.punch_at)
        found = [
            (bucket, known) for bucket in copy.buckets(buckets_near(at)) if (known := bucket.punches.get(punch_id))
        ]
        if any(known[:2] >= order for _, known in found):
            return
        known_here = next((known for bucket, known in found if bucket.number == here), None)
        if known_here is not None and known_here.place is not None and known_here.rank == punch.rank:
            copy.change(here).take_assign(punch_id, identity_version, punch)  # the same copy, told again
            return
        cause = _punch_cause(copy.facts, punch, is_known=any(known.place is not None for _, known in found))
        self._touch_punch(copy, punch_id, at, cause)
        for bucket, known in found:
            if known.place is not None:
                self._touch_punch(copy, punch_id, known.punch_at, cause)
            if bucket.number != here:
                copy.change(bucket.number).take_retract(punch_id, *order)
        copy.change(here).take_assign(punch_id, identity_version, punch)
        if punch_id in copy.header.marks:
            del copy.change_header().marks[punch_id]
        _place_first(copy, FirstPlace(at, punch_id, punch.site, punch.zone))

    def retract(self, copy: WorkingCopy, punch_id: str, identity_version: int, rank: int) -> None:
        found = find_punch(copy, punch_id)
        if found is None:
            if copy.header.take_retract(punch_id, identity_version, rank):
                copy.change_header()
            return
        bucket, known = found
        if known[:2] >= (identity_version, rank):
            return
        if known.place is not None:
            self._touch_punch(copy, punch_id, known.punch_at, Cause.IDENTITY)
        copy.change(bucket.number).take_retract(punch_id, identity_version, rank)
        first = copy.header.first_place
        if first is not None and first.punch_id == punch_id:
            copy.change_header().first_place = None
            for number in copy.header.hot:
                for key, one in _living(copy.bucket(number)):
                    assert one.place is not None
                    _place_first(copy, FirstPlace(one.punch_at, key, one.place.site, one.place.zone))

    def correction(self, copy: WorkingCopy, correction: Correction) -> None:
        numbers, key = buckets_of(correction), correction.correction_id
        holders = correction_holders(copy, key)
        known = [bucket.corrections[key] for bucket in holders]
        if (loose := copy.header.corrections.get(key)) is not None:
            known.append(loose)
        if any(one.version >= correction.version for one in known):
            return
        counts = correction.status is CorrectionStatus.APPROVED
        if counts or any(one.is_approved for one in known):
            for one in (KeptCorrection.of(correction), *known):
                self._touch_correction(copy, key, one)
        # An older version that was about other dates must not go on to count there.
        for number in sorted({*numbers, *(bucket.number for bucket in holders)}):
            copy.change(number).take_correction(correction)
        if not numbers or loose is not None:
            copy.change_header().take_correction(correction)

    def roster(self, copy: WorkingCopy, roster: Roster) -> None:
        for text, shifts in roster.dates.items():
            day = date.fromisoformat(text)
            bucket = copy.of_date(day)
            known = bucket.roster.get(day) if bucket is not None else None
            if known is not None and known.version >= roster.version:
                continue
            now = None if shifts is None else tuple(shifts)
            if (known.shifts if known is not None else None) != now:
                weeks = weeks_by_plan(copy.facts, day)
                self._touch(copy, weeks, Touch(Cause.SCHEDULE, frozenset((day,)), "", roster.changed_by))
            copy.change_of_date(day).take_roster(day, roster.version, shifts)

    def approval(self, copy: WorkingCopy, approval: Approval) -> None:
        day = date.fromisoformat(approval.work_date)
        bucket = copy.of_date(day)
        known = bucket.approvals.get(day) if bucket is not None else None
        if known is not None and known[:2] >= (approval.decided_at, approval.approval_id):
            return
        # No content changes by it: the cause is that of a version, should something else make one.
        self._touch(copy, (week_of_date(copy.facts, day),), Touch(Cause.FINALIZE, frozenset(), ""))
        copy.change_of_date(day).take_approval(approval)

    def _touch_punch(self, copy: WorkingCopy, punch_id: str, at: int, cause: Cause) -> None:
        """Where it is, and where corrections moved it to."""
        touch = Touch(cause, None, punch_id)
        self._touch_instant(copy, at, touch)
        for moved_to in edited_to(copy, punch_id, at):
            self._touch_instant(copy, moved_to, touch)

    def _touch_instant(self, copy: WorkingCopy, at: int, touch: Touch) -> None:
        touch = touch._replace(dates=dates_around(copy.facts, at))
        self._touch(copy, touched_weeks(copy.facts, at), touch)

    def _touch_correction(self, copy: WorkingCopy, correction_id: str, one: KeptCorrection) -> None:
        if one.is_leave:
            day = date.fromisoformat(one.work_date)
            touch = Touch(Cause.LEAVE, frozenset((day,)), correction_id, one.decided_by)
            self._touch(copy, (week_of_date(copy.facts, day),), touch)
            return
        touch = Touch(Cause.CORRECTION, None, correction_id, one.decided_by)
        for at in (one.punch_at, one.target_at):
            if at is not None:
                self._touch_instant(copy, at, touch)
        # Another decision on the same punch counts, or counts no more, where that one moved it to.
        target, was_at = (one.target, one.target_at) if one.target else (correction_id, one.punch_at)
        for moved_to in edited_to(copy, target, was_at) if was_at is not None else ():
            self._touch_instant(copy, moved_to, touch)


def find_punch(copy: WorkingCopy, punch_id: str) -> tuple[Bucket, KeptPunch] | None:
    """The newest of what the buckets know of a punch; those that are archived and not restored are not looked into."""
    best: tuple[Bucket, KeptPunch] | None = None
    for number in sorted({*copy.header.hot, *copy.header.archived}):
        if copy.is_hot((number,)) and (bucket := copy.bucket(number)) is not None:
            known = bucket.punches.get(punch_id)
            if known is not None and (
                best is None or known[:2] > best[1][:2] or (known[:2] == best[1][:2] and known.place)
            ):
                best = (bucket, known)
    return best


def buckets_near(at: int) -> list[int]:
    """Where a copy of a punch may lie that was made at an instant (epoch ms), and corrections of it."""
    return sorted({bucket_of_ms(at + apart) for apart in (-_ZONES_APART_MS, 0, _ZONES_APART_MS)})


def edited_to(copy: WorkingCopy, punch_id: str, at: int) -> list[int]:
    """Instants that approved edits move a punch to; at: where it was made, by whichever copy of it. Buckets that are
    archived and not restored are not looked into."""
    return [
        one.punch_at
        for bucket in copy.buckets(number for number in buckets_near(at) if copy.is_hot((number,)))
        for one in bucket.corrections.values()
        if one.target == punch_id and one.is_approved and one.punch_at is not None
    ]


def correction_holders(copy: WorkingCopy, correction_id: str) -> list[Bucket]:
    """Where any version of a correction is kept; buckets that are archived and not restored are not looked into."""
    numbers = [number for number in sorted({*copy.header.hot, *copy.header.archived}) if copy.is_hot((number,))]
    return [bucket for bucket in copy.buckets(numbers) if correction_id in bucket.corrections]


def buckets_of(correction: Correction) -> list[int]:
    """Where a correction is kept: with its instants, or its date."""
    if correction.operation is CorrectionOperation.LEAVE:
        return [bucket_of_date(date.fromisoformat(correction.work_date))]
    return sorted({bucket_of_ms(at) for at in (correction.punch_at, correction.target_at) if at is not None})


def dates_around(facts: Facts, at_ms: int) -> frozenset[date]:
    """Dates whose cards a punch may be part of: its own at home, and the one before for a shift that began then."""
    terms = facts.terms_on(date_of(at_ms // 86_400_000))
    zone, policy = zone_of(terms.zone), terms.policy
    number = zone.day(at_ms // 1000, policy.day_cut_min)
    since = at_ms // 1000 - zone.day_start(number, policy.day_cut_min)
    return frozenset((date_of(number), date_of(number - (since < policy.max_open_min * 60))))


def _punch_cause(facts: Facts, punch: AssignedPunch, *, is_known: bool) -> Cause:
    if is_known:
        return Cause.IDENTITY
    policy = facts.terms_on(date_of(punch.punch_at // 86_400_000)).policy
    is_late = punch.received_at - punch.punch_at > policy.late_arriving_min * 60_000
    return Cause.LATE_PUNCH if is_late else Cause.NEW_PUNCH


def _place_first(copy: WorkingCopy, place: FirstPlace) -> None:
    first = copy.header.first_place
    if first is None or place[:2] < first[:2]:
        copy.change_header().first_place = place


def _living(bucket: Bucket | None) -> list[tuple[str, KeptPunch]]:
    return [(key, one) for key, one in bucket.punches.items() if one.place is not None] if bucket is not None else []
