"""A BioTime server that answers as a script says, on a port of its own, and a clock that only moves when told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import web

from connectors.biotime.client import BioTimeClient
from runtime.connector_sections import BioTimeServer

NOW = 1_772_355_600.0  # 2026-03-01 09:00:00 UTC
PASSWORD = "correct-horse-battery"


@dataclass
class Clock:
    """monotonic and wall in one; sleep moves both at once."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    @property
    def call(self) -> str:
        return f"{self.method} {self.path}"


Step = web.StreamResponse | None | Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Scripted:
    """Answers of `script` by `METHOD path`, one after the other, the last one for ever; a login route answers `tok-1`,
    `tok-2`... unless the script has it. None: the connection is closed without an answer."""

    script: dict[str, list[Step]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(
            Seen(
                request.method,
                request.path,
                dict(request.query),
                dict(request.headers),
                json.loads(body) if body else None,
            )
        )
        steps = self.script.get(self.seen[-1].call)
        if steps is None:
            if "auth" in request.path and request.method == "POST":
                return said({"token": f"tok-{self.logins}"})
            return web.Response(status=404, text="<h1>Not Found</h1>", content_type="text/html")
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        if step is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(step, web.Response):
            # an answer is sent once; the script may say it again
            return web.Response(status=step.status, body=step.body, headers=step.headers)
        assert not isinstance(step, web.StreamResponse)
        return await step(request)

    @property
    def calls(self) -> list[str]:
        return [seen.call for seen in self.seen]

    @property
    def logins(self) -> int:
        return sum("auth" in seen.path for seen in self.seen)

    def of(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]


def said(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def html(status: int = 200) -> web.Response:
    return web.Response(status=status, text="<html>Page not found</html>", content_type="text/html")


def rows(*ids: int, count: int | None = None, following: str | None = None) -> web.Response:
    data = [{"id": number} for number in ids]
    return said({"count": len(ids) if count is None else count, "next": following, "msg": "", "code": 0, "data": data})


@asynccontextmanager
async def serving(script: dict[str, list[Step]] | None = None) -> AsyncIterator[Scripted]:
    server = Scripted(script or {})
    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{tail:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


def keep_password(path: Path, text: str | None) -> None:
    """None: the file goes."""
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


@asynccontextmanager
async def asking(
    server: Scripted, password_file: Path, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[BioTimeClient]:
    keep_password(password_file, PASSWORD + "\n")
    clock = clock or Clock()
    entry = {
        "name": "b1",
        "url": server.url,
        "username": "admin",
        "password_file": password_file,
        "zone": "Asia/Dubai",
        "request_timeout_seconds": 5.0,
    }
    client = BioTimeClient(
        BioTimeServer.model_validate(entry | settings),
        clock=clock,
        monotonic=clock,
        random=Random(1),
        sleep=clock.sleep,
    )
    await client.open()
    try:
        yield client
    finally:
        await client.close()
