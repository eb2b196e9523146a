"""Which areas a device is in: devices of an area share their people. From the registry, worked out once a version."""

from __future__ import annotations

from typing import Protocol

from schemas.registry import AreaRecord, GroupPeriod, Record


class Registry(Protocol):
    """The part of runtime.registry_view.RegistryView that is used here."""

    @property
    def version(self) -> int: ...
    def records(self) -> list[Record]: ...


class Areas:
    """Look-ups are answered from memory."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._version = -1
        self._of_device: dict[str, list[tuple[str, GroupPeriod]]] = {}

    def of(self, serial: str, at_ms: int) -> tuple[str, ...]:
        """Ids of the areas that hold a device (serial in upper case) at an instant, epoch ms, in order."""
        if self._version != self._registry.version:
            self._version = self._registry.version
            self._of_device = self._made()
        return tuple(area for area, period in self._of_device.get(serial, ()) if period.covers(at_ms))

    def _made(self) -> dict[str, list[tuple[str, GroupPeriod]]]:
        found: dict[str, list[tuple[str, GroupPeriod]]] = {}
        for record in self._registry.records():
            if isinstance(record, AreaRecord):
                for period in record.periods:
                    for serial in period.devices:
                        found.setdefault(serial, []).append((record.id, period))
        return found
