"""The registry's records: sites and devices with the periods in which their facts held. Source: DESIGN 4 and 5.

A record holds its whole history, since the topic keeps only the latest value of a key. Periods do not overlap and are
sorted; `valid_from` None is since ever, `valid_to` None is until further notice; both are epoch milliseconds UTC,
`valid_to` exclusive.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError

REGISTRY_VERSION = 1
RecordSource = Literal["operator", "connector"]
AckProfile = Literal["count", "plain"]


@dataclass(frozen=True, slots=True)
class Period:
    """When something holds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    valid_from: int | None = None
    valid_to: int | None = None

    def covers(self, at: int) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class SitePeriod(Period):
    """Facts of a site. zone: IANA name."""

    name: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class DevicePeriod(Period):
    """Facts of a device.

    zone: IANA name; clock: `zone` (the clock follows the zone's rules) or `fixed:+HH:MM`; ack_profile: `count` answers
    uploads with `OK: n`, `plain` with `OK` (spec/zk-push.md 5).
    """

    site: str = ""
    tenant: str = ""
    zone: str = "UTC"
    clock: str = "zone"
    ack_profile: AckProfile = "count"


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


Record = SiteRecord | DeviceRecord


def record_key(record: Record) -> bytes:
    return f"{record.kind}+{record.id}".encode()


def encode_record(record: Record) -> bytes:
    return orjson.dumps({"v": REGISTRY_VERSION, "kind": record.kind, **asdict(record)})


_SITE, _DEVICE = TypeAdapter(SiteRecord), TypeAdapter(DeviceRecord)


def decode_record(value: bytes) -> Record | None:
    """None for kinds that this version does not know (policies, schedules: later). Raises ValueError on nonsense."""
    data = orjson.loads(value)
    if not isinstance(data, dict):
        raise ValueError("registry record that is no JSON object")
    version = data.pop("v", None)
    if version != REGISTRY_VERSION:
        raise ValueError(f"registry record of version {version}, this code reads {REGISTRY_VERSION}")
    kind = data.pop("kind", None)
    try:
        if kind == "site":
            return _SITE.validate_python(data)
        if kind == "device":
            return _DEVICE.validate_python(data)
    except ValidationError as error:
        raise ValueError(f"registry record {kind}+{data.get('id')}: {error}") from error
    return None
