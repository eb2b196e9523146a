"""What a clock shows to somebody who asks: the last punch that counts, at whatever clock, and this week's hours.

Records of topic `lastpunch` for each clock (with the PIN there) that the person used in the last two weeks with
punches, and for the areas of these clocks. Pure; a function of the state alone, so that a batch that is done again
gives them again. Source: DESIGN 4; spec/timecards.md B13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from processors.partition_model import Later
from processors.timecards.engine.inputs import Inputs, PunchInput
from processors.timecards.engine.select import WRONG_CLOCK, effective_punches
from processors.timecards.engine.zones import zone_of
from processors.timecards.stream.bucket import Bucket
from processors.timecards.stream.kept import KeptCorrection, KeptPunch, Place
from processors.timecards.stream.state_keys import bucket_of_date
from processors.timecards.stream.week import week_dates, week_of_date
from processors.timecards.stream.working_copy import WorkingCopy
from schemas.codec import encode_event
from schemas.lastpunch import MAX_OVERRULED, LastPunch, area_key, hours_key
from schemas.timecards import LOCKED_KEYS, MANIFEST_KEYS

AreasOf = Callable[[str, int], Sequence[str]]

_WEEKS: Final = 2
_WORKED: Final = MANIFEST_KEYS.index("worked")
_WORKED_LOCKED: Final = LOCKED_KEYS.index("worked")


class SelfService:
    """`areas_of` names the areas that hold a device at an instant (epoch ms)."""

    def __init__(self, areas_of: AreasOf) -> None:
        self._areas_of = areas_of

    def __call__(self, copy: WorkingCopy) -> list[Later]:
        """Of a settled copy. Nothing for somebody without any punch that counts, whose records stay as they are."""
        buckets = _last_with_punches(copy)
        punches = {key: one for bucket in buckets for key, one in bucket.punches.items() if one.place is not None}
        corrections = {key: one for bucket in buckets for key, one in bucket.corrections.items()}
        corrections.update(copy.header.corrections)
        last = _last(copy, punches, corrections)
        if last is None:
            return []
        as_of = _as_of(buckets, punches.values(), last)
        week = _week(copy, as_of)
        value = encode_event(
            LastPunch(
                tenant=copy.tenant, device=last.serial, pin=last.pin, punch_at=last.at_ms,
                local_text=_local_text(last), state=last.state, work_code=last.work_code, event_id=last.punch_id,
                rank=punches[last.punch_id].rank if last.punch_id in punches else 0,
                week_minutes=_worked(copy, week), week_start=week.isoformat(), as_of=as_of, employee=copy.employee,
                overruled=_overruled(punches, last),
            )
        )  # fmt: skip
        places = sorted({(one.place.serial, one.place.pin) for one in punches.values() if one.place is not None})
        areas = sorted({(area, pin) for serial, pin in places for area in self._areas_of(serial, as_of)})
        return [
            *(Later(hours_key(serial, pin), value, serial.encode()) for serial, pin in places),
            *(Later(area_key(area, pin), value, area.encode()) for area, pin in areas),
        ]


def _last_with_punches(copy: WorkingCopy) -> list[Bucket]:
    """The newest ones alone: most of them are read already, and reading all that is hot for each punch costs as much as
    deriving its week. Those without punches are plans, leave and decisions."""
    found: list[Bucket] = []
    for number in sorted(copy.header.hot, reverse=True):
        bucket = copy.bucket(number)
        if bucket is not None and _has_punches(bucket):
            found.append(bucket)
            if len(found) == _WEEKS:
                break
    return found


def _has_punches(bucket: Bucket) -> bool:
    return any(
        one.place is not None and WRONG_CLOCK.keys().isdisjoint(one.time_flags) for one in bucket.punches.values()
    ) or any(one.punch_at is not None and one.is_approved for one in bucket.corrections.values())


def _last(
    copy: WorkingCopy, punches: Mapping[str, KeptPunch], corrections: Mapping[str, KeptCorrection]
) -> PunchInput | None:
    decided = tuple(
        one.correction(key, copy.tenant, copy.employee)
        for key, one in corrections.items()
        if one.is_approved and not one.is_leave
    )
    given = {key: (one, one.place) for key, one in punches.items() if one.place is not None}
    if not decided:  # as nearly always: nothing to be worked out
        right = (key for key, (one, _) in given.items() if WRONG_CLOCK.keys().isdisjoint(one.time_flags))
        last = max(right, key=lambda key: (punches[key].punch_at, key), default=None)
        return _input(last, *given[last]) if last is not None else None
    inputs = tuple(_input(key, *one) for key, one in given.items())
    effective = effective_punches(Inputs(copy.employee, (), inputs, decided))
    count = (one for one in effective if WRONG_CLOCK.keys().isdisjoint(one.time_flags))
    return max(count, key=lambda one: (one.at_ms, one.punch_id), default=None)


def _input(punch_id: str, kept: KeptPunch, place: Place) -> PunchInput:
    """With its state as the clock has it: a clock shows its own."""
    return PunchInput(
        punch_id, kept.punch_at, place.offset_s, place.zone, kept.state, serial=place.serial, pin=place.pin,
        work_code=kept.work_code, time_flags=tuple(kept.time_flags),
    )  # fmt: skip


def _overruled(punches: Mapping[str, KeptPunch], last: PunchInput) -> list[str]:
    later = [(one.punch_at, key) for key, one in punches.items() if one.punch_at > last.at_ms]
    return [key for _, key in sorted(later, reverse=True)[:MAX_OVERRULED]]


def _as_of(buckets: Iterable[Bucket], punches: Iterable[KeptPunch], last: PunchInput) -> int:
    """The stream's clock, as far as this person's state tells it."""
    received = max((one.received_at for one in punches), default=last.at_ms)
    derived = max((day.derived_at for bucket in buckets for day in bucket.published.values()), default=received)
    return max(received, derived)


def _week(copy: WorkingCopy, as_of: int) -> date:
    """The workweek that it is at home."""
    at = as_of // 1000
    today = datetime.fromtimestamp(at, UTC).date()
    offset = zone_of(copy.facts.terms_on(today).zone).offset(at)
    return week_of_date(copy.facts, datetime.fromtimestamp(at + offset, UTC).date())


def _worked(copy: WorkingCopy, week: date) -> int:
    """Of its cards as they are published; of locked ones with all adjustments."""
    worked = 0
    for day in week_dates(copy.facts, week):
        bucket = copy.of_date(day) if bucket_of_date(day) in copy.header.hot else None
        if bucket is None:
            continue
        if day in bucket.published:
            worked += bucket.published[day].minutes[_WORKED]
        if day in bucket.locks:
            worked += bucket.locks[day].adjusted[_WORKED_LOCKED]
    return worked


def _local_text(punch: PunchInput) -> str:
    zone = timezone(timedelta(seconds=punch.offset_s))
    return f"{datetime.fromtimestamp(punch.at_ms // 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"
