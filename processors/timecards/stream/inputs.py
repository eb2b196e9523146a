"""What an input of the cards must have before the model sees it. Pure."""

from __future__ import annotations

from typing import Final

from schemas.codec import decode_event
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


def decode_input(value: bytes) -> TimecardInput:
    """Raises ValueError naming what its kind must have and it has not."""
    event = decode_event(TimecardInput, value)
    for name in _NEEDS[event.kind]:
        if not getattr(event, name):
            raise ValueError(f"an input of kind {event.kind} without {name}")
    return event


def registry_needed(event: TimecardInput) -> int:
    """The registry version (offset + 1) that must be known before it is applied; 0 when any will do."""
    if event.registry is not None:
        return event.registry.version
    return event.period.retro_registry if event.period is not None else 0


def is_barrier(event: TimecardInput) -> bool:
    return event.kind in (TimecardInputKind.PERIOD, TimecardInputKind.REGISTRY)


def key_of_input(event: TimecardInput) -> bytes:
    return timecards_key(event.tenant, event.employee) if event.employee else b"+progress"
