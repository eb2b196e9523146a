"""The greatest punch of each PIN at each device, of one partition of `punches`: what `lastpunch` holds.

The greatest instant counts, not the last arrival; equal instants go to the greater rank. A copy of the punch that is
held, of greater rank, replaces it whatever its time: the registry was corrected, or the parser. When such a copy says
that it was no attendance after all, or that its time cannot be, nothing is held until the next punch, since the one
before is not remembered (it would cost as much again for each PIN; a replay brings it back).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from processors.partition_model import Changes
from schemas.codec import NotAnEvent, decode_event, encode_event
from schemas.events import EpochMs, TimeFlag
from schemas.identity import normal_pin
from schemas.lastpunch import LastPunch

_NEVER: Final = frozenset({TimeFlag.FUTURE_PUNCH, TimeFlag.QUARANTINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPunch:
    """The fields of a Punch (schemas/events.py) that are needed here; the others are not even read."""

    event_id: str
    rank: int
    tenant: str
    device: str
    pin: str
    local_text: str
    punch_at: EpochMs
    time_flags: list[TimeFlag]
    state: int | None
    work_code: str
    is_attendance: bool

    @property
    def key(self) -> bytes:
        return f"{self.device}+{normal_pin(self.pin)}".encode()

    @property
    def counts(self) -> bool:
        return self.is_attendance and _NEVER.isdisjoint(self.time_flags)


_SEEN_PUNCH: Final = TypeAdapter(SeenPunch)


def decode_punch(value: bytes) -> SeenPunch:
    """Raises NotAnEvent naming the field that does not fit."""
    try:
        return _SEEN_PUNCH.validate_json(value)
    except ValidationError as error:
        raise NotAnEvent(f"Punch of {len(value)} bytes: {error}") from error


class LatestPunches:
    """The model of one partition; `stored` are its values, which change with every write."""

    def __init__(self, stored: Mapping[bytes, bytes]) -> None:
        self._stored = stored
        self._changed: dict[bytes, LastPunch | None] = {}

    def apply(self, punch: SeenPunch, offset: int) -> None:
        """The offset is not needed: a punch that is taken twice changes nothing."""
        key = punch.key
        held = self._held(key)
        latest = latest_of(held, punch)
        if latest is not held:
            self._changed[key] = latest

    def changes(self) -> Changes:
        changed, self._changed = self._changed, {}
        return Changes({key: encode_event(latest) if latest else None for key, latest in changed.items()}, ())

    def _held(self, key: bytes) -> LastPunch | None:
        if key in self._changed:
            return self._changed[key]
        value = self._stored.get(key)
        return decode_event(LastPunch, value) if value is not None else None


def latest_of(held: LastPunch | None, punch: SeenPunch) -> LastPunch | None:
    """What is held after this punch: `held` itself where nothing changes."""
    if held is not None and held.event_id == punch.event_id:
        if punch.rank <= held.rank:
            return held
        return _last_punch(punch) if punch.counts else None
    if not punch.counts or (held is not None and (punch.punch_at, punch.rank) <= (held.punch_at, held.rank)):
        return held
    return _last_punch(punch)


def _last_punch(punch: SeenPunch) -> LastPunch:
    return LastPunch(
        tenant=punch.tenant,
        device=punch.device,
        pin=punch.pin,
        punch_at=punch.punch_at,
        local_text=punch.local_text,
        state=punch.state,
        work_code=punch.work_code,
        event_id=punch.event_id,
        rank=punch.rank,
    )
