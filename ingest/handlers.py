"""One request: admitted or refused, then handed to whoever answers its endpoint.

Sources: vendor's document 2.2 to 2.4, 13, 14; spec/zk-push.md 0, 2.2, 2.5, 2.6. A device that gets no answer it likes
stops at that point, so everything under /iclock/ is answered with 200: kept raw when it brings something, never refused
for its content. 503 is for "send it again".
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import web

from ingest.answers import Answer
from ingest.bodies import BodyReader
from ingest.connection import Connection
from ingest.devices import Devices
from ingest.emit import Emitter
from ingest.endpoints import endpoint_of, require_servable
from ingest.errors import Poison, Reason, Refused, Retriable
from ingest.exchange import Exchange
from ingest.handshakes import Handshakes
from ingest.hints import Hints
from ingest.lookups import Lookups
from ingest.metrics import REFUSALS, TALLY, Endpoint
from ingest.presence import Presence
from ingest.throttle import Throttle
from ingest.uploads import Uploads
from ingest.watermarks import Watermarks
from runtime.communication_keys import matches
from runtime.keyring import KeyRing
from runtime.sections import IngestSettings
from wire.zkpush.handshake import PLAIN_OK, UNKNOWN_DEVICE
from wire.zkpush.target import key_of, parse_target

log = logging.getLogger(__name__)

MAX_STRANGERS: Final = 10_000


Serve = Callable[[Exchange], Awaitable[bytes]]


class Commands(Protocol):
    """The part of ingest.commands.delivery.CommandDelivery that is used here."""

    async def poll(self, exchange: Exchange) -> bytes: ...
    async def result(self, exchange: Exchange) -> bytes: ...
    def came_back(self, exchange: Exchange) -> None: ...


class Files(Protocol):
    """The part of ingest.commands.files.DeviceFiles that is used here."""

    async def serve_file(self, exchange: Exchange) -> web.StreamResponse: ...


class Edge:
    """The request handler. With `draining` every answer is the last of its connection."""

    def __init__(
        self,
        settings: IngestSettings,
        *,
        devices: Devices,
        keys: KeyRing,
        emitter: Emitter,
        bodies: BodyReader,
        handshakes: Handshakes,
        uploads: Uploads,
        lookups: Lookups,
        commands: Commands,
        files: Files,
        watermarks: Watermarks,
        hints: Hints,
        clock: Callable[[], float] = time.time,
    ) -> None:
        interval_ms = round(settings.presence_seconds * 1000)
        self._devices = devices
        self._keys = keys
        self._emitter = emitter
        self._bodies = bodies
        self._handshakes = handshakes
        self._commands = commands
        self._files = files
        self._watermarks = watermarks
        self._hints = hints
        self._clock = clock
        self._presence = Presence(interval_ms)
        self._refused = Presence(interval_ms)
        self.strangers = Presence(interval_ms, MAX_STRANGERS)
        self._quiet = Throttle()
        self.draining = False
        self._serve: dict[Endpoint, Serve] = {
            Endpoint.HANDSHAKE: self._handshake,
            Endpoint.TIME: handshakes.time,
            Endpoint.LOOKUP: lookups.answer,
            Endpoint.UPLOAD: self._noted(uploads.upload),
            Endpoint.POLL: self._poll,
            Endpoint.RESULT: commands.result,
            Endpoint.PING: self._ping,
            Endpoint.REGISTRY: handshakes.registry,
            Endpoint.SESSION: handshakes.session,
            Endpoint.QUERY_DATA: self._noted(uploads.query_data),
            Endpoint.OTHER: self._noted(uploads.other),
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._hints.takes(request.raw_path):
            return await self._hints.answer(request.method, request.raw_path, close=self.draining)
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
            if device.period.key_digests:
                self._require_key(exchange)
            self._note_presence(exchange)
            if endpoint is Endpoint.FILE:
                response = await self._files.serve_file(exchange)
                TALLY.ok[endpoint] += 1
                return response
            answer = await self._serve[endpoint](exchange)
        except Refused as refused:
            return self._refuse(refused, endpoint, serial, exchange)
        TALLY.ok[endpoint] += 1
        return Answer(200, answer, close=self.draining)

    async def _handshake(self, exchange: Exchange) -> bytes:
        answer = await self._handshakes.handshake(exchange)
        self._commands.came_back(exchange)
        self._watermarks.handshake(exchange)
        return answer

    async def _poll(self, exchange: Exchange) -> bytes:
        answer = await self._commands.poll(exchange)
        self._watermarks.poll(exchange, answer)
        return answer

    def _noted(self, serve: Serve) -> Serve:
        """A device that brings something, taken or not, has more to tell: from its request on, and after its answer."""

        async def serve_noted(exchange: Exchange) -> bytes:
            self._watermarks.upload(exchange)
            try:
                return await serve(exchange)
            finally:
                self._watermarks.answered(exchange, int(self._clock() * 1000))

        return serve_noted

    async def _ping(self, exchange: Exchange) -> bytes:
        return PLAIN_OK

    def _note_presence(self, exchange: Exchange) -> None:
        info = exchange.target.params.get("info", "")
        if self._presence.is_due(exchange.device.serial, exchange.now_ms, info):
            self._note(exchange, "PRESENCE", info)

    def _note(self, exchange: Exchange, table: str, text: str) -> None:
        """Not the query: the first request of a minute may be a lookup, whose query can hold somebody's password."""
        where = exchange.where()._replace(query="", redacted="")
        self._emitter.note(table, text.encode("utf-8", "surrogateescape"), exchange.device, where)

    def _require_key(self, exchange: Exchange) -> None:
        """Raises Poison unless the request carries one of the device's communication keys (vendor's document VI 5)."""
        presented = key_of(exchange.target.params)
        if not matches(self._keys, presented, exchange.device.period.key_digests):
            raise Poison(Reason.KEY_WRONG, "the communication key is missing or wrong\n", status=403)

    def _unknown(self, serial: str, exchange: Exchange) -> Refused:
        """No handshake and no poll, and "send again later" for what it brings: the clock keeps its records."""
        exchange.device = self._devices.stranger(serial)
        if self.strangers.is_due(serial, exchange.now_ms, exchange.target.params.get("info", "")):
            self._note(exchange, "STRANGER", exchange.target.params.get("info", ""))
        if exchange.request.method == "POST":
            return Retriable(Reason.DEVICE_UNKNOWN, UNKNOWN_DEVICE.decode())
        return Poison(Reason.DEVICE_UNKNOWN, UNKNOWN_DEVICE.decode(), status=403)

    def _refuse(self, refused: Refused, endpoint: Endpoint, serial: str | None, exchange: Exchange) -> Answer:
        request = exchange.request
        retriable = isinstance(refused, Retriable)
        (TALLY.retry if retriable else TALLY.refused)[endpoint] += 1
        REFUSALS[refused.reason].inc()
        served = serial is not None and refused.reason is not Reason.DEVICE_UNKNOWN
        if served and self._refused.is_due(exchange.device.serial, exchange.now_ms, refused.reason):
            self._note(exchange, "REFUSED", refused.reason)
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
