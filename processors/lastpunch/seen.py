"""A punch as far as `lastpunch` needs it: read from `punches`, read from and written to `lastpunch`.

Tens of thousands a second pass here, so bytes are read as plain JSON and looked at for types and ranges. Where anything
is unusual the strict reader decides, and names the field that does not fit.
"""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import Annotated, Final, NamedTuple

import orjson
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from schemas.codec import NotAnEvent, decode_event
from schemas.events import EpochMs, TimeFlag
from schemas.identity import normal_pin
from schemas.lastpunch import LAST_PUNCH_VERSION, LastPunch


class SeenPunch(NamedTuple):
    """Fields of a Punch (schemas/events.py). counts: it is attendance, at a time that can be."""

    event_id: str
    rank: int
    tenant: str
    device: str
    pin: str
    local_text: str
    punch_at: int
    state: int | None
    work_code: str
    counts: bool

    def key(self) -> bytes:
        return f"{self.device}+{normal_pin(self.pin)}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strict:
    """What is read of a Punch; the other fields are not even looked at."""

    event_id: str
    rank: Annotated[int, Field(ge=0, lt=1 << 64)]
    tenant: str
    device: str
    pin: str
    local_text: str
    punch_at: EpochMs
    state: int | None
    work_code: str
    is_attendance: bool
    time_flags: list[TimeFlag]


_STRICT: Final = TypeAdapter(_Strict)
_NEVER: Final = frozenset({TimeFlag.FUTURE_PUNCH, TimeFlag.QUARANTINED})
_FLAGS: Final = frozenset(TimeFlag)
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # EpochMs

_NAMES: Final = SeenPunch._fields[:-1]
_OF_LAST_PUNCH: Final = itemgetter(*_NAMES)
_OF_PUNCH: Final = itemgetter(*_NAMES, "is_attendance", "time_flags")
_OF_OBJECT: Final = attrgetter(*_NAMES)
_COMMON: Final = (str, int, str, str, str, str, int)
_LAST_PUNCH_TYPES: Final = frozenset({(*_COMMON, state, str) for state in (int, type(None))})
_PUNCH_TYPES: Final = frozenset({(*types, bool, list) for types in _LAST_PUNCH_TYPES})


def decode_punch(value: bytes) -> SeenPunch:
    """Raises NotAnEvent naming the field that does not fit."""
    try:
        found = _OF_PUNCH(orjson.loads(value))
        flags = found[10]
        if (
            tuple(map(type, found)) in _PUNCH_TYPES
            and found[1] >= 0
            and _FIRST_MS <= found[6] <= _LAST_MS
            and (not flags or _FLAGS.issuperset(flags))
        ):
            return SeenPunch._make((*found[:9], found[9] and (not flags or _NEVER.isdisjoint(flags))))
    except (ValueError, LookupError, TypeError):
        pass  # the strict reader says what is wrong
    try:
        seen = _STRICT.validate_json(value)
    except ValidationError as error:
        raise NotAnEvent(f"Punch of {len(value)} bytes: {error}") from error
    counts = seen.is_attendance and _NEVER.isdisjoint(seen.time_flags)
    return SeenPunch._make((*_OF_OBJECT(seen), counts))


def decode_last_punch(value: bytes) -> SeenPunch:
    """Raises NotAnEvent naming the field that does not fit."""
    try:
        fields = orjson.loads(value)
        found = _OF_LAST_PUNCH(fields)
        if fields["v"] == LAST_PUNCH_VERSION and tuple(map(type, found)) in _LAST_PUNCH_TYPES:
            return SeenPunch._make((*found, True))
    except (ValueError, LookupError, TypeError):
        pass  # the strict reader says what is wrong
    last = decode_event(LastPunch, value)
    return SeenPunch._make((*_OF_OBJECT(last), True))


def encode_last_punch(seen: SeenPunch) -> bytes:
    """A LastPunch (schemas/lastpunch.py)."""
    return orjson.dumps(
        {
            "v": LAST_PUNCH_VERSION,
            "tenant": seen.tenant,
            "device": seen.device,
            "pin": seen.pin,
            "punch_at": seen.punch_at,
            "local_text": seen.local_text,
            "state": seen.state,
            "work_code": seen.work_code,
            "event_id": seen.event_id,
            "rank": seen.rank,
            "week_minutes": None,
        }
    )
