"""What the edge knows of a serial: the registry's word, or what the setting says of devices that it does not name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from runtime.registry_view import KnownDevice
from runtime.sections import IngestSettings
from schemas.headers import Header
from schemas.registry import AckProfile, DevicePeriod, HandshakeOptions, SitePeriod, SiteRecord

_MAX_CACHED: Final = 100_000
_FOR_EVER: Final = 1 << 62
_FIXED: Final = "fixed:"


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is served until `until_ms` (epoch milliseconds UTC, exclusive), with what its requests need.

    period: what the registry says of it now; ack_profile and options: with what its site says where it says nothing.
    """

    serial: str
    key: bytes
    period: DevicePeriod
    ack_profile: AckProfile
    options: HandshakeOptions
    until_ms: int
    headers: tuple[Header, ...]

    @property
    def tenant(self) -> str:
        return self.period.tenant

    def utc_offset_s(self, at_ms: int) -> int:
        """Seconds east of UTC that the device's clock shows at an instant (epoch milliseconds UTC)."""
        clock = self.period.clock
        if clock.startswith(_FIXED):
            sign, hours, minutes = clock[len(_FIXED)], clock[len(_FIXED) + 1 :][:2], clock[-2:]
            seconds = int(hours) * 3600 + int(minutes) * 60
            return -seconds if sign == "-" else seconds
        offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.period.zone)).utcoffset()
        return round((offset or timedelta()).total_seconds())


class Registry(Protocol):
    """The part of runtime.registry_view.RegistryView that is used here."""

    on_change: Callable[[str], None] | None

    def device(self, serial: str) -> KnownDevice | None: ...
    def site(self, site_id: str) -> SiteRecord | None: ...


class Devices:
    """Look-ups by serial in upper case. `unknown_zone` is the zone that the normalizer, too, assumes."""

    def __init__(self, registry: Registry, settings: IngestSettings, unknown_zone: str) -> None:
        self._registry = registry
        self._accept_unknown = settings.unknown_devices == "accept"
        self._default = DevicePeriod(tenant=settings.default_tenant, zone=unknown_zone)
        self._served: dict[str, Device] = {}
        registry.on_change = self._forget

    def find(self, serial: str, now_ms: int) -> Device | None:
        """None for a device that is not served: refused by name, or unknown or outside all its periods, unless such
        are accepted."""
        device = self._served.get(serial)
        if device is not None and now_ms < device.until_ms:
            return device
        known = self._registry.device(serial)
        period = known.at(now_ms) if known else None
        if (period is None and not self._accept_unknown) or (period is not None and period.admission == "refuse"):
            return None
        if len(self._served) >= _MAX_CACHED:
            self._served.clear()
        site, site_until_ms = self._site(period.site if period else "", now_ms)
        until_ms = min(_until(known, period, now_ms), site_until_ms)
        device = self._served[serial] = self.make(serial, period or self._default, until_ms, site)
        return device

    def stranger(self, serial: str) -> Device:
        """A device that is not served, with the default tenant: for its presence record alone."""
        return self.make(serial, self._default, 0)

    @staticmethod
    def make(serial: str, period: DevicePeriod, until_ms: int, site: SitePeriod | None = None) -> Device:
        key = serial.encode()
        return Device(
            serial=serial,
            key=key,
            period=period,
            ack_profile=period.ack_profile or (site and site.ack_profile) or "count",
            options=_merged(site.options, period.options) if site else period.options,
            until_ms=until_ms,
            headers=(("source", key), ("tenant", period.tenant.encode())),
        )

    def _site(self, site_id: str, now_ms: int) -> tuple[SitePeriod | None, int]:
        """What holds for a site now, and until when."""
        record = self._registry.site(site_id) if site_id else None
        periods = record.periods if record else ()
        for period in periods:
            if period.covers(now_ms):
                return period, _FOR_EVER if period.valid_to is None else period.valid_to
        starts = [start for p in periods if (start := p.valid_from) is not None and start > now_ms]
        return None, min(starts, default=_FOR_EVER)

    def _forget(self, key: str) -> None:
        """A record of the registry changed. A site's concerns all its devices; sites change seldom."""
        kind, _, name = key.partition("+")
        if kind == "device":
            self._served.pop(name, None)
        else:
            self._served.clear()


def _merged(above: HandshakeOptions, own: HandshakeOptions) -> HandshakeOptions:
    """Each option as the device's own says, else as the level above says."""
    return HandshakeOptions(
        **{
            name: getattr(above, name) if getattr(own, name) is None else getattr(own, name)
            for name in (field.name for field in fields(HandshakeOptions))
        }
    )


def _until(known: KnownDevice | None, period: DevicePeriod | None, now_ms: int) -> int:
    """How long what is found at `now_ms` holds, as long as the registry says nothing else."""
    if period is not None:
        return _FOR_EVER if period.valid_to is None else period.valid_to
    starts = [start for p in (known.periods if known else ()) if (start := p.valid_from) is not None and start > now_ms]
    return min(starts, default=_FOR_EVER)
