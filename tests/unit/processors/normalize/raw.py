"""Raw records as the edge makes them, converted: what the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from processors.normalize.context import Context
from processors.normalize.converters import CONVERTERS
from processors.normalize.records import DeadRow, Derived, DevicePeriods, Event, OnFailure, Payload, Piece, RawUpload
from schemas.device_events import AccessEvent, Operation, Person, Photo
from schemas.devices import DeviceInput
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod

RECEIVED = 1_772_355_605_000  # 2026-03-01T09:00:05Z
SERIAL = "TST1"
UTC_SITE = DevicePeriods((DevicePeriod(site="north", tenant="demo", zone="UTC"),), 7)
TOPIC_OF = {"ATTPHOTO": "raw.photos", "BIOPHOTO": "raw.photos", "USERPIC": "raw.photos", "DEVICECMD": "raw.results"}
ON_RAW_DEVICE = frozenset(
    ("HANDSHAKE", "PRESENCE", "OPTIONS", "REGISTRY", "PUSH", "TICK", "STRANGER", "REFUSED", "PING")
)


def fail(error: BaseException) -> None:
    """No exception of ours is expected."""
    raise error


@dataclass
class Found:
    """What came of one or more bodies."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def derived(self) -> list[Derived]:
        return [derived for piece in self.pieces for derived in piece.events]

    @property
    def events(self) -> list[Event]:
        return [derived.event for derived in self.derived]

    @property
    def dead(self) -> list[DeadRow]:
        return [row for piece in self.pieces for row in piece.dead]

    @property
    def payloads(self) -> list[Payload]:
        return [derived.payload for derived in self.derived if derived.payload is not None]

    @property
    def operations(self) -> list[Operation]:
        return [event for event in self.events if isinstance(event, Operation)]

    @property
    def people(self) -> list[Person]:
        return [event for event in self.events if isinstance(event, Person)]

    @property
    def photos(self) -> list[Photo]:
        return [event for event in self.events if isinstance(event, Photo)]

    @property
    def access(self) -> list[AccessEvent]:
        return [event for event in self.events if isinstance(event, AccessEvent)]

    @property
    def punches(self) -> list[Punch]:
        return [event for event in self.events if isinstance(event, Punch)]

    @property
    def inputs(self) -> list[DeviceInput]:
        return [event for event in self.events if isinstance(event, DeviceInput)]


def converted(
    table: str,
    body: bytes,
    *,
    query: str = "",
    device: DevicePeriods = UTC_SITE,
    received_at: int = RECEIVED,
    offset: int = 41,
    on_failure: OnFailure = fail,
    topic: str = "",
) -> Found:
    """One body of `table`, on the topic that the edge puts it on."""
    topic = topic or TOPIC_OF.get(table) or ("raw.device" if table in ON_RAW_DEVICE else "raw.operations")
    headers = RawHeaders(SERIAL, "demo", table, received_at, "edge-1", f"edge-1-{offset}", "/iclock/cdata", query)
    upload = RawUpload(headers, body, 3, offset, topic)
    return Found(list(CONVERTERS[topic](Context(upload, device, "Asia/Dubai"), on_failure)))


def together(founds: Iterable[Found]) -> Found:
    return Found([piece for found in founds for piece in found.pieces])
