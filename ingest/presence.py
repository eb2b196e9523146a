"""When a device's presence is worth a record: it came back, it says something new of itself, or a minute has passed."""

from __future__ import annotations

from typing import Final, NamedTuple

_MAX_DEVICES: Final = 50_000


class _Seen(NamedTuple):
    written_ms: int
    info: str


class Presence:
    """One entry a device, in order of its last record.

    A device that was silent for `interval_ms` has no recent record, so its first request writes one. When `max_devices`
    wrote within one interval, further ones go unrecorded: made-up serials cannot make more records than that.
    """

    def __init__(self, interval_ms: int, max_devices: int = _MAX_DEVICES) -> None:
        self._interval_ms = interval_ms
        self._max_devices = max_devices
        self._devices: dict[str, _Seen] = {}

    def __len__(self) -> int:
        return len(self._devices)

    def is_due(self, serial: str, now_ms: int, info: str) -> bool:
        """Whether to write a record now; it counts as written. `info` empty says nothing new."""
        seen = self._devices.get(serial)
        if seen is not None:
            if now_ms - seen.written_ms < self._interval_ms and (not info or info == seen.info):
                return False
            del self._devices[serial]
            info = info or seen.info
        elif len(self._devices) >= self._max_devices and not self._drop_old(now_ms):
            return False
        self._devices[serial] = _Seen(now_ms, info)
        return True

    def _drop_old(self, now_ms: int) -> bool:
        oldest = next(iter(self._devices))
        if now_ms - self._devices[oldest].written_ms < self._interval_ms:
            return False
        del self._devices[oldest]
        return True
