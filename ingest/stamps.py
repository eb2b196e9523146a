"""The last stamp that each device sent with an acknowledged upload, per table: opaque text, echoed in its handshake.

Kept in memory only. What is not known is left out of the handshake, and the device goes on from its own mark; `None`
would stop some firmware and 0 ask for everything again (spec/zk-push.md H4 to H7). So forgetting costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wire.zkpush.handshake import is_usable_stamp

_MAX_DEVICES: Final = 50_000
_MAX_TABLES: Final = 16
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Stamps:
    def __init__(self, max_devices: int = _MAX_DEVICES) -> None:
        self._max_devices = max_devices
        self._devices: dict[str, dict[str, str]] = {}

    def acknowledged(self, serial: str, table: str, stamp: str) -> None:
        """An upload of `table` with `stamp` is durable. The device unheard of for longest is forgotten when full."""
        known = self._devices.get(serial)
        if known is not None and known.get(table) == stamp:
            return
        if not is_usable_stamp(stamp):
            return
        known = self._devices.pop(serial, None)
        if known is None:
            known = {}
            if len(self._devices) >= self._max_devices:
                del self._devices[next(iter(self._devices))]
        if table in known or len(known) < _MAX_TABLES:
            known[table] = stamp
        self._devices[serial] = known

    def of(self, serial: str) -> Mapping[str, str]:
        return self._devices.get(serial, _NONE)
