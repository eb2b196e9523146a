"""The HTTP side of one station: from a request to a call, and from its reply to bytes on the wire."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol

from simulate.akuvox.call import Call, Reply
from simulate.akuvox.calls import UNSUPPORTED, function_of
from simulate.akuvox.errors import RefusedCall
from simulate.akuvox.gate import Caller
from simulate.akuvox.item_calls import user_download
from simulate.akuvox.ledger import LedgerWriter
from simulate.akuvox.station import Station
from simulate.fleet.clock import Bell

log = logging.getLogger(__name__)

LARGEST_BODY = 32 * 1024 * 1024
_TRAILING = b"\r\n\x00\x00}"
_MOST_PARTS = 8


class StationServer:
    """Answers the requests to one station."""

    def __init__(self, station: Station, ledger: LedgerWriter) -> None:
        self._station = station
        self._ledger = ledger

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """What aiohttp calls for every request."""
        station = self._station
        if station.is_offline():
            return _broken_off(request)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        if station.quirks.slow_seconds:
            await Bell(station.clock).sleep(station.quirks.slow_seconds)
        refused = self._refusal(request, body)
        if refused is not None:
            return refused
        if request.path == "/download/UserData.tgz" and request.method == "GET":
            return _file(user_download(station, Call("user", "export", "GET", {})))
        if request.path != "/api" and not request.path.startswith("/api/"):
            return web.Response(status=404, text="<html><body>404 Not Found</body></html>", content_type="text/html")
        if request.method not in ("GET", "POST"):
            return web.Response(status=405)
        return await self._answer(request, body)

    def _refusal(self, request: web.BaseRequest, body: bytes) -> web.Response | None:
        quirks = self._station.quirks
        if quirks.http == 308:
            return web.Response(status=308, headers={"Location": f"https://{request.host}{request.raw_path}"})
        if quirks.http == 403:
            return _page(403)
        authorization = request.headers.get("Authorization", "")
        caller = Caller(request.method, request.raw_path, authorization, body, request.remote or "")
        refusal = self._station.gate.check(caller, self._station.clock.monotonic())
        return None if refusal is None else _page(refusal.status, refusal.challenge)

    async def _answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        station, call = self._station, await _call(request, body)
        writes = False
        try:
            function = function_of(station, call)
            writes = function.writes
            reply = function.do(station, call)
        except RefusedCall as refused:
            action = "unknow" if refused.message in (UNSUPPORTED, "no hanlders") else call.action
            reply = Reply(retcode=refused.retcode, message=refused.message, action=action)
        if writes:
            outcome = "done" if reply.retcode >= 0 else "refused"
            lost = station.rng.random() < station.quirks.drop_after_write
            station.happened("write", f"{call.target}/{call.action} {outcome}{' unanswered' if lost else ''}")
            if lost:
                return _broken_off(request)
        if reply.rows:
            self._ledger.flush_made()
        response = _file(reply) if reply.file else self._json(call, reply)
        if not writes and station.quirks.cut_share and station.rng.random() < station.quirks.cut_share:
            return await _cut(request, response)
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:  # who asked is gone: nobody got the rows
            return response
        if reply.rows:
            ring = station.logs["door" if reply.log == "door" else "call"]
            ring.served(reply.rows, station.now_ms())
        return response

    def _json(self, call: Call, reply: Reply) -> web.Response:
        quirks = self._station.quirks
        answer: dict[str, Any] = {
            "retcode": reply.retcode,
            "action": reply.action or call.action,
            "message": reply.message,
        }
        if reply.data is not None:
            answer["data"] = reply.data
        body = orjson.dumps(answer)
        if quirks.names != "utf-8":
            body = body.decode().encode(quirks.names, "replace")
        if quirks.trailing:
            body += _TRAILING
        return web.Response(body=body, content_type="application/json")


async def _call(request: web.BaseRequest, body: bytes) -> Call:
    """The call that a request means. A POST without the envelope of target and action means none, whatever its path."""
    parts = request.path.strip("/").split("/")
    target, action = (parts[1], parts[2]) if len(parts) == 3 else ("", "")
    if request.method == "GET":
        return Call(target, action, "GET", dict(request.query))
    if request.content_type.startswith("multipart/"):
        return Call(target, action, "POST", dict(request.query), await _files(request))
    try:
        envelope = json.loads(body)
    except ValueError:
        envelope = None
    if not isinstance(envelope, dict):
        return Call("", "", "POST", {})
    data = envelope.get("data")
    return Call(
        str(envelope.get("target", "")),
        str(envelope.get("action", "")),
        "POST",
        data if isinstance(data, dict) else {},
    )


async def _files(request: web.BaseRequest) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        # the body was read as a whole for the digest; request.multipart() would wait for it on the wire again
        reader = MultipartReader(request.headers, _replayed(await request.read()))
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                break
            if isinstance(part, BodyPartReader) and part.name:
                files[part.name] = bytes(await part.read())
    except ValueError as error:
        log.debug("multipart body cannot be read: %s", error)
    return files


def _replayed(body: bytes) -> StreamReader:
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), limit=LARGEST_BODY, loop=loop)
    stream.feed_data(body)
    stream.feed_eof()
    return stream


def _file(reply: Reply) -> web.Response:
    assert reply.file is not None
    headers = {"Content-Disposition": f"attachment;filename={reply.file.name}"}
    return web.Response(body=reply.file.content, content_type="application/octet-stream", headers=headers)


def _page(status: int, challenge: str = "") -> web.Response:
    phrase = HTTPStatus(status).phrase
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    text = f"<html><head><title>{status} {phrase}</title></head><body><h1>{status} {phrase}</h1></body></html>"
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def _broken_off(request: web.BaseRequest) -> web.Response:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut(request: web.BaseRequest, whole: web.Response) -> web.StreamResponse:
    """Send the head and half of the body."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    response = web.StreamResponse(headers={"Content-Type": whole.content_type, "Content-Length": str(len(body))})
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.close()
    return response


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def http_server(handler: Handler) -> web.Server:
    """An aiohttp server for one handler, to be given to the event loop."""
    return web.Server(handler, access_log=None, request_factory=_request)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: "asyncio.Task[None]") -> web.BaseRequest:
    """As aiohttp's own, with room for a firmware file."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)
