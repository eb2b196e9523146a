"""pybiotime's FakeBioTime, an independent peer, as a real server on loopback: this stands around its `handle`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from aiohttp import web
from pybiotime.testing import FakeBioTime

_OWN = ("content-length", "transfer-encoding", "connection", "content-encoding")


@asynccontextmanager
async def serving(fake: FakeBioTime) -> AsyncIterator[str]:
    """Its URL, on a free port."""

    async def answer(request: web.Request) -> web.Response:
        asked = httpx.Request(
            request.method, str(request.url), headers=dict(request.headers), content=await request.read()
        )
        given = fake.handle(asked)
        headers = {name: value for name, value in given.headers.items() if name.lower() not in _OWN}
        return web.Response(status=given.status_code, body=given.content, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
