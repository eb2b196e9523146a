"""The registry's records: sites, devices, departments, positions and areas with the periods in which their facts held.

Source: DESIGN 4 and 5. What hours depend on is in schemas/registry_timecards.py.

A record holds its whole history, since the topic keeps only the latest value of a key. Periods do not overlap and are
sorted; `valid_from` None is since ever, `valid_to` None is until further notice; both are epoch milliseconds UTC,
`valid_to` exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeVar

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

from schemas.registry_timecards import CalendarRecord, PayGroupRecord, PolicyRecord, ScheduleRecord

REGISTRY_VERSION = 1
RecordSource = Literal["operator", "connector"]
AckProfile = Literal["count", "plain"]
Admission = Literal["serve", "refuse"]
Link = Literal["lan", "gprs"]
Direction = Literal["", "IN", "OUT"]
DeviceCharset = Literal["utf-8", "gb18030"]
TimeZoneForm = Literal["integer", "hh_mm"]


@dataclass(frozen=True, slots=True)
class Period:
    """When something holds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    valid_from: int | None = None
    valid_to: int | None = None

    def covers(self, at: int) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


PeriodT = TypeVar("PeriodT", bound=Period)


def period_at(periods: Sequence[PeriodT], at: int) -> PeriodT | None:
    """The period that holds at an instant (epoch milliseconds UTC), None outside all of them."""
    return next((period for period in periods if period.covers(at)), None)


@dataclass(frozen=True, slots=True)
class HandshakeOptions:
    """What a device is told at its handshake where it differs from what is said a level above; None says nothing.

    The levels are the settings of the edge, the site, the device. Names and units: wire/zkpush/handshake.py
    DeviceOptions (seconds, minutes for the interval). time_zone_form: errata Z4; None lets the device processor choose.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    error_delay_s: int | None = None
    delay_s: int | None = None
    trans_times: tuple[str, ...] | None = None
    trans_interval_min: int | None = None
    trans_words: tuple[str, ...] | None = None
    realtime: bool | None = None
    timeout_s: int | None = None
    sync_time_s: int | None = None
    time_zone_form: TimeZoneForm | None = None


@dataclass(frozen=True, slots=True)
class SitePeriod(Period):
    """Facts of a site. zone: IANA name; ack_profile, options: for all its devices that say nothing of their own."""

    name: str = ""
    zone: str = "UTC"
    ack_profile: AckProfile | None = None
    options: HandshakeOptions = HandshakeOptions()


@dataclass(frozen=True, slots=True)
class DevicePeriod(Period):
    """Facts of a device.

    zone: IANA name; clock: `zone` (the clock follows the zone's rules) or `fixed:+HH:MM`; ack_profile: `count` answers
    uploads with `OK: n`, `plain` with `OK` (spec/zk-push.md 5), None as the site says, else `count`.
    admission: `refuse` keeps a device out by name; one that no record or period names is pending. tags: for commands
    to many. link: `gprs` gets at most 10 KB of commands an answer. charset: of texts sent to it (errata Z9).
    key_digests: of the communication keys that it may present (runtime/communication_keys.py), any of them; empty asks
    for none. verify_map, state_map: code as logged to the code that is meant (errata Z5, Z12). direction: what every
    punch at it is, whatever its state says (a reader for coming in only).
    transaction_capacity: attendance records that it holds, where its options do not say. replaces: serial of the device
    whose place it took.
    """

    site: str = ""
    tenant: str = ""
    zone: str = "UTC"
    clock: str = "zone"
    ack_profile: AckProfile | None = None
    admission: Admission = "serve"
    tags: tuple[str, ...] = ()
    link: Link = "lan"
    charset: DeviceCharset = "utf-8"
    options: HandshakeOptions = HandshakeOptions()
    key_digests: tuple[str, ...] = ()
    verify_map: dict[str, int] = field(default_factory=dict)
    state_map: dict[str, int] = field(default_factory=dict)
    direction: Direction = ""
    transaction_capacity: int | None = None
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """One site; its key on the topic is `site+<id>`."""

    id: str
    periods: tuple[SitePeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind = "site"


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device; id is its serial in upper case, its key on the topic `device+<serial>`."""

    id: str
    periods: tuple[DevicePeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind = "device"


@dataclass(frozen=True, slots=True)
class GroupPeriod(Period):
    """Facts of a department, position or area. parent: id of the one above; devices (areas only): serials there."""

    name: str = ""
    parent: str = ""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """One department; its key on the topic is `department+<id>`; from a server the id is `biotime:<server>/<code>`."""

    id: str
    periods: tuple[GroupPeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind = "department"


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """One position; its key on the topic is `position+<id>`."""

    id: str
    periods: tuple[GroupPeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind = "position"


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """One area: devices that share their people; its key on the topic is `area+<id>`."""

    id: str
    periods: tuple[GroupPeriod, ...]
    source: RecordSource = "operator"

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind = "area"


Record = (
    SiteRecord
    | DeviceRecord
    | DepartmentRecord
    | PositionRecord
    | AreaRecord
    | PolicyRecord
    | CalendarRecord
    | ScheduleRecord
    | PayGroupRecord
)


def record_key(record: Record) -> bytes:
    return f"{record.kind}+{record.id}".encode()


def encode_record(record: Record) -> bytes:
    return orjson.dumps({"v": REGISTRY_VERSION, "kind": record.kind, **asdict(record)}, option=orjson.OPT_NON_STR_KEYS)


_TYPES: dict[str, TypeAdapter[Record]] = {
    record.kind: TypeAdapter(record)
    for record in (
        *(SiteRecord, DeviceRecord, DepartmentRecord, PositionRecord, AreaRecord),
        *(PolicyRecord, CalendarRecord, ScheduleRecord, PayGroupRecord),
    )
}


def decode_record(value: bytes) -> Record | None:
    """None for kinds that this version does not know. Raises ValueError on nonsense."""
    data = orjson.loads(value)
    if not isinstance(data, dict):
        raise ValueError("registry record that is no JSON object")
    version = data.pop("v", None)
    if version != REGISTRY_VERSION:
        raise ValueError(f"registry record of version {version}, this code reads {REGISTRY_VERSION}")
    kind = data.pop("kind", None)
    known = _TYPES.get(str(kind))
    if known is None:
        return None
    try:
        return known.validate_python(data)
    except ValidationError as error:
        raise ValueError(f"registry record {kind}+{data.get('id')}: {error}") from error
