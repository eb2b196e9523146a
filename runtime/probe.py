"""Health and metrics over HTTP: `/livez`, `/readyz`, `/metrics`. Source: spec/pipeline-anchors.md 8."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from runtime.errors import Fatal


class ProbeServer:
    """`ready` and `live` return "" when all is well, else what is wrong in words (answered with 503)."""

    def __init__(self, host: str, port: int, *, ready: Callable[[], str], live: Callable[[], str]) -> None:
        self._host = host
        self.port = port
        self._ready = ready
        self._live = live
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Raises Fatal naming the port when it is taken. Port 0 takes any; `port` then says which."""
        app = web.Application()
        app.router.add_get("/livez", self._answer(self._live))
        app.router.add_get("/readyz", self._answer(self._ready))
        app.router.add_get("/metrics", _metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self.port).start()
        except OSError as error:
            await self.stop()
            raise Fatal(f"cannot listen on {self._host}:{self.port} for health and metrics: {error.strerror}") from None
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @staticmethod
    def _answer(check: Callable[[], str]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(_request: web.Request) -> web.Response:
            trouble = check()
            return web.Response(text=trouble or "ok", status=503 if trouble else 200)

        return answer


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
