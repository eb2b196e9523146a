"""What the readers beside transactions share: the server, its clocks, the notes on its raw records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from connectors.biotime.client import BioTimeClient
from connectors.biotime.zones import upload_zone_of
from connectors.errors import AuthFailed, MobileLoginRefused, NotSupported, RouteMissing
from connectors.source import Json, Tools
from runtime.connector_sections import BioTimeServer
from schemas.polled import NOTE_EPOCH, NOTE_UPLOAD_ZONE, NOTE_ZONE, PolledTable
from wire.biotime.envelope import Page
from wire.biotime.secrets import strip_person

_CURSOR: Final = "transactions"  # its reader's: the epoch is kept there


@dataclass(slots=True)
class ServerReader:
    """upload_zone: of the server's own clock, where it is not the punches'."""

    client: BioTimeClient
    server: BioTimeServer
    tools: Tools
    zone: ZoneInfo = field(init=False)
    upload_zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.server.zone)
        self.upload_zone = upload_zone_of(self.server)

    def now_ms(self) -> int:
        return int(self.tools.clock() * 1000)

    def today(self) -> date:
        """At the server."""
        return datetime.fromtimestamp(self.tools.clock(), self.zone).date()

    def epoch(self) -> int:
        found: int = (self.tools.state.get(_CURSOR) or {}).get("epoch", 1)
        return found

    def notes(self) -> dict[str, str]:
        notes = {NOTE_EPOCH: str(self.epoch()), NOTE_ZONE: self.server.zone}
        if self.upload_zone.key != self.server.zone:
            notes[NOTE_UPLOAD_ZONE] = self.upload_zone.key
        return notes

    async def emit(self, table: PolledTable, rows: Iterable[Json], more: Mapping[str, str] | None = None) -> int:
        """Rows as polled, their secrets taken out. Returns how many."""
        removed: set[str] = set()
        stripped: list[Json] = []
        for row in rows:
            kept, names = strip_person(row)
            stripped.append(kept)
            removed.update(names)
        if stripped:
            notes = {**self.notes(), **(more or {})}
            await self.tools.emit.rows(table, stripped, notes=notes, redacted=",".join(sorted(removed)))
        return len(stripped)

    async def mobile_list(self, name: str, page: int, filters: Mapping[str, str] | None = None) -> Page:
        """Of the mobile API. Raises MobileLoginRefused instead of AuthFailed: the feed has another login and must not
        wait for this one."""
        try:
            return await self.client.list_page(name, page=page, filters=filters)
        except AuthFailed as error:
            raise MobileLoginRefused(str(error)) from error

    async def mobile_page(self, name: str, page: int) -> Page:
        """The same of a list that has no substitute. Raises NotSupported, too."""
        try:
            return await self.mobile_list(name, page)
        except RouteMissing as error:
            if page == 1:
                await self.lacks(error)
            raise

    async def lacks(self, error: RouteMissing) -> None:
        """A server that starts lacks everything for a while: only one that answers otherwise lacks this call.

        Raises NotSupported; what the server does wrong otherwise.
        """
        await self.client.transactions_page(page=1, page_size=1)
        raise NotSupported(str(error)) from error


def digest_of(content: object) -> int:
    """Of anything that JSON can say: 48 bits, which any reader of JSON keeps exactly."""
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return int.from_bytes(blake2b(text, digest_size=6).digest(), "big")
