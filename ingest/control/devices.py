"""Changing devices: letting them in, keeping them out, putting one in another's place. Source: docs/control-api.md.

Every change is written to the audit log first, then to the registry as an operator's word, and counts once the own view
has it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ingest.audit import audit_event, write_audit
from ingest.control.caller import Caller
from ingest.control.device_list import DeviceList
from ingest.control.errors import ControlRefused, NotNow, NotThere, RequestInvalid
from ingest.control.models import Done
from ingest.control.registry_changes import Placement, approved, changed, refused, replaced, retired
from ingest.control.selection import Selection, check_options, check_time, is_in, network_of, serial_of
from runtime.errors import BufferFull, DeliveryFailed, ViewUnreadable
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.registry import DeviceRecord, HandshakeOptions, SiteRecord, period_at

_DEADLINE_SECONDS: Final = 30.0
MAX_AT_ONCE: Final = 10_000


class DeviceDesk:
    """`producer` has `audit` prepared, `registry` is started.

    Changes raise Forbidden, NotThere, RequestInvalid, NotNow; what is refused of one device is told in its Done.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        registry: RegistryView,
        devices: DeviceList,
        producer: Producer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._kafka = settings.kafka
        self._ingest = settings.ingest
        self._registry = registry
        self._list = devices
        self._producer = producer
        self._clock = clock
        self._changing = asyncio.Lock()  # one change sees what the one before it wrote

    async def approve(
        self,
        caller: Caller,
        selection: Selection,
        *,
        site: str,
        zone: str = "",
        tenant: str = "",
        tags: Sequence[str] = (),
        clock: str = "zone",
        reason: str = "",
    ) -> list[Done]:
        """Let devices in; `zone` empty is the site's, `tenant` empty that of the site's other devices,
        else the default one of the edge."""
        caller.require("operate", "approving a device")
        at = self._now()
        placement = self._placement(site, zone, tenant, tuple(tags), clock, at)
        caller.require_place(placement.tenant, placement.site)
        serials = self._select(caller, selection)
        details = {"site": placement.site, "zone": placement.zone, "tags": ",".join(placement.tags), "clock": clock}
        return await self._change_each(
            caller, "device.approve", serials, reason, details, placement.tenant,
            lambda serial: [approved(self._registry.device_record(serial), serial, placement, at)],
        )  # fmt: skip

    async def refuse(self, caller: Caller, serials: Sequence[str], *, reason: str = "") -> list[Done]:
        """Keep devices out by name, known or not."""
        caller.require("operate", "refusing a device")
        serials = [self._nameable(caller, serial) for serial in serials]
        at, tenant = self._now(), self._ingest.default_tenant
        return await self._change_each(
            caller, "device.refuse", serials, reason, {}, "",
            lambda serial: [refused(self._registry.device_record(serial), serial, tenant, at)],
        )  # fmt: skip

    async def retire(self, caller: Caller, serials: Sequence[str], *, reason: str = "") -> list[Done]:
        caller.require("operate", "retiring a device")
        serials = [self._list.require(caller, serial).serial for serial in serials]
        at = self._now()
        return await self._change_each(
            caller, "device.retire", serials, reason, {}, "",
            lambda serial: [retired(self._registry.device_record(serial), serial, at)],
        )  # fmt: skip

    async def replace(self, caller: Caller, old: str, new: str, *, reason: str = "") -> Done:
        """`new` takes the place of `old`, which is retired."""
        caller.require("operate", "replacing a device")
        device = self._list.require(caller, old)
        new_serial, at = serial_of(new), self._now()
        if self._registry.device_record(new_serial) is not None:
            self._list.require(caller, new_serial)  # what is somebody else's cannot be taken over

        def records(serial: str) -> list[DeviceRecord]:
            known = self._registry.device_record(new_serial)
            return list(replaced(self._registry.device_record(serial), serial, known, new_serial, at))

        details = {"by": new_serial}
        (done,) = await self._change_each(caller, "device.replace", [device.serial], reason, details, "", records)
        return done

    async def change(
        self, caller: Caller, serial: str, facts: Mapping[str, Any], *, since_ever: bool = False, reason: str = ""
    ) -> Done:
        """Other facts (fields of schemas.registry.DevicePeriod) from now on; `since_ever`: see registry_changes."""
        caller.require("operate", "changing a device")
        device, at = self._list.require(caller, serial), self._now()
        if not facts:
            raise RequestInvalid("nothing is to be changed: name a fact")
        if "site" in facts:
            self._site(str(facts["site"]))
            caller.require_place(device.tenant, str(facts["site"]))
        check_options(facts.get("options", HandshakeOptions()))
        check_time(str(facts.get("zone", "UTC")), str(facts.get("clock", "zone")))
        details = {name: str(value) for name, value in facts.items()} | {"since_ever": str(since_ever).lower()}
        (done,) = await self._change_each(
            caller, "device.change", [device.serial], reason, details, "",
            lambda one: [changed(self._registry.device_record(one), one, facts, at, since_ever=since_ever)],
        )  # fmt: skip
        return done

    async def _change_each(
        self,
        caller: Caller,
        action: str,
        serials: Sequence[str],
        reason: str,
        details: Mapping[str, str],
        tenant: str,
        records_of: Callable[[str], list[DeviceRecord]],
    ) -> list[Done]:
        """Each device alone: what one refuses does not stop the others. Audited before anything is written."""
        if len(serials) > MAX_AT_ONCE:
            raise ControlRefused(f"{len(serials)} devices at once, at most {MAX_AT_ONCE} are taken")
        at, done = self._now(), []
        records: list[DeviceRecord] = []
        events = []
        async with self._changing:
            for serial in dict.fromkeys(serials):
                try:
                    wanted = records_of(serial)
                except ControlRefused as error:
                    done.append(Done(serial=serial, refusal=str(error)))
                    continue
                records += wanted
                whose = tenant or self._list.find(serial).tenant
                events.append(
                    audit_event(caller.operator, action, serial, at=at, tenant=whose, reason=reason, details=details)
                )
                done.append(Done(serial=serial))
            await self._write(records, events)
        return done

    async def _write(self, records: Sequence[DeviceRecord], events: Sequence[Any]) -> None:
        if not records:
            return
        known = [record for one in records if (record := self._registry.device_record(one.id)) is not None]
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                await write_audit(self._producer, events)
                await write_changes(self._kafka, compare_records(known, records))
                await self._registry.reached_end()
        except (TimeoutError, BufferFull, DeliveryFailed, ViewUnreadable) as error:
            raise NotNow(f"whether the registry has all of the change is not known: {error!r}") from error

    def _select(self, caller: Caller, selection: Selection) -> list[str]:
        """Named ones need not have knocked yet; others are taken from the pending ones. Raises NotThere, Forbidden."""
        network = network_of(selection.network)
        named = [self._nameable(caller, serial) for serial in selection.serials]
        if named:
            return named
        if not (selection.prefix or selection.edge or network):
            raise RequestInvalid("say which devices: serials, a prefix, an edge or a network")
        found = [
            device.serial
            for device in self._list.pending(caller)
            if device.serial.startswith(selection.prefix.upper())
            and (not selection.edge or device.edge == selection.edge)
            and (network is None or is_in(device.ip, network))
        ]
        if not found:
            raise NotThere("no pending device is among those: see the list of pending devices")
        return found

    def _nameable(self, caller: Caller, serial: str) -> str:
        """A serial that nobody has heard of may be named, too, by a caller of all sites. Raises NotThere."""
        serial = serial_of(serial)
        if self._registry.device_record(serial) is not None or not caller.is_of_all_sites:
            self._list.require(caller, serial)
        return serial

    def _placement(self, site: str, zone: str, tenant: str, tags: tuple[str, ...], clock: str, at: int) -> Placement:
        record = self._site(site)
        period = period_at(record.periods, at)
        if not zone and period is None:
            raise RequestInvalid(f"site {site} has no zone now: give the device's")
        zone = zone or (period.zone if period else "")
        check_time(zone, clock)
        return Placement(site, zone, tenant or self._tenant_of(site, at), tags, clock)

    def _tenant_of(self, site: str, at: int) -> str:
        """That of the site's other devices. Raises RequestInvalid where they are of several: guessing would give away
        somebody's punches."""
        tenants = {
            period.tenant
            for record in self._registry.records()
            if isinstance(record, DeviceRecord)
            for period in record.periods
            if period.site == site and period.covers(at) and period.tenant
        }
        if len(tenants) > 1:
            names = ", ".join(sorted(tenants))
            raise RequestInvalid(f"site {site} has devices of {names}: say which tenant's this one is")
        return next(iter(tenants), self._ingest.default_tenant)

    def _site(self, site: str) -> SiteRecord:
        record = self._registry.site(site)
        if record is None:
            raise RequestInvalid(f"the registry has no site {site[:80]!r}: add it by a registry file first")
        return record

    def _now(self) -> int:
        return int(self._clock() * 1000)
