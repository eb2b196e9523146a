"""Stations and clients for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from simulate.akuvox.gate import Auth
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.settings import AkuvoxSettings
from simulate.akuvox.station import Station
from simulate.fleet.clock import Clock

OPEN = Auth(mode="none")


def quiet(folder: Path, **values: Any) -> AkuvoxSettings:
    """One station without a password at which nothing happens by itself."""
    settings: dict[str, Any] = {"stations": 1, "rate": 0, "auth": OPEN, **values}
    return AkuvoxSettings(ledger=folder, **settings)


class Reader:
    """Calls one station as a client of the document would."""

    def __init__(self, http: httpx.AsyncClient, station: Station) -> None:
        self.http = http
        self.station = station

    async def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """GET /api/<path>; the JSON of the answer."""
        answer = await self.http.get(f"/api/{path}", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, path: str, data: object = None) -> dict[str, Any]:
        """POST /api/ with the envelope; the JSON of the answer."""
        target, action = path.split("/")
        envelope = {"target": target, "action": action} | ({} if data is None else {"data": data})
        answer = await self.http.post("/api/", json=envelope)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def upload(self, path: str, key: str, content: bytes) -> dict[str, Any]:
        """POST a multipart body to /api/<path>."""
        answer = await self.http.post(f"/api/{path}", files={key: ("file.bin", content)})
        found: dict[str, Any] = answer.json()
        return found

    async def ids(self, log: str = "doorlog", **query: str | int) -> list[int]:
        """The IDs of a read of a log."""
        data = (await self.get(f"{log}/get", **query))["data"]
        return [int(item["ID"]) for item in data.get("item", [])]


@asynccontextmanager
async def reading(settings: AkuvoxSettings, clock: Clock | None = None) -> AsyncIterator[Reader]:
    """Start stations and a client of the first of them."""
    async with (
        AkuvoxStations(settings, clock) as stations,
        httpx.AsyncClient(base_url=stations[0].url, trust_env=False) as http,
    ):
        yield Reader(http, stations[0])


def with_quirks(folder: Path, **quirks: Any) -> AkuvoxSettings:
    """A quiet station with quirks."""
    return quiet(folder, quirks=Quirks(**quirks))
