"""The control API over HTTP: who asks, whether they may, what they ask, and every error as plain JSON.

Speaks plain HTTP and listens on 127.0.0.1 unless told otherwise: towards operators a proxy adds TLS.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from ingest.commands.errors import CommandNotStored, CommandRefused
from ingest.commands.orders import Operator
from ingest.control import metrics
from ingest.control.api import ROUTES
from ingest.control.caller import Caller
from ingest.control.errors import ControlFault, ControlRefused, NotNow, RequestInvalid, TooOften, Unauthorized
from ingest.control.limits import Limits
from ingest.control.openapi import openapi_document
from ingest.control.operations import Operations
from ingest.control.routes import Bytes, Call, Nothing, Route
from ingest.control.tokens import Token, TokenFile
from runtime.errors import Fatal, ObjectMissing, PayloadLost, Retriable, ViewUnreadable
from runtime.sealing import SealBroken
from runtime.settings import Settings

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 1024 * 1024
_DEADLINE_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0
_REQUESTS_A_SECOND, _BURST = 20.0, 60.0
_FAILURES_A_SECOND, _FAILURE_BURST = 0.5, 20.0
_AT_ONCE: Final = 32


class ControlServer:
    """`port` is the one it listens on, None while it does not."""

    def __init__(self, settings: Settings, operations: Operations) -> None:
        control = settings.control
        self._host = control.host
        self._wanted_port = control.port
        self._tokens = TokenFile(control.tokens_file) if control.tokens_file is not None else None
        self._operations = operations
        self._document = b""
        self._limits = Limits(_REQUESTS_A_SECOND, _BURST)
        self._failures = Limits(_FAILURES_A_SECOND, _FAILURE_BURST)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._runner: web.AppRunner | None = None
        self.port: int | None = None

    async def start(self) -> None:
        """Does nothing without a tokens file. Raises SettingsError for a bad one, TopicMismatch, and Fatal: no port."""
        if self._tokens is None:
            return
        self._tokens.load()
        await self._operations.prepare()
        # The standard library's: a rank's bound of 2^64 is more than orjson writes.
        self._document = json.dumps(openapi_document(ROUTES)).encode()
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._guard])
        app.router.add_get("/openapi.json", self._openapi)
        for route in ROUTES:
            app.router.add_route(route.method, route.path, self._handler(route))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._wanted_port).start()
        except OSError as error:
            await self.stop()
            raise Fatal(
                f"cannot listen on {self._host}:{self._wanted_port} for the control API: {error.strerror}"
            ) from None
        self.port = self._runner.addresses[0][1]
        log.info("the control API listens on %s:%d", self._host, self.port)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner, self.port = None, None
        await self._operations.close()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Gives every request its id and a deadline, and makes every error the same plain JSON."""
        request_id = secrets.token_hex(8)
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS), self._slots:
                response = await handler(request)
        except Exception as error:  # noqa: BLE001 - the caller gets plain JSON; what is not ours is logged whole
            response = _problem(error, request, request_id)
        metrics.requests(response.status).inc()
        response.headers["X-Request-Id"] = request_id
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _openapi(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            caller = self._caller(request)
            caller.require(route.role, route.summary.lower())
            call = Call(
                self._operations,
                caller,
                dict(request.match_info),
                _read(route.query, dict(request.query), "query"),
                _read(route.body, await _json(request) if route.body is not Nothing else {}, "body"),
            )
            return _answer(await route.handle(call))

        return handle

    def _caller(self, request: web.Request) -> Caller:
        """Raises Unauthorized, TooOften, NotNow."""
        assert self._tokens is not None
        address = request.remote or ""
        token = self._token(request)
        if token is None:
            if wait := self._failures.take(address):
                raise TooOften(f"too many requests without a good token: ask again in {wait:.0f} s")
            if self._tokens.trouble:
                raise NotNow("the tokens cannot be read, so nobody is let in; the log says why")
            raise Unauthorized("send a known token: Authorization: Bearer <token>")
        if wait := self._limits.take(token.name):
            raise TooOften(f"token {token.name} asks too often: ask again in {wait:.1f} s")
        grant = token.grant
        return Caller(Operator(token.name, grant.role, "api", address), grant.tenant, token.sites)

    def _token(self, request: web.Request) -> Token | None:
        assert self._tokens is not None
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        return self._tokens.find(secret.strip() if scheme.lower() == "bearer" else "")


async def _json(request: web.Request) -> Any:
    body = await request.read()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise RequestInvalid("the body is no JSON") from None


def _read(model: type[BaseModel], given: Any, what: str) -> Any:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        listed = "; ".join(f"{'.'.join(map(str, p['loc'])) or what}: {p['msg']}" for p in problems[:10])
        raise RequestInvalid(f"the {what} is wrong: {listed}") from None


def _answer(result: Any) -> web.Response:
    if isinstance(result, Bytes):
        disposition = f"attachment; filename*=UTF-8''{quote(result.filename.rpartition('/')[2])}"
        return web.Response(
            body=result.content,
            content_type="application/octet-stream",
            headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
        )
    assert isinstance(result, BaseModel)
    return web.Response(body=result.model_dump_json().encode(), content_type="application/json")


def _problem(error: Exception, request: web.Request, request_id: str) -> web.Response:
    status, code, message = _told(error)
    if status == 500:
        log.error("control API: %s %s failed (request %s)", request.method, request.path, request_id, exc_info=error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "5"} if status in (429, 503) else {}
    body = orjson.dumps({"error": {"code": code, "message": message, "request_id": request_id}})
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _told(error: Exception) -> tuple[int, str, str]:
    """Status, code and sentence. Only texts that are written for people go out; of others nothing does."""
    match error:
        case ControlFault():
            return error.status, error.code, str(error)
        case CommandRefused() | PayloadLost() | ObjectMissing() | SealBroken():
            return ControlRefused.status, ControlRefused.code, str(error)
        case CommandNotStored() | Retriable() | ViewUnreadable():
            return NotNow.status, NotNow.code, str(error)
        case TimeoutError():
            return NotNow.status, NotNow.code, f"not done within {_DEADLINE_SECONDS:.0f} s: look whether it is done"
        case web.HTTPRequestEntityTooLarge():
            return 413, "too_large", f"a body has at most {MAX_BODY_BYTES} bytes"
        case web.HTTPException():
            return error.status, "http", error.reason or "this is not served"
    return 500, "internal", "a fault of the server; its log has it under the request id"
