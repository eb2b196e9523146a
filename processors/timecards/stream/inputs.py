"""What an input of the cards must have before the model sees it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from processors.timecards.engine.zones import ZONE_ERRORS, zone_of
from schemas.codec import decode_event
from schemas.corrections import CorrectionOperation
from schemas.timecards_input import TimecardInput, TimecardInputKind, timecards_key

_NEEDS: Final = {
    TimecardInputKind.ASSIGN: ("employee", "punch_id", "punch"),
    TimecardInputKind.RETRACT: ("employee", "punch_id"),
    TimecardInputKind.WATERMARK: (),
    TimecardInputKind.CORRECTION: ("employee", "correction"),
    TimecardInputKind.EMPLOYEE: ("employee",),
    TimecardInputKind.ROSTER: ("employee", "roster"),
    TimecardInputKind.APPROVAL: ("employee", "approval"),
    TimecardInputKind.PERIOD: ("period",),
    TimecardInputKind.REGISTRY: ("registry",),
}
# Weeks around them must be dates, too. What comes to the model has been taken, and would end each process that derives.
_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(9000, 1, 1)
_LAST_MS: Final = (_LAST - date(1970, 1, 1)).days * 86_400_000


def decode_input(value: bytes) -> TimecardInput:
    """Raises ValueError naming what its kind must have and it has not, or what no card can be derived with."""
    event = decode_event(TimecardInput, value)
    for name in _NEEDS[event.kind]:
        if not getattr(event, name):
            raise ValueError(f"an input of kind {event.kind} without {name}")
    for day in _dates(event):
        if not _FIRST <= date.fromisoformat(day) <= _LAST:
            raise ValueError(f"{day} is no date that cards can have")
    for at in _instants(event):
        if at > _LAST_MS:
            raise ValueError(f"{at} is no instant that cards can have")
    for one in event.record.employment if event.record is not None else ():
        for day in filter(None, (one.valid_from, one.valid_to)):
            date.fromisoformat(day)
    for zone in _zones(event):
        try:
            zone_of(zone)
        except ZONE_ERRORS as error:
            raise ValueError(f"{zone!r} is no zone of this machine's time zone data") from error
    return event


def _dates(event: TimecardInput) -> Iterator[str]:
    if (one := event.correction) is not None and one.operation is CorrectionOperation.LEAVE:
        yield one.work_date
    if event.approval is not None:
        yield event.approval.work_date
    if event.roster is not None:
        yield from event.roster.dates
    if event.period is not None:
        yield from (event.period.first, event.period.last)


def _instants(event: TimecardInput) -> Iterator[int]:
    if event.punch is not None:
        yield event.punch.punch_at
    if (one := event.correction) is not None:
        yield from (at for at in (one.punch_at, one.target_at) if at is not None)


def _zones(event: TimecardInput) -> Iterator[str]:
    """That hours are worked out with: a wrong one would come up whenever its week is derived."""
    if event.punch is not None:
        yield event.punch.zone
    one = event.correction
    if one is not None and one.punch_at is not None and (one.zone or one.operation is CorrectionOperation.ADD):
        yield one.zone


def registry_needed(event: TimecardInput) -> int:
    """The registry version (offset + 1) that must be known before it is applied; 0 when any will do."""
    if event.registry is not None:
        return event.registry.version
    return event.period.retro_registry if event.period is not None else 0


def is_barrier(event: TimecardInput) -> bool:
    return event.kind in (TimecardInputKind.PERIOD, TimecardInputKind.REGISTRY)


def key_of_input(event: TimecardInput) -> bytes:
    return timecards_key(event.tenant, event.employee) if event.employee else b"+progress"
