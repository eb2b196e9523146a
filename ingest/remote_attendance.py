"""RemoteAtt: all of a person for a clock that does not know them, from what the other clocks of the tenant reported.

Sources: spec/zk-push.md E7; attendance PUSH 2.4.1, 14. The person is taken from the clock that spoke of them last; a
fingerprint goes along where both clocks have the same template version, as when people are copied.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from ingest.commands.orders import Order
from ingest.control.copying import CopyItem, kind_of, left_of, order_of, template_refusal, version_of_type
from ingest.devices import Device
from ingest.throttle import Throttle
from runtime.errors import RuntimeFault
from runtime.people_view import PeopleView
from runtime.vault import Vault
from schemas.device_events import Person
from schemas.devices import DeviceState
from schemas.identity import normal_pin
from wire.zkpush.commands import build
from wire.zkpush.errors import CommandInvalid

log = logging.getLogger(__name__)

_DEADLINE_SECONDS: Final = 1.5
_MAX_ITEMS: Final = 11  # the user and ten fingers


class States(Protocol):
    """The part of runtime.device_view.DeviceView that is used here."""

    def state(self, serial: str) -> DeviceState | None: ...


class RemoteAttendance:
    """`vault` opens the store when it is first needed."""

    def __init__(self, people: PeopleView, states: States, vault: Callable[[], Awaitable[Vault]]) -> None:
        self._people = people
        self._states = states
        self._vault = vault
        self._quiet = Throttle()

    async def commands(self, device: Device, pin: str) -> list[bytes]:
        """The lines that give the person to the device; none when nobody of this PIN is known, or not in time."""
        found = self._of_last_clock(device, normal_pin(pin))
        if not found:
            return []
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                return await self._lines(device, found)
        except (TimeoutError, RuntimeFault, CommandInvalid) as error:
            if (kept_back := self._quiet.allow(type(error).__name__)) is not None:
                log.warning("a person cannot be given to a clock: %s; %d more like it", type(error).__name__, kept_back)
            return []

    def _of_last_clock(self, device: Device, pin: str) -> list[Person]:
        """The items of the PIN at the clock of the tenant that spoke of the user last, the user first."""
        by_clock: dict[str, dict[str, Person]] = {}
        for person in self._people.of_pin(pin):
            if person.tenant == device.tenant and person.device != device.serial:
                by_clock.setdefault(person.device, {})[person.item] = person
        present = [items for clock in by_clock.values() if "user" in (items := left_of(clock))]
        if not present:
            return []
        items = max(present, key=lambda items: items["user"].rank)
        return sorted(items.values(), key=lambda person: (person.item != "user", person.item))[:_MAX_ITEMS]

    async def _lines(self, device: Device, found: list[Person]) -> list[bytes]:
        own, other = self._versions(found[0].device), self._versions(device.serial)
        lines = []
        for person in found:
            row = await (await self._vault()).read(person.stored) if person.stored else b""
            item = CopyItem(person, row)
            order = template_refusal(item, own, other) or order_of(item, device.serial)
            if isinstance(order, Order):
                lines.append(build(order.name, order.arguments, device.period.charset).text)
            elif kind_of(person.item) == "user":
                return []
        return lines

    def _versions(self, serial: str) -> Mapping[str, str]:
        state = self._states.state(serial)
        return version_of_type(state.options if state else {}, {})
