"""How far an input reaches: the buckets that may be needed to take it and to derive what it touches. Pure.

Wider than what is needed: an archive is read as a whole anyway, and what is not needed changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from processors.timecards.engine.zones import day_number
from processors.timecards.stream.state_keys import bucket_of_ms
from processors.timecards.stream.taking import buckets_of, correction_holders, edited_to, find_punch
from processors.timecards.stream.working_copy import WorkingCopy
from schemas.timecards_input import TimecardInput, TimecardInputKind

_DAY_MS: Final = 86_400_000
# A week's window, the plans around it and the zones of the world reach less far from any instant in it.
_AROUND_MS: Final = 20 * _DAY_MS


def reach_of(event: TimecardInput) -> list[tuple[int, int]]:
    """Ranges of bucket numbers, both ends inclusive. A retract has no instant, and is found by its id."""
    return _around(_instants(event))


def reach_in(copy: WorkingCopy, event: TimecardInput) -> list[tuple[int, int]] | None:
    """Likewise, of a punch or correction, by what state knows: where edits moved the punch to is reached, too. None
    when what it is about may lie anywhere in the archive."""
    if event.kind is TimecardInputKind.RETRACT:
        if copy.header.is_stale(event.punch_id, event.identity_version, event.rank):
            return []
        if (found := find_punch(copy, event.punch_id)) is None:
            return None
        known = found[1]
        if known.place is None:
            return []
        return _around([known.punch_at, *edited_to(copy, event.punch_id, known.punch_at)])
    if event.punch is not None:
        return [*reach_of(event), *_around(edited_to(copy, event.punch_id, event.punch.punch_at))]
    if (correction := event.correction) is None:
        return reach_of(event)
    if correction.version > 1:
        holders = {bucket.number for bucket in correction_holders(copy, correction.correction_id)}
        if holders != set(buckets_of(correction)):
            return None  # an older version was about other dates, or is archived
    at = correction.target_at if correction.target else correction.punch_at
    moved_to = edited_to(copy, correction.target or correction.correction_id, at) if at is not None else []
    return [*reach_of(event), *_around(moved_to)]


def _around(instants: Iterable[int]) -> list[tuple[int, int]]:
    return [(bucket_of_ms(at - _AROUND_MS), bucket_of_ms(at + _AROUND_MS)) for at in instants]


def _instants(event: TimecardInput) -> Iterator[int]:
    if event.punch is not None:
        yield event.punch.punch_at
    if (correction := event.correction) is not None:
        yield from (at for at in (correction.punch_at, correction.target_at) if at is not None)
        if correction.work_date:
            yield _ms(correction.work_date)
    if event.approval is not None:
        yield _ms(event.approval.work_date)
    if event.roster is not None:
        yield from map(_ms, event.roster.dates)


def _ms(day: str) -> int:
    return day_number(date.fromisoformat(day)) * _DAY_MS
