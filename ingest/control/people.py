"""People as devices have them, copied from one device to others; and a person's key destroyed. docs/control-api.md.

Passwords, cards, templates and pictures come out of the sealed store and go into sealed commands; they are never shown.
A template goes only to a device whose algorithm has the same version: another one would take it and recognise nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from ingest.audit import audit_event, write_audit
from ingest.commands.desk import CommandDesk
from ingest.commands.orders import Order
from ingest.control.caller import Caller
from ingest.control.copying import CopyItem, Refused, kind_of, order_of, roster_of, template_refusal, version_of_type
from ingest.control.device_list import DeviceList
from ingest.control.errors import ControlRefused, NotNow, NotThere, RequestInvalid
from ingest.control.models import Device, Model, Ordered
from ingest.control.orders import batch_of
from ingest.control.records import Records
from runtime.device_view import DeviceView
from runtime.errors import BufferFull, DeliveryFailed, ObjectMissing, PayloadLost
from runtime.person_keys import PersonId
from runtime.producer import Producer
from runtime.vault import Vault
from schemas.device_events import Person
from schemas.identity import normal_pin

_TOPIC: Final = "people"
MAX_ORDERS: Final = 20_000
_READS_AT_ONCE: Final = 16


class CopyRefusal(Model):
    """What was not copied to a device, and why."""

    serial: str
    pin: str
    item: str
    reason: str


class Copied(Model):
    """What came of a copy: commands in the order in which they go, and what was left out."""

    batch: str
    commands: list[Ordered]
    refused: list[CopyRefusal]


class PersonRow(Model):
    """A user of a device with the enrolments that the device reported."""

    pin: str
    name: str
    privilege: int | None
    privilege_word: str
    has_password: bool
    has_card: bool
    items: list[str]
    seen_at: int


OpenVault = Callable[[], Awaitable[Vault]]


class PeopleDesk:
    """`vault` opens the store when it is first needed; `producer` has `audit` and `people` prepared."""

    def __init__(
        self,
        *,
        devices: DeviceList,
        states: DeviceView,
        records: Records,
        producer: Producer,
        desk: CommandDesk | None,
        vault: OpenVault,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._devices = devices
        self._states = states
        self._records = records
        self._producer = producer
        self._desk = desk
        self._vault = vault
        self._clock = clock

    async def known(self, caller: Caller, serial: str) -> list[PersonRow]:
        """Who is on a device as it reported, in order of PINs. Raises NotThere, NotNow."""
        device = self._devices.require(caller, serial)
        return [row_of(pin, items) for pin, items in sorted((await self._roster(device.serial)).items())]

    async def copy(
        self,
        caller: Caller,
        source: str,
        targets: Sequence[str],
        *,
        pins: Sequence[str] = (),
        kinds: Sequence[str] = (),
        reason: str = "",
    ) -> Copied:
        """Users with what belongs to them; no `pins` are all, no `kinds` are all (copying.KINDS).

        Raises Forbidden, NotThere, RequestInvalid, ControlRefused, NotNow; what cannot go to one device is told.
        """
        caller.require("operate", "copying people")
        assert self._desk is not None
        giver = self._devices.require(caller, source)
        takers = [self._devices.require(caller, serial) for serial in dict.fromkeys(targets)]
        self._require_sense(giver, takers)
        roster = await self._roster(giver.serial)
        chosen = _chosen(roster, pins)
        if not chosen:
            raise NotThere(f"device {giver.serial} has reported no such people: user.query asks it for them")
        items = await self._readable(chosen, kinds)
        orders: list[Order] = []
        refusals: list[CopyRefusal] = []
        for taker in takers:
            versions = await self._versions(taker.serial)
            source_state = self._states.state(giver.serial)
            own = version_of_type(source_state.options if source_state else {}, roster)
            for item in items:
                made = item.refusal or template_refusal(item, own, versions) or order_of(item, taker.serial)
                if isinstance(made, Refused):
                    refusals.append(
                        CopyRefusal(serial=taker.serial, pin=item.person.pin, item=item.person.item, reason=made.reason)
                    )
                else:
                    orders.append(made)
        if len(orders) > MAX_ORDERS:
            raise ControlRefused(f"that would be {len(orders)} commands, at most {MAX_ORDERS} at once: copy fewer PINs")
        if not orders:
            return Copied(batch="", commands=[], refused=refusals)
        await self._audit(caller, "people.copy", giver.serial, giver.tenant, reason, {
            "to": ",".join(taker.serial for taker in takers), "people": str(len(chosen)), "commands": str(len(orders)),
            "pins": ",".join(sorted(chosen)),
        })  # fmt: skip
        batch = batch_of(await self._desk.request_many(orders, operator=caller.operator, reason=reason))
        return Copied(batch=batch.batch, commands=batch.commands, refused=refusals)

    async def forget(
        self, caller: Caller, *, device: str = "", pin: str = "", tenant: str = "", employee: str = "", reason: str
    ) -> bool:
        """Destroy a person's key: what is kept of that person can never be read again. False: there was none.

        A person is whoever has `pin` on `device`, or an `employee` of a `tenant`.
        """
        caller.require("admin", "destroying a person's key")
        if not reason.strip():
            raise RequestInvalid("a person's key is destroyed for good: give a reason")
        if bool(employee) == bool(device) or bool(device) != bool(pin) or bool(employee) != bool(tenant):
            raise RequestInvalid("say whose: employee with tenant, or device with pin")
        if employee:
            if not (caller.is_of_all_sites and caller.sees(tenant, "")):
                raise NotThere(f"there is no tenant {tenant[:80]}")
            person, whose, target = PersonId.employee(employee), tenant, f"employee {employee}"
        else:
            found = self._devices.require(caller, device)
            person, whose = PersonId.on_device(found.serial, pin), found.tenant
            target = f"{found.serial}+{normal_pin(pin)}"
        await self._audit(caller, "people.forget", target, whose, reason, {})
        return await (await self._vault()).destroy_person(whose, person)

    async def _roster(self, serial: str) -> dict[str, dict[str, Person]]:
        partition = self._producer.partition(_TOPIC, serial.encode())
        return roster_of(await self._records.all_of(_TOPIC, partition, f"{serial}+".encode()))

    async def _versions(self, serial: str) -> dict[str, str]:
        state = self._states.state(serial)
        return version_of_type(state.options if state else {}, await self._roster(serial))

    async def _readable(self, chosen: dict[str, dict[str, Person]], kinds: Sequence[str]) -> list[CopyItem]:
        """Users before their templates, each with its sealed row opened."""
        wanted = [
            person
            for _, items in sorted(chosen.items())
            for item, person in sorted(items.items(), key=lambda pair: (pair[0] != "user", pair[0]))
            if not kinds or kind_of(item) in kinds
        ]
        vault = await self._vault() if any(person.stored for person in wanted) else None
        reads = asyncio.Semaphore(_READS_AT_ONCE)

        async def read(person: Person) -> CopyItem:
            if vault is None or not person.stored:
                return CopyItem(person, b"")
            try:
                async with reads:
                    return CopyItem(person, await vault.read(person.stored))
            except (ObjectMissing, PayloadLost) as error:
                return CopyItem(person, b"", Refused(str(error)))

        return list(await asyncio.gather(*(read(person) for person in wanted)))

    def _require_sense(self, giver: Device, takers: Sequence[Device]) -> None:
        if not takers:
            raise RequestInvalid("say to which devices")
        for taker in takers:
            if taker.serial == giver.serial:
                raise RequestInvalid(f"device {giver.serial} cannot be copied to itself")
            if taker.tenant != giver.tenant:
                raise ControlRefused(f"device {taker.serial} is another tenant's: people are not copied there")

    async def _audit(
        self, caller: Caller, action: str, target: str, tenant: str, reason: str, details: dict[str, str]
    ) -> None:
        at = int(self._clock() * 1000)
        event = audit_event(caller.operator, action, target, at=at, tenant=tenant, reason=reason, details=details)
        try:
            await write_audit(self._producer, [event])
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"the audit log does not take it, so nothing was done: {error}") from error


def _chosen(roster: dict[str, dict[str, Person]], pins: Sequence[str]) -> dict[str, dict[str, Person]]:
    wanted = {normal_pin(pin) for pin in pins}
    return {pin: items for pin, items in roster.items() if not wanted or pin in wanted}


def row_of(pin: str, items: dict[str, Person]) -> PersonRow:
    user = items.get("user")
    newest = max(items.values(), key=lambda person: person.received_at)
    return PersonRow(
        pin=user.pin if user else pin,
        name=user.name if user else "",
        privilege=user.privilege if user else None,
        privilege_word=user.privilege_word if user else "",
        has_password=bool(user and user.has_password),
        has_card=bool(user and user.has_card),
        items=sorted(item for item in items if item != "user"),
        seen_at=newest.received_at,
    )
