"""Changing devices: audited first, nothing written when that fails, each device alone, nothing of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from ingest.commands.orders import Operator
from ingest.control import devices
from ingest.control.caller import Caller
from ingest.control.device_list import DeviceList
from ingest.control.devices import DeviceDesk
from ingest.control.errors import Forbidden, NotNow, NotThere, RequestInvalid
from ingest.control.selection import Selection
from runtime.device_view import DeviceView
from runtime.errors import DeliveryFailed
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.registry_writer import RecordChange
from runtime.sections import KafkaSettings
from runtime.settings import Settings
from schemas.audit import AuditEvent
from schemas.codec import decode_event
from schemas.devices import DeviceState, DeviceStatus
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from tests.unit.ingest.control.samples import NOW_MS, device_state

ROOT = Caller(Operator("root", "admin", "cli"))
BERLINER = Caller(Operator("b", "operate", "api", "10.0.0.1"), "default", frozenset({"berlin"}))


class Registry:
    """A registry in memory; `order` tells what happened after what."""

    def __init__(self) -> None:
        self.found: dict[str, Record] = {"berlin": SiteRecord("berlin", (SitePeriod(zone="Europe/Berlin"),))}
        self.order: list[str] = []

    def device_record(self, serial: str) -> DeviceRecord | None:
        record = self.found.get(serial)
        return record if isinstance(record, DeviceRecord) else None

    def site(self, site: str) -> SiteRecord | None:
        record = self.found.get(site)
        return record if isinstance(record, SiteRecord) else None

    def records(self) -> list[Record]:
        return list(self.found.values())

    async def reached_end(self) -> None:
        self.order.append("reached")

    async def write(self, _settings: KafkaSettings, changes: Sequence[RecordChange]) -> int:
        self.order.append("registry")
        self.found |= {change.record.id: change.record for change in changes}
        return len(changes)


class States:
    def __init__(self, *known: DeviceState) -> None:
        self.known = {state.device: state for state in known}

    def state(self, serial: str) -> DeviceState | None:
        return self.known.get(serial)

    def states(self) -> list[DeviceState]:
        return list(self.known.values())


class Audit:
    """A producer that takes audit events, or fails."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.events: list[AuditEvent] = []
        self.fails = False

    def append(self, topic: str, _key: bytes, value: bytes, **_: Any) -> Audit:
        assert topic == "audit"
        self.events.append(decode_event(AuditEvent, value))
        return self

    async def acked(self) -> int:
        if self.fails:
            raise DeliveryFailed("Kafka is away")
        self.registry.order.append("audit")
        return 0


class Room:
    def __init__(self, *states: DeviceState) -> None:
        self.registry, settings = Registry(), Settings()
        self.audit = Audit(self.registry)
        registry, seen = cast(RegistryView, self.registry), cast(DeviceView, States(*states))
        self.list = DeviceList(settings.ingest, registry=registry, devices=seen, clock=lambda: NOW_MS / 1000)
        self.desk = DeviceDesk(
            settings, registry=registry, devices=self.list, producer=cast(Producer, self.audit),
            clock=lambda: NOW_MS / 1000,
        )  # fmt: skip


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    made = Room(
        device_state("KNOCK1", DeviceStatus.PENDING, edge="e1", ip="10.1.2.3"),
        device_state("KNOCK2", DeviceStatus.PENDING, edge="e2", ip="10.1.9.3"),
    )
    monkeypatch.setattr(devices, "write_changes", made.registry.write)
    return made


async def test_a_change_is_audited_before_it_is_written(room: Room) -> None:
    done = await room.desk.approve(ROOT, Selection(serials=("a1", "a1")), site="berlin", reason="new")
    assert [(one.serial, one.refusal) for one in done] == [("A1", "")]
    assert room.registry.order == ["audit", "registry", "reached"]
    (event,) = room.audit.events
    assert (event.action, event.target, event.who, event.tenant, event.reason, event.at) == (
        "device.approve", "A1", "root", "default", "new", NOW_MS,
    )  # fmt: skip
    assert room.list.show(ROOT, "a1").device.zone == "Europe/Berlin"


async def test_what_is_not_audited_is_not_done(room: Room) -> None:
    room.audit.fails = True
    with pytest.raises(NotNow):
        await room.desk.approve(ROOT, Selection(serials=("A1",)), site="berlin")
    assert room.registry.device_record("A1") is None


@pytest.mark.parametrize(
    ("selection", "serials"),
    [
        (Selection(prefix="knock"), ["KNOCK1", "KNOCK2"]),
        (Selection(edge="e2"), ["KNOCK2"]),
        (Selection(network="10.1.2.0/24"), ["KNOCK1"]),
        (Selection(prefix="KNOCK", edge="e1", network="10.1.0.0/16"), ["KNOCK1"]),
    ],
)
async def test_pending_devices_by_what_they_have_in_common(
    room: Room, selection: Selection, serials: list[str]
) -> None:
    assert [device.serial for device in room.list.pending(ROOT)] == ["KNOCK1", "KNOCK2"]
    assert [one.serial for one in await room.desk.approve(ROOT, selection, site="berlin")] == serials
    assert not {device.serial for device in room.list.pending(ROOT)} & set(serials)


async def test_what_cannot_be_approved(room: Room) -> None:
    for selection, site, error in (
        (Selection(), "berlin", RequestInvalid),
        (Selection(serials=("a/b",)), "berlin", RequestInvalid),
        (Selection(prefix="X"), "berlin", NotThere),
        (Selection(serials=("A",)), "paris", RequestInvalid),
    ):
        with pytest.raises((error,)):
            await room.desk.approve(ROOT, selection, site=site)
    for caller, refusal in ((BERLINER, NotThere), (Caller(Operator("r", "read", "api")), Forbidden)):
        with pytest.raises((refusal,)):
            await room.desk.approve(caller, Selection(serials=("KNOCK1",)), site="berlin")
    assert room.registry.order == []


async def test_one_devices_refusal_does_not_stop_the_others(room: Room) -> None:
    room.registry.found["A"] = DeviceRecord("A", (DevicePeriod(tenant="default", site="berlin"),))
    done = await room.desk.approve(ROOT, Selection(serials=("A", "B")), site="berlin")
    assert [(one.serial, bool(one.refusal)) for one in done] == [("A", True), ("B", False)]
    done = await room.desk.refuse(ROOT, ["evil"])
    assert (done[0].refusal, room.list.find("EVIL").standing) == ("", "refused")


async def test_a_caller_of_sites_touches_nothing_else(room: Room) -> None:
    room.registry.found["P"] = DeviceRecord("P", (DevicePeriod(tenant="default", site="paris"),))
    room.registry.found["O"] = DeviceRecord("O", (DevicePeriod(tenant="other", site="berlin"),))
    room.registry.found["B"] = DeviceRecord("B", (DevicePeriod(tenant="default", site="berlin"),))
    assert [device.serial for device in room.list.known(BERLINER)] == ["B"]
    for serial in ("P", "O", "KNOCK1", "NOBODY"):
        for act in (room.desk.refuse, room.desk.retire):
            with pytest.raises(NotThere):
                await act(BERLINER, [serial])
        with pytest.raises(NotThere):
            await room.desk.change(BERLINER, serial, {"tags": ("x",)})
        with pytest.raises(NotThere):
            room.list.show(BERLINER, serial)
    with pytest.raises(NotThere):
        await room.desk.replace(BERLINER, "B", "P")
    assert room.registry.order == []


def test_digests_of_communication_keys_are_not_shown(room: Room) -> None:
    period = DevicePeriod(tenant="default", key_digests=("acme.1:" + "0a" * 32,))
    room.registry.found["A"] = DeviceRecord("A", (period,))
    assert room.list.show(ROOT, "A").periods[0].key_digests == ("acme.1",)
