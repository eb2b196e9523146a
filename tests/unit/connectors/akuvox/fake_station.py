"""A station in the test: answers from a script, in order, and notes what was asked. Not the simulator."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from aiohttp import web
from aiohttp.client_middleware_digest_auth import parse_header_pairs

from connectors.akuvox.client import AkuvoxClient
from runtime.connector_sections import AkuvoxStation

MAC = "0C1105078B71"
PASSWORD = "httpapi-4711"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    parts: dict[str, tuple[str, bytes]]  # multipart: key to file name and content

    @property
    def envelope(self) -> Any:
        return json.loads(self.body)


Scripted = web.Response | Callable[[web.Request], web.StreamResponse]


@dataclass
class FakeStation:
    script: deque[Scripted] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    guard: Callable[[web.Request], web.Response | None] | None = None  # before the script: Digest
    hold: asyncio.Event | None = None  # nothing is answered until it is set
    url: str = ""
    in_flight: int = 0
    most_in_flight: int = 0

    def answer(self, *answers: Scripted) -> None:
        self.script.extend(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            parts: dict[str, tuple[str, bytes]] = {}
            if request.content_type == "multipart/form-data":
                for name, value in (await request.post()).items():
                    assert isinstance(value, web.FileField)
                    parts[name] = (value.filename, value.file.read())
                    value.file.close()
            body = b"" if parts else await request.read()
            self.asked.append(
                Asked(request.method, request.path, dict(request.query), dict(request.headers), body, parts)
            )
            if self.guard is not None and (refused := self.guard(request)) is not None:
                return refused
            if self.hold is not None:
                await self.hold.wait()
            await asyncio.sleep(0)  # lets a second request in, if one is in flight
            scripted = self.script.popleft() if self.script else ok()
            return scripted if isinstance(scripted, web.Response) else scripted(request)
        finally:
            self.in_flight -= 1


class DigestGuard:
    """Checks answers to its challenges by its own sums (RFC 2617, MD5), and lets a nonce grow stale when told."""

    def __init__(self, *, nonces: int = 100, realm: str = "HTTP API") -> None:
        self.realm = realm
        self.left = nonces  # requests until the nonce is stale
        self.each = nonces
        self.number = 0
        self.seen: list[tuple[str, str, str]] = []  # nonce, nc, qop of every request that was let in
        self.always_stale = 0  # so many times more
        self.password = PASSWORD
        self.page = "<html>Unauthorized"

    def __call__(self, request: web.Request) -> web.Response | None:
        if self.always_stale > 0:
            self.always_stale -= 1
            return self._challenge(stale=True)
        header = request.headers.get("Authorization", "")
        words = parse_header_pairs(header.removeprefix("Digest "))
        if not words:
            return self._challenge(stale=False)
        first = md5(f"admin:{self.realm}:{self.password}".encode()).hexdigest()
        second = md5(f"{request.method}:{request.raw_path}".encode()).hexdigest()
        middle = f"{words['nonce']}:{words['nc']}:{words['cnonce']}:{words['qop']}"
        if words["response"] != md5(f"{first}:{middle}:{second}".encode()).hexdigest() or words["qop"] != "auth":
            return self._challenge(stale=False)
        if words["nonce"] != self._nonce or self.left == 0:
            return self._challenge(stale=True)
        self.left -= 1
        self.seen.append((words["nonce"], words["nc"], words["qop"]))
        return None

    @property
    def _nonce(self) -> str:
        return f"nonce{self.number}"

    def _challenge(self, *, stale: bool) -> web.Response:
        self.number += 1
        self.left = self.each
        text = f'Digest realm="{self.realm}",qop="auth,auth-int",nonce="{self._nonce}", opaque="5ccc"'
        return web.Response(
            status=401, headers={"WWW-Authenticate": text + (",stale=true" if stale else "")}, text=self.page
        )


def ok(data: Any = None, **more: Any) -> web.Response:
    answer = {"retcode": 0, "action": "get", "message": "OK"} | more
    return web.json_response(answer if data is None else answer | {"data": data})


def text_of(status: int, body: str = "", **headers: str) -> web.Response:
    return web.Response(status=status, text=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def hang_up(request: web.Request) -> web.StreamResponse:
    """The request was read, and the connection ends without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@asynccontextmanager
async def running(station: FakeStation) -> AsyncIterator[FakeStation]:
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{tail:.*}", station.handle)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        station.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield station
    finally:
        await runner.cleanup()


def settings_for(station: FakeStation, auth: str = "none", **more: Any) -> AkuvoxStation:
    values: dict[str, Any] = {"mac": MAC, "url": station.url, "auth": auth, "zone": "Asia/Dubai"}
    return AkuvoxStation.model_validate(values | {"request_timeout_seconds": 5.0} | more)


@asynccontextmanager
async def client_of(station: FakeStation, clock: Clock | None = None, **more: Any) -> AsyncIterator[AkuvoxClient]:
    clock = clock or Clock()
    async with AkuvoxClient(settings_for(station, **more), monotonic=clock.monotonic, sleep=clock.sleep) as client:
        yield client
