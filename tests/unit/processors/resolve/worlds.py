"""Inputs for `resolve`, a partition that can crash at every point, and a reader of what it sends. Offsets are places in
the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from processors.partition_model import Later
from processors.resolve.partition import ResolvePartition
from processors.resolve.watermarks import SiteDevices
from schemas.codec import decode_event
from schemas.events import Punch
from schemas.identity import punch_id
from schemas.resolver_input import AreaDevices, IdentityChange, ResolverInput, ResolverInputKind
from schemas.timecards_input import TimecardInput, TimecardInputKind

T0 = 1_772_355_600_000  # 2026-03-01T09:00:00Z
MINUTE = 60_000
HOUR = 60 * MINUTE
Crash = Literal["none", "before_commit", "before_send", "while_sending"]


def punch(device: str, pin: str, at: int = T0, *, rank: int = 1, tenant: str = "demo", counts: bool = True) -> Punch:
    """Of a clock in UTC."""
    from datetime import UTC, datetime

    text = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return Punch(
        v=1, event_id=punch_id(tenant, device, pin, text.replace(" ", "T")), rank=rank, tenant=tenant, device=device,
        site="pune", pin=pin, local_time=at, local_text=text, punch_at=at, utc_offset_s=0, zone="UTC", clock="zone",
        time_flags=[], state=0, verify=1, work_code="", job_codes=[], tip_codes=[], is_attendance=counts,
        not_attendance_reason="", source="push", source_ref="", received_at=at, raw_topic="raw.attendance",
        raw_partition=0, raw_offset=1, raw_line=1, request_id="", parser_version=1, registry_version=0, extra={},
    )  # fmt: skip


def punched(*args: object, **fields: object) -> ResolverInput:
    made = punch(*args, **fields)  # type: ignore[arg-type]  # handed on as they come
    return ResolverInput(kind=ResolverInputKind.PUNCH, device=made.device, punch=made)


def identity(
    device: str, pin: str, employee: str, version: int, *, scope: str = "", since: int | None = None,
    until: int | None = None, deleted: bool = False, tenant: str = "demo",
) -> ResolverInput:  # fmt: skip
    change = IdentityChange(
        tenant=tenant, scope=scope or f"device:{device}", pin=pin, valid_from=since, valid_to=until,
        employee="" if deleted else employee, deleted=deleted, version=version,
    )  # fmt: skip
    return ResolverInput(kind=ResolverInputKind.IDENTITY, device=device, identity=change)


def area(name: str, version: int, **devices: list[list[int | None]]) -> ResolverInput:
    told = AreaDevices(area=name, version=version, devices=devices)
    return ResolverInput(kind=ResolverInputKind.AREA, area=told)


def watermark(device: str, at: int, *, clock: int | None = None, site: str = "pune") -> ResolverInput:
    return ResolverInput(
        kind=ResolverInputKind.WATERMARK, device=device, site=site, watermark=at, at=at if clock is None else clock
    )


def tick(at: int) -> ResolverInput:
    return ResolverInput(kind=ResolverInputKind.TICK, device="edge:edge-1", at=at)


@dataclass
class MemoryPlaces:
    """A Places; `retired` are named by the registry, but of no site."""

    by_site: dict[str, SiteDevices] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    version: int = 1

    def sites(self, at: int) -> Mapping[str, SiteDevices]:
        return self.by_site

    def names(self, device: str) -> bool:
        return device in self.retired or any(device in site.devices for site in self.by_site.values())


@dataclass
class Partition:
    """Log, state and offset of one partition, as Kafka has them, and all that was sent."""

    log: list[ResolverInput] = field(default_factory=list)
    places: MemoryPlaces = field(default_factory=MemoryPlaces)
    stored: dict[bytes, bytes] = field(default_factory=dict)
    committed: int = 0
    sent: list[Later] = field(default_factory=list)
    surplus: int = 0
    max_wait_ms: int = 72 * HOUR
    model: ResolvePartition | None = None

    def take(self, count: int, crash: Crash = "none") -> list[TimecardInput]:
        """One batch of at most `count` inputs; what was sent. After a crash another worker has the partition."""
        batch = list(enumerate(self.log))[self.committed : self.committed + count]
        if self.model is None:
            self.model = ResolvePartition(
                self.stored, partition=3, places=self.places, max_wait_ms=self.max_wait_ms, on_surplus=self._count
            )
        for offset, event in batch:
            self.model.apply(event, offset)
        values, _, later = self.model.changes()
        sent: Sequence[Later] = ()
        if crash != "before_commit":
            for key, value in values.items():
                assert value is not None
                self.stored[key] = value
            sent = {"none": later, "before_send": (), "while_sending": later[: len(later) // 2]}[crash]
            self.sent += sent
        if crash == "none":
            self.committed += len(batch)
        else:
            self.model = None
        return [decode_event(TimecardInput, record.value) for record in sent]

    def tell(self, *events: ResolverInput) -> list[TimecardInput]:
        """These and whatever waits, in one batch."""
        self.log += events
        return self.take(len(self.log))

    def owned(self) -> dict[str, set[str]]:
        return owned(self.sent)

    def _count(self) -> None:
        self.surplus += 1


def owned(sent: Iterable[Later]) -> dict[str, set[str]]:
    """Punch id to employees, as a reader of timecards.input finds it: of each (employee, punch id) the greatest version
    and rank holds."""
    best: dict[tuple[str, str], TimecardInput] = {}
    for record in sent:
        told = decode_event(TimecardInput, record.value)
        if told.kind is TimecardInputKind.WATERMARK:
            continue
        place = (told.employee, told.punch_id)
        held = best.get(place)
        if held is None or (told.identity_version, told.rank) > (held.identity_version, held.rank):
            best[place] = told
    found: dict[str, set[str]] = {}
    for (employee, one), told in best.items():
        if told.kind is TimecardInputKind.ASSIGN:
            found.setdefault(one, set()).add(employee)
    return found
