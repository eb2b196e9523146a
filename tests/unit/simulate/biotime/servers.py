"""A running simulated server for tests, with a client that is logged in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from simulate.fleet.clock import Clock

TRANSACTIONS = "/iclock/api/transactions/"
MOBILE = "/mobile/api/v1.0/"


@dataclass
class Caller:
    """Calls the server with a token."""

    server: BioTimeServer
    session: aiohttp.ClientSession
    authorization: str

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON (None for an empty body, text for anything else)."""
        headers = {"Authorization": self.authorization, **options.pop("headers", {})}
        async with self.session.request(
            method, self.server.url + path, headers=headers, allow_redirects=False, **options
        ) as response:
            if response.content_type == "application/json":
                return response.status, await response.json()
            return response.status, await response.text() or None

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET that must succeed."""
        status, body = await self.call("GET", path, params=params)
        assert status == 200, (status, body)
        return body

    async def post(self, path: str, body: Any, status: int = 200) -> Any:
        """The JSON of a POST that must be answered with the status."""
        found, answer = await self.call("POST", path, json=body)
        assert found == status, (found, answer)
        return answer

    async def ids(self, **params: Any) -> list[int]:
        """The ids of one page of transactions."""
        return [row["id"] for row in (await self.get(TRANSACTIONS, **params))["data"]]

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a control call that must succeed."""
        async with self.session.request(method, f"{self.server.control_url}/_simulator/{path}", json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer


@asynccontextmanager
async def running(folder: Path, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Caller]:
    """A server with a folder of its own, and a user's token."""
    chosen = BioTimeSettings(ledger=folder, **settings)
    async with BioTimeServer(chosen, clock=clock) as server, aiohttp.ClientSession() as session:
        caller = Caller(server, session, "")
        caller.authorization = f"JWT {await login(caller)}"
        yield caller


async def login(caller: Caller, path: str = "/jwt-api-token-auth/", **fields: str) -> str:
    """A token; by default the user's."""
    settings = caller.server.world.settings
    body = {"password": settings.password}
    body |= {"email": settings.email, "company": settings.company} if settings.cloud else {"username": "admin"}
    return str((await caller.post(path, body | fields))["token"])
