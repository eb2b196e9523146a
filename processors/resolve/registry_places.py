"""What the registry says of devices and their sites, for each partition of resolver.input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from processors.resolve.watermarks import SiteDevices
from runtime.registry_view import RegistryView
from schemas.registry import DeviceRecord

# Periods begin and end at any time; looking all of them up costs, so it is done once in so much of the stream's time.
_GOOD_FOR_MS: Final = 60_000


class Whereabouts:
    """Of all partitions of this process; `partition_of` a serial in resolver.input."""

    def __init__(self, registry: RegistryView, partition_of: Callable[[str], int]) -> None:
        self._registry = registry
        self._partition_of = partition_of
        self._made_for: tuple[int, int] | None = None
        self._sites: dict[int, dict[str, SiteDevices]] = {}

    @property
    def version(self) -> int:
        return self._registry.version

    def names(self, device: str) -> bool:
        return self._registry.device(device) is not None

    def sites(self, partition: int, at: int) -> Mapping[str, SiteDevices]:
        wanted = (self._registry.version, at // _GOOD_FOR_MS)
        if wanted != self._made_for:
            self._sites = self._look(at)
            self._made_for = wanted
        return self._sites.get(partition, {})

    def of(self, partition: int) -> PartitionPlaces:
        return PartitionPlaces(self, partition)

    def _look(self, at: int) -> dict[int, dict[str, SiteDevices]]:
        """Retired and refused devices are not waited for."""
        found: dict[str, dict[int, set[str]]] = {}
        for record in self._registry.records():
            if isinstance(record, DeviceRecord):
                known = self._registry.device(record.id)
                period = known.at(at) if known is not None else None
                if period is not None and period.admission != "refuse":
                    partition = self._partition_of(record.id)
                    found.setdefault(period.site, {}).setdefault(partition, set()).add(record.id)
        sites: dict[int, dict[str, SiteDevices]] = {}
        for site, partitions in found.items():
            for partition, devices in partitions.items():
                sites.setdefault(partition, {})[site] = SiteDevices(frozenset(devices), tuple(sorted(partitions)))
        return sites


class PartitionPlaces:
    """A Places (watermarks.py)."""

    def __init__(self, all_places: Whereabouts, partition: int) -> None:
        self._all = all_places
        self._partition = partition

    @property
    def version(self) -> int:
        return self._all.version

    def sites(self, at: int) -> Mapping[str, SiteDevices]:
        return self._all.sites(self._partition, at)

    def names(self, device: str) -> bool:
        return self._all.names(device)
