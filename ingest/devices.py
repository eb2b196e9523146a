"""What the edge knows of a serial: the registry's word, or what the setting says of devices that it does not name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from runtime.registry_view import KnownDevice
from runtime.settings import IngestSettings
from schemas.headers import Header
from schemas.registry import AckProfile, DevicePeriod

_MAX_CACHED: Final = 100_000
_FOR_EVER: Final = 1 << 62
_FIXED: Final = "fixed:"


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is served until `until_ms` (epoch milliseconds UTC, exclusive), with what its records need."""

    serial: str
    key: bytes
    tenant: str
    ack_profile: AckProfile
    zone: str
    clock: str
    until_ms: int
    headers: tuple[Header, ...]

    def utc_offset_s(self, at_ms: int) -> int:
        """Seconds east of UTC that the device's clock shows at an instant (epoch milliseconds UTC)."""
        if self.clock.startswith(_FIXED):
            sign, hours, minutes = self.clock[len(_FIXED)], self.clock[len(_FIXED) + 1 :][:2], self.clock[-2:]
            seconds = int(hours) * 3600 + int(minutes) * 60
            return -seconds if sign == "-" else seconds
        offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.zone)).utcoffset()
        return round((offset or timedelta()).total_seconds())


class Registry(Protocol):
    """The part of runtime.registry_view.RegistryView that is used here."""

    on_change: Callable[[str], None] | None

    def device(self, serial: str) -> KnownDevice | None: ...


class Devices:
    """Look-ups by serial in upper case. `unknown_zone` is the zone that the normalizer, too, assumes."""

    def __init__(self, registry: Registry, settings: IngestSettings, unknown_zone: str) -> None:
        self._registry = registry
        self._accept_unknown = settings.unknown_devices == "accept"
        self._default = DevicePeriod(tenant=settings.default_tenant, zone=unknown_zone)
        self._served: dict[str, Device] = {}
        registry.on_change = self._forget

    def find(self, serial: str, now_ms: int) -> Device | None:
        """None for a device that is not served: unknown or outside all its periods, unless such are accepted."""
        device = self._served.get(serial)
        if device is not None and now_ms < device.until_ms:
            return device
        known = self._registry.device(serial)
        period = known.at(now_ms) if known else None
        if period is None and not self._accept_unknown:
            return None
        if len(self._served) >= _MAX_CACHED:
            self._served.clear()
        device = self._served[serial] = self.make(serial, period or self._default, _until(known, period, now_ms))
        return device

    def stranger(self, serial: str) -> Device:
        """A device that is not served, with the default tenant: for its presence record alone."""
        return self.make(serial, self._default, 0)

    @staticmethod
    def make(serial: str, period: DevicePeriod, until_ms: int) -> Device:
        key = serial.encode()
        return Device(
            serial=serial,
            key=key,
            tenant=period.tenant,
            ack_profile=period.ack_profile,
            zone=period.zone,
            clock=period.clock,
            until_ms=until_ms,
            headers=(("source", key), ("tenant", period.tenant.encode())),
        )

    def _forget(self, serial: str) -> None:
        self._served.pop(serial, None)


def _until(known: KnownDevice | None, period: DevicePeriod | None, now_ms: int) -> int:
    """How long what is found at `now_ms` holds, as long as the registry says nothing else."""
    if period is not None:
        return _FOR_EVER if period.valid_to is None else period.valid_to
    starts = [start for p in (known.periods if known else ()) if (start := p.valid_from) is not None and start > now_ms]
    return min(starts, default=_FOR_EVER)
