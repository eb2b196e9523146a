"""Devices: `/iclock/api/terminals/` (biotime-device-api; utimemaster-api 5; biotimecloud-api 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.biotime.calls.caller import Caller
from connectors.errors import RequestRefused
from wire.biotime.endpoints import BY_NAME
from wire.biotime.envelope import Page
from wire.biotime.values import Json


class TerminalCalls(Caller):
    """ids are the server's own numbers of terminals, not serials. What a device call does on the device is not visible:
    the server only queues it."""

    async def terminals_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        """filters: sn, alias, state, area, sn_icontains, alias_icontains."""
        return await self.list_page("terminals", page=page, page_size=page_size, filters=filters, ordering=ordering)

    async def terminal(self, number: int) -> Json | None:
        return await self._object(BY_NAME["terminal"], id=number)

    async def create_terminal(self, body: Json) -> Json:
        """body: sn, alias, ip_address; perhaps terminal_tz, heartbeat (seconds), area (id)."""
        return await self._write("create_terminal", body)

    async def update_terminal(self, number: int, changes: Json) -> Json:
        """The call replaces the whole object, so it is read first and sent whole with the changes (errata B2)."""
        found = await self.terminal(number)
        if found is None:
            raise RequestRefused(f"server {self._server.name}: there is no terminal {number}")
        whole = {name: _plain(value) for name, value in found.items() if name not in ("status_code", "message")}
        return await self._write("update_terminal", {**whole, **changes}, id=number)

    async def delete_terminal(self, number: int) -> Json:
        """Dangerous."""
        return await self._write("delete_terminal", id=number)

    async def clear_command(self, numbers: Sequence[int]) -> Json:
        """Dangerous: commands that wait for the devices are gone."""
        return await self._device_call("clear_command", numbers)

    async def clear_capture(self, numbers: Sequence[int]) -> Json:
        """Dangerous: the devices' pictures are gone."""
        return await self._device_call("clear_capture", numbers)

    async def clear_all(self, numbers: Sequence[int]) -> Json:
        """Dangerous: everything on the devices is gone, punches that were not uploaded too."""
        return await self._device_call("clear_all", numbers)

    async def upload_all(self, numbers: Sequence[int]) -> Json:
        """The devices send everything again: people, templates, punches."""
        return await self._device_call("upload_all", numbers)

    async def upload_transaction(self, numbers: Sequence[int]) -> Json:
        """The devices send their punches again."""
        return await self._device_call("upload_transaction", numbers)

    async def reboot(self, numbers: Sequence[int]) -> Json:
        """Dangerous: nobody can punch meanwhile."""
        return await self._device_call("reboot", numbers)

    async def _device_call(self, name: str, numbers: Sequence[int]) -> Json:
        if not numbers:
            raise RequestRefused(f"{name}: no terminal is named")
        return await self._write(name, {"terminals": list(numbers)})


def _plain(value: object) -> object:
    """A write takes the id of what a read shows as an object."""
    return value["id"] if isinstance(value, dict) and "id" in value else value
