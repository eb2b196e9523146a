"""What every request passes before it is answered: troubles, the licence, who it is; and what happens afterwards."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from simulate.biotime.answers import PAGE_TROUBLE, answer
from simulate.biotime.auth import Auth, Principal
from simulate.biotime.errors import Refused
from simulate.biotime.troubles import Trouble, Troubles
from simulate.biotime.world import World

PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", Principal)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PUBLIC = (
    "/jwt-api-token-auth/",
    "/api-token-auth/",
    "/staff-jwt-api-token-auth/",
    "/staff-api-token-auth/",
    "/mobile/api/v1.0/auth_token/",
    "/mobile/api/v1.0/forgot_password_create_otp/",
    "/mobile/api/v1.0/create_password/",
)
_LICENSED = ("/iclock/", "/personnel/")
_API = (*_LICENSED, "/att/", "/mobile/")
_HTML = "<!DOCTYPE html>\n<html><head><title>Page not found</title></head><body><h1>Page not found</h1></body></html>\n"
_MOST_PATHS = 200


class Gate:
    """The middleware. requests: how many came, by path, ids as {id}."""

    def __init__(self, world: World, auth: Auth, troubles: Troubles) -> None:
        self._world = world
        self._auth = auth
        self._troubles = troubles
        self._last_request = world.clock.monotonic()
        self.requests: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers every request, whatever it is."""
        self._count(request)
        await self._wake()
        trouble = self._troubles.pick(request.method, request.path)
        if trouble is not None and trouble.kind == "slow":
            await asyncio.sleep(trouble.seconds)
        early = self._early(request, trouble)
        if early is None:
            if trouble is not None and trouble.kind in ("empty_page", "repeat_page"):
                request[PAGE_TROUBLE] = trouble.kind
            early = await self._answer(request, handler)
        elif trouble is not None and trouble.kind in ("status", "unauthorized", "licence", "html", "code"):
            await request.read()
        self.statuses[early.status] += 1
        if trouble is not None and trouble.kind in ("drop", "drop_after", "truncated"):
            return await _cut(request, early, half=trouble.kind == "truncated")
        return early

    def _early(self, request: web.Request, trouble: Trouble | None) -> web.Response | None:
        """The answer that needs no look at the request."""
        match trouble.kind if trouble else None:
            case "status":
                assert trouble is not None
                headers = {"Retry-After": trouble.retry_after} if trouble.retry_after else {}
                return answer({"detail": f"Simulated {trouble.status}."}, trouble.status, headers)
            case "html":
                return _page()
            case "login_redirect":
                return web.Response(status=302, headers={"Location": f"/login/?next={request.path}"})
            case "unauthorized":
                return _unauthorized("Invalid token.")
            case "licence":
                return _no_licence()
            case "code":
                return answer({"code": -1, "msg": "Simulated failure.", "data": []})
            case "drop":
                return web.Response()
        if self._world.faults.licence_missing and request.path.startswith(_LICENSED):
            return _no_licence()
        return None

    async def _answer(self, request: web.Request, handler: Handler) -> web.Response:
        try:
            if request.path not in _PUBLIC and request.path.startswith(_API):
                request[PRINCIPAL] = self._auth.who(request.headers.get("Authorization", ""))
            response = await handler(request)
            assert isinstance(response, web.Response)
            return response
        except Refused as refused:
            if refused.status == 401:
                return _unauthorized(refused.body["detail"])
            return answer(refused.body, refused.status)
        except web.HTTPMethodNotAllowed:
            return answer({"detail": f'Method "{request.method}" not allowed.'}, 405)
        except web.HTTPNotFound:
            return _page()

    def _count(self, request: web.Request) -> None:
        path = "/".join("{id}" if part.isdigit() or len(part) == 36 else part for part in request.path.split("/"))
        if path in self.requests or len(self.requests) < _MOST_PATHS:
            self.requests[path] += 1

    async def _wake(self) -> None:
        faults, now = self._world.faults, self._world.clock.monotonic()
        idle, self._last_request = now - self._last_request, now
        if faults.cold_seconds and idle >= faults.idle_seconds:
            await asyncio.sleep(faults.cold_seconds)


def _page() -> web.Response:
    return web.Response(text=_HTML, content_type="text/html")


def _unauthorized(detail: str) -> web.Response:
    return answer({"detail": detail}, 401, {"WWW-Authenticate": 'JWT realm="api"'})


def _no_licence() -> web.Response:
    return answer({"detail": "You do not have permission to perform this action."}, 403)


async def _cut(request: web.Request, response: web.Response, *, half: bool) -> web.StreamResponse:
    """Close the connection: before the answer, or in the middle of its body."""
    transport = request.transport
    body = response.body if isinstance(response.body, bytes) else b""
    if half and transport is not None:
        stream = web.StreamResponse(status=response.status, headers={"Content-Type": response.content_type})
        stream.content_length = max(2, len(body))
        await stream.prepare(request)
        await stream.write(body[: len(body) // 2])
        transport.close()
        return stream
    if transport is not None:
        transport.abort()
    return web.Response()


def users_only(principal: Principal) -> None:
    """Raise Refused (403) for an employee."""
    if principal.emp_code:
        raise Refused(403, {"detail": "You do not have permission to perform this action."})
