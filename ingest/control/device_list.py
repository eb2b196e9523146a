"""Looking at devices: what the registry says of each, and what the tracker saw, within what a caller may see."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ingest.control.caller import Caller
from ingest.control.errors import NotThere
from ingest.control.models import Device, DeviceDetail, device_of
from runtime.device_view import DeviceView
from runtime.registry_view import RegistryView
from runtime.sections import IngestSettings
from schemas.devices import DeviceStatus
from schemas.registry import DeviceRecord
from wire.zkpush.target import SERIAL


class DeviceList:
    """The views are started by whoever made them."""

    def __init__(
        self,
        settings: IngestSettings,
        *,
        registry: RegistryView,
        devices: DeviceView,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._devices = devices
        self._clock = clock

    def known(
        self, caller: Caller, *, site: str = "", tag: str = "", status: DeviceStatus | None = None
    ) -> list[Device]:
        """In order of serials, without those that are merely pending."""
        found = [self.find(serial) for serial in self._serials()]
        return [
            device
            for device in found
            if device.standing != "pending"
            and caller.sees(device.tenant, device.site)
            and (not site or device.site == site)
            and (not tag or tag in device.tags)
            and (status is None or device.status == status)
        ]

    def pending(self, caller: Caller) -> list[Device]:
        """Devices that knock and are neither served nor refused, in order of serials.

        They are nobody's yet: only a caller of all sites sees them.
        """
        if not caller.is_of_all_sites:
            return []
        found = [self.find(serial) for serial in self._serials()]
        knocking = (device for device in found if device.status is DeviceStatus.PENDING)
        return [d for d in knocking if d.standing in ("pending", "retired") and caller.sees(d.tenant, d.site)]

    def show(self, caller: Caller, serial: str) -> DeviceDetail:
        device = self.require(caller, serial)
        record, state = self._registry.device_record(device.serial), self._devices.state(device.serial)
        periods = record.periods if record else ()
        hidden = [replace(p, key_digests=tuple(key.partition(":")[0] for key in p.key_digests)) for p in periods]
        return DeviceDetail(device=device, periods=hidden, state=state)

    def require(self, caller: Caller, serial: str) -> Device:
        """The device. Raises NotThere, also when it is none of the caller's."""
        serial = serial.upper()
        known = SERIAL.fullmatch(serial) and (self._registry.device_record(serial) or self._devices.state(serial))
        device = self.find(serial) if known else None
        if device is None or not caller.sees(device.tenant, device.site):
            raise NotThere(f"there is no device {serial[:40]}")
        if device.standing == "pending" and not caller.is_of_all_sites:
            raise NotThere(f"there is no device {serial}")
        return device

    def of_site(self, caller: Caller, site: str) -> list[str]:
        """Serials of its devices that are served. Raises NotThere when there are none."""
        return self._named(caller, f"site {site[:80]!r}", lambda device: device.site == site)

    def of_tag(self, caller: Caller, tag: str) -> list[str]:
        return self._named(caller, f"tag {tag[:80]!r}", lambda device: tag in device.tags)

    def _named(self, caller: Caller, what: str, wanted: Callable[[Device], bool]) -> list[str]:
        found = [device.serial for device in self.known(caller) if device.standing == "served" and wanted(device)]
        if not found:
            raise NotThere(f"no device that is served has {what}")
        return found

    def _serials(self) -> list[str]:
        named = {record.id for record in self._registry.records() if isinstance(record, DeviceRecord)}
        # Polled servers and stations have states as well; they are sources, not devices (source_list.py).
        return sorted(named | {state.device for state in self._devices.states() if state.source_status is None})

    def find(self, serial: str) -> Device:
        """Whatever a caller may see, and also when nobody knows the serial (upper case)."""
        accepts = self._settings.unknown_devices == "accept"
        record, state = self._registry.device_record(serial), self._devices.state(serial)
        return device_of(serial, record, state, int(self._clock() * 1000), accepts)
