"""What the registry says of sites, devices, departments, positions and areas, always at hand: a live view of its topic.

The topic is compacted and has one partition; every process follows all of it without a consumer group. Memory: one
entry a record (about 1 KiB each: 10,000 devices are 10 MiB), nothing else. Source: DESIGN 4.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka import ConsumerRecord
from prometheus_client import Counter, Gauge

from runtime.follower import Follower
from runtime.sections import KafkaSettings
from schemas.registry import (
    AreaRecord,
    DepartmentRecord,
    DevicePeriod,
    DeviceRecord,
    PositionRecord,
    Record,
    SiteRecord,
    decode_record,
    period_at,
    record_key,
)

log = logging.getLogger(__name__)

TOPIC = "registry"

REFUSED = Counter("punchstream_registry_refused_records_total", "registry records that could not be read")
VERSION = Gauge("punchstream_registry_version", "registry offset + 1 up to which this process knows the registry")
DEVICES = Gauge("punchstream_registry_devices", "devices that the registry names")


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device of the registry. registry_version: offset + 1 of the record that says so."""

    periods: tuple[DevicePeriod, ...]
    registry_version: int

    def at(self, at_ms: int) -> DevicePeriod | None:
        """What holds at an instant, epoch milliseconds UTC; None outside all periods."""
        return period_at(self.periods, at_ms)


class RegistryView:
    """Look-ups are answered from memory. `version` is the highest offset + 1 that was read, refused records included.

    `on_change` is called with the key of a record that changed (`device+<serial>`, `site+<id>`, ...), after the view
    has it, from `start` on.
    `failed` says in words why following stopped, and is empty as long as it goes on: then the view is stale, and the
    process should stop being ready.
    """

    def __init__(
        self, settings: KafkaSettings, *, client_id: str = "punchstream-registry", deadline_seconds: float = 60.0
    ) -> None:
        self._follower = Follower(settings, TOPIC, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._devices: dict[str, KnownDevice] = {}
        self._records: dict[str, Record] = {}
        self._versions: dict[str, int] = {}
        self._applied = 0
        self.on_change: Callable[[str], None] | None = None

    @property
    def version(self) -> int:
        return max(self._applied, self._follower.positions.get(0, 0))

    @property
    def failed(self) -> str:
        return self._follower.failed

    def device(self, serial: str) -> KnownDevice | None:
        """`serial` in upper case, as records carry it."""
        return self._devices.get(serial)

    def device_record(self, serial: str) -> DeviceRecord | None:
        """The record of a device as it was written, to write a changed one."""
        record = self._records.get(f"device+{serial}")
        return record if isinstance(record, DeviceRecord) else None

    def site(self, site_id: str) -> SiteRecord | None:
        record = self._records.get(f"site+{site_id}")
        return record if isinstance(record, SiteRecord) else None

    def department(self, department_id: str) -> DepartmentRecord | None:
        record = self._records.get(f"department+{department_id}")
        return record if isinstance(record, DepartmentRecord) else None

    def position(self, position_id: str) -> PositionRecord | None:
        record = self._records.get(f"position+{position_id}")
        return record if isinstance(record, PositionRecord) else None

    def area(self, area_id: str) -> AreaRecord | None:
        record = self._records.get(f"area+{area_id}")
        return record if isinstance(record, AreaRecord) else None

    def records(self) -> list[Record]:
        """All that the registry holds, in order of kind and id."""
        return [self._records[key] for key in sorted(self._records)]

    def versioned_records(self) -> list[tuple[Record, int]]:
        """All that the registry holds, each with its own version (offset + 1), in order of kind and id."""
        return [(self._records[key], self._versions[key]) for key in sorted(self._records)]

    async def start(self) -> None:
        """Returns when the view has reached the end that the topic had, then goes on in the background.

        Raises ViewUnreadable: no such topic, no Kafka, or the end not reached within the deadline.
        """
        await self._follower.start()
        VERSION.set(self.version)
        log.info("the registry is read: version %d, %d devices", self.version, len(self._devices))

    async def stop(self) -> None:
        await self._follower.stop()

    async def reached_end(self) -> None:
        """Wait until all that the topic holds now is applied. The caller sets the deadline. Raises ViewUnreadable."""
        await self._follower.reached_end(0)

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        self._applied = record.offset + 1
        VERSION.set(self._applied)
        key = (record.key or b"").decode("utf-8", "replace")
        try:
            decoded = _decode(record)
        except Exception as error:  # noqa: BLE001 - a pure function: whatever it raises, this one record is to blame
            REFUSED.inc()
            log.error("registry record %s at offset %d is kept out: %r", key, record.offset, error)
            return
        serial = key.removeprefix("device+") if key.startswith("device+") else ""
        if decoded is None:
            self._records.pop(key, None)
            self._versions.pop(key, None)
            self._devices.pop(serial, None)
        else:
            self._records[key] = decoded
            self._versions[key] = self._applied
        if isinstance(decoded, DeviceRecord):
            self._devices[serial] = KnownDevice(decoded.periods, self._applied)
        DEVICES.set(len(self._devices))
        if self.on_change is not None:
            self.on_change(key)


def _decode(record: ConsumerRecord[bytes, bytes]) -> Record | None:
    """None for a tombstone, and for a kind that this version does not know."""
    decoded = decode_record(record.value) if record.value is not None else None
    if decoded is not None and record_key(decoded) != record.key:
        raise ValueError(f"the key says {record.key!r}, the value {record_key(decoded)!r}")
    return decoded
