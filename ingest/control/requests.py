"""What callers of the control API may send: queries and bodies."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from ingest.control.copying import KINDS
from ingest.control.models import Model
from ingest.control.raw_tail import MAX_SHOWN
from schemas.command_state import CommandStatus
from schemas.devices import DeviceStatus
from schemas.registry import AckProfile, DeviceCharset, Direction, HandshakeOptions, Link

MAX_PAGE = 500
Serial = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
# A device's serial, or the key of a polled server or station.
Target = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]{1,32}|(biotime|akuvox):[A-Za-z0-9._:-]{1,64})$")]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Reason = Annotated[str, StringConstraints(max_length=500)]
Serials = Annotated[tuple[Serial, ...], Field(max_length=1000)]


class PageQuery(Model):
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="entries of a page")] = 100
    cursor: Annotated[str, Field(max_length=100, description="`next` of the page before")] = ""


class DevicesQuery(PageQuery):
    site: Annotated[str, Field(max_length=64)] = ""
    tag: Annotated[str, Field(max_length=64)] = ""
    status: DeviceStatus | None = None


class RawQuery(Model):
    count: Annotated[int, Field(ge=1, le=MAX_SHOWN, description="how many at most")] = 20


class CommandsQuery(PageQuery):
    """Without device and batch: all open ones."""

    device: Annotated[str, Field(max_length=80)] = ""
    batch: Annotated[str, Field(max_length=64)] = ""
    site: Annotated[str, Field(max_length=64)] = ""
    status: CommandStatus | None = None


class AnswerQuery(Model):
    reason: Reason = ""


class Approve(Model):
    """Which pending devices (serials, else all that match what is given), and where they are."""

    serials: Serials = ()
    prefix: Annotated[str, Field(max_length=32, description="pending ones whose serial begins so")] = ""
    edge: Annotated[str, Field(max_length=64, description="pending ones that knock at this edge")] = ""
    network: Annotated[str, Field(max_length=50, description="pending ones that say an address in it, 10.1.2.0/24")] = (
        ""
    )
    site: Word
    zone: Annotated[str, Field(max_length=64, description="IANA zone; empty: the site's")] = ""
    clock: Annotated[str, Field(max_length=20, description="zone, or fixed:+HH:MM")] = "zone"
    tenant: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._-]{1,64})?$")] = ""
    tags: Annotated[tuple[Word, ...], Field(max_length=50)] = ()
    reason: Reason = ""


class Because(Model):
    reason: Reason = ""


class Replace(Model):
    by: Annotated[Serial, Field(description="serial of the device that takes the place")]
    reason: Reason = ""


class ChangeDevice(Model):
    """Only what is given is changed."""

    site: Word | None = None
    zone: Annotated[str, Field(max_length=64)] | None = None
    clock: Annotated[str, Field(max_length=20)] | None = None
    tags: Annotated[tuple[Word, ...], Field(max_length=50)] | None = None
    link: Link | None = None
    charset: DeviceCharset | None = None
    ack_profile: AckProfile | None = None
    options: Annotated[HandshakeOptions | None, Field(description="replaces those that the device has")] = None
    transaction_capacity: Annotated[int, Field(ge=1)] | None = None
    verify_map: dict[str, int] | None = None
    state_map: dict[str, int] | None = None
    direction: Annotated[Direction | None, Field(description="what every punch is; empty: as the device says")] = None
    since_ever: Annotated[bool, Field(description="site, zone, clock and maps always were so: a correction")] = False
    reason: Reason = ""

    def facts(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in type(self).model_fields if name not in ("since_ever", "reason")}
        return {name: value for name, value in own.items() if value is not None}


class RequestCommand(Model):
    """To devices, a site or a tag: one of the three. Polled servers and stations are named among the devices, as
    `biotime:<name>` and `akuvox:<mac>`."""

    devices: Annotated[tuple[Target, ...], Field(max_length=1000)] = ()
    site: Annotated[str, Field(max_length=64)] = ""
    tag: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[str, Field(max_length=64, description="as the catalogue has it")]
    arguments: Annotated[
        dict[str, str | int], Field(max_length=200, default_factory=dict, description="one that is an object: as JSON")
    ]
    key: Annotated[
        str,
        Field(
            max_length=200,
            description="servers and stations: a second order under a key gives the command of the first",
        ),
    ] = ""
    yes: Annotated[bool, Field(description="needed for what destroys or can cut a device off, with a reason")] = False
    canary: Annotated[bool | None, Field(description="one device first, then waves; null: where it is needed")] = None
    expires_after_seconds: Annotated[float, Field(gt=0)] = 604_800.0
    reason: Reason = ""


class CopyPeople(Model):
    source: Serial
    to: Annotated[tuple[Serial, ...], Field(min_length=1, max_length=1000)]
    pins: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=10_000)] = ()
    kinds: Annotated[
        tuple[str, ...], Field(description=f"of {', '.join(KINDS)}; none: all", max_length=len(KINDS))
    ] = ()
    reason: Reason = ""


class ForgetPerson(Model):
    """An employee of a tenant, or a PIN on a device."""

    employee: Annotated[str, Field(max_length=200)] = ""
    tenant: Annotated[str, Field(max_length=64)] = ""
    device: Annotated[str, Field(max_length=32)] = ""
    pin: Annotated[str, Field(max_length=64)] = ""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]
