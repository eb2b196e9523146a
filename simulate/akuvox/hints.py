"""Action URLs: a station calls them when something happened, once, and does not care what is answered."""

import asyncio
import re
from urllib.parse import quote

import aiohttp

from simulate.akuvox.ledger import LedgerWriter
from simulate.akuvox.rows import LogRow
from simulate.akuvox.station import Station

_MOST_WAITING = 2_000
_CALLERS = 8
_TIMEOUT_SECONDS = 3.0
_PLACEHOLDER = re.compile(r"\$[a-z0-9_]+")
_UNLOCK_TYPES = {"face": "Face"}


class Hints:
    """Calls the URLs of all stations. What does not fit into the queue is dropped and told in the ledger."""

    def __init__(self, ledger: LedgerWriter) -> None:
        self._ledger = ledger
        self._queue: asyncio.Queue[tuple[Station, str, str, LogRow]] = asyncio.Queue(_MOST_WAITING)

    def call(self, station: Station, key: str, template: str, row: LogRow) -> None:
        """Fill in the placeholders as they are now, and call the URL soon."""
        try:
            self._queue.put_nowait((station, key, filled(template, station, row), row))
        except asyncio.QueueFull:
            self._ledger.hint(station.number, station.mac, row.number, key, "dropped", station.now_ms())

    async def run(self) -> None:
        """Call what waits, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for _ in range(_CALLERS):
                group.create_task(self._calls(session))

    async def _calls(self, session: aiohttp.ClientSession) -> None:
        while True:
            station, key, url, row = await self._queue.get()
            try:
                async with session.get(url, allow_redirects=False) as answer:
                    outcome = str(answer.status)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                outcome = type(error).__name__
            self._ledger.hint(station.number, station.mac, row.number, key, outcome, station.now_ms())


def filled(template: str, station: Station, row: LogRow) -> str:
    """The URL with every known `$name` replaced, percent-encoded; unknown ones stay (spec/connectors.md A5)."""
    who = station.identity
    is_door = row.log == "door"
    values = {
        "$mac": who.mac,
        "$ip": who.address,
        "$model": who.model,
        "$firmware": who.firmware,
        "$userid": row.user_id,
        "$user_name": row.name if row.user_id else "",
        "$card_sn": row.code if row.kind == "card" else "",
        "$code": row.code if row.kind in ("pin", "public") else "",
        "$unlocktype": _UNLOCK_TYPES.get(row.kind, "Null"),
        "$qrcode": "",
        "$alarmstatus": "0",
        "$remote": "" if is_door else row.code,
        "$time": str(station.system_time()),
    }
    for number in (1, 2, 3):
        values[f"$relay{number}status"] = str(int(station.is_open(number)))
        values[f"$input{number}status"] = str(int(not station.is_open(number)))

    def value(found: re.Match[str]) -> str:
        return quote(values[found[0]], safe="") if found[0] in values else found[0]

    return _PLACEHOLDER.sub(value, template)
