"""What converters take and give: a raw record with what is known of its device; events, payloads, dead rows, sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.deadletters import Reason
from schemas.device_events import AccessEvent, Operation, Person, Photo
from schemas.devices import DeviceInput
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod, period_at
from schemas.vendor_timecards import VendorTimecard

# Raise it with every change of what an event of the same bytes looks like: a replay then wins over the old copies.
PARSER_VERSION = 2

Event = Punch | Operation | Person | Photo | AccessEvent | DeviceInput | VendorTimecard
# Hears of an exception that nobody foresaw, and may raise to stop a bad deploy.
OnFailure = Callable[[BaseException], None]


class RawUpload(NamedTuple):
    """One raw record, its body opened, and where it lies; `topic` is the catalogue name."""

    headers: RawHeaders
    body: bytes
    partition: int
    offset: int
    topic: str = "raw.attendance"


class DevicePeriods(NamedTuple):
    """What the registry says of a device: periods (none: unknown device) and the version of that knowledge."""

    periods: tuple[DevicePeriod, ...]
    registry_version: int

    def at(self, at_ms: int) -> DevicePeriod | None:
        """What held at an instant, epoch milliseconds UTC."""
        return period_at(self.periods, at_ms)


class DeadRow(NamedTuple):
    """Bytes that could not be understood; line 0 is the whole body. `error` holds nothing of them."""

    reason: Reason
    line: int
    raw: bytes
    error: str


class Payload(NamedTuple):
    """Bytes that only the sealed store may hold, and whose they are: kept first, then the event names the object."""

    kind: str
    pin: str
    plain: bytes | memoryview


class Derived(NamedTuple):
    """One event and the topic that it is for; `stored` of the event is filled in once the payload is kept."""

    topic: str
    event: Event
    payload: Payload | None = None
    line: int = 0

    @property
    def partition_by(self) -> bytes:
        """The device that it is about, which is not always the source of the raw record: a server tells of many."""
        event = self.event
        return (event.source if isinstance(event, VendorTimecard) else event.device).encode()


@dataclass(slots=True)
class UploadPart:
    """What a converted piece adds to the sum of uploads: instants in epoch ms UTC, punches by local hour (epoch hours
    of the wall time as if it were UTC)."""

    rows: int = 0
    newest_at: int | None = None
    oldest_at: int | None = None
    hours: dict[int, int] = field(default_factory=dict)

    def saw(self, utc_ms: int) -> None:
        self.newest_at = utc_ms if self.newest_at is None else max(self.newest_at, utc_ms)
        self.oldest_at = utc_ms if self.oldest_at is None else min(self.oldest_at, utc_ms)


@dataclass(slots=True)
class Piece:
    """Some rows of an upload, converted. `upload` is None for what is no upload of rows."""

    events: list[Derived] = field(default_factory=list)
    dead: list[DeadRow] = field(default_factory=list)
    upload: UploadPart | None = None
