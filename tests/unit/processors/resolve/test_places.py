"""Sites and their devices by the registry."""

from __future__ import annotations

from typing import cast

from processors.resolve.registry_places import Whereabouts
from processors.resolve.watermarks import SiteDevices
from runtime.registry_view import KnownDevice, RegistryView
from schemas.registry import DevicePeriod, DeviceRecord, Record, SiteRecord

DAY = 86_400_000


class MemoryRegistry:
    def __init__(self, *devices: DeviceRecord) -> None:
        self.devices = {device.id: device for device in devices}
        self.version = 1
        self.looks = 0

    def records(self) -> list[Record]:
        self.looks += 1
        return [SiteRecord("pune", ()), *self.devices.values()]

    def device(self, serial: str) -> KnownDevice | None:
        found = self.devices.get(serial)
        return KnownDevice(found.periods, 1) if found else None


def test_sites_have_the_devices_of_that_time_and_know_their_partitions() -> None:
    registry = MemoryRegistry(
        DeviceRecord("D0", (DevicePeriod(site="pune", valid_to=DAY), DevicePeriod(valid_from=DAY, site="goa"))),
        DeviceRecord("D1", (DevicePeriod(site="pune", valid_to=DAY),)),
        DeviceRecord("D2", (DevicePeriod(site="pune"),)),
        DeviceRecord("D3", (DevicePeriod(site="pune", admission="refuse"),)),
    )
    whereabouts = Whereabouts(cast("RegistryView", registry), lambda device: int(device[1:]) % 2)
    even, odd = whereabouts.of(0), whereabouts.of(1)
    assert even.sites(0) == {"pune": SiteDevices(frozenset({"D0", "D2"}), (0, 1))}
    assert odd.sites(0) == {"pune": SiteDevices(frozenset({"D1"}), (0, 1))}
    assert registry.looks == 1
    assert even.sites(DAY) == {
        "goa": SiteDevices(frozenset({"D0"}), (0,)), "pune": SiteDevices(frozenset({"D2"}), (0,)),
    }  # fmt: skip
    assert odd.sites(DAY) == {}
    assert (odd.names("D1"), odd.names("D9"), odd.version) == (True, False, 1)
    registry.version = 2
    even.sites(DAY)
    assert registry.looks == 3
