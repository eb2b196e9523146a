"""What the edge is measured against: a bare aiohttp Application with uvloop that reads what comes and answers OK.

`python -m bench.bare_edge FILE PORT`: FILE is only there to tell the process from others.
"""

from __future__ import annotations

import asyncio
import gc
import sys

import uvloop
from aiohttp import web

_BACKLOG = 4096


async def _upload(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="OK")


async def _poll(_request: web.Request) -> web.Response:
    return web.Response(text="OK")


async def _ready(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _serve(port: int) -> None:
    app = web.Application()
    app.router.add_post("/iclock/cdata", _upload)
    app.router.add_get("/iclock/getrequest", _poll)
    app.router.add_get("/readyz", _ready)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=_BACKLOG).start()
    gc.collect()
    gc.freeze()  # as our processes do
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[2])))
