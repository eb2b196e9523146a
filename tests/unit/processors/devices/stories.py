"""What the tests of the devices engine share: inputs, facts, and telling a story to a partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from processors.devices.facts import DeviceFacts, Standing
from processors.devices.partition import DevicesPartition
from processors.devices.tracked import TrackedDevice
from schemas.codec import decode_event
from schemas.devices import DeviceInput, DeviceState, DeviceStatus, InputKind

T0 = 1_772_355_600_000  # 2026-03-01T09:00:00Z, a Sunday
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
NAMED = DeviceFacts(standing=Standing.NAMED, site="berlin", zone="Europe/Berlin")


def told(kind: InputKind, at: int, device: str = "TST1", **fields: Any) -> DeviceInput:
    return DeviceInput(kind=kind, tenant="demo", device=device, at=at, edge="edge-1", **fields)


def handshake(at: int, **query: str) -> DeviceInput:
    return told(InputKind.HANDSHAKE, at, query=query)


def presence(at: int, info: str = "", device: str = "TST1") -> DeviceInput:
    return told(InputKind.PRESENCE, at, device, info=info)


def punches(at: int, *, lag: int = 0, rows: int = 1, real_time: bool = True, hours: Iterable[str] = ()) -> DeviceInput:
    """An upload of attendance whose newest row is `lag` ms ahead of its receipt."""
    return told(
        InputKind.UPLOAD,
        at,
        table="ATTLOG",
        rows=rows,
        newest_at=at + lag,
        real_time=real_time,
        punches_by_hour=dict.fromkeys(hours, 1),
    )


def tick(at: int) -> DeviceInput:
    return told(InputKind.TICK, at, "edge:edge-1")


class Story:
    """A partition that is told one input after another, with facts that a test may change in between."""

    def __init__(self, facts: DeviceFacts = NAMED, **by_serial: DeviceFacts) -> None:
        self.facts = facts
        self.by_serial: dict[str, DeviceFacts] = by_serial
        self.stored: dict[bytes, bytes] = {}
        self.outputs: list[DeviceState] = []
        self.dropped: list[str] = []
        self.offset = 0
        self.max_pending = 10_000
        self.model = self.load()

    def facts_of(self, serial: str, _at: int) -> DeviceFacts:
        return self.by_serial.get(serial, self.facts)

    def load(self) -> DevicesPartition:
        return DevicesPartition(self.stored, self.facts_of, max_pending=self.max_pending)

    def tell(self, *events: DeviceInput) -> Story:
        for event in events:
            self.model.apply(event, self.offset)
            self.offset += 1
        self.write()
        return self

    def write(self) -> None:
        values, also, _ = self.model.changes()
        write(self.stored, values)
        for topic, key, value in also:
            assert topic == "devices"
            if value is None:
                self.dropped.append(key.decode())
            else:
                self.outputs.append(decode_event(DeviceState, value))

    def ticks(self, start: int, end: int, step: int = MINUTE) -> Story:
        return self.tell(*(tick(at) for at in range(start, end + 1, step)))

    def polls(self, start: int, end: int, step: int = MINUTE) -> Story:
        """Presence and tick in turn."""
        for at in range(start, end + 1, step):
            self.tell(presence(at), tick(at))
        return self

    @property
    def device(self) -> TrackedDevice:
        return self.model.devices["TST1"]

    def status(self) -> DeviceStatus:
        return self.last.status

    @property
    def last(self) -> DeviceState:
        return self.outputs[-1]


def write(stored: dict[bytes, bytes], values: Mapping[bytes, bytes | None]) -> None:
    for key, value in values.items():
        if value is None:
            stored.pop(key, None)
        else:
            stored[key] = value
