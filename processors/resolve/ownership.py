"""Whose a punch is by the identities of its PIN, and how new that is. Pure. Source: DESIGN 6; decisions/0029."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schemas.resolver_input import AreaDevices, IdentityChange

_AREA = "area:"
_NEVER = -(1 << 62)


class KnownIdentity(NamedTuple):
    """What one record of `identities` says of a PIN at a device. Instants: epoch ms, `valid_to` exclusive."""

    version: int
    tenant: str
    scope: str
    valid_from: int | None
    valid_to: int | None
    employee: str
    deleted: bool = False

    @classmethod
    def of(cls, change: IdentityChange) -> KnownIdentity:
        return cls(
            change.version, change.tenant, change.scope, change.valid_from, change.valid_to, change.employee,
            change.deleted,
        )  # fmt: skip


def owner_of(
    device: str, tenant: str, at: int, identities: Mapping[str, KnownIdentity], areas: Mapping[str, AreaDevices]
) -> str:
    """The employee at an instant (epoch ms UTC), "" for nobody.

    What is said of the device itself counts before what is said of an area, the later `valid_from` before the earlier
    one, the newer record before the older.
    """
    best = max(
        (
            (not one.scope.startswith(_AREA), _NEVER if one.valid_from is None else one.valid_from, one.version, entry)
            for entry, one in identities.items()
            if one.tenant == tenant and _says(one, device, at, areas)
        ),
        default=None,
    )
    return identities[best[3]].employee if best is not None else ""


def version_of(identities: Mapping[str, KnownIdentity], areas: Mapping[str, AreaDevices]) -> int:
    """Rises with every record that changes whose a PIN is, whatever the order in which they come: the sum of their
    versions, each of which only rises. What is known in the end gives the same number."""
    scopes = {one.scope.removeprefix(_AREA) for one in identities.values() if one.scope.startswith(_AREA)}
    return sum(one.version for one in identities.values()) + sum(
        areas[area].version for area in scopes if area in areas
    )


def is_said_of(identities: Mapping[str, KnownIdentity], area: str) -> bool:
    """Whether one of them holds wherever that area is."""
    return any(one.scope == _AREA + area for one in identities.values())


def _says(one: KnownIdentity, device: str, at: int, areas: Mapping[str, AreaDevices]) -> bool:
    if one.deleted or not _covers(one.valid_from, one.valid_to, at):
        return False
    if not one.scope.startswith(_AREA):
        return True
    area = areas.get(one.scope.removeprefix(_AREA))
    return area is not None and any(_covers(since, until, at) for since, until in area.devices.get(device, ()))


def _covers(since: int | None, until: int | None, at: int) -> bool:
    return (since is None or since <= at) and (until is None or at < until)
