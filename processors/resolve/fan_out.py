"""Identities and areas to what devices and partitions of resolver.input are told. Pure. Source: DESIGN 4, 6."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from schemas.codec import decode_event
from schemas.employees import Identity, identity_key, parse_identity_key
from schemas.identity import normal_pin
from schemas.registry import AreaRecord, decode_record, record_key
from schemas.resolver_input import AreaDevices, IdentityChange

_AREA: Final = "area:"
_DEVICE: Final = "device:"
AREA_KEY: Final = b"area+"


class AreaChange(NamedTuple):
    """version: offset + 1 of its record in the registry; record: None when it is gone."""

    area: str
    version: int
    record: AreaRecord | None


def read_identity(key: bytes, value: bytes | None, offset: int) -> IdentityChange:
    """A record of `identities`; one without a value deletes. Raises ValueError."""
    if value is None:
        tenant, scope, pin, since = parse_identity_key(key)
        return IdentityChange(
            tenant=tenant, scope=scope, pin=pin, valid_from=since, employee="", deleted=True, version=offset + 1
        )
    identity = decode_event(Identity, value)
    if identity_key(identity) != key:
        raise ValueError(f"the key says {key!r}, the value {identity_key(identity)!r}")
    return IdentityChange(
        tenant=identity.tenant,
        scope=identity.scope,
        pin=normal_pin(identity.pin),
        valid_from=identity.valid_from,
        valid_to=identity.valid_to,
        employee=identity.employee,
        version=offset + 1,
    )


def read_area(key: bytes, value: bytes | None, offset: int) -> AreaChange | None:
    """A record of the registry, None when it is none of an area. Raises ValueError."""
    if not key.startswith(AREA_KEY):
        return None
    area = key.removeprefix(AREA_KEY).decode()
    record = decode_record(value) if value is not None else None
    if record is not None and record_key(record) != key:
        raise ValueError(f"the key says {key!r}, the value {record_key(record)!r}")
    assert record is None or isinstance(record, AreaRecord)
    return AreaChange(area, offset + 1, record)


def area_of(change: IdentityChange) -> str:
    """Id of the area that it is said of, "" when of a device."""
    return change.scope.removeprefix(_AREA) if change.scope.startswith(_AREA) else ""


def devices_told(change: IdentityChange, area: AreaRecord | None) -> list[str]:
    """Whom an identity is for: its device, or all that ever were in its area (`area`, None when nobody knows it)."""
    if not change.scope.startswith(_AREA):
        return [change.scope.removeprefix(_DEVICE)]
    return devices_in(area) if area is not None else []


def devices_in(area: AreaRecord) -> list[str]:
    return list(dict.fromkeys(device for period in area.periods for device in period.devices))


def by_partition(
    change: AreaChange, partition_of: Callable[[str], int], partitions: int
) -> Iterator[tuple[int, AreaDevices]]:
    """What each partition is told of an area: all are, since devices may have left it."""
    periods: list[dict[str, list[list[int | None]]]] = [{} for _ in range(partitions)]
    for period in change.record.periods if change.record is not None else ():
        for device in dict.fromkeys(period.devices):
            periods[partition_of(device)].setdefault(device, []).append([period.valid_from, period.valid_to])
    for partition, devices in enumerate(periods):
        yield partition, AreaDevices(area=change.area, version=change.version, devices=devices)


def latest(changes: Sequence[AreaChange]) -> list[AreaChange]:
    """The last one of each area."""
    return list({change.area: change for change in changes}.values())
