"""What `resolve` reads (`resolver.input`): punches, whose PINs are, up to when devices have told everything.

Written by normalize (punches, watermarks, ticks) and by the fan-out (identities, areas). Source: DESIGN 4, 5, 6.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Annotated, Final, Literal

import orjson
from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs, Punch

RESOLVER_INPUT_VERSION: Final = 1


class ResolverInputKind(StrEnum):
    """What a `resolver.input` record tells. A closed set."""

    PUNCH = "punch"
    IDENTITY = "identity"  # whose a PIN is, for one device of the identity's scope
    AREA = "area"  # which devices are in an area, when: those of one partition of this topic
    WATERMARK = "watermark"  # up to when a device has surely told everything
    TICK = "tick"  # an edge was alive at this time: the clock of the partition


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """One record of `identities`, as the devices of its scope are told."""

    tenant: Annotated[str, Field(min_length=1, description="tenant")]
    scope: Annotated[str, Field(description="`device:<serial>` or `area:<area id>`")]
    pin: Annotated[str, Field(description="PIN trimmed, without leading zeros")]
    valid_from: Annotated[EpochMs | None, Field(description="from when, epoch ms; null is since ever")] = None
    valid_to: Annotated[EpochMs | None, Field(description="until when, exclusive; null is until further notice")] = None
    employee: Annotated[str, Field(max_length=64, description="employee code; empty for nobody")]
    deleted: Annotated[bool, Field(description="the record is gone: it says nothing any more")] = False
    version: Annotated[int, Field(ge=1, description="offset + 1 of the record in `identities`")]

    @property
    def entry(self) -> str:
        """What tells identities of one device and PIN apart."""
        return f"{self.tenant}+{self.scope}+{'' if self.valid_from is None else self.valid_from}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaDevices:
    """One area of the registry, as far as the devices of one partition are concerned."""

    area: Annotated[str, Field(description="area id")]
    version: Annotated[int, Field(ge=1, description="offset + 1 of the record in `registry`")]
    devices: Annotated[
        dict[str, list[list[EpochMs | None]]],
        Field(description="serial to [from, to] in epoch ms, `to` exclusive, null is open; all of this partition"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverInput:
    """One thing that decides whose punches are whose. Fields that a kind does not use are empty."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = RESOLVER_INPUT_VERSION
    kind: Annotated[ResolverInputKind, Field(description="what this tells")]
    device: Annotated[str, Field(description="serial in upper case; area: empty; tick: `edge:<id>`")] = ""
    at: Annotated[EpochMs, Field(description="watermark, tick: when it was received, epoch ms; else 0")] = 0
    punch: Annotated[Punch | None, Field(description="punch: as in `punches`")] = None
    identity: Annotated[IdentityChange | None, Field(description="identity: the change")] = None
    area: Annotated[AreaDevices | None, Field(description="area: its devices")] = None
    site: Annotated[str, Field(description="watermark: site of the device then; empty when nobody names one")] = ""
    watermark: Annotated[
        EpochMs | None, Field(description="watermark: up to when it has surely told everything, epoch ms UTC")
    ] = field(default=None)

    def __post_init__(self) -> None:
        needed = {
            ResolverInputKind.PUNCH: self.punch,
            ResolverInputKind.IDENTITY: self.identity,
            ResolverInputKind.AREA: self.area,
            ResolverInputKind.WATERMARK: self.watermark,
        }
        if self.kind in needed and needed[self.kind] is None:
            raise ValueError(f"a {self.kind.value} without its field `{self.kind.value}`")


_PUNCH_HEAD: Final = b'{"v":%d,"kind":"punch","punch":' % RESOLVER_INPUT_VERSION


def punch_input(punch: bytes) -> bytes:
    """The record for an encoded Punch: its bytes are put in, not made anew."""
    return b"%b%b}" % (_PUNCH_HEAD, punch)


def watermark_input(device: str, site: str, watermark: int, at: int) -> bytes:
    """epoch ms both; at: when the raw record was received."""
    return _encode(ResolverInputKind.WATERMARK, device=device, site=site, watermark=watermark, at=at)


def tick_input(edge: str, at: int) -> bytes:
    return _encode(ResolverInputKind.TICK, device=edge, at=at)


def identity_input(device: str, identity: IdentityChange) -> bytes:
    return _encode(ResolverInputKind.IDENTITY, device=device, identity=identity)


def area_input(area: AreaDevices) -> bytes:
    return _encode(ResolverInputKind.AREA, area=area)


def _encode(kind: ResolverInputKind, **fields: object) -> bytes:
    """Only the fields that the kind has."""
    return orjson.dumps({"v": RESOLVER_INPUT_VERSION, "kind": kind.value, **fields})
