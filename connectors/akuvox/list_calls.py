"""The calls about lists of a station: users, cards, door codes, contacts, groups, dial replacements.

Rows come as sent, secrets and all: `wire.akuvox.redaction.hash_user` and `hash_key` before they go anywhere. Items are
in the document's field names. delete_* needs an ID, Code, Name, Phone or UserID in each item, and takes everything that
matches: a name that two people have deletes both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from connectors.akuvox.calls import Calls, Item, chosen_of, items_of
from connectors.errors import NotSupported, RequestRefused, ServerFault
from wire.akuvox.codes import CONTACT_FILES
from wire.akuvox.envelope import whole_number
from wire.akuvox.functions import find_function
from wire.akuvox.rows import LogPage, WriteResult


class ListCalls(Calls):
    """page: from 1; None for the whole list. Writes take 1 to 1,000 items."""

    async def private_keys(self, page: int | None = None) -> LogPage:
        return await self._page("privatekey/get", page)

    async def add_private_keys(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("privatekey/add", items_of(items))

    async def set_private_keys(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("privatekey/set", items_of(items))

    async def delete_private_keys(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("privatekey/del", chosen_of(items))

    async def clear_private_keys(self) -> WriteResult:
        return await self._write("privatekey/clear")

    async def export_private_keys(self) -> bytes:
        return await self._file("privatekey/export")

    async def import_private_keys(self, xml: bytes) -> WriteResult:
        return await self._import("privatekey/import", "PrivateKey.xml", xml)

    async def rf_keys(self, page: int | None = None) -> LogPage:
        return await self._page("rfkey/get", page)

    async def add_rf_keys(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("rfkey/add", items_of(items))

    async def set_rf_keys(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("rfkey/set", items_of(items))

    async def delete_rf_keys(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("rfkey/del", chosen_of(items))

    async def clear_rf_keys(self) -> WriteResult:
        return await self._write("rfkey/clear")

    async def export_rf_keys(self) -> bytes:
        return await self._file("rfkey/export")

    async def import_rf_keys(self, xml: bytes) -> WriteResult:
        return await self._import("rfkey/import", "ICKey.xml", xml)

    async def contacts(self, page: int | None = None) -> LogPage:
        return await self._page("contact/get", page)

    async def add_contacts(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("contact/add", items_of(items))

    async def set_contacts(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("contact/set", items_of(items))

    async def delete_contacts(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("contact/del", chosen_of(items))

    async def clear_contacts(self) -> WriteResult:
        return await self._write("contact/clear")

    async def export_contacts(self, file_type: str = "csv") -> bytes:
        """file_type: csv, xml or vcf. No bytes when there is no contact (errata A3)."""
        if file_type not in CONTACT_FILES:
            raise RequestRefused(f"contact/export: file_type is of {', '.join(CONTACT_FILES)}")
        return await self._file("contact/export", filetype=file_type)

    async def import_contacts(self, file: bytes, file_type: str = "csv") -> WriteResult:
        if file_type not in CONTACT_FILES:
            raise RequestRefused(f"contact/import: file_type is of {', '.join(CONTACT_FILES)}")
        return await self._import("contact/import", f"Contacts.{file_type}", file)

    async def groups(self, page: int | None = None) -> LogPage:
        return await self._page("group/get", page)

    async def add_groups(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("group/add", items_of(items))

    async def set_groups(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("group/set", items_of(items))

    async def clear_groups(self) -> WriteResult:
        return await self._write("group/clear")

    async def dial_replaces(self, page: int | None = None) -> LogPage:
        return await self._page("dialreplace/get", page)

    async def add_dial_replaces(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("dialreplace/add", items_of(items))

    async def set_dial_replaces(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("dialreplace/set", items_of(items))

    async def delete_dial_replaces(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("dialreplace/del", chosen_of(items))

    async def clear_dial_replaces(self) -> WriteResult:
        return await self._write("dialreplace/clear")

    async def export_dial_replaces(self) -> bytes:
        return await self._file("dialreplace/export")

    async def import_dial_replaces(self, xml: bytes) -> WriteResult:
        return await self._import("dialreplace/import", "DialReplace.xml", xml)

    async def next_user_id(self) -> int | None:
        """The station's proposal for a new user; None when it makes none."""
        data = (await self._answer("user/info")).data
        return whole_number(data.get("DefaultUserId")) if isinstance(data, dict) else None

    async def users(self, page: int | None = None, source_type: str = "") -> LogPage:
        return await self._page("user/get", page, SourceType=source_type)

    async def add_users(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("user/add", items_of(items))

    async def set_users(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("user/set", items_of(items))

    async def delete_users(self, items: Sequence[Item]) -> WriteResult:
        return await self._write("user/del", chosen_of(items))

    async def clear_users(self) -> WriteResult:
        return await self._write("user/clear")

    async def scan_card(self) -> str:
        """The number of the card that is held to the station's reader now: a secret."""
        data = (await self._answer("user/scan")).data
        code = data.get("RFCode") if isinstance(data, dict) else None
        if not code:
            raise ServerFault(f"{self._station.key}: user/scan answers without a card")
        return str(code)

    async def edit_user(self) -> None:
        """Nothing is sent: in the document's table, and its chapter says that no method is supported."""
        raise NotSupported(f"{self._station.key}: user/edit is supported by no firmware; use set_users")

    async def export_users(self) -> bytes:
        """A tgz, in two requests: the answer of the first is the address of the file."""
        data = (await self._answer("user/export")).data
        address = data.get("address") if isinstance(data, dict) else None
        return await self._download(find_function("user/export"), address.strip() if isinstance(address, str) else None)

    async def import_users(self, archive: bytes) -> WriteResult:
        """The tgz of export_users, of this or a second station."""
        return await self._import("user/import", "UserData.tgz", archive)

    async def clone_users(self, source: Self) -> WriteResult:
        """All users of a second station, as the document does it."""
        return await self.import_users(await source.export_users())
