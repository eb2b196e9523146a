"""The greatest punch of each PIN at each device, of one partition of `punches`: what `lastpunch` holds.

The greatest instant counts, not the last arrival; equal instants go to the greater rank. A copy of the punch that is
held, of greater rank, replaces it whatever its time: the registry was corrected, or the parser. When such a copy says
that it was no attendance after all, or that its time cannot be, nothing is held until the next punch, since the one
before is not remembered (it would cost as much again for each PIN; a replay brings it back).
"""

from __future__ import annotations

from collections.abc import Mapping

from processors.lastpunch.seen import SeenPunch, decode_last_punch, encode_last_punch
from processors.partition_model import Changes


class LatestPunches:
    """The model of one partition; `stored` are its values, which change with every write."""

    def __init__(self, stored: Mapping[bytes, bytes]) -> None:
        self._stored = stored
        self._changed: dict[bytes, SeenPunch | None] = {}

    def apply(self, punch: SeenPunch, offset: int) -> None:
        """The offset is not needed: a punch that is taken twice changes nothing."""
        key = punch.key()
        held = self._held(key)
        latest = latest_of(held, punch)
        if latest is not held:
            self._changed[key] = latest

    def changes(self) -> Changes:
        """Of the changes of a key only the last is written."""
        changed, self._changed = self._changed, {}
        return Changes({key: encode_last_punch(latest) if latest else None for key, latest in changed.items()}, ())

    def _held(self, key: bytes) -> SeenPunch | None:
        if key in self._changed:
            return self._changed[key]
        value = self._stored.get(key)
        return decode_last_punch(value) if value is not None else None


def latest_of(held: SeenPunch | None, punch: SeenPunch) -> SeenPunch | None:
    """What is held after this punch: `held` itself where nothing changes."""
    if held is not None and held.event_id == punch.event_id:
        if punch.rank <= held.rank:
            return held
        return punch if punch.counts else None
    if not punch.counts or (held is not None and (punch.punch_at, punch.rank) <= (held.punch_at, held.rank)):
        return held
    return punch
