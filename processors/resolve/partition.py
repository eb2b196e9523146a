"""The model of one partition of resolver.input: punches by device, PIN and day; identities; areas; watermarks.

State is a set by punch id, identities and areas go by their versions: the order of inputs does not matter, and those
that are done again change nothing, only what follows from them is sent again. Source: DESIGN 6; decisions/0029.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from processors.partition_model import Changes, Later
from processors.resolve.kept import (
    AREA_PREFIX,
    PROGRESS_KEY,
    KeptPunch,
    Pin,
    Progress,
    area_key,
    day_key,
    day_of,
    days_of,
    decode_area,
    decode_day,
    decode_pin,
    decode_progress,
    device_of,
    encode_area,
    encode_day,
    encode_pin,
    encode_small,
    is_pin_key,
    mark_key,
    pin_key,
    pin_of,
    with_day,
)
from processors.resolve.messages import assign, retract
from processors.resolve.ownership import KnownIdentity, is_said_of, owner_of, version_of
from processors.resolve.sites import Sites
from processors.resolve.watermarks import Places
from schemas.events import Punch
from schemas.identity import normal_pin
from schemas.resolver_input import AreaDevices, IdentityChange, ResolverInput, ResolverInputKind

MAX_DAY_PUNCHES: Final = 400
_NOBODY: Final = "0"


class _Update(NamedTuple):
    """A punch that becomes another's, or is told again; `gone`: from whom it is taken."""

    day: bytes
    punch_id: str
    kept: KeptPunch
    gone: tuple[str, ...]


def key_of_input(event: ResolverInput) -> bytes:
    """The key of the state that grows by it."""
    if event.punch is not None:
        return day_key(pin_key(event.punch.device, event.punch.pin), day_of(event.punch))
    if event.identity is not None:
        return pin_key(event.device, event.identity.pin)
    return area_key(event.area.area) if event.area is not None else mark_key(event.device)


class ResolvePartition:
    """`stored` are the partition's values, which change with every write. `on_surplus` hears of a punch that is sent,
    but not kept: whoever its PIN is later said to be, it stays with whom it is now."""

    def __init__(
        self,
        stored: Mapping[bytes, bytes],
        *,
        partition: int,
        places: Places,
        max_wait_ms: int,
        on_surplus: Callable[[], None],
    ) -> None:
        self._stored = stored
        self._sites = Sites(stored, partition=partition, places=places, max_wait_ms=max_wait_ms)
        self._on_surplus = on_surplus
        progress = stored.get(PROGRESS_KEY)
        self._progress = self._written = decode_progress(progress) if progress is not None else Progress()
        areas = (decode_area(value) for key, value in stored.items() if key.startswith(AREA_PREFIX))
        self._areas = {area.area: area for area in areas}
        self._pins_of_devices: dict[str, set[bytes]] | None = None
        self._pins: dict[bytes, Pin] = {}  # these two: as far as this batch has looked
        self._days: dict[bytes, dict[str, KeptPunch]] = {}
        self._changed: dict[bytes, None] = {}
        self._later: list[Later] = []
        self._is_time_to_tell = True

    def apply(self, event: ResolverInput, offset: int) -> None:
        again = offset < self._progress.next_offset
        at = event.at
        if event.punch is not None:
            self._take_punch(event.punch, again)
            at = event.punch.received_at
        elif event.identity is not None:
            self._take_identity(event.device, event.identity, again)
        elif event.area is not None:
            self._take_area(event.area, again)
        elif event.kind is ResolverInputKind.WATERMARK:
            self._sites.take(event)
        self._is_time_to_tell |= event.kind in (ResolverInputKind.WATERMARK, ResolverInputKind.TICK)
        self._progress = Progress(max(self._progress.next_offset, offset + 1), max(self._progress.clock, at))

    def changes(self) -> Changes:
        if self._is_time_to_tell and self._progress.clock:
            self._later += self._sites.news(self._progress.clock)
            self._is_time_to_tell = False
        values = {**{key: self._encode(key) for key in self._changed}, **self._sites.changes()}
        if self._progress != self._written:
            values[PROGRESS_KEY] = encode_small(self._progress)
            self._written = self._progress
        later, self._later = self._later, []
        self._changed, self._pins, self._days = {}, {}, {}
        return Changes(values, (), later)

    def _take_punch(self, punch: Punch, again: bool) -> None:
        if normal_pin(punch.pin) == _NOBODY:
            return
        key = pin_key(punch.device, punch.pin)
        pin = self._pin(key)
        day = day_of(punch)
        place = day_key(key, day)
        punches = self._punches(place)
        held = punches.get(punch.event_id)
        if held is not None and (punch.rank < held.rank or (punch.rank == held.rank and not again)):
            return
        if held is not None and punch.rank == held.rank:
            self._send(punch.event_id, key, held, pin, tuple(held.was))
            return
        kept = KeptPunch.of(punch)
        if held is not None:
            kept = kept._replace(owner=held.owner, was=held.was)
        kept = kept.owned_by(self._owner(key, kept, pin, self._areas))
        gone = (held.owner,) if held is not None and held.owner not in ("", kept.owner) else ()
        self._send(punch.event_id, key, kept, pin, gone)
        if held is None and len(punches) >= MAX_DAY_PUNCHES:
            self._on_surplus()
            return
        punches[punch.event_id] = kept
        self._changed[place] = None
        if (grown := with_day(pin, day)) is not pin:
            self._keep_pin(key, grown)

    def _take_identity(self, device: str, change: IdentityChange, again: bool) -> None:
        key = pin_key(device, change.pin)
        pin = self._pin(key)
        known = pin.identities.get(change.entry)
        if known is not None and (change.version < known.version or (change.version == known.version and not again)):
            return
        is_told_again = known is not None and change.version == known.version
        pin = pin._replace(identities={**pin.identities, change.entry: KnownIdentity.of(change)})
        updates = list(self._owners(key, pin, self._areas, is_told_again))
        self._keep_pin(key, pin)
        self._update(key, pin, updates)

    def _take_area(self, area: AreaDevices, again: bool) -> None:
        known = self._areas.get(area.area)
        if known is not None and (area.version < known.version or (area.version == known.version and not again)):
            return
        is_told_again = known is not None and area.version == known.version
        # Those that left are kept without a period: their punches must be told again, too.
        nowhere: dict[str, list[list[int | None]]] = {device: [] for device in known.devices} if known else {}
        area = replace(area, devices={**nowhere, **area.devices})
        areas = {**self._areas, area.area: area}
        keys = [key for device in area.devices for key in self._pins_of(device)]
        pins = {key: pin for key in keys if is_said_of((pin := self._pin(key)).identities, area.area)}
        found = [(key, pin, list(self._owners(key, pin, areas, is_told_again))) for key, pin in pins.items()]
        self._areas = areas
        self._changed[area_key(area.area)] = None
        for key, pin, updates in found:
            self._update(key, pin, updates)

    def _owners(self, key: bytes, pin: Pin, areas: Mapping[str, AreaDevices], is_told_again: bool) -> Iterator[_Update]:
        for day in days_of(pin):
            place = day_key(key, day)
            for punch_id, held in self._punches(place).items():
                kept = held.owned_by(self._owner(key, held, pin, areas))
                if is_told_again:
                    yield _Update(place, punch_id, kept, tuple(kept.was))
                elif kept is not held:
                    yield _Update(place, punch_id, kept, (held.owner,) if held.owner else ())

    def _owner(self, key: bytes, kept: KeptPunch, pin: Pin, areas: Mapping[str, AreaDevices]) -> str:
        if not kept.is_attendance:
            return ""
        return owner_of(device_of(key), kept.tenant, kept.punch_at, pin.identities, areas)

    def _update(self, key: bytes, pin: Pin, updates: list[_Update]) -> None:
        for update in updates:
            self._days[update.day][update.punch_id] = update.kept
            self._changed[update.day] = None
            self._send(update.punch_id, key, update.kept, pin, update.gone)

    def _send(self, punch_id: str, key: bytes, kept: KeptPunch, pin: Pin, gone: tuple[str, ...]) -> None:
        if not (gone or kept.owner):
            return
        version = version_of(pin.identities, self._areas)
        self._later += [retract(punch_id, employee, kept, version) for employee in gone]
        if kept.owner:
            self._later.append(assign(punch_id, device_of(key), pin_of(key), kept, version))

    def _pin(self, key: bytes) -> Pin:
        pin = self._pins.get(key)
        if pin is None:
            value = self._stored.get(key)
            pin = self._pins[key] = decode_pin(value) if value is not None else Pin()
        return pin

    def _keep_pin(self, key: bytes, pin: Pin) -> None:
        self._pins[key] = pin
        self._changed[key] = None
        if self._pins_of_devices is not None:
            self._pins_of_devices.setdefault(device_of(key), set()).add(key)

    def _pins_of(self, device: str) -> list[bytes]:
        """Keys of the PINs of a device. The index is made when the first area comes, and kept from then on."""
        if self._pins_of_devices is None:
            self._pins_of_devices = {}
            for key in {*filter(is_pin_key, self._stored), *self._pins}:
                self._pins_of_devices.setdefault(device_of(key), set()).add(key)
        return sorted(self._pins_of_devices.get(device, ()))

    def _punches(self, key: bytes) -> dict[str, KeptPunch]:
        punches = self._days.get(key)
        if punches is None:
            value = self._stored.get(key)
            punches = self._days[key] = decode_day(value) if value is not None else {}
        return punches

    def _encode(self, key: bytes) -> bytes:
        if key in self._pins:
            return encode_pin(self._pins[key])
        if key in self._days:
            return encode_day(self._days[key])
        return encode_area(self._areas[key.removeprefix(AREA_PREFIX).decode()])
