"""What each endpoint answers. Sources: vendor's document 2.2 to 2.4, 13, 14; spec/zk-push.md 0, 2.2, 2.5, 2.6.

A device that gets no answer it likes stops at that point, so everything under /iclock/ is answered with 200: kept raw
when it brings something, never refused for its content. 503 is for "send it again".
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from ingest.answers import Answer
from ingest.bodies import BodyReader
from ingest.connection import Connection
from ingest.devices import Devices
from ingest.emit import DEVICE, OPERATIONS, PHOTOS, RESULTS, Emitter, route_of
from ingest.endpoints import endpoint_of, require_servable
from ingest.errors import Poison, Reason, Refused, Retriable
from ingest.exchange import Exchange
from ingest.metrics import REFUSALS, TALLY, Endpoint
from ingest.presence import Presence
from ingest.stamps import Stamps
from ingest.throttle import Throttle
from runtime.settings import IngestSettings
from wire.zkpush.attlog import count_rows
from wire.zkpush.handshake import (
    PLAIN_OK,
    UNKNOWN_DEVICE,
    DeviceOptions,
    build_options,
    build_time_reply,
    ok_count,
)
from wire.zkpush.target import parse_target, table_of

log = logging.getLogger(__name__)

MAX_STRANGERS: Final = 10_000
_NAME = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}")
_NO_LAST_PUNCH: Final = b"status=1\n"

# Their bodies describe the device itself; every other body may hold secrets.
_DEVICE_ENDPOINTS: Final = frozenset(("registry", "push"))
# Answered without a count: a list of options, and what access terminals report (spec/zk-push.md C59, C61).
_PLAIN_TABLES: Final = frozenset(("OPTIONS", "RTLOG", "RTSTATE"))


Serve = Callable[[Exchange], Awaitable[bytes]]


class Edge:
    """The request handler. With `draining` every answer is the last of its connection."""

    def __init__(
        self,
        settings: IngestSettings,
        *,
        devices: Devices,
        emitter: Emitter,
        bodies: BodyReader,
        clock: Callable[[], float] = time.time,
    ) -> None:
        interval_ms = round(settings.presence_seconds * 1000)
        self._settings = settings
        self._devices = devices
        self._emitter = emitter
        self._bodies = bodies
        self._clock = clock
        self._presence = Presence(interval_ms)
        self.strangers = Presence(interval_ms, MAX_STRANGERS)
        self._stamps = Stamps()
        self._quiet = Throttle()
        self.draining = False
        self._serve: dict[Endpoint, Serve] = {
            Endpoint.HANDSHAKE: self._handshake,
            Endpoint.TIME: self._time,
            Endpoint.LOOKUP: self._lookup,
            Endpoint.UPLOAD: self._upload,
            Endpoint.POLL: self._poll,
            Endpoint.RESULT: self._result,
            Endpoint.PING: self._ping,
            Endpoint.OTHER: self._other,
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        exchange = Exchange(request, parse_target(request.raw_path), int(self._clock() * 1000), self._bodies)
        endpoint = endpoint_of(request.method, exchange.target)
        serial = None
        try:
            require_servable(request.method, exchange.target)
            serial = await exchange.serial()
            device = self._devices.find(serial, exchange.now_ms)
            if device is None:
                raise self._unknown(serial, exchange)
            exchange.device = device
            self._note_presence(self._presence, exchange)
            answer = await self._serve[endpoint](exchange)
        except Refused as refused:
            return self._refuse(refused, endpoint, serial, request)
        TALLY.ok[endpoint] += 1
        return Answer(200, answer, close=self.draining)

    async def _handshake(self, exchange: Exchange) -> bytes:
        """Options for the device. Its record is not waited for: the device fails without options, not without it."""
        device, target = exchange.device, exchange.target
        where = exchange.where()
        self._emitter.note("HANDSHAKE", where.query.encode("utf-8", "surrogateescape"), device, where)
        if target.params.get("devicetype", "").lower() == "acc":
            return PLAIN_OK  # an access terminal registers first (zk-push.md 0.10)
        settings = self._settings
        return build_options(
            device.serial,
            DeviceOptions(
                utc_offset_s=device.utc_offset_s(exchange.now_ms),
                delay_s=settings.poll_delay_seconds,
                error_delay_s=settings.error_delay_seconds,
                stamps=self._stamps.of(device.serial),
            ),
        )

    async def _time(self, exchange: Exchange) -> bytes:
        now_ms = exchange.now_ms
        return build_time_reply(datetime.fromtimestamp(now_ms / 1000, UTC), exchange.device.utc_offset_s(now_ms))

    async def _lookup(self, exchange: Exchange) -> bytes:
        """Somebody at the clock asks for data of theirs; there is none to give, said in a form that ends the wait."""
        return _NO_LAST_PUNCH if exchange.target.params.get("type", "").lower() == "lastpunch" else PLAIN_OK

    async def _poll(self, exchange: Exchange) -> bytes:
        return PLAIN_OK

    async def _ping(self, exchange: Exchange) -> bytes:
        return PLAIN_OK

    async def _upload(self, exchange: Exchange) -> bytes:
        """A table; acknowledged rows are rows received, readable or not (zk-push.md 0.6)."""
        device, target = exchange.device, exchange.target
        params = target.params
        body = exchange.body_that_is_here()
        if body is None:
            body = await exchange.body()
        table = table_of(params) or params.get("type", "").upper()
        if target.name == "fdata":
            table, route = table or "ATTPHOTO", PHOTOS
        else:
            table, route = table or "UNKNOWN", route_of(table)
        if body:
            await self._emitter.store(route, table, body, device, exchange.where())
        stamp = params.get("stamp") or params.get("opstamp") or params.get("photostamp")
        if stamp:
            self._stamps.acknowledged(device.serial, table, stamp)
        if table == "TABLEDATA":
            return _table_data_answer(params, body)
        if table in _PLAIN_TABLES:
            return PLAIN_OK
        count = min(1, len(body)) if table == "ATTPHOTO" else count_rows(body)
        if table == "ATTLOG":
            TALLY.acked_rows += count
        return PLAIN_OK if device.ack_profile == "plain" else ok_count(count)

    async def _result(self, exchange: Exchange) -> bytes:
        """Answers to commands, file and shell output among them, so sealed."""
        body = await exchange.body()
        if body:
            await self._emitter.store(RESULTS, "DEVICECMD", body, exchange.device, exchange.where())
        return PLAIN_OK

    async def _other(self, exchange: Exchange) -> bytes:
        """An endpoint that is not served yet, or that nobody knows: kept, and answered so that the device goes on."""
        body = await exchange.body()
        name = exchange.target.name
        route = OPERATIONS if body and name not in _DEVICE_ENDPOINTS else DEVICE
        await self._emitter.store(route, name.upper(), body, exchange.device, exchange.where())
        return PLAIN_OK

    def _note_presence(self, presence: Presence, exchange: Exchange) -> None:
        info = exchange.target.params.get("info", "")
        if presence.is_due(exchange.device.serial, exchange.now_ms, info):
            # Not the query: the first request of a minute may be a lookup, whose query can hold somebody's password.
            where = exchange.where()._replace(query="", redacted="")
            self._emitter.note("PRESENCE", info.encode("utf-8", "surrogateescape"), exchange.device, where)

    def _unknown(self, serial: str, exchange: Exchange) -> Refused:
        """No handshake and no poll, and "send again later" for what it brings: the clock keeps its records."""
        exchange.device = self._devices.stranger(serial)
        self._note_presence(self.strangers, exchange)
        if exchange.request.method == "POST":
            return Retriable(Reason.DEVICE_UNKNOWN, UNKNOWN_DEVICE.decode())
        return Poison(Reason.DEVICE_UNKNOWN, UNKNOWN_DEVICE.decode(), status=403)

    def _refuse(self, refused: Refused, endpoint: Endpoint, serial: str | None, request: web.BaseRequest) -> Answer:
        retriable = isinstance(refused, Retriable)
        (TALLY.retry if retriable else TALLY.refused)[endpoint] += 1
        REFUSALS[refused.reason].inc()
        kept_back = self._quiet.allow(f"{refused.reason} {'' if retriable else serial}")
        if kept_back is not None:
            log.warning(
                "refused (%d %s) a request of device %s: %s; %d more like it since the last line",
                refused.status, refused.reason, serial or "without serial", refused.text.strip(), kept_back,
            )  # fmt: skip
        unread = not request.content.is_eof()
        if refused.reason is Reason.BODY_TOO_LARGE or request.content.exception() is not None:
            connection = request.protocol
            assert isinstance(connection, Connection)
            connection.skip_body()
        return Answer(refused.status, refused.text.encode(), close=unread or self.draining)


def _table_data_answer(params: dict[str, str], body: bytes) -> bytes:
    """`<tablename>=<count>`, which access terminals insist on (zk-push.md E4)."""
    name = params.get("tablename", "")
    if not _NAME.fullmatch(name):
        return PLAIN_OK
    count = params.get("count", "")
    return f"{name}={int(count) if _COUNT.fullmatch(count) else count_rows(body)}".encode()
