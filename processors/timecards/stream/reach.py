"""How far an input reaches: the buckets that may be needed to take it and to derive what it touches. Pure.

Wider than what is needed: an archive is read as a whole anyway, and what is not needed changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from processors.timecards.engine.zones import day_number
from processors.timecards.stream.state_keys import bucket_of_ms
from schemas.timecards_input import TimecardInput

_DAY_MS: Final = 86_400_000
# A week's window, the plans around it and the zones of the world reach less far from any instant in it.
_AROUND_MS: Final = 18 * _DAY_MS


def reach_of(event: TimecardInput) -> list[tuple[int, int]]:
    """Ranges of bucket numbers, both ends inclusive. A retract has no instant, and is found by its id."""
    return [(bucket_of_ms(at - _AROUND_MS), bucket_of_ms(at + _AROUND_MS)) for at in _instants(event)]


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
